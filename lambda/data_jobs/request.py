"""What a run is asked for: by CloudFormation, or by a schedule, an upload, a state machine or a person."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import urllib.parse
from dataclasses import dataclass, field
from typing import Any

from data_jobs.attributes import text
from data_jobs.cloudformation import is_web

DEFAULT_TIMEOUT = 3300
"""Seconds: 55 minutes, so that an answer arrives within the hour that CloudFormation waits."""

WATCHED = 7 * 24 * 3600
"""Seconds after which a job that no deployment waits for is watched no longer."""

URL_SECONDS = 7200
"""Seconds for which a ResponseURL is good, as far as anybody has seen."""

QUEUED = 6 * 3600
"""Seconds that an invocation waits at most until the function takes it (Lambda Developer Guide, "Asynchronous
invocation")."""

WINDOW = "w"
"""What precedes the end of its window in the name of a run that gathers files."""


@dataclass(frozen=True)
class Request:
    """One request, checked. All origins spell it as CloudFormation does.

    Attributes:
        type: `Create`, `Update` or `Delete` of CloudFormation; `Run` of everybody else.
        kind: The kind of job, which names a row of the table: the resource type, or what the property `Kind` says.
        properties: The resource's properties; every scalar is a string.
        old_properties: On an Update, the properties before it.
        physical_id: On an Update or a Delete, what the resource was last answered with.
        response_url: Where CloudFormation wants its answer.
        task_token: With what a state machine wants its answer, if one asks.
        started_by: What asks: the type in lower case, or for a Run `schedule`, `upload`, `task` or `command`.
        skips: Whether a Run is skipped if another one of the job goes on; otherwise it waits its turn.
        arrivals: Of a Run on upload: the `Inbox` that names what arrived, the `Folder` to gather it in, and the
            `Parameter` for the run's own folder in it; and `Whole`, if its files only count together.
        not_before: Of a Run on upload: until when it gathers, in seconds since 1970.
    """

    type: str
    kind: str
    stack_id: str
    request_id: str
    logical_id: str
    properties: dict[str, Any]
    old_properties: dict[str, Any]
    physical_id: str
    response_url: str = field(repr=False)
    task_token: str = field(repr=False)
    started_by: str
    skips: bool
    arrivals: dict[str, Any]
    not_before: int

    @classmethod
    def from_event(cls, event: dict[str, Any]) -> Request:
        """Read the event that the function is invoked with.

        Raises:
            ValueError: If a field is missing or of another type than it should be.
        """
        _check(event)
        is_run = event["RequestType"] == "Run"
        properties = event.get("ResourceProperties", {})
        return cls(
            type=event["RequestType"],
            kind=str(properties.get("Kind") or event["ResourceType"]),
            stack_id=event["StackId"],
            request_id=event["RequestId"],
            logical_id=event["LogicalResourceId"],
            properties=properties,
            old_properties=event.get("OldResourceProperties", {}),
            physical_id=str(event.get("PhysicalResourceId") or ""),
            response_url="" if is_run else event["ResponseURL"],
            task_token=str(event.get("TaskToken") or "") if is_run else "",
            started_by=event["StartedBy"] if is_run else event["RequestType"].lower(),
            skips=event.get("Overlap") == "SKIP",
            arrivals=event.get("Arrivals", {}),
            not_before=event.get("NotBefore", 0),
        )

    def asked_at(self, now: float) -> float:
        """When CloudFormation asked, in seconds since 1970: its hour begins then, though the function may begin later.

        It signed the ResponseURL then, and the signature says so (Amazon S3 API Reference, "Authenticating Requests:
        Using Query Parameters"; older ones tell when they expire). Where nothing believable is said, it is now.
        """
        try:
            query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.response_url).query))
            if "X-Amz-Date" in query:
                signed = dt.datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%S%z").timestamp()
            else:
                signed = float(query["Expires"]) - URL_SECONDS
        except (KeyError, ValueError):
            return now
        return signed if now - QUEUED <= signed <= now else now

    @property
    def is_of_deployment(self) -> bool:
        """Whether CloudFormation asks."""
        return self.type != "Run"

    @property
    def stack(self) -> str:
        """The stack's name."""
        return self.stack_id.partition("/")[2].partition("/")[0]

    @property
    def executions_of_stack(self) -> str:
        """What the names of all executions for resources of this stack start with, and perhaps some of other stacks."""
        return f"{_for_names(self.stack)}-"

    def executions(self, logical_id: str = "") -> str:
        """What the names of all executions for this resource, or for another one of its stack, start with."""
        logical_id = logical_id or self.logical_id
        return f"{self.executions_of_stack}{_for_names(logical_id)}-{digest(self.stack_id + logical_id, 8)}-"

    @property
    def deliveries(self) -> str:
        """What the names of all executions for this request start with: a retried deployment repeats its RequestId."""
        return f"{self.executions()}{self.type.lower()}-{digest(self.request_id, 8)}-"

    @property
    def execution_name(self) -> str:
        """A name that a second delivery of the same request has too, and no other request: its URL is its own."""
        if self.not_before:
            return f"{self.deliveries}{WINDOW}{self.not_before:011d}"
        return f"{self.deliveries}{digest(self.response_url or self.task_token or self.request_id, 12)}"

    def job_name(self, number: int, max_length: int) -> str:
        """The name of the job for this request; `number` counts the names that are used up.

        The suffix makes it new: services without a call to delete a job use its name up for ever.
        """
        suffix = f"-{digest(self.request_id, 8)}" + (f"-{number + 1}" if number else "")
        return str(self.properties.get("JobName") or self.logical_id)[: max_length - len(suffix)] + suffix

    @property
    def timeout(self) -> float:
        """Seconds that this request waits for the job; a deletion waits as long as it can."""
        if not self.is_of_deployment:
            return WATCHED
        wanted = DEFAULT_TIMEOUT if self.type == "Delete" else float(self.properties.get("Timeout", DEFAULT_TIMEOUT))
        return min(wanted, DEFAULT_TIMEOUT)

    @property
    def relay(self) -> float:
        """Seconds that this resource and those that wait on after it wait together; 0 if none does."""
        return float(self.properties.get("Relay", 0)) if self.is_of_deployment else 0

    @property
    def awaited_job(self) -> str:
        """For a resource that waits on: the job, which another resource created."""
        return str(self.properties.get("Job", ""))

    @property
    def creator(self) -> str:
        """For a resource that waits on: the logical id of the one that creates the job."""
        return str(self.properties.get("Creator", ""))

    @property
    def tags(self) -> dict[str, str]:
        """The job's tags."""
        return _tags(self.properties)

    @property
    def old_tags(self) -> dict[str, str]:
        """The tags that the job had before an Update."""
        return _tags(self.old_properties)

    @property
    def max_failures(self) -> int:
        """How many entries of a job that succeeded may have failed."""
        return int(self.properties.get("MaxFailures", 0))

    def is_placeholder(self, physical_id: str) -> bool:
        """Whether an id was given to a resource for which no job was made: its logical id, or an execution's name."""
        return physical_id == self.logical_id or physical_id.startswith(self.executions())

    @property
    def adds_links(self) -> bool:
        """Whether more resources wait on after this one than before."""
        return int(self.properties.get("Links", 0)) > int(self.old_properties.get("Links", 0))

    @property
    def takes_job_as_it_is(self) -> bool:
        """For a resource that waits on: whether the update that adds it keeps the job, so that it waits for nothing."""
        return text(self.properties.get("Kept", False)) == "true"

    @property
    def waits(self) -> bool:
        """Whether the request is answered only when the job has ended."""
        return not self.is_of_deployment or text(self.properties.get("WaitForCompletion", True)) == "true"

    @property
    def accepts_failure(self) -> bool:
        """Whether the deployment goes on when the job fails."""
        return accepts_failure(self.properties)

    @property
    def runs_when_deployed(self) -> bool:
        """Whether the job runs when it is deployed."""
        return not self.is_of_deployment or text(self.properties.get("DeployTime", True)) == "true"

    @property
    def publishes(self) -> bool:
        """Whether an event tells the job's end."""
        return text(self.properties.get("Events", False)) == "true"

    def keeps_job(self, not_identity: list[str]) -> bool:
        """Whether the request wants no new job, for a resource that has one."""
        keeps = self.type == "Update" and not self.wants_new_run(not_identity)
        return keeps or self.takes_job_as_it_is

    def wants_new_run(self, not_identity: list[str]) -> bool:
        """Whether an Update changed what makes a job another job: its parameters less some, or its trigger.

        To a resource that waits on, another job is one that another resource has created.
        """
        if self.awaited_job:
            return self.awaited_job != self.old_properties.get("Job")

        def identity(properties: dict[str, Any]) -> str:
            definition = properties.get("Definition", {})
            operation = [definition.get("service"), definition.get("create", {}).get("operation")]
            kept = without(properties.get("Parameters", {}), not_identity)
            others = [properties.get(name) for name in ("Trigger", "DeployTime")]
            return json.dumps([kept, operation, *others], sort_keys=True)

        return identity(self.properties) != identity(self.old_properties)


