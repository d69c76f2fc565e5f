"""What may stand between a request and its job: nothing is wanted, a deployment goes back, or it is not its turn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from data_jobs import arrivals
from data_jobs.creation import copy_files
from data_jobs.decisions import is_going_away, is_going_back
from data_jobs.request import due

if TYPE_CHECKING:
    from data_jobs.run import Step

LONGEST_WAIT = 300
"""Seconds after which a run that gathers looks whether its job is being deleted, which waits for it."""


def has_nothing_to_create(step: Step) -> bool:
    """Whether the request wants no new job, which is then taken care of.

    Raises:
        CallFailed: If the tags of the job that is kept could not be changed.
    """
    if step.request.type == "Create" and not step.request.runs:
        step.run["idle"] = True
        step.tell(succeeded=True)
        return True
    not_identity = step.definition["not_identity"]
    if step.request.type == "Update" and not (step.request.runs and step.request.wants_new_run(not_identity)):
        step.keep()
        return True
    return False


def may_create(step: Step) -> bool:
    """Whether the job may be created now; if not, it is taken care of what comes instead.

    Raises:
        CallFailed: If nobody can tell, or a file that the job reads could not be copied.
    """
    if not (goes_forward(step) if step.request.is_of_deployment else has_its_turn(step)):
        return False
    copied = arrivals.gathered(step) if step.request.arrivals else copy_files(step)
    if not copied:
        step.wait("create", "its files are being copied", "files", seconds=0)
    elif step.request.arrivals and not step.run["gathered"]:
        lost = step.run.get("lost")
        step.run["idle"] = not lost
        reason = f"what arrived could not be read: {lost}" if lost else "all that arrived was taken by a run before"
        step.tell(succeeded=not lost, reason=reason, error="DataJob.NotCreated")
    else:
        return True
    return False


def goes_forward(step: Step) -> bool:
    """Whether the deployment still wants the job: no rollback moves data, nor a request that has a successor.

    Raises:
        CallFailed: If nobody can tell.
    """
    status = step.aws.stack_status(step.request.stack_id)
    obstacle = f"the stack is in {status}" if is_going_back(status) else ""
    if not obstacle and step.run["attempts"] > 1:
        own = step.request.deliveries
        later = (began > step.run["started"] and not name.startswith(own) for name, began in step.runs().items())
        obstacle = "a later request has taken over" if any(later) else ""
    if not obstacle:
        step.run["forward"] = True
        return True
    if step.request.type == "Update" and not step.run.get("forward"):
        step.log("rollback moves no data", because=obstacle)
        step.keep()
    else:
        step.run["idle"] = True
        step.tell(succeeded=False, reason=f"given up, because {obstacle}")
    return False


def has_its_turn(step: Step) -> bool:
    """Whether a run may create its job: it has gathered what arrived, and no run before it goes on.

    Raises:
        CallFailed: If nobody can tell.
    """
    runs = step.runs(of_deployment=None)
    own = due(step.execution, runs.get(step.execution, step.run["started"])), step.execution
    deletions = [name for name in runs if name.startswith(f"{step.request.executions()}delete-")]
    before = [name for name, began in runs.items() if (due(name, began), name) < own and name not in deletions]
    # What an update replaced is deleted too, and the job that replaced it lives on.
    if deletions and is_going_away(step.aws.stack_status(step.request.stack_id)):
        arrivals.forget(step)
        step.run["idle"] = True
        step.tell(succeeded=False, reason="given up, because the job is being deleted", error="DataJob.NotCreated")
        return False
    if step.now < step.request.not_before:
        seconds = min(LONGEST_WAIT, math.ceil(step.request.not_before - step.now))
        step.wait("create", "more files may arrive", "files", seconds=seconds)
        return False
    if not before:
        # What the run does from now on counts as its own; a step that is taken again must know since when.
        is_known = "turn" in step.run
        if not is_known:
            step.run.update(turn=step.now, since=step.now)
        if is_known or "name" in step.definition:
            return True
        step.wait("create", "it is its turn", "turn", seconds=0)
        return False
    if step.request.skips:
        step.run["idle"] = True
        step.tell(succeeded=True, reason="skipped, because a run before it goes on")
    else:
        step.wait("create", "a run before it goes on", "turn")
    return False
