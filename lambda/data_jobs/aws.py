"""The calls to AWS, and what their errors mean for a run."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
import jmespath
from boto3.exceptions import S3TransferFailedError
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
)
from botocore.parsers import ResponseParserError
from s3transfer import exceptions

from data_jobs.attributes import tag_list, typed
from data_jobs.cloudformation import cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PATIENCE = 180
"""Seconds for which a refused permission is not believed: new roles and policies take their time to be known. So long
is a service tried, too, that cannot be reached."""

THROTTLED = frozenset({"TooManyRequestsException", "RequestLimitExceeded", "SlowDown"})

CHANGED = getattr(exceptions, "S3CopyFailedError", S3TransferFailedError)
"""A file that changed while it was copied, as newer SDKs tell it. Older ones pass on S3's own answer, status 412."""

PASSING = (HTTPClientError, ResponseParserError, CHANGED)
"""Trouble of the network, an answer that was cut, and a file that changed while it was copied."""

PASSING_STATUSES = frozenset({412, 429, *range(500, 600)})
"""A file that changed while it was copied, too many requests, and the service's own trouble."""

LARGE = 8 * 1024 * 1024
"""Bytes from which the SDK copies a file in parts."""

WORDS_BYTES = 4096
"""What is kept of a service's words: they become part of a run, which is a state's input, and of an answer."""

ID_BYTES = 1024
"""The longest id that CloudFormation takes for a resource (User Guide, "Custom resource response objects")."""

PAGE = 1000
"""Executions a page (Step Functions API Reference, ListExecutions): the calls are few, and pages of 100 by default."""

COPY_SECONDS = 540
"""Seconds that one file may take to be copied: a function ends at 15 minutes, and another file may come before it."""

RETRYABLE = frozenset({"InternalFailure", "ThrottlingException"})
"""Why an event was not sent and may be later (EventBridge API Reference, PutEventsResultEntry)."""

EVENT_SOURCE = "cdk-data-jobs"


class CallFailed(Exception):  # noqa: N818 - it says what happened
    """A call did not do what it was to do.

    Attributes:
        means: `busy` (worth waiting out: a quota, throttling, the service's own or the network's trouble),
            `denied` (a permission is missing, perhaps only not known yet), `unreachable` (no connection to a service
            that this run has never reached), `taken` (the name is in use), or `refused` (for good).
        words: The service's code and message, as much as a run has room for.
        unclear: Whether the call may have taken effect, or may still do so.
        seconds: Until it may be made again, if that is told.
    """

    seconds: int | None = None

    def __init__(self, means: str, words: str, *, unclear: bool = False) -> None:
        """Keep what the run must know."""
        super().__init__(words)
        self.means = means
        self.words = cut(words, WORDS_BYTES)
        self.unclear = unclear

    @property
    def is_of_quota(self) -> bool:
        """Whether it passes when other jobs have ended, and not when the service recovers."""
        code = self.words.partition(":")[0]
        is_full = "LimitExceeded" in code or "Quota" in code
        return self.means == "busy" and is_full and not self.is_of_rate

    @property
    def is_of_rate(self) -> bool:
        """Whether it passes when fewer calls are made."""
        code = self.words.partition(":")[0]
        return code in THROTTLED or "Throttl" in code


