"""AWS in virtual time: responds to each call of the function in botocore, in the wire protocol of the service.

Amazon Personalize and the quotas are those of the offline AWS.
"""

from __future__ import annotations

import io
import json
import urllib.parse
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSResponse

from cdk_data_jobs_local.clock import iso
from cdk_data_jobs_local.ministack_fixes.quotas import Quotas
from cdk_data_jobs_local.services.core.access import ROLE_ALONE, AccessRules, NotFoundError
from cdk_data_jobs_local.services.core.context import ServiceContext
from cdk_data_jobs_local.services.core.errors import ServiceError
from cdk_data_jobs_local.services.core.protocols import Request
from cdk_data_jobs_local.services.personalize import Personalize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scale.machine import Machine
    from scale.timeline import Timeline

    from cdk_data_jobs_local.account_settings import AccountSettings

SECONDS_OF_A_CALL = 0.05
"""How long a call of AWS takes; guessed."""

ACCOUNT = "111122223333"


@dataclass
class Stack:
    """A stack, and its resources' statuses."""

    id: str
    status: str
    began: float
    updated: float | None = None
    resources: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Physical id and status, by logical id."""


class Cloud:
    """What the function calls.

    Attributes:
        objects: What is in S3: bodies, by bucket and key.
        minutes: How often each operation was called, allowed or not, in each minute.
    """

    def __init__(self, timeline: Timeline, region: str, settings: AccountSettings) -> None:
        """Create an empty account.

        Args:
            timeline: The time.
            region: The Region.
            settings: The account's quotas.
        """
        self._timeline, self._region = timeline, region
        self.quotas = Quotas(timeline, settings)
        self.objects: dict[tuple[str, str], bytes] = {}
        self.minutes: Counter[tuple[str, int]] = Counter()
        context = ServiceContext(account=ACCOUNT, region=region, clock=timeline, access=_Access(self.objects))  # type: ignore[arg-type]
        self.personalize = Personalize(context)
        self.stack = Stack("", "", 0)
        self.machine: Machine

    def respond(self, request: Any, **_: object) -> AWSResponse:
        """Respond to a call instead of sending it."""
        self._timeline.sleep(SECONDS_OF_A_CALL)
        url = urllib.parse.urlsplit(request.url)
        services = {
            "cloudformation": self._cloudformation,
            "states": self._states,
            "personalize": self._personalize,
            "s3": self._s3,
        }
        [service] = set(url.netloc.split(".")) & set(services)
        status, body = services[service](request, url)
        # A response to HEAD has no body, and only small files are asked for their length.
        headers = {"Content-Type": "application/x-amz-json-1.1", "Content-Length": str(len(body)), "ETag": '"any"'}
        return AWSResponse(request.url, status, headers, _Raw(body))

    def _allow(self, operation: str) -> bool:
        self.minutes[operation, int(self._timeline.now() // 60)] += 1
        return self.quotas.allow(operation, ACCOUNT, self._region)

    def _cloudformation(self, request: Any, _url: object) -> tuple[int, bytes]:
        body = request.body.decode() if isinstance(request.body, bytes) else request.body
        query = dict(urllib.parse.parse_qsl(body))
        operation, stack = query["Action"], self.stack
        if not self._allow(operation):
            return 400, _error("Throttling", "Rate exceeded")
        if operation == "DescribeStacks":
            updated = f"<LastUpdatedTime>{iso(stack.updated)}</LastUpdatedTime>" if stack.updated else ""
            return 200, _xml(
                operation,
                f"<Stacks><member><StackId>{stack.id}</StackId><StackName>Many</StackName>"
                f"<StackStatus>{stack.status}</StackStatus><CreationTime>{iso(stack.began)}</CreationTime>{updated}"
                "</member></Stacks>",
            )
        name = query["LogicalResourceId"]
        physical_id, status = stack.resources[name]
        return 200, _xml(
            operation,
            f"<StackResourceDetail><LogicalResourceId>{name}</LogicalResourceId>"
            f"<PhysicalResourceId>{physical_id}</PhysicalResourceId><ResourceStatus>{status}</ResourceStatus>"
            "</StackResourceDetail>",
        )

    def _states(self, request: Any, _url: object) -> tuple[int, bytes]:
        operation = _header(request, "X-Amz-Target").rpartition(".")[2]
        calls: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "StartExecution": self.machine.start_execution,
            "DescribeExecution": self.machine.describe_execution,
            "ListExecutions": self.machine.list_executions,
        }
        if not self._allow(operation):
            return 400, json.dumps({"__type": "ThrottlingException", "message": "Rate exceeded"}).encode()
        try:
            return 200, json.dumps(calls[operation](json.loads(request.body))).encode()
        except ServiceError as error:
            return 400, json.dumps({"__type": error.code, "message": error.message}).encode()

    def _personalize(self, request: Any, url: urllib.parse.SplitResult) -> tuple[int, bytes]:
        headers = {"x-amz-target": _header(request, "X-Amz-Target")}
        body = request.body if isinstance(request.body, bytes) else request.body.encode()
        response = self.personalize.respond(Request(method=request.method, path=url.path, headers=headers, body=body))
        return response.status, response.body

    def _s3(self, request: Any, url: urllib.parse.SplitResult) -> tuple[int, bytes]:
        bucket, key = url.netloc.partition(".")[0], urllib.parse.unquote(url.path[1:])
        source = _header(request, "x-amz-copy-source").lstrip("/")
        if request.method == "DELETE":
            self.objects.pop((bucket, key), None)
            return 204, b""
        if request.method == "PUT" and source:
            place, _, name = urllib.parse.unquote(source).partition("/")
            self.objects[bucket, key] = self.objects[place, name]
            return 200, b"<CopyObjectResult><ETag>any</ETag></CopyObjectResult>"
        assert request.method == "HEAD", f"the function is not expected to {request.method} {request.url}"
        return (200, b"") if (bucket, key) in self.objects else (404, b"")


class _Access:
    """Roles that may read all objects; what policies allow is no question of size."""

    def __init__(self, objects: dict[tuple[str, str], bytes]) -> None:
        self._objects = objects

    def assume_role(self, role_arn: str, *, service: str, source_arn: str, rules: AccessRules = ROLE_ALONE) -> _Access:
        del role_arn, service, source_arn, rules
        return self

    def list_keys(self, bucket: str, prefix: str) -> Iterator[str]:
        return iter(sorted(key for at, key in list(self._objects) if at == bucket and key.startswith(prefix)))

    def size(self, bucket: str, key: str) -> int:
        return len(self._objects[bucket, key])

    def open(self, bucket: str, key: str) -> io.BytesIO:
        if (bucket, key) not in self._objects:
            raise NotFoundError(key)
        return io.BytesIO(self._objects[bucket, key])


class _Raw(io.BytesIO):
    """A body as botocore reads it."""

    def stream(self, **_: object) -> Iterator[bytes]:
        """Yield it."""
        yield self.read()


def _header(request: Any, name: str) -> str:
    value = request.headers.get(name, "")
    return value.decode() if isinstance(value, bytes) else str(value)


def _xml(operation: str, result: str) -> bytes:
    return f"<{operation}Response><{operation}Result>{result}</{operation}Result></{operation}Response>".encode()


def _error(code: str, message: str) -> bytes:
    return f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>".encode()
