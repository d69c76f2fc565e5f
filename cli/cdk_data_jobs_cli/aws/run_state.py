"""The state of a run, read from the history of its execution.

The data of the events holds the *run*, the JSON object that the state machine passes from step to step.

Inputs and histories of executions hold secrets: the ResponseURL, with which anyone could send CloudFormation
a response, and task tokens. Only the members of the run that are named here are read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from cdk_data_jobs_cli.aws.client import AwsClient
    from cdk_data_jobs_cli.aws.executions import Execution

_DATA_MEMBERS = {
    "stateEnteredEventDetails": "input",
    "stateExitedEventDetails": "output",
    "executionStartedEventDetails": "input",
    "executionSucceededEventDetails": "output",
    "lambdaFunctionScheduledEventDetails": "input",
}
_MAX_EVENTS = 12
"""Events to read: a step that is retried adds three, and only the first of them has the run's data."""


@dataclass(frozen=True)
class RunState:
    """What is known of a run, without secrets.

    Attributes:
        latest: When the latest event of its execution happened.
        state: What it is doing or waiting for, as a message for people.
        waiting_for: What it waits for: `quota`, `permissions` (which are not in effect yet), `service` (which throttles
            calls, or is busy), `files` (uploads or copies), `turn` (an earlier run of the job) or `job` (its end).
        attributes: The attributes of the job that the service returned last.
        started_by: What started it: `create`, `update` or `delete` of the stack, or `schedule`, `upload`, `task` or
            `command`.
        physical_id: The physical id that the request is for; empty if it has none.
        is_kept: Whether it is an update that did not run the job again.
        is_skipped: Whether it ended because there was nothing to do.
        succeeded: Whether it succeeded; none as long as that is not known.
        has_ended: Whether its result is known, even if its execution has not ended yet.
        reason: Why it failed.
    """

    latest: dt.datetime | None = None
    state: str = ""
    waiting_for: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    started_by: str = ""
    physical_id: str = ""
    is_kept: bool = False
    is_skipped: bool = False
    succeeded: bool | None = None
    has_ended: bool = False
    reason: str = ""


def fetch_run_state(aws: AwsClient, execution: Execution) -> RunState:
    """Reads the state of a run from the latest events of its execution.

    Raises:
        AwsError: If the call fails.
    """
    return parse_run_state(aws.get_latest_events(execution.arn, _MAX_EVENTS), execution.status)


def parse_run_state(events: list[dict[str, Any]], status: str = "RUNNING") -> RunState:
    """Returns the state of a run.

    Args:
        events: The latest events of its execution, newest first.
        status: The status of its execution.
    """
    run = next((run for run in map(_parse_run, events) if run), {})
    request, outcome = run.get("request") or {}, run.get("outcome") or {}
    failed: dict[str, Any] = next((event["executionFailedEventDetails"] for event in events if _has_failed(event)), {})
    reason = str(outcome.get("reason") or "")
    succeeded = outcome.get("succeeded") if isinstance(outcome.get("succeeded"), bool) else None
    if status not in ("RUNNING", "SUCCEEDED"):
        succeeded = False
        reason = (failed.get("cause") if failed.get("error") == "JobFailed" else reason) or _end_reason(status, failed)
    return RunState(
        latest=events[0]["timestamp"] if events else None,
        state=str(run.get("state") or ""),
        waiting_for=str(run.get("waiting_for") or ""),
        attributes={
            name: str(value) for name, value in (outcome.get("attributes") or run.get("attributes") or {}).items()
        },
        started_by=str(request.get("StartedBy") or request.get("RequestType") or "").lower(),
        physical_id=str(request.get("PhysicalResourceId") or ""),
        is_kept=bool(run.get("kept")),
        is_skipped=bool(run.get("idle")),
        succeeded=succeeded,
        has_ended=status != "RUNNING" or bool(run.get("ended")),
        reason=reason,
    )


def fetch_resource_properties(aws: AwsClient, execution: Execution) -> dict[str, Any] | None:
    """Returns the properties of the job's resource that a run was started with; none if its input has none.

    Raises:
        AwsError: If the call fails.
    """
    try:
        properties = json.loads(aws.describe_execution(execution.arn)["input"])["request"]["ResourceProperties"]
    except (ValueError, KeyError, TypeError):
        return None
    return dict(properties) if isinstance(properties, dict) else None


def _has_failed(event: dict[str, Any]) -> bool:
    return "executionFailedEventDetails" in event


def _end_reason(status: str, failed: dict[str, Any]) -> str:
    # The cause of an error of Step Functions itself may quote the input, secrets included.
    return f"the execution ended as {status}" + (f" with {failed['error']}" if failed.get("error") else "")


def _parse_run(event: dict[str, Any]) -> dict[str, Any]:
    """Returns the run in the data of an event; an empty object if there is none, or the data is truncated."""
    for details, member in _DATA_MEMBERS.items():
        if member in event.get(details, {}):
            try:
                data = json.loads(event[details][member])
            except ValueError:
                return {}
            run = data.get("run", data) if isinstance(data, dict) else {}
            return run if isinstance(run, dict) and "request" in run else {}
    return {}
