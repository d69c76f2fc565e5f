"""Entry of the Lambda function: a request for a run, or one step of a run."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from data_jobs import answers, arrivals
from data_jobs.announcements import announce
from data_jobs.aws import PATIENCE, WORDS_BYTES, Aws, CallFailed
from data_jobs.cloudformation import cut
from data_jobs.definitions import checked_definition
from data_jobs.log import log
from data_jobs.request import Request
from data_jobs.step import Step

if TYPE_CHECKING:
    from data_jobs.run import Run

BUSY = 600
"""Seconds for which a run that cannot be started for passing trouble is tried: the function ends at 15 minutes."""

ATTEMPTS = 5
"""How often a request's own calls are made at once, for nobody takes it again later."""

LARGEST = 170_000
"""Bytes of a request: a state's input has 262,144 at most, and more is an error that no state machine can catch. A run
adds what was read and told of its job, and what a crash says, which are at most 32,768 characters."""


def handler(event: dict[str, Any], context: Any) -> Run | None:  # noqa: ANN401
    """Start a run, or take one step of a run for the state machine.

    Args:
        event: A request of CloudFormation, or one in its spelling with the RequestType `Run` and no ResponseURL; or
            `{"step", "run", "execution", "attempt"}` as `state_machine.asl.json` sends it.
        context: The Lambda context; its function ARN tells partition, Region, account and the state machine.

    Returns:
        The run after the step; nothing to a request, which is answered when its run has an answer.
    """
    if "step" not in event:
        start(event, Aws(context.invoked_function_arn, attempts=ATTEMPTS))
        return None
    run: Run = event["run"]
    aws = Aws(context.invoked_function_arn, run.get("reached", ()))
    step = Step(run, aws, time.time(), event["execution"], is_retry=event.get("attempt", 0) > 0)
    try:
        {"create": step.create, "check": step.check, "report": step.report}[event["step"]]()
    except Exception as error:
        if len(str(error)) > WORDS_BYTES:  # it becomes part of the run
            error.args = (cut(str(error), WORDS_BYTES),)
        raise
    run["reached"] = sorted(aws.reached)
    if not aws.was_refused:
        run.pop("refused_since", None)
    return run


def start(event: dict[str, Any], aws: Aws) -> None:
    """Start the run that answers this request; where none can be started, answer at once."""
    began = time.time()
    while True:
        try:
            wanted = read_request(event, aws)
            if wanted is None:
                return None
            request, document = wanted
            aws.start_execution(request.execution_name, document)
        except ValueError as error:
            log("request refused", reason=str(error))
            return turn_away(event, aws, str(error))
        except CallFailed as failure:
            if failure.means == "taken":
                return log("duplicate request", execution=request.execution_name, request=request.type)
            patience = BUSY if failure.means == "busy" else PATIENCE
            if failure.means == "refused" or time.time() >= began + patience:
                reason = f"the run could not be started: {failure.words}"
                if "Arrived" in event:  # no note tells of it, or no run comes for its note
                    source = arrivals.source_of(event)
                    event, reason = {"RequestId": source, **event}, f"{reason}; the file that arrived: {source}"
                log("run not started", request=event["RequestType"], reason=reason)
                return turn_away(event, aws, reason)
            time.sleep(5)
        else:
            return log("run started", execution=request.execution_name, request=request.type, kind=request.kind)


def turn_away(event: dict[str, Any], aws: Aws, reason: str) -> None:
    """Answer that no run can be started; if nobody waits for that, or goes on all the same, publish it as a failure.

    Raises:
        RuntimeError: If the request does not even say what job it is about, in a way that makes sense.
    """
    if answers.refuse(event, aws, reason):
        return
    now = time.time()
    step = Step({"request": event, "started": now}, aws, now, "")
    try:
        checked_definition(step.request.kind, step.request.properties)
    except ValueError:
        raise RuntimeError(reason) from None
    step.tell(succeeded=False, reason=reason)
    try:
        announce(step)
    except CallFailed as failure:
        if not step.request.is_of_deployment:
            raise
        log("event not sent", reason=failure.words)  # Lambda would begin anew with a request that has its answer


def read_request(event: dict[str, Any], aws: Aws) -> tuple[Request, str] | None:
    """The request in an event, and the run to start for it; none if what arrived is nothing for the job.

    Raises:
        ValueError: If it is no request that can be run.
        CallFailed: If what arrived could not be noted.
    """
    if "Arrived" in event:
        noted = arrivals.note(event, aws)
        if noted is None:
            return None
        event = noted
    request = Request.from_event(event)
    checked_definition(request.kind, request.properties)
    document = json.dumps({"request": event, "started": request.asked_at(time.time())})
    if len(document) > LARGEST:
        raise ValueError(f"the resource's properties take {len(document)} bytes, and {LARGEST} are possible")
    return request, document
