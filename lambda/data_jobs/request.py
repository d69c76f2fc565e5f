"""Parses a request for a run, whether from CloudFormation, a schedule, an upload, a state machine or a person."""

import contextlib
import datetime as dt
import hashlib
import json
import re
import urllib.parse
from dataclasses import dataclass, field
from typing import Any

from data_jobs.cloudformation import is_allowed_url
from data_jobs.conversion import to_string
from data_jobs.matching import without

DEFAULT_TIMEOUT = 3300
"""Seconds: 55 minutes, so that a response arrives within the hour that CloudFormation waits."""

MAX_WATCH_SECONDS = 7 * 24 * 3600
"""Seconds for which a job is watched that no deployment waits for."""

RESPONSE_URL_SECONDS = 7200
"""Seconds for which a ResponseURL is valid: observed, not documented."""

MAX_QUEUE_SECONDS = 6 * 3600
"""Seconds that an invocation may wait for the function (Lambda Developer Guide, "Asynchronous invocation")."""

WINDOW_PREFIX = "w"
"""What precedes the end of the batching window in the name of an execution for uploaded files."""


@dataclass(frozen=True)
class Request:
    """A valid request, in the format of a custom resource's requests.

    Attributes:
        type: `Create`, `Update` or `Delete` from CloudFormation; `Run` from everybody else.
        kind: The kind of job, a key of `definitions.json`: the resource type, or the property `Kind`.
        properties: The resource's properties; CloudFormation makes every scalar a string.
        old_properties: On an Update, the properties before it.
        physical_id: On an Update or a Delete, the resource's physical id.
        response_url: Where CloudFormation expects the response.
        task_token: The token of the state machine's task that waits for the run, if one does.
        started_by: The type in lower case, or for a Run `schedule`, `upload`, `task` or `command`.
        skips_if_running: Whether a Run is skipped if another one of the job is running; otherwise it waits (`Overlap`).
        uploads: Of a Run on upload (`Arrivals`): `Inbox`, the prefix of the marker objects; `Folder`, where batches are
            copied to; `Parameter`, the job's parameter that gets the batch's folder; and `Whole`, if a job replaces all
            data.
        not_before: Of a Run on upload: until when it waits for more files, in seconds since 1970.
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
    skips_if_running: bool
    uploads: dict[str, Any]
    not_before: int

    @classmethod
    def from_event(cls, event: dict[str, Any]) -> "Request":
        """Parses the event that the function is invoked with.

        Raises:
            ValueError: If a field is missing or has the wrong type.
        """
        _validate(event)
        is_run = event["RequestType"] == "Run"
        properties = event.get("ResourceProperties", {})
        return cls(
            type=event["RequestType"],
            kind=str(properties.get("Kind") or event["ResourceType"]),
            stack_id=event["StackId"],
            request_id=event["RequestId"],
            logical_id=event["LogicalResourceId"],
            properties=properties,
            old_properties=_without_invalid(event.get("OldResourceProperties", {})),
            physical_id=str(event.get("PhysicalResourceId") or ""),
            response_url="" if is_run else event["ResponseURL"],
            task_token=str(event.get("TaskToken") or "") if is_run else "",
            started_by=event["StartedBy"] if is_run else event["RequestType"].lower(),
            skips_if_running=event.get("Overlap") == "SKIP",
            uploads=event.get("Arrivals", {}),
            not_before=event.get("NotBefore", 0),
        )

    def requested_at(self, now: float) -> float:
        """Returns when CloudFormation signed the ResponseURL, in seconds since 1970; now if that is not plausible.

        Version 4 signatures have that time, older ones the expiry (Amazon S3 API Reference, "Authenticating Requests").
        """
        try:
            query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.response_url).query))
            if "X-Amz-Date" in query:
                signed = dt.datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%S%z").timestamp()
            else:
                signed = float(query["Expires"]) - RESPONSE_URL_SECONDS
        except (KeyError, ValueError):
            return now
        return signed if now - MAX_QUEUE_SECONDS <= signed <= now else now

    @property
    def is_from_cloudformation(self) -> bool:
        """Whether CloudFormation sent the request."""
        return self.type != "Run"

    @property
    def stack_name(self) -> str:
        """The stack's name."""
        return self.stack_id.partition("/")[2].partition("/")[0]

    @property
    def stack_execution_prefix(self) -> str:
        """The prefix of this stack's executions; stacks with similar names share it."""
        return f"{_name_part(self.stack_name)}-"

    def execution_prefix(self, logical_id: str = "") -> str:
        """Returns the prefix of the executions for this resource, or another one of its stack."""
        logical_id = logical_id or self.logical_id
        return f"{self.stack_execution_prefix}{_name_part(logical_id)}-{digest(self.stack_id + logical_id, 8)}-"

    @property
    def delivery_prefix(self) -> str:
        """The prefix of the executions for this request: a retried deployment reuses its RequestId."""
        return f"{self.execution_prefix()}{self.type.lower()}-{digest(self.request_id, 8)}-"

    @property
    def execution_name(self) -> str:
        """The execution's name: the same if the request is delivered twice, unique otherwise."""
        if self.not_before:
            return f"{self.delivery_prefix}{WINDOW_PREFIX}{self.not_before:011d}"
        return f"{self.delivery_prefix}{digest(self.response_url or self.task_token or self.request_id, 12)}"

    def job_name(self, number: int, max_length: int) -> str:
        """Returns a unique name for the job; `number` counts those that are used up."""
        suffix = f"-{digest(self.request_id, 8)}" + (f"-{number + 1}" if number else "")
        return str(self.properties.get("JobName") or self.logical_id)[: max_length - len(suffix)] + suffix

    @property
    def timeout(self) -> float:
        """Seconds that this request waits for the job."""
        if not self.is_from_cloudformation:
            return MAX_WATCH_SECONDS
        seconds = DEFAULT_TIMEOUT if self.type == "Delete" else float(self.properties.get("Timeout", DEFAULT_TIMEOUT))
        return min(seconds, DEFAULT_TIMEOUT)

    @property
    def chain_timeout(self) -> float:
        """Seconds that this resource and its waiting resources wait together (`Relay`); 0 if it has none."""
        return float(self.properties.get("Relay", 0)) if self.is_from_cloudformation else 0

    @property
    def awaited_job(self) -> str:
        """For a waiting resource: the id of the job, which another resource creates."""
        return str(self.properties.get("Job", ""))

    @property
    def creator_logical_id(self) -> str:
        """For a waiting resource: the logical id of the resource that creates the job."""
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

    def is_placeholder_id(self, physical_id: str) -> bool:
        """Returns whether a physical id is that of a resource without a job: its logical id, or an execution's name."""
        return physical_id == self.logical_id or physical_id.startswith(self.execution_prefix())

    @property
    def adds_waiting_resources(self) -> bool:
        """Whether this resource has more waiting resources than before."""
        return int(self.properties.get("Links", 0)) > int(self.old_properties.get("Links", 0))

    @property
    def accepts_job_as_is(self) -> bool:
        """For a waiting resource: whether it need not wait, because the update that adds it keeps the job."""
        return self._is_true("Kept", default=False)

    @property
    def waits_for_completion(self) -> bool:
        """Whether the response is sent only when the job has ended."""
        return not self.is_from_cloudformation or self._is_true("WaitForCompletion", default=True)

    @property
    def accepts_failure(self) -> bool:
        """Whether the deployment continues if the job fails."""
        return accepts_failure(self.properties)

    @property
    def runs_when_deployed(self) -> bool:
        """Whether the job runs when it is deployed."""
        return not self.is_from_cloudformation or self._is_true("DeployTime", default=True)

    @property
    def publishes_events(self) -> bool:
        """Whether an event is sent when the job has ended."""
        return self._is_true("Events", default=False)

    def _is_true(self, name: str, *, default: bool) -> bool:
        return to_string(self.properties.get(name, default)) == "true"

    def keeps_job(self, not_identity: list[str]) -> bool:
        """Returns whether the request wants no new job: the resource keeps the one that it has."""
        keeps = self.type == "Update" and not self.changes_job(not_identity)
        return keeps or self.accepts_job_as_is

    def changes_job(self, not_identity: list[str]) -> bool:
        """Returns whether an Update changes what defines the job; for a waiting resource, which job it waits for.

        Args:
            not_identity: The parameters that do not define the job.
        """
        if self.awaited_job:
            return self.awaited_job != self.old_properties.get("Job")

        def identity(properties: dict[str, Any]) -> str:
            definition = _dict(properties.get("Definition"))
            operation = [definition.get("service"), _dict(definition.get("create")).get("operation")]
            defining = without(properties.get("Parameters", {}), not_identity)
            others = [properties.get(name) for name in ("Trigger", "DeployTime")]
            return json.dumps([defining, operation, *others], sort_keys=True)

        return identity(self.properties) != identity(self.old_properties)


