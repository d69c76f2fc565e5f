"""Entry of the Lambda function: a request from CloudFormation, or one step of a run."""

from __future__ import annotations

import json
import time
from typing import Any

from data_jobs import cloudformation
from data_jobs.aws import PATIENCE, Aws, CallFailed, definition_of
from data_jobs.log import log
from data_jobs.run import Step

LARGEST = 200_000
"""Bytes of a request: a state's input has 262,144 at most, and more is an error that no state machine can catch."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any] | None:  # noqa: ANN401
    """Start a run for CloudFormation, or take one step of a run for the state machine.

    Args:
        event: A custom resource request (it has a `RequestType`), or `{"step", "run", "execution"}` as
            `state_machine.asl.json` sends it.
        context: The Lambda context; its function ARN tells partition, Region and account.

    Returns:
        The run after the step; nothing to CloudFormation, which waits for the answer at its ResponseURL.
    """
    aws = Aws(context.invoked_function_arn)
    if "step" in event:
        step = Step(event["run"], aws, time.time(), event["execution"])
        {"create": step.create, "check": step.check, "report": step.report}[event["step"]]()
        return step.run
    start(event, aws)
    return None


def start(event: dict[str, Any], aws: Aws) -> None:
    """Start the run that answers this request; where none can be started, answer at once."""
    try:
        request = cloudformation.Request.from_event(event)
        definition_of(request.kind, request.properties)
    except ValueError as error:
        log("request refused", reason=str(error))
        cloudformation.refuse(event, str(error))
        return
    name = request.execution_name
    document = json.dumps({"request": event, "started": time.time()})
    if len(document) > LARGEST:
        cloudformation.refuse(
            event, f"the resource's properties take {len(document)} bytes, and {LARGEST} are possible"
        )
        return
    patience_ends = time.time() + PATIENCE
    while True:
        try:
            aws.start_execution(request.state_machine_arn, name, document)
        except CallFailed as failure:
            if failure.kind == "taken":
                log("duplicate request", execution=name, request=request.type)
                return
            if failure.kind in ("busy", "denied") and time.time() < patience_ends:
                time.sleep(5)
                continue
            log("run not started", execution=name, request=request.type, reason=failure.words)
            cloudformation.refuse(event, f"the run could not be started: {failure.words}")
            return
        log("run started", execution=name, request=request.type, kind=request.kind)
        return
