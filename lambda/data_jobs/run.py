"""A run: the JSON object that the state machine hands from step to step."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

WAITS_FOR = Literal["quota", "service", "permissions", "files", "turn", "job"]


class Outcome(TypedDict):
    """What a run has to tell.

    Attributes:
        succeeded: Whether it did what it was asked for.
        reason: Why not, or why it did nothing.
        error: The name of the error, for a state machine that waits.
        attributes: The job's attributes: every one, for a template may read it.
    """

    succeeded: bool
    reason: str
    error: str
    attributes: dict[str, str]


class Run(TypedDict, total=False):
    """What is known of a run. Only the first two are there from the beginning.

    Attributes:
        request: The request that it answers.
        started: When the request was made, in seconds since 1970.
        attempts: How many create steps were taken.
        forward: The stack was seen going forward, so that this run may have moved data.
        number: How many job names, or tokens, are used up: by other jobs, and by one that failed for a permission.
        unclear: How often it waited because an attempt before may have made a job that no list shows yet.
        copied: How many files were copied for the job; they go when it has ended.
        refused_since: Since when each step has met a call that was denied, or did not reach its service, and waited.
        reached: The services that have answered the run.
        turn: Since when it is the run's turn to create its job.
        batch_size: How many notes of what arrived the run has taken; its manifest in the staging bucket names them.
        batch_position: How many of them were gathered, or could not be.
        told: When there was something to tell, in seconds since 1970.
        judged: When it was decided what becomes of the notes.
        gathered: How many files were gathered for the job; they go when it has ended.
        lost: The first file that could not be gathered, and why.
        data_suspected: The service refused the job or it failed, for a reason that may be in its data.
        files_given_up: How many files will not be tried again.
        id: The job's ARN or id, once it is known.
        since: Since when the job is looked at; before that, `started`.
        status: The job's status, when it was last looked at.
        attributes: The job's attributes, when it was last looked at.
        waiting_for: What it waits for.
        state: The same in words.
        kept: It moves no data, for the resource keeps a job: only the job's attributes are asked for.
        gone: There is no job of the id that it keeps.
        must_succeed: The Update fails if the job that it keeps does.
        rejects: It is an Update of a rollback, which waits until the runs that it takes back have ended.
        alone: A listing has told a deletion that no other run of the stack goes on.
        cleaning: All is told, and what the run leaves behind could not be deleted yet.
        idle: It ends without having wanted to move data.
        crash: The error of the step before, as the state machine tells it.
        crashes: How many steps in a row crashed.
        outcome: What there is to tell.
        ended: Nothing goes on any more.
        answered: Who asked has an answer.
        reason: Why the run failed, for the execution's own status.
        step: The step that goes on after a report before the end.
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
    waiting_for: WAITS_FOR
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
