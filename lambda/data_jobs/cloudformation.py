"""CloudFormation's side of a custom resource: what it asks, and the answer it gets."""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from data_jobs.log import log

ANSWER_BYTES = 4096
"""The largest answer that CloudFormation accepts (User Guide, "Custom resource response objects")."""

DEFAULT_TIMEOUT = 3300
"""Seconds: 55 minutes, so that an answer arrives within the hour that CloudFormation waits."""

URL_DEAD = frozenset({403, 404, 410})
"""What a presigned URL answers once it has expired: trying again cannot help. S3 answers 400 to a slow request too."""


@dataclass(frozen=True)
class Request:
    """One request of CloudFormation, checked.

    Attributes:
        type: `Create`, `Update` or `Delete`.
        kind: The kind of job, which names a row of the table: the resource type, or what the property `Kind` says.
        properties: The resource's properties; every scalar is a string.
        old_properties: On an Update, the properties before it.
        physical_id: On an Update or a Delete, what the resource was last answered with.
    """

    type: str
    kind: str
    stack_id: str
    request_id: str
    logical_id: str
    response_url: str = field(repr=False)
    properties: dict[str, Any]
    old_properties: dict[str, Any]
    physical_id: str

    @classmethod
    def from_event(cls, event: dict[str, Any]) -> Request:
        """Read the event that CloudFormation sends.

        Raises:
            ValueError: If a field is missing or of another type than it should be.
        """
        texts = ("RequestType", "ResourceType", "StackId", "RequestId", "LogicalResourceId", "ResponseURL")
        for name in texts:
            if not isinstance(event.get(name), str) or not event[name]:
                raise ValueError(f"the request's {name} must be a text, got {type(event.get(name)).__name__}")
        if event["RequestType"] not in ("Create", "Update", "Delete"):
            raise ValueError(f"the RequestType must be Create, Update or Delete, got {event['RequestType'][:40]}")
        for name in ("ResourceProperties", "OldResourceProperties"):
            if not isinstance(event.get(name, {}), dict):
                raise ValueError(f"the request's {name} must be an object, got {type(event[name]).__name__}")
        properties = event.get("ResourceProperties", {})
        if not isinstance(properties.get("StateMachineArn"), str):
            raise ValueError("the resource's property StateMachineArn must be the ARN of a state machine")
        if not isinstance(properties.get("Parameters", {}), dict):
            raise ValueError("the resource's property Parameters must be an object")
        for name in ("Timeout", "Relay", "MaxFailures"):
            if not re.fullmatch(r"\d+", str(properties.get(name, 0))):
                raise ValueError(f"the resource's property {name} must be a whole number, got {properties[name]}")
        return cls(
            type=event["RequestType"],
            kind=str(properties.get("Kind") or event["ResourceType"]),
            stack_id=event["StackId"],
            request_id=event["RequestId"],
            logical_id=event["LogicalResourceId"],
            response_url=event["ResponseURL"],
            properties=properties,
            old_properties=event.get("OldResourceProperties", {}),
            physical_id=str(event.get("PhysicalResourceId") or ""),
        )

    @property
    def state_machine_arn(self) -> str:
        """The state machine that runs the steps."""
        return str(self.properties["StateMachineArn"])

    def executions(self, logical_id: str = "") -> str:
        """What the names of all executions for this resource, or for another one of its stack, start with."""
        logical_id = logical_id or self.logical_id
        stack = self.stack_id.partition("/")[2].partition("/")[0]
        names = "-".join(re.sub(r"[^A-Za-z0-9-]", "", name)[:20] for name in (stack, logical_id))
        return f"{names}-{digest(self.stack_id + logical_id, 8)}-"

    @property
    def deliveries(self) -> str:
        """What the names of all executions for this request start with: a retried deployment repeats its RequestId."""
        return f"{self.executions()}{self.type.lower()}-{digest(self.request_id, 8)}-"

    @property
    def execution_name(self) -> str:
        """A name that a second delivery of the same request has too, and no other request: its URL is its own."""
        return f"{self.deliveries}{digest(self.response_url, 12)}"

    def job_name(self, number: int, max_length: int) -> str:
        """The name of the job for this request; `number` counts the names already found in use.

        The suffix makes it new: services without a call to delete a job use its name up for ever.
        """
        suffix = f"-{digest(self.request_id, 8)}" + (f"-{number + 1}" if number else "")
        return str(self.properties.get("JobName") or self.logical_id)[: max_length - len(suffix)] + suffix

    @property
    def timeout(self) -> float:
        """Seconds that this resource waits for the job; a deletion waits as long as it can."""
        wanted = DEFAULT_TIMEOUT if self.type == "Delete" else float(self.properties.get("Timeout", DEFAULT_TIMEOUT))
        return min(wanted, DEFAULT_TIMEOUT)

    @property
    def relay(self) -> float:
        """Seconds that this resource and those that wait on after it wait together; 0 if none does."""
        return float(self.properties.get("Relay", 0))

    @property
    def awaited_job(self) -> str:
        """For a resource that waits on: the job, which another resource created."""
        return str(self.properties.get("Job", ""))

    @property
    def max_failures(self) -> int:
        """How many entries of a job that succeeded may have failed."""
        return int(self.properties.get("MaxFailures", 0))

    @property
    def waits(self) -> bool:
        """Whether the resource is complete only when the job has ended."""
        return str(self.properties.get("WaitForCompletion", "true")) == "true"

    @property
    def goes_on(self) -> bool:
        """Whether the deployment goes on when the job fails."""
        return bool(self.properties.get("OnFailure") == "CONTINUE")

    def wants_new_run(self, not_identity: list[str]) -> bool:
        """Whether an Update changed what makes a job another job: its parameters less some, or its trigger."""

        def identity(properties: dict[str, Any]) -> str:
            definition = properties.get("Definition", {})
            operation = [definition.get("service"), definition.get("create", {}).get("operation")]
            kept = without(properties.get("Parameters", {}), not_identity)
            return json.dumps([kept, operation, properties.get("Trigger"), properties.get("Job")], sort_keys=True)

        return identity(self.properties) != identity(self.old_properties)


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


