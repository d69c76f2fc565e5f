"""Declares a run: the JSON object that the state machine passes from step to step.

Running executions outlive an upgrade of the function: no key may change its name or its meaning.
"""

from typing import Any, Literal, TypedDict

WaitingFor = Literal["quota", "service", "permissions", "files", "turn", "job"]


class Outcome(TypedDict):
    """What a run reports when it ends.

    Attributes:
        succeeded: Whether it did what it was asked for.
        reason: Why not, or why it did nothing.
        error: The name of the error, for a state machine that waits.
        attributes: The job's attributes: every one, because a template may read it.
    """

    succeeded: bool
    reason: str
    error: str
    attributes: dict[str, str]


class Run(TypedDict, total=False):
    """The state of a run. Only the first two keys are there from the beginning. Times are in seconds since 1970.

    Attributes:
        request: The event that asked for the run.
        started: When the request was made.
        attempts: How many create steps were taken.
        forward: The stack was seen to be deploying, so that this run may have moved data.
        number: How many job names, or tokens, are used up: by other jobs, and by one that lacked a new permission.
        unclear: How often the run waited because an earlier attempt may have created a job that no list shows yet.
        copied: How many of the job's files were copied to the staging bucket; the copies are deleted at the end.
        refused_since: Since when each step has met a denied call or an unreachable service.
        reached: The services that have answered the run.
        turn: When the run, which no deployment asked for, was first in line to create its job.
        batch_size: How many marker objects are in the run's batch; its manifest in the staging bucket names them.
        batch_position: How many of them were processed: their files were copied, or could not be.
        told: When the outcome was known.
        judged: When it was decided what becomes of the batch's files.
        gathered: How many files of the batch were copied; the copies are deleted at the end.
        lost: The first file of the batch that could not be copied, and why.
        data_suspected: The service refused the job, or the job failed, perhaps because of its data.
        files_given_up: How many files will not be tried again.
        id: The job's ARN or id, once it is known.
        since: Since when the job is watched; before that, `started`.
        status: The job's status, when it was last described.
        attributes: The job's attributes, when it was last described.
        waiting_for: What kind of thing the run waits for.
        state: The same as a message.
        kept: No job is created, because the resource keeps its job unchanged.
        gone: The unchanged job does not exist any more.
        must_succeed: The Update fails if the unchanged job has failed.
        rejects: The run is an Update of a rollback, which waits until the runs that are rolled back have ended.
        alone: A deletion has seen that no other run of the stack is running.
        cleaning: The outcome is reported, and the clean-up must be tried again.
        idle: The run ends without having tried to move data.
        crash: The error of the step before, as the state machine adds it.
        crashes: How many steps in a row crashed.
        outcome: What the run reports.
        ended: The job has ended, or is not watched any more.
        answered: Whoever asked has an answer.
        reason: Why the run failed, for the execution's own status.
        step: The step that follows a report before the job's end.
        next: The step to take next.
        wait: The seconds to wait before it.
    """

    request: dict[str, Any]
    started: float
    attempts: int
    forward: bool
    number: int
    unclear: int
    copied: int
    refused_since: float
    reached: list[str]
    turn: float
    batch_size: int
    batch_position: int
    told: float
    judged: float
    gathered: int
    lost: str
    data_suspected: bool
    files_given_up: int
    id: str
    since: float
    status: str
    attributes: dict[str, str]
    waiting_for: WaitingFor
    state: str
    kept: bool
    gone: bool
    must_succeed: bool
    rejects: bool
    alone: bool
    cleaning: bool
    idle: bool
    crash: dict[str, str]
    crashes: int
    outcome: Outcome
    ended: bool
    answered: bool
    reason: str
    step: str
    next: str
    wait: int
