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
        attempts: How often the creation was tried.
        forward: The stack was seen going forward, so that this run may have moved data.
        number: How many job names were found in use.
        copied: How many files were copied for the job; they go when it has ended.
        refused_since: Since when calls have been denied, or have not reached their service, in each step.
        reached: The services that have answered the run.
        turn: Since when it is the run's turn to create its job.
        taken: How many notes of what arrived the run has taken; its manifest in the staging bucket names them.
        position: How many of them were gathered, or could not be.
        gathered: How many files were gathered for the job; they go when it has ended.
        lost: The first file that could not be gathered, and why.
        blamed: The service refused the job or it failed, for a reason that may be in its data.
        given_up: How many files will not be tried again.
        id: The job's ARN or id, once it is known.
        since: Since when the job is looked at; before that, `started`.
        status: The job's status, when it was last looked at.
        attributes: The job's attributes, when it was last looked at.
        waiting_for: What it waits for.
        state: The same in words.
        kept: It is an Update that moves no data: only the job's attributes are asked for.
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
    copied: int
    refused_since: float
    reached: list[str]
    turn: float
    taken: int
    position: int
    gathered: int
    lost: str
    blamed: bool
    given_up: int
    id: str
    since: float
    status: str
    attributes: dict[str, str]
    waiting_for: WAITS_FOR
    state: str
    kept: bool
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