def digest(text: str, length: int) -> str:
    """The first hexadecimal digits of a text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def answer(
    event: dict[str, Any], *, succeeded: bool, reason: str, physical_id: str, attributes: dict[str, str]
) -> bytes:
    """Write the answer to a request: the reason first, then as much of the attributes as fits in 4096 bytes.

    Every attribute's name is there even if its value has no room: CloudFormation fails a template that reads
    an attribute which the answer does not name.
    """
    body: dict[str, Any] = {
        "Status": "SUCCESS" if succeeded else "FAILED",
        "Reason": "",
        "PhysicalResourceId": cut(physical_id, 1024),
        **{name: event.get(name, "") for name in ("StackId", "RequestId", "LogicalResourceId")},
        "Data": dict.fromkeys(attributes, ""),
    }
    body["Reason"] = cut(reason, ANSWER_BYTES - len(encode(body)) + 2)
    for name, value in attributes.items():
        body["Data"][name] = cut(value, ANSWER_BYTES - len(encode(body)) + 2)
    return encode(body)


def encode(value: object) -> bytes:
    """JSON as it goes over the wire."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def cut(text: str, size: int) -> str:
    """The text, or as much of its beginning as takes at most `size` bytes in JSON, quotes included."""
    if len(encode(text)) <= size:
        return text
    low, high = 0, min(len(text), max(size, 0))
    while low < high:
        middle = (low + high + 1) // 2
        if len(encode(text[:middle] + "…")) <= size:
            low = middle
        else:
            high = middle - 1
    return text[:low] + "…" if low else ""


def deliver(url: str, body: bytes) -> bool:
    """PUT the answer to the request's ResponseURL.

    Returns:
        False if the URL is dead, so that nobody can be answered any more.

    Raises:
        ConnectionError: If it was not delivered and may be if tried again. Its text never holds the URL.
    """
    trouble = ""
    try:
        put = urllib.request.Request(url, data=body, method="PUT", headers={"Content-Type": ""})  # noqa: S310
        with urllib.request.urlopen(put, timeout=30):  # noqa: S310
            return True
    except urllib.error.HTTPError as error:
        if error.code in URL_DEAD:
            log("answer refused", status=error.code)
            return False
        trouble = f"HTTP {error.code}"
    except (OSError, http.client.HTTPException) as error:
        trouble = type(error).__name__
    raise ConnectionError(f"the answer could not be delivered: {trouble}")


def refuse(event: dict[str, Any], reason: str) -> None:
    """Answer a request for which no run can be started. A Delete succeeds, or the stack could never be deleted."""
    url = event.get("ResponseURL")
    if not isinstance(url, str) or not url.startswith("http"):
        return
    deleting = event.get("RequestType") == "Delete"
    physical_id = str(event.get("PhysicalResourceId") or event.get("LogicalResourceId") or "none")
    deliver(url, answer(event, succeeded=deleting, reason=reason, physical_id=physical_id, attributes={}))
