"""Responds to requests: with a run's outcome, or that no run can be started."""

import time
from typing import Any

from data_jobs import cloudformation
from data_jobs.aws import Aws
from data_jobs.context import Context
from data_jobs.conversion import to_string
from data_jobs.definitions import validated_definition
from data_jobs.errors import PROPAGATION_GRACE, CallFailed
from data_jobs.log import log
from data_jobs.messages import failed_attributes
from data_jobs.notifications import publish_end
from data_jobs.request import RESPONSE_URL_SECONDS, Request, accepts_failure
from data_jobs.stack_status import is_rolling_back

MAX_CAUSE_LENGTH = 32_768
"""Characters of a task's cause (Step Functions API Reference, SendTaskFailure)."""


def respond(context: Context) -> None:
    """Sends the outcome of a run to CloudFormation, or to the state machine's task that waits for it.

    Raises:
        ConnectionError: If CloudFormation could not be reached and may be later.
        CallFailed: The same of Step Functions.
    """
    request, run, outcome = context.request, context.run, context.run["outcome"]
    succeeded, reason = outcome["succeeded"], outcome["reason"]
    is_delivered = True
    if request.is_from_cloudformation:
        succeeded = succeeded or request.type == "Delete" or request.accepts_failure
        keeps = run.get("kept", False) and not run.get("must_succeed", False)
        body = cloudformation.write_response(
            run["request"],
            succeeded=succeeded,
            reason=reason,
            physical_id=run.get("id") or context.expected_job_id or context.execution,
            attributes={**_wait_chain_attributes(request, keeps=keeps), **outcome["attributes"]},
        )
        try:
            is_delivered = cloudformation.deliver(request.response_url, body)
        except ConnectionError:
            if context.now < run["started"] + RESPONSE_URL_SECONDS:
                raise
            is_delivered = False  # the URL has expired
    elif request.task_token:
        try:
            is_delivered = context.aws.complete_task(
                request.task_token,
                output=outcome["attributes"] if succeeded else None,
                error=outcome["error"],
                reason=reason[:MAX_CAUSE_LENGTH],
            )
        except CallFailed as failure:
            if failure.category == "busy" or context.is_outcome_newer_than(PROPAGATION_GRACE):
                raise
            is_delivered = False  # the permission is missing, or the service cannot be reached
    run["answered"] = True
    context.log("answered" if is_delivered else "nobody to answer", succeeded=succeeded, reason=reason)


def reject(event: dict[str, Any], request: Request | None, aws: Aws, reason: str) -> None:
    """Responds that no run can be started; publishes that if nobody waits, or a deployment continues without the job.

    Args:
        event: The event that the function was invoked with.
        request: The request in it; None if the event is invalid.
        aws: The calls to AWS.
        reason: Why no run can be started.

    Raises:
        RuntimeError: If it cannot be published, because the request's job is unknown.
    """
    definition = _valid_definition(request)
    if event.get("RequestType") != "Run":
        attributes, lacks_job = _accepted_without_run(event, request, definition, aws, reason)
        _respond_to_cloudformation(event, reason, attributes)
        if not lacks_job:
            return
    elif token := str(event.get("TaskToken") or ""):
        aws.complete_task(token, output=None, error="DataJob.NotCreated", reason=reason[:MAX_CAUSE_LENGTH])
        return
    if request is None or definition is None:
        raise RuntimeError(reason)
    now = time.time()
    context = Context({"started": now}, request, aws, now, "")
    context.report_outcome(succeeded=False, reason=reason)
    try:
        publish_end(context)
    except CallFailed as failure:
        if not request.is_from_cloudformation:
            raise
        log("event not sent", reason=failure.message)  # raising would have Lambda repeat an answered request


def _valid_definition(request: Request | None) -> dict[str, Any] | None:
    try:
        return validated_definition(request.kind, request.properties) if request else None
    except ValueError:
        return None


def _accepted_without_run(
    event: dict[str, Any], request: Request | None, definition: dict[str, Any] | None, aws: Aws, reason: str
) -> tuple[dict[str, str] | None, bool]:
    """Returns the attributes if a deployment continues without the run, else None; and whether it lacks the job.

    It does with `OnFailure`, and in a rollback, which keeps the resource's job.
    """
    if event.get("RequestType") not in ("Create", "Update"):
        return None, False
    is_accepted = accepts_failure(event.get("ResourceProperties"))
    if request is None or definition is None:
        return ({} if is_accepted else None), False
    is_rollback = request.type == "Update" and _is_rolling_back(request, aws)
    if not is_accepted and not is_rollback:
        return None, False
    keeps = is_rollback or bool(request.awaited_job) or request.keeps_job(definition["not_identity"])
    attributes = dict.fromkeys(definition["attributes"], "") if keeps else failed_attributes(definition, reason)
    return {**_wait_chain_attributes(request, keeps=keeps), **attributes}, not keeps


def _is_rolling_back(request: Request, aws: Aws) -> bool:
    try:
        return is_rolling_back(aws.stack_status(request.stack_id))
    except CallFailed:
        return False


def _respond_to_cloudformation(event: dict[str, Any], reason: str, accepted: dict[str, str] | None) -> None:
    """Responds to CloudFormation. A Delete succeeds, or the stack could never be deleted."""
    url = event.get("ResponseURL")
    if not isinstance(url, str) or not cloudformation.is_allowed_url(url):
        return
    properties = event.get("ResourceProperties")
    awaited_job = properties.get("Job") if isinstance(properties, dict) else None
    ids = event.get("PhysicalResourceId"), event.get("LogicalResourceId"), "none"
    # The accepted Update of a waiting resource may name another job.
    physical_id = str((awaited_job if accepted is not None else "") or next(filter(None, ids)))
    body = cloudformation.write_response(
        event,
        succeeded=event.get("RequestType") == "Delete" or accepted is not None,
        reason=reason,
        physical_id=physical_id,
        attributes=accepted or {},
    )
    cloudformation.deliver(url, body)


def _wait_chain_attributes(request: Request, *, keeps: bool) -> dict[str, str]:
    """Returns the attribute of a job's own resource from which new waiting resources know whether to wait."""
    return {"DataJobKept": to_string(keeps and request.adds_waiting_resources)} if "Links" in request.properties else {}
