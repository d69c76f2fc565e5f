"""How far is an execution of the state machine, in what words, and how did it end?

The documents of runs hold secrets: the ResponseURL, with which anybody could answer in CloudFormation's place, and task
tokens. Only the members that are named here are taken from them.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cdk_data_jobs_cli.aws import NotThereError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping

    from cdk_data_jobs_cli.aws import Aws
    from cdk_data_jobs_cli.stack import Job

_NAME = re.compile(r"(.*-[0-9a-f]{8}-)(create|update|delete|run)-")
_DETAILS = {
    "stateEnteredEventDetails": "input",
    "stateExitedEventDetails": "output",
    "executionStartedEventDetails": "input",
    "executionSucceededEventDetails": "output",
    "lambdaFunctionScheduledEventDetails": "input",
}
_PAGE = 12
"""Events to ask for: a step that is tried again adds three, the first of which has the document."""


@dataclass(frozen=True)
class Execution:
    """One execution, as ListExecutions tells it.

    Attributes:
        arn: Its ARN.
        name: Its name.
        owner: What the names of all executions of its resource start with.
        request: What it was asked for: `create`, `update`, `delete` or `run`.
        status: `RUNNING`, `SUCCEEDED`, `FAILED`, `TIMED_OUT` or `ABORTED`.
        started: When it started.
        ended: When it ended, if it has.
    """

    arn: str
    name: str
    owner: str
    request: str
    status: str
    started: dt.datetime
    ended: dt.datetime | None

    @property
    def is_running(self) -> bool:
        """Whether it goes on."""
        return self.status == "RUNNING"


@dataclass(frozen=True)
class Told:
    """What an execution tells of its run, and nothing that is secret.

    Attributes:
        seen: When its latest event happened.
        state: What it waits for, in words.
        waiting_for: `quota`, `permissions`, `service`, `files`, `turn` or `job`.
        attributes: What the service told last of the job.
        started_by: What asked for the run: `create`, `update` or `delete` of the stack, or `schedule`, `upload`, `task`
            or `command`.
        kept: The update moved no data.
        idle: It ended without having wanted to move data.
        succeeded: Whether it succeeded; none as long as that is not known.
        has_ended: Nothing goes on any more, even if the execution has still to tell so.
        reason: Why it failed.
    """

    seen: dt.datetime | None = None
    state: str = ""
    waiting_for: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    started_by: str = ""
    kept: bool = False
    idle: bool = False
    succeeded: bool | None = None
    has_ended: bool = False
    reason: str = ""


def executions_of(
    jobs: Iterable[Job], *, since: dt.datetime | None = None, limit: int | None = None
) -> Iterator[tuple[Job, Execution]]:
    """The executions of some jobs, newest first for each state machine.

    A job whose state machine is not there (any more) has none.

    Args:
        jobs: The jobs.
        since: Those that started before are left out.
        limit: How many of each state machine are wanted at most.
    """
    machines: dict[str, dict[str, Job]] = {}
    for job in jobs:
        if machine := job.machine:
            machines.setdefault(machine, {})[job.execution_prefix] = job
    for machine, owners in machines.items():
        aws = next(iter(owners.values())).stack.aws
        with contextlib.suppress(NotThereError):
            yield from itertools.islice(_owned(aws.executions(machine, since=since), owners), limit)


def _owned(found: Iterable[dict[str, Any]], owners: Mapping[str, Job]) -> Iterator[tuple[Job, Execution]]:
    """The executions that belong to one of these jobs."""
    for told in found:
        name = _NAME.match(told["name"])
        if name and name[1] in owners:
            yield owners[name[1]], _execution(told, owner=name[1], request=name[2])


def _execution(told: dict[str, Any], *, owner: str, request: str) -> Execution:
    return Execution(
        arn=told["executionArn"],
        name=told["name"],
        owner=owner,
        request=request,
        status=told["status"],
        started=told["startDate"],
        ended=told.get("stopDate"),
    )


def ask(aws: Aws, execution: Execution) -> Told:
    """Ask an execution how far its run is.

    Raises:
        AwsError: If it cannot be asked.
    """
    return read(aws.latest_events(execution.arn, _PAGE), execution.status)


def read(events: list[dict[str, Any]], status: str = "RUNNING") -> Told:
    """Read the latest events of an execution.

    Args:
        events: The events, newest first.
        status: The execution's status.
    """
    run = next((run for run in map(_document, events) if run), {})
    request, outcome = run.get("request") or {}, run.get("outcome") or {}
    failed: dict[str, Any] = next((event["executionFailedEventDetails"] for event in events if _has_failed(event)), {})
    reason = str(outcome.get("reason") or "")
    succeeded = outcome.get("succeeded") if isinstance(outcome.get("succeeded"), bool) else None
    if status not in ("RUNNING", "SUCCEEDED"):
        succeeded = False
        reason = (failed.get("cause") if failed.get("error") == "JobFailed" else reason) or _ended(status, failed)
    return Told(
        seen=events[0]["timestamp"] if events else None,
        state=str(run.get("state") or ""),
        waiting_for=str(run.get("waiting_for") or ""),
        attributes={
            name: str(value) for name, value in (outcome.get("attributes") or run.get("attributes") or {}).items()
        },
        started_by=str(request.get("StartedBy") or request.get("RequestType") or "").lower(),
        kept=bool(run.get("kept")),
        idle=bool(run.get("idle")),
        succeeded=succeeded,
        has_ended=status != "RUNNING" or bool(run.get("ended")),
        reason=reason,
    )


def _has_failed(event: dict[str, Any]) -> bool:
    return "executionFailedEventDetails" in event


def _ended(status: str, failed: dict[str, Any]) -> str:
    # The cause of an error of Step Functions itself may quote the document, secrets included.
    return f"the execution ended as {status}" + (f" with {failed['error']}" if failed.get("error") else "")


def _document(event: dict[str, Any]) -> dict[str, Any]:
    """The run as an event quotes it; nothing if it does not, or not in full."""
    for details, member in _DETAILS.items():
        if member in event.get(details, {}):
            try:
                quoted = json.loads(event[details][member])
            except ValueError:
                return {}
            run = quoted.get("run", quoted) if isinstance(quoted, dict) else {}
            return run if isinstance(run, dict) and "request" in run else {}
    return {}


def refreshed(aws: Aws, execution: Execution) -> Execution:
    """An execution as it is now."""
    return _execution(aws.execution(execution.arn), owner=execution.owner, request=execution.request)


def properties_of(aws: Aws, execution: Execution) -> dict[str, Any] | None:
    """The resource's properties that a run was started with, if it tells them."""
    try:
        properties = json.loads(aws.execution(execution.arn)["input"])["request"]["ResourceProperties"]
    except (ValueError, KeyError, TypeError):
        return None
    return dict(properties) if isinstance(properties, dict) else None
