"""Who waits for an answer to a request, and how they get it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from data_jobs import cloudformation
from data_jobs.attributes import text
from data_jobs.aws import PATIENCE, CallFailed
from data_jobs.decisions import is_going_back, never_created
from data_jobs.definitions import checked_definition
from data_jobs.request import URL_SECONDS, Request, accepts_failure

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
        succeeded = succeeded or request.type == "Delete" or request.accepts_failure
        kept = step.run.get("kept", False) and not step.run.get("must_succeed", False)
        body = cloudformation.write_answer(
            step.run["request"],
            succeeded=succeeded,
            reason=reason,
            physical_id=step.run.get("id") or step.job_to_be or step.execution,
            attributes={**told_to_links(request, kept=kept), **outcome["attributes"]},
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
        Whether that says all: there was somebody to answer, and no deployment goes on without the job it wants.
    """
    if event.get("RequestType") != "Run":
        attributes, is_failure = accepted_without_run(event, aws, reason)
        cloudformation.refuse(event, reason, accepted=attributes)
        return not is_failure
    token = str(event.get("TaskToken") or "")
    if token:
        aws.answer_task(token, output=None, error="DataJob.NotCreated", reason=reason[:CAUSE_LENGTH])
    return bool(token)


def accepted_without_run(event: dict[str, Any], aws: Aws, reason: str) -> tuple[dict[str, str] | None, bool]:
    """What a deployment accepts if there is no run.

    An Update in a rollback, which moves no data, keeps the job that the resource has.

    Returns:
        The attributes to answer with, none if it does not accept that; and whether a job is missing thereby.
    """
    if event.get("RequestType") not in ("Create", "Update"):
        return None, False
    is_accepted = accepts_failure(event.get("ResourceProperties"))
    try:
        request = Request.from_event(event)
        definition = checked_definition(request.kind, request.properties)
    except ValueError:
        return ({} if is_accepted else None), False
    goes_back = request.type == "Update" and _goes_back(request, aws)
    if not is_accepted and not goes_back:
        return None, False
    keeps = goes_back or bool(request.awaited_job) or request.keeps_job(definition["not_identity"])
    told = dict.fromkeys(definition["attributes"], "") if keeps else never_created(definition, reason)
    return {**told_to_links(request, kept=keeps), **told}, not keeps


def _goes_back(request: Request, aws: Aws) -> bool:
    """Whether CloudFormation undoes what it did, as far as it can be asked."""
    try:
        return is_going_back(aws.stack_status(request.stack_id))
    except CallFailed:
        return False


def told_to_links(request: Request, *, kept: bool) -> dict[str, str]:
    """What the resources that wait on are told: whether those that are new have nothing to wait for."""
    return {"DataJobKept": text(kept and request.adds_links)} if "Links" in request.properties else {}
