"""What starts runs of a stack's jobs beside its deployments: schedules, and rules for uploaded files."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk_data_jobs_cli.aws.stack import Stack

SCHEDULE, UPLOAD = "schedule", "upload"

_JOB_OF_REQUEST = re.compile(r'\\"LogicalResourceId\\":\\"(\w+)\\"')
"""The job in the request with which the function is invoked: JSON in a string, in JSON."""

_UNKNOWN = "?"


@dataclass(frozen=True)
class Starter:
    """A schedule, or a rule for uploaded files, that starts runs of a job.

    Attributes:
        kind: `schedule` or `upload`.
        logical_id: The logical id of the job's resource.
        when: The schedule's expression and time zone, or the files as an `s3://` URL with `*`. What is not known
            before the deployment is `?`.
        is_enabled: Whether it is enabled.
    """

    kind: str
    logical_id: str
    when: str
    is_enabled: bool

    def __str__(self) -> str:
        """What it is in a few words."""
        return f"{self.kind} {self.when}{'' if self.is_enabled else ' (disabled)'}"


def list_starters(stack: Stack) -> Iterator[Starter]:
    """Yields the schedules and rules of a stack's own jobs, as its template declares them.

    Args:
        stack: The stack; those nested in it are left out.
    """
    for resource in stack.resources.values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Scheduler::Schedule":
            kind, request, when = SCHEDULE, properties.get("Target", {}).get("Input"), _schedule
        elif resource["Type"] == "AWS::Events::Rule":
            kind, request, when = UPLOAD, properties.get("Targets"), _files
        else:
            continue
        if job := _JOB_OF_REQUEST.search(json.dumps(request)):
            yield Starter(kind, job[1], when(stack, properties), properties.get("State") != "DISABLED")


def _schedule(stack: Stack, properties: dict[str, Any]) -> str:
    expression = _string(stack, properties["ScheduleExpression"])
    zone = properties.get("ScheduleExpressionTimezone")
    return f"{expression} {_string(stack, zone)}" if zone else expression


def _files(stack: Stack, properties: dict[str, Any]) -> str:
    detail = properties["EventPattern"]["detail"]
    [bucket], [key] = detail["bucket"]["name"], detail["object"]["key"]
    pattern = key["wildcard"] if isinstance(key, dict) and "wildcard" in key else key
    return f"s3://{_string(stack, bucket)}/{_string(stack, pattern)}"


def _string(stack: Stack, value: Any) -> str:  # noqa: ANN401 - JSON
    """Returns a value of the template as a string, with `?` for what is not known."""
    if isinstance(value, dict) and "Fn::Join" in value:
        delimiter, parts = value["Fn::Join"]
        return str(delimiter.join(_string(stack, part) for part in parts))
    return stack.resolve(value) or _UNKNOWN