class Aws:
    """AWS as a run sees it. Clients are made on first use, so that a step pays only for what it calls.

    Attributes:
        reached: The services that have answered the run.
        was_refused: Whether the step waits for a permission, or for a service that it cannot reach.
    """

    def __init__(self, function_arn: str, reached: Iterable[str] = (), *, attempts: int = 1) -> None:
        """Take partition, Region and account from the function's own ARN, and the state machine: it has its name.

        Args:
            function_arn: The function's ARN.
            reached: The services that have answered the run before.
            attempts: How often the SDK calls CloudFormation or Step Functions before it passes on that they are busy.
                A run comes back later itself: hundreds of them leave more of an account's rates to others.
        """
        _, self.partition, _, self.region, self.account, _, name, *_ = function_arn.split(":")
        self.state_machine_arn = f"arn:{self.partition}:states:{self.region}:{self.account}:stateMachine:{name}"
        self._clients: dict[str, Any] = {}
        self._config = Config(retries={"mode": "standard", "total_max_attempts": attempts})
        self.reached = set(reached)
        self.was_refused = False

    # --- the job's own service ---

    def create(self, definition: dict[str, Any], parameters: dict[str, Any]) -> str:
        """Create a job.

        Returns:
            The id by which it is described: an ARN where the service has them.

        Raises:
            CallFailed: If the job was not created, or nobody knows whether it was, or which it is.
        """
        call = definition["create"]
        response = self._call(definition, call["operation"], parameters)
        job_id = jmespath.search(call["id"], response)
        if not job_id:
            told = ", ".join(name for name in response if name != "ResponseMetadata")
            nothing = f"what the create call answers has nothing at {call['id']!r}"
            raise CallFailed("refused", f"{nothing}, so the job could not be watched; it has {told}")
        if len(str(job_id).encode()) > ID_BYTES:
            raise CallFailed("refused", f"what the create call answers at {call['id']!r} is longer than an id may be")
        return str(job_id)

    def describe(self, definition: dict[str, Any], job_id: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Describe a job, as the service describes it.

        Raises:
            CallFailed: `refused` if there is no such job.
        """
        call = definition["describe"]
        known = {"id": job_id, "parameters": parameters}
        arguments = {name: jmespath.search(path, known) for name, path in call["parameters"].items()}
        return dict(jmespath.search(call["job"], self._call(definition, call["operation"], arguments)) or {})

    def recent_jobs(self, definition: dict[str, Any], parameters: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """List the jobs of a service whose jobs have no names, as the service lists them."""
        call = definition["find"]
        arguments = {name: jmespath.search(path, parameters) for name, path in call["parameters"].items()}
        while True:
            response = self._call(definition, call["operation"], arguments)
            yield from jmespath.search(call["jobs"], response) or []
            token = jmespath.search(call["next"]["path"], response)
            if not token:
                return
            arguments[call["next"]["parameter"]] = token

    def tag(self, definition: dict[str, Any], job_id: str, old: dict[str, str], new: dict[str, str]) -> None:
        """Give a job its new tags, and take away those that are no more.

        Raises:
            CallFailed: If the service refuses.
        """
        call = definition["tags"]
        if changed := {key: value for key, value in new.items() if old.get(key) != value}:
            self._call(definition, call["tag"], {call["resource"]: job_id, **tag_list(call, changed)})
        if gone := [key for key in old if key not in new]:
            self._call(definition, call["untag"], {call["resource"]: job_id, call["keys"]: gone})

    def arn_of(self, definition: dict[str, Any], name: str) -> str:
        """The ARN that a job of this name has."""
        template: str = definition["name"]["arn"]
        return template.format(partition=self.partition, region=self.region, account=self.account, name=name)

    def _call(self, definition: dict[str, Any], operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        with self._calling(definition["service"], definition):
            client = self._client(definition["service"])
            known = client.meta.method_to_api_mapping
            if operation not in known:
                raise ValueError(f"boto3 {boto3.__version__} has no operation {operation} of {definition['service']}")
            shape = client.meta.service_model.operation_model(known[operation]).input_shape
            return dict(getattr(client, operation)(**typed(arguments, shape)))

    def _client(self, service: str) -> Any:  # noqa: ANN401
        if service not in self._clients:
            # One attempt: the run tries again itself, and it knows what LimitExceeded means for a job.
            once = Config(retries={"total_max_attempts": 1}, connect_timeout=10)
            self._clients[service] = boto3.client(service, config=once)
        return self._clients[service]

    # --- CloudFormation, Step Functions, EventBridge, S3 ---

    def stack_status(self, stack_id: str) -> str:
        """What CloudFormation is doing with a stack, such as `UPDATE_ROLLBACK_IN_PROGRESS`."""
        return self.stack_operation(stack_id)[0]

    def stack_operation(self, stack_id: str) -> tuple[str, float]:
        """What CloudFormation is doing with a stack, and when it began that, in seconds since 1970."""
        with self._calling("cloudformation"):
            stack = self._cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]
            began = stack.get("LastUpdatedTime", stack["CreationTime"])
            return str(stack["StackStatus"]), began.timestamp()

    def stack_resource(self, stack_id: str, logical_id: str) -> tuple[str, str]:
        """The physical id of a stack's resource, and what CloudFormation is doing with it, such as `UPDATE_COMPLETE`.

        Raises:
            CallFailed: `refused` if the stack has no such resource.
        """
        with self._calling("cloudformation"):
            found = self._cloudformation.describe_stack_resource(StackName=stack_id, LogicalResourceId=logical_id)
            detail = found["StackResourceDetail"]
            return str(detail.get("PhysicalResourceId", "")), str(detail["ResourceStatus"])

    def start_execution(self, name: str, document: str) -> None:
        """Start a run.

        Raises:
            CallFailed: `taken` if a run of this name was started before.
        """
        with self._calling("stepfunctions", {"name": {"taken": ["ExecutionAlreadyExists"]}}):
            self._states.start_execution(stateMachineArn=self.state_machine_arn, name=name, input=document)

    def executions(self, prefix: str, *, since: float = 0, **filters: str) -> dict[str, float]:
        """The executions whose name starts like this and that began since then, and when, in seconds since 1970."""
        found: dict[str, float] = {}
        with self._calling("stepfunctions"):
            listing = self._states.get_paginator("list_executions")
            sizes = {"PageSize": PAGE}
            pages = listing.paginate(stateMachineArn=self.state_machine_arn, PaginationConfig=sizes, **filters)
            for page in pages:
                began = {one["name"]: one["startDate"].timestamp() for one in page["executions"]}
                found |= {name: at for name, at in began.items() if at >= since and name.startswith(prefix)}
                # The most recent come first, which may mean those that ended last.
                if began and all(at < since for at in began.values()):
                    break
        return found

    def execution(self, name: str) -> tuple[str, dict[str, Any]]:
        """The status of an execution, such as `RUNNING` or `SUCCEEDED`, and its input."""
        arn = f"{self.state_machine_arn.replace(':stateMachine:', ':execution:')}:{name}"
        with self._calling("stepfunctions"):
            told = self._states.describe_execution(executionArn=arn)
            return str(told["status"]), dict(json.loads(told["input"]))

    def answer_task(self, token: str, *, output: dict[str, str] | None, error: str, reason: str) -> bool:
        """Tell a state machine how the job ended that its task waits for.

        Args:
            token: The task's token.
            output: The task's output; none if it failed.
            error: The name of the error, if it failed.
            reason: Why it failed.

        Returns:
            False if nobody waits any more.
        """
        try:
            with self._calling("stepfunctions"):
                if output is None:
                    self._states.send_task_failure(taskToken=token, error=error, cause=reason)
                else:
                    self._states.send_task_success(taskToken=token, output=json.dumps(output))
        except CallFailed as failure:
            if failure.means == "refused":  # the token is unknown, or no longer waited for
                return False
            raise
        return True

    def publish(self, detail_type: str, detail: dict[str, Any]) -> None:
        """Send an event to the account's default bus."""
        entry = {"Source": EVENT_SOURCE, "DetailType": detail_type, "Detail": json.dumps(detail)}
        with self._calling("events"):
            [sent] = self._events.put_events(Entries=[entry])["Entries"]
        if code := sent.get("ErrorCode"):
            raise CallFailed("busy" if code in RETRYABLE else "refused", f"{code}: {sent.get('ErrorMessage', '')}")

    def copy_file(self, source: str, target: str) -> None:
        """Copy an object inside S3, in parts where it is large, without its tags. Both are `s3://bucket/key`.

        Raises:
            CallFailed: `refused` if it takes so long that no step could ever copy it.
        """
        ends = time.monotonic() + COPY_SECONDS

        def look_at_the_clock(_copied: int) -> None:
            if time.monotonic() > ends:
                raise ValueError(f"the file could not be copied within {COPY_SECONDS // 60} minutes")

        with self._calling("s3"):
            bucket, key = split_s3(target)
            place = dict(zip(("Bucket", "Key"), split_s3(source), strict=True))
            found = self._s3.head_object(**place)
            if found["ContentLength"] < LARGE:
                self._s3.copy_object(CopySource=place, Bucket=bucket, Key=key, TaggingDirective="REPLACE")
            else:  # older SDKs would put parts of different versions together
                same = {"TaggingDirective": "REPLACE", "CopySourceIfMatch": found["ETag"]}
                self._s3.copy(place, bucket, key, ExtraArgs=same, Callback=look_at_the_clock)

    def write_file(self, target: str, content: str) -> None:
        """Write a small object."""
        with self._calling("s3"):
            bucket, key = split_s3(target)
            self._s3.put_object(Bucket=bucket, Key=key, Body=content.encode())

    def read_file(self, source: str) -> str:
        """Read a small object."""
        with self._calling("s3"):
            bucket, key = split_s3(source)
            return str(self._s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode())

    def list_files(self, prefix: str) -> list[str]:
        """The objects whose names start like this."""
        with self._calling("s3"):
            bucket, key = split_s3(prefix)
            pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key)
            return [f"s3://{bucket}/{found['Key']}" for page in pages for found in page.get("Contents", [])]

    def delete_file(self, target: str) -> None:
        """Delete an object, if it is there."""
        with self._calling("s3"):
            bucket, key = split_s3(target)
            self._s3.delete_object(Bucket=bucket, Key=key)

    @contextmanager
    def _calling(self, service: str, definition: dict[str, Any] | None = None) -> Iterator[None]:
        """Make what a call to a service raises a `CallFailed`, and keep in mind whether the service was reached."""
        try:
            yield
        except (BotoCoreError, ClientError, ResponseParserError, CHANGED, KeyError, ValueError) as error:
            failure = call_failed(error, definition)
            if failure.means == "unreachable" and service in self.reached:
                failure.means = "busy"  # it comes back
            if isinstance(error, ClientError):
                self.reached.add(service)
            raise failure from error
        self.reached.add(service)

    @cached_property
    def _cloudformation(self) -> Any:  # noqa: ANN401
        return boto3.client("cloudformation", config=self._config)

    @cached_property
    def _states(self) -> Any:  # noqa: ANN401
        return boto3.client("stepfunctions", config=self._config)

    @cached_property
    def _events(self) -> Any:  # noqa: ANN401
        return boto3.client("events", config=Config(retries={"mode": "standard"}))

    @cached_property
    def _s3(self) -> Any:  # noqa: ANN401
        return boto3.client("s3", config=Config(retries={"mode": "standard"}))