def accepts_failure(properties: object) -> bool:
    """Whether a deployment of a resource with these properties goes on when the job fails."""
    return isinstance(properties, dict) and properties.get("OnFailure") == "CONTINUE"


def _for_names(name: str) -> str:
    """What the name of an execution holds of another name."""
    return re.sub(r"[^A-Za-z0-9-]", "", name)[:20]


def _check(event: dict[str, Any]) -> None:
    waiting = "StartedBy" if event.get("RequestType") == "Run" else "ResponseURL"
    for name in ("RequestType", "ResourceType", "StackId", "RequestId", "LogicalResourceId", waiting):
        if not isinstance(event.get(name), str) or not event[name]:
            raise ValueError(f"the request's {name} must be a text, got {type(event.get(name)).__name__}")
    if waiting == "ResponseURL" and not is_web(event["ResponseURL"]):
        raise ValueError("the request's ResponseURL must begin with https://")
    if event["RequestType"] not in ("Create", "Update", "Delete", "Run"):
        raise ValueError(f"the RequestType must be Create, Update, Delete or Run, got {event['RequestType'][:40]}")
    for name in ("ResourceProperties", "OldResourceProperties", "Arrivals"):
        if not isinstance(event.get(name, {}), dict):
            raise ValueError(f"the request's {name} must be an object, got {type(event[name]).__name__}")
    _check_properties(event.get("ResourceProperties", {}))
    if not isinstance(event.get("NotBefore", 0), int) or not 0 <= event.get("NotBefore", 0) < 10**11:
        raise ValueError("the request's NotBefore must be seconds since 1970")
    arrivals = event.get("Arrivals", {})
    if arrivals and not _has_texts(arrivals, ("Inbox", "Folder", "Parameter")):
        raise ValueError("the request's Arrivals must have the texts Inbox, Folder and Parameter")


