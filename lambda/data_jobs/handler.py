"""The entry of the Lambda function: starts a run for a request, or takes one step of a run."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from data_jobs import uploads
from data_jobs.aws import Aws
from data_jobs.context import Context
from data_jobs.definitions import validated_definition
from data_jobs.errors import PROPAGATION_GRACE, CallFailed
from data_jobs.log import log
from data_jobs.messages import MAX_MESSAGE_BYTES, truncate
from data_jobs.request import Request
from data_jobs.responses import reject
from data_jobs.steps import STEPS

if TYPE_CHECKING:
    from data_jobs.run import Run

MAX_START_SECONDS = 600
"""Seconds for which starting a run is retried if a service is busy: the function times out after 15 minutes."""

MAX_ATTEMPTS = 5
"""Attempts of each call while a run is started."""

MAX_REQUEST_BYTES = 170_000
"""A state's input has at most 262,144 bytes, and more cannot be caught. A run adds up to 32,768 characters of
a crash's message, and what it knows of its job."""


def handler(event: dict[str, Any], context: Any) -> Run | None:  # noqa: ANN401
    """Starts a run, or takes one step of a run for the state machine.

    Args:
        event: A custom resource's request; one in the same format with the RequestType `Run` and no ResponseURL; or
            `{"step", "run", "execution", "attempt"}` from `state_machine.asl.json`.
        context: The Lambda context.

    Returns:
        The run after the step; None for a request.
    """
    if "step" in event:
        return take_step(event, Aws(context.invoked_function_arn, event["run"].get("reached", ())))
    start_run(event, Aws(context.invoked_function_arn, attempts=MAX_ATTEMPTS))
    return None


def take_step(event: dict[str, Any], aws: Aws) -> Run:
    """Takes one step of a run, and returns the run after it."""
    run: Run = event["run"]
    try:
        request = Request.from_event(run["request"])
        is_retry = event.get("attempt", 0) > 0
        STEPS[event["step"]](Context(run, request, aws, time.time(), event["execution"], is_retry=is_retry))
    except Exception as error:
        if len(str(error)) > MAX_MESSAGE_BYTES:  # it becomes part of the run
            error.args = (truncate(str(error), MAX_MESSAGE_BYTES),)
        raise
    run["reached"] = sorted(aws.reached_services)
    if not aws.awaits_access:
        run.pop("refused_since", None)
    return run


def start_run(event: dict[str, Any], aws: Aws) -> None:
    """Starts the run of a request, or rejects the request."""
    began = time.time()
    request: Request | None = None
    upload = event if "Arrived" in event else None
    try:
        event = uploads.to_request(upload) if upload else event
        request = Request.from_event(event)
        while True:
            try:
                return _try_to_start(event, request, upload, aws)
            except CallFailed as failure:
                limit = MAX_START_SECONDS if failure.category == "busy" else PROPAGATION_GRACE
                if failure.category == "refused" or time.time() >= began + limit:
                    reason = f"the run could not be started: {failure.message}"
                    break
                time.sleep(5)
        if upload:  # without a marker object, or without a run that processes it
            reason += f"; the uploaded file: {uploads.source_of(upload)}"
        log("run not started", request=request.type, reason=reason)
    except ValueError as error:
        reason = str(error)
        log("request refused", reason=reason)
    return reject(event, request, aws, reason)


def _try_to_start(event: dict[str, Any], request: Request, upload: dict[str, Any] | None, aws: Aws) -> None:
    """Starts the run of a request, unless it was started before, or the job must not read the uploaded file.

    Raises:
        ValueError: If the job's definition is invalid, or the request too large.
        CallFailed: If the run could not be started.
    """
    if upload:
        window = uploads.leave_marker(upload, request, aws)
        if not window:
            return
        request_id, not_before = window
        request = replace(request, request_id=request_id, not_before=not_before)
        event = {**event, "RequestId": request_id, "NotBefore": not_before}
    validated_definition(request.kind, request.properties)
    document = json.dumps({"request": event, "started": request.requested_at(time.time()), "uuid": True})
    if len(document) > MAX_REQUEST_BYTES:
        raise ValueError(f"the resource's properties take {len(document)} bytes, and {MAX_REQUEST_BYTES} are possible")
    if aws.start_execution(request.execution_name, document):
        log("run started", execution=request.execution_name, request=request.type, kind=request.kind)
    else:
        log("duplicate request", execution=request.execution_name, request=request.type)
