"""Who waits for an answer to a request, and how they get it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from data_jobs import cloudformation
from data_jobs.aws import PATIENCE, CallFailed
from data_jobs.decisions import is_going_back
from data_jobs.definitions import checked_definition
from data_jobs.request import URL_SECONDS, Request

if TYPE_CHECKING:
    from data_jobs.aws import Aws
    from data_jobs.run import Outcome
    from data_jobs.step import Step

CAUSE_LENGTH = 32_768
"""Characters of a task's cause (Step Functions API Reference, SendTaskFailure)."""


def answer(step: Step, outcome: Outcome) -> None:
    """Tell CloudFormation, or the state machine that asks, what a run has to tell; nobody else waits.

    Raises:
        ConnectionError: If CloudFormation could not be reached and may be later.
        CallFailed: If Step Functions could not be reached.
    """
    request = step.request
    succeeded, reason = outcome["succeeded"], outcome["reason"]
    delivered = True
    if request.is_of_deployment:
        succeeded = succeeded or request.type == "Delete" or request.goes_on
        body = cloudformation.write_answer(
            step.run["request"],
            succeeded=succeeded,
            reason=reason,
            physical_id=step.run.get("id") or step.job_to_be or request.physical_id or step.execution,
            attributes=outcome["attributes"],
        )
        try:
            delivered = cloudformation.deliver(request.response_url, body)
        except ConnectionError:
            if step.now < step.run["started"] + URL_SECONDS:
                raise
            delivered = False  # the URL is good no longer
    elif request.task_token:
        try:
            delivered = step.aws.answer_task(
                request.task_token,
                output=outcome["attributes"] if succeeded else None,
                error=outcome["error"],
                reason=reason[:CAUSE_LENGTH],
            )
        except CallFailed as failure:
            if failure.means == "busy" or step.is_recent(PATIENCE):
                raise
            delivered = False  # it may not, or cannot reach the service
    step.run["answered"] = True
    step.log("answered" if delivered else "nobody to answer", succeeded=succeeded, reason=reason)


def refuse(event: dict[str, Any], aws: Aws, reason: str) -> bool:
    """Answer a request for which no run can be started.

    Returns:
        Whether there was somebody to answer.
    """
    if event.get("RequestType") != "Run":
        cloudformation.refuse(event, reason, kept=kept_in_rollback(event, aws))
        return True
    token = str(event.get("TaskToken") or "")
    if token:
        aws.answer_task(token, output=None, error="DataJob.NotCreated", reason=reason[:CAUSE_LENGTH])
    return bool(token)


def kept_in_rollback(event: dict[str, Any], aws: Aws) -> list[str] | None:
    """The attributes of the job that an Update keeps if it is part of a rollback, which moves no data; else none."""
    if event.get("RequestType") != "Update":
        return None
    try:
        request = Request.from_event(event)
        if is_going_back(aws.stack_status(request.stack_id)):
            return list(checked_definition(request.kind, request.properties)["attributes"])
    except (CallFailed, ValueError):
        pass
    return None