def accepts_failure(properties: object) -> bool:
    """Returns whether a deployment of a resource with these properties continues if the job fails."""
    return isinstance(properties, dict) and properties.get("OnFailure") == "CONTINUE"


def _validate(event: dict[str, Any]) -> None:
    origin = "StartedBy" if event.get("RequestType") == "Run" else "ResponseURL"
    for name in ("RequestType", "ResourceType", "StackId", "RequestId", "LogicalResourceId", origin):
        if not isinstance(event.get(name), str) or not event[name]:
            raise ValueError(f"the request's {name} must be a non-empty string, got {type(event.get(name)).__name__}")
    if origin == "ResponseURL" and not is_allowed_url(event["ResponseURL"]):
        raise ValueError("the request's ResponseURL must begin with https://")
    if event["RequestType"] not in ("Create", "Update", "Delete", "Run"):
        raise ValueError(f"the RequestType must be Create, Update, Delete or Run, got {event['RequestType'][:40]}")
    for name in ("ResourceProperties", "OldResourceProperties", "Arrivals"):
        if not isinstance(event.get(name, {}), dict):
            raise ValueError(f"the request's {name} must be an object, got {type(event[name]).__name__}")
    _validate_properties(event.get("ResourceProperties", {}))
    if not isinstance(event.get("NotBefore", 0), int) or not 0 <= event.get("NotBefore", 0) < 10**11:
        raise ValueError("the request's NotBefore must be seconds since 1970")
    uploads = event.get("Arrivals", {})
    if uploads and not _has_strings(uploads, ("Inbox", "Folder", "Parameter")):
        raise ValueError("the request's Arrivals must have the strings Inbox, Folder and Parameter")