def split_s3(location: str) -> tuple[str, str]:
    """`s3://bucket/key` as bucket and key."""
    bucket, _, key = location.removeprefix("s3://").partition("/")
    return bucket, key


def call_failed(error: Exception, definition: dict[str, Any] | None = None) -> CallFailed:
    """Say what an error of botocore means."""
    definition = definition or {}
    if not isinstance(error, ClientError):
        words = f"{type(error).__name__}: {error}"
        if isinstance(error, ConnectionError):  # botocore's own
            # Behind a proxy, and under TLS, a connection that breaks later is told like one that was never there.
            sent = not isinstance(error, (ConnectTimeoutError, EndpointConnectionError))
            return CallFailed("unreachable", f"the service cannot be reached: {words}", unclear=sent)
        passes = isinstance(error, PASSING)
        return CallFailed("busy" if passes else "refused", words, unclear=passes)
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    words = f"{code}: {error.response.get('Error', {}).get('Message', '')}"
    means = "refused"
    if code in definition.get("name", {}).get("taken", ()):
        means = "taken"
    elif any(text in words for text in definition.get("denied", ())) or code.startswith("AccessDenied"):
        means = "denied"
    elif code in THROTTLED or code in definition.get("busy", ()) or "Throttl" in code or status in PASSING_STATUSES:
        means = "busy"
    elif status == 403:  # noqa: PLR2004
        means = "denied"
    return CallFailed(means, words, unclear=status >= 500)  # noqa: PLR2004