def _check_properties(properties: dict[str, Any]) -> None:
    if not isinstance(properties.get("Parameters", {}), dict):
        raise ValueError("the resource's property Parameters must be an object")
    for name, members in (("Files", ("Source", "Target")), ("Tags", ("Key", "Value"))):
        listed = properties.get(name, [])
        if not isinstance(listed, list) or not all(_has_texts(one, members) for one in listed):
            first, second = members
            raise ValueError(f"the resource's property {name} must be a list of objects with a {first} and a {second}")
    for name in ("Timeout", "Relay", "Links", "MaxFailures"):
        if not re.fullmatch(r"[0-9]{1,9}", str(properties.get(name, 0))):
            raise ValueError(f"the resource's property {name} must be a whole number, got {properties[name]}")


def _has_texts(value: object, names: tuple[str, ...]) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(name), str) for name in names)


def _tags(properties: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}


def due(execution: str, began: float) -> float:
    """When a run wants to create its job, in seconds since 1970: one that gathers files, when its window is over.

    Args:
        execution: The name of its execution.
        began: When that began.
    """
    window_ends = re.search(rf"-{WINDOW}(\d{{11}})$", execution)
    return max(began, float(window_ends[1])) if window_ends else began


def without(parameters: dict[str, Any], paths: list[str]) -> dict[str, Any]:
    """The parameters less some; `a.b` names the member b of the member a."""
    kept = dict(parameters)
    for path in paths:
        name, _, rest = path.partition(".")
        if rest and isinstance(kept.get(name), dict):
            kept[name] = without(kept[name], [rest])
        elif not rest:
            kept.pop(name, None)
    return kept


def with_value(parameters: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """The parameters with another value for one; `a.b` names the member b of the member a."""
    name, _, rest = path.partition(".")
    return {**parameters, name: with_value(parameters.get(name, {}), rest, value) if rest else value}


def digest(text: str, length: int) -> str:
    """The first hexadecimal digits of a text's SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:length]
