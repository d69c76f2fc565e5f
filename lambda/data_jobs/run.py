"""Declares a run: the JSON object that the state machine passes from step to step.

Running executions outlive an upgrade of the function: no key may change its name or its meaning. Only type checkers
and readers need this module: it is not deployed.
"""

from typing import Any, Literal, TypedDict

WaitingFor = Literal["quota", "service", "permissions", "files", "turn", "job"]


class Outcome(TypedDict):
    """What a run reports when it ends."""

    succeeded: bool  # whether it did what the request asks for
    reason: str  # why not, or why it did nothing
    error: str  # the error's name, for a state machine's task that waits for the run
    attributes: dict[str, str]  # the job's attributes: every one, because a template may read it


class Run(TypedDict, total=False):
    """The state of a run. At its start it has only the first three keys. Times are in seconds since 1970."""

    request: dict[str, Any]  # the event that the function was invoked with to start the run
    started: float  # when the request was made
    uuid: bool  # client tokens are UUIDs, which they are not in runs that version 0.1 began

    # Before the job is created:
    attempts: int  # how many create steps were taken
    forward: bool  # the stack was seen to be deploying, so this run may have moved data
    number: int  # how many job names, or tokens, are used up
    creating: bool  # a create call may have been made that the run does not know of
    unclear: int  # how often the run waited for a job that an earlier attempt may have created
    copied: int  # how many of the job's files were copied to the staging bucket; the copies are deleted at the end
    rejects: bool  # the run is an Update of a rollback, and waits until the runs that are rolled back have ended
    turn: float  # when the run, which no deployment started, was the first in line to create its job

    # While a call fails:
    refused_since: float  # since when each step has met a denied call or an unreachable service
    reached: list[str]  # the services that have answered the run

    # Of a run for uploaded files:
    batch_size: int  # how many marker objects are in the run's batch; its manifest in the staging bucket names them
    batch_position: int  # how many of them were processed: their files were copied, or could not be
    gathered: int  # how many files of the batch were copied; the copies are deleted at the end
    lost: str  # the first file of the batch that could not be copied, and why
    judged: float  # when it was decided what becomes of the batch's files
    data_suspected: bool  # the service refused the job, or the job failed, perhaps because of its data
    files_given_up: int  # how many files will not be tried again

    # Of the job:
    id: str  # its ARN or id, once it is known
    since: float  # since when it is watched; before that, `started`
    status: str  # its status, when it was last described
    attributes: dict[str, str]  # its attributes, when it was last described
    waiting_for: WaitingFor  # what kind of thing the run waits for
    state: str  # the same as a message
    kept: bool  # no job is created: the resource keeps its job unchanged
    gone: bool  # the unchanged job does not exist any more
    must_succeed: bool  # the Update fails if the unchanged job has failed

    # At the end:
    outcome: Outcome
    told: float  # when the outcome was known
    ended: bool  # the job has ended, or is not watched any more
    answered: bool  # CloudFormation or the waiting task has its response
    idle: bool  # the run ends without having tried to move data
    alone: bool  # a deletion has seen that no other run of the stack is running
    cleaning: bool  # the outcome is reported, and the clean-up must be tried again
    crash: dict[str, str]  # the error of the step before, as the state machine adds it
    crashes: int  # how many steps in a row crashed
    reason: str  # why the run failed, for the execution's own status

    # What comes next:
    step: str  # the step that follows a report before the job's end
    next: str  # the step to take next
    wait: int  # the seconds to wait before it