def _validate_properties(properties: dict[str, Any]) -> None:
    if not isinstance(properties.get("Parameters", {}), dict):
        raise ValueError("the resource's property Parameters must be an object")
    for name, members in (("Files", ("Source", "Target")), ("Tags", ("Key", "Value"))):
        listed = properties.get(name, [])
        if not isinstance(listed, list) or not all(_has_strings(one, members) for one in listed):
            first, second = members
            raise ValueError(f"the resource's property {name} must be a list of objects with a {first} and a {second}")
    for name in ("Timeout", "Relay", "Links", "MaxFailures"):
        if not re.fullmatch(r"[0-9]{1,9}", str(properties.get(name, 0))):
            raise ValueError(f"the resource's property {name} must be a whole number, got {properties[name]}")


def _without_invalid(properties: dict[str, Any]) -> dict[str, Any]:
    """Returns the valid properties: the request that set them may have been rejected."""
    valid = {}
    for name, value in properties.items():
        with contextlib.suppress(ValueError):
            _validate_properties({name: value})
            valid[name] = value
    return valid


def _has_strings(value: object, names: tuple[str, ...]) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(name), str) for name in names)


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _tags(properties: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}


def digest(string: str, length: int) -> str:
    """Returns the first hexadecimal digits of a string's SHA-256."""
    return hashlib.sha256(string.encode("utf-8", "surrogatepass")).hexdigest()[:length]


def _name_part(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "", name)[:20]


def is_deletion(execution: str) -> bool:
    """Returns whether an execution, by its name, is for a Delete."""
    return is_of_type(execution, "delete")


def is_of_type(execution: str, request_type: str) -> bool:
    """Returns whether an execution, by its name, is for a request of this type, in lower case."""
    return bool(re.search(rf"-{request_type}-[0-9a-f]{{8}}-[0-9a-z]{{12}}$", execution))


def queue_position(execution: str, started: float) -> tuple[float, str]:
    """Returns what runs of a job are ordered by: the time, in seconds since 1970, and the execution's name.

    That is when the execution started, but for uploaded files not before the end of their batching window.
    """
    window_end = re.search(rf"-{WINDOW_PREFIX}(\d{{11}})$", execution)
    return max(started, float(window_end[1])) if window_end else started, execution
