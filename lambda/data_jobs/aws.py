"""Makes the calls to AWS."""

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import boto3
import jmespath
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from data_jobs.cloudformation import MAX_ID_BYTES
from data_jobs.conversion import tag_list, to_typed
from data_jobs.errors import COPY_SOURCE_CHANGED, CallFailed

MIN_MULTIPART_BYTES = 8 * 1024 * 1024
"""Bytes from which the SDK copies a file in parts."""

MAX_PAGE_SIZE = 1000
"""Executions that ListExecutions returns at most (Step Functions API Reference)."""

MAX_COPY_SECONDS = 540
"""Seconds that one file may take to be copied: a function ends at 15 minutes, and another file may come before it."""

RETRYABLE_EVENT_ERRORS = frozenset({"InternalFailure", "ThrottlingException"})
"""Why an event was not sent and may be later (EventBridge API Reference, PutEventsResultEntry)."""

EVENT_SOURCE = "cdk-data-jobs"


class Aws:
    """Calls the services for one run. Clients are made on first use: a step pays only for what it calls.

    Attributes:
        reached_services: The services that have answered the run.
        awaits_access: Whether the step waits for a permission, or for a service that it cannot reach.
    """

    def __init__(self, function_arn: str, reached_services: Iterable[str] = (), *, attempts: int = 1) -> None:
        """Takes partition, Region and account from the function's ARN, and the state machine, which has its name.

        Args:
            function_arn: The function's ARN.
            reached_services: The services that have answered the run before.
            attempts: How often the SDK calls CloudFormation or Step Functions before it reports that they are busy. A
                run tries again later itself, so that hundreds of runs leave more of an account's rates to others.
        """
        _, self.partition, _, self.region, self.account, _, name, *_ = function_arn.split(":")
        self.state_machine_arn = f"arn:{self.partition}:states:{self.region}:{self.account}:stateMachine:{name}"
        self._clients: dict[str, Any] = {}
        self._config = Config(retries={"mode": "standard", "total_max_attempts": attempts})
        self.reached_services = set(reached_services)
        self.awaits_access = False

    # --- the job's own service ---

    def create_job(self, definition: dict[str, Any], parameters: dict[str, Any]) -> str:
        """Creates a job, and returns the id by which it is described: an ARN where the service has them."""
        call = definition["create"]
        response = self._call(definition, call["operation"], parameters)
        job_id = jmespath.search(call["id"], response)
        if not job_id:
            names = ", ".join(name for name in response if name != "ResponseMetadata")
            missing = f"the create call's response has nothing at {call['id']!r}"
            raise CallFailed("refused", f"{missing}, so the job could not be watched; it has {names}")
        if len(str(job_id).encode()) > MAX_ID_BYTES:
            raise CallFailed("refused", f"the create call's response at {call['id']!r} is longer than an id may be")
        return str(job_id)

    def describe_job(self, definition: dict[str, Any], job_id: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Returns a job as its service describes it.

        Raises:
            CallFailed: `refused` if there is no such job.
        """
        call = definition["describe"]
        known = {"id": job_id, "parameters": parameters}
        arguments = {name: jmespath.search(path, known) for name, path in call["parameters"].items()}
        return dict(jmespath.search(call["job"], self._call(definition, call["operation"], arguments)) or {})

    def list_jobs(self, definition: dict[str, Any], parameters: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yields the jobs of a service whose jobs have no names, as the service lists them."""
        call = definition["find"]
        arguments = {name: jmespath.search(path, parameters) for name, path in call["parameters"].items()}
        while True:
            response = self._call(definition, call["operation"], arguments)
            yield from jmespath.search(call["jobs"], response) or []
            token = jmespath.search(call["next"]["path"], response)
            if not token:
                return
            arguments[call["next"]["parameter"]] = token

    def update_tags(self, definition: dict[str, Any], job_id: str, old: dict[str, str], new: dict[str, str]) -> None:
        """Sets a job's new tags, and removes those that it has no more."""
        call = definition["tags"]
        if changed := {key: value for key, value in new.items() if old.get(key) != value}:
            self._call(definition, call["tag"], {call["resource"]: job_id, **tag_list(call, changed)})
        if removed := [key for key in old if key not in new]:
            self._call(definition, call["untag"], {call["resource"]: job_id, call["keys"]: removed})

    def job_arn(self, definition: dict[str, Any], name: str) -> str:
        """Returns the ARN that a job of this name has."""
        template: str = definition["name"]["arn"]
        return template.format(partition=self.partition, region=self.region, account=self.account, name=name)

    def _call(self, definition: dict[str, Any], operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        with self._calling(definition["service"], definition):
            client = self._client(definition["service"])
            known = client.meta.method_to_api_mapping
            if operation not in known:
                raise ValueError(f"boto3 {boto3.__version__} has no operation {operation} of {definition['service']}")
            shape = client.meta.service_model.operation_model(known[operation]).input_shape
            return dict(getattr(client, operation)(**to_typed(arguments, shape)))

    def _client(self, service: str) -> Any:  # noqa: ANN401
        if service not in self._clients:
            # One attempt: the run tries again itself, and knows what LimitExceeded means for a job.
            config = Config(retries={"total_max_attempts": 1}, connect_timeout=10)
            self._clients[service] = boto3.client(service, config=config)
        return self._clients[service]

    # --- CloudFormation, Step Functions, EventBridge, S3 ---

    def stack_status(self, stack_id: str) -> str:
        """Returns what CloudFormation is doing with a stack, such as `UPDATE_ROLLBACK_IN_PROGRESS`."""
        return self.stack_operation(stack_id)[0]

    def stack_operation(self, stack_id: str) -> tuple[str, float]:
        """Returns what CloudFormation is doing with a stack, and when that began, in seconds since 1970."""
        with self._calling("cloudformation"):
            stack = self._cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]
            began = stack.get("LastUpdatedTime", stack["CreationTime"])
            return str(stack["StackStatus"]), began.timestamp()

    def stack_resource(self, stack_id: str, logical_id: str) -> tuple[str, str]:
        """Returns the physical id of a stack's resource, and its status, such as `UPDATE_COMPLETE`.

        Raises:
            CallFailed: `refused` if the stack has no such resource.
        """
        with self._calling("cloudformation"):
            found = self._cloudformation.describe_stack_resource(StackName=stack_id, LogicalResourceId=logical_id)
            detail = found["StackResourceDetail"]
            return str(detail.get("PhysicalResourceId", "")), str(detail["ResourceStatus"])

    def start_execution(self, name: str, document: str) -> None:
        """Starts a run.

        Raises:
            CallFailed: `taken` if a run of this name was started before.
        """
        with self._calling("stepfunctions", {"name": {"taken": ["ExecutionAlreadyExists"]}}):
            self._states.start_execution(stateMachineArn=self.state_machine_arn, name=name, input=document)

    def list_executions(self, prefix: str, *, since: float = 0, **filters: str) -> dict[str, float]:
        """Returns the executions with this prefix that started since then, and when, in seconds since 1970."""
        found: dict[str, float] = {}
        with self._calling("stepfunctions"):
            listing = self._states.get_paginator("list_executions")
            sizes = {"PageSize": MAX_PAGE_SIZE}
            pages = listing.paginate(stateMachineArn=self.state_machine_arn, PaginationConfig=sizes, **filters)
            for page in pages:
                began = {one["name"]: one["startDate"].timestamp() for one in page["executions"]}
                found |= {name: at for name, at in began.items() if at >= since and name.startswith(prefix)}
                # The most recent come first, which may mean those that ended last.
                if began and all(at < since for at in began.values()):
                    break
        return found

    def describe_execution(self, name: str) -> tuple[str, dict[str, Any]]:
        """Returns the status of an execution, such as `RUNNING` or `SUCCEEDED`, and its input."""
        arn = f"{self.state_machine_arn.replace(':stateMachine:', ':execution:')}:{name}"
        with self._calling("stepfunctions"):
            found = self._states.describe_execution(executionArn=arn)
            return str(found["status"]), dict(json.loads(found["input"]))

    def answer_task(self, token: str, *, output: dict[str, str] | None, error: str, reason: str) -> bool:
        """Ends the task of a state machine, which fails if there is no output; returns whether it was still waiting."""
        try:
            with self._calling("stepfunctions"):
                if output is None:
                    self._states.send_task_failure(taskToken=token, error=error, cause=reason)
                else:
                    self._states.send_task_success(taskToken=token, output=json.dumps(output))
        except CallFailed as failure:
            if failure.category == "refused":  # the token is unknown, or no longer waited for
                return False
            raise
        return True

    def put_event(self, detail_type: str, detail: dict[str, Any]) -> None:
        """Sends an event to the account's default bus."""
        entry = {"Source": EVENT_SOURCE, "DetailType": detail_type, "Detail": json.dumps(detail)}
        with self._calling("events"):
            [sent] = self._events.put_events(Entries=[entry])["Entries"]
        if code := sent.get("ErrorCode"):
            raise CallFailed(
                "busy" if code in RETRYABLE_EVENT_ERRORS else "refused", f"{code}: {sent.get('ErrorMessage', '')}"
            )

    def copy_file(self, source: str, target: str) -> None:
        """Copies an object within S3, in parts if it is large, without its tags. Both are `s3://bucket/key`.

        Raises:
            CallFailed: `refused` if it takes so long that no step could ever copy it.
        """
        deadline = time.monotonic() + MAX_COPY_SECONDS

        def stop_at_deadline(_copied: int) -> None:
            if time.monotonic() > deadline:
                raise ValueError(f"the file could not be copied within {MAX_COPY_SECONDS // 60} minutes")

        with self._calling("s3"):
            bucket, key = split_s3(target)
            location = dict(zip(("Bucket", "Key"), split_s3(source), strict=True))
            found = self._s3.head_object(**location)
            if found["ContentLength"] < MIN_MULTIPART_BYTES:
                self._s3.copy_object(CopySource=location, Bucket=bucket, Key=key, TaggingDirective="REPLACE")
            else:  # older SDKs would combine parts of different versions
                options = {"TaggingDirective": "REPLACE", "CopySourceIfMatch": found["ETag"]}
                self._s3.copy(location, bucket, key, ExtraArgs=options, Callback=stop_at_deadline)

    def write_file(self, target: str, content: str) -> None:
        """Writes a small object."""
        with self._calling("s3"):
            bucket, key = split_s3(target)
            self._s3.put_object(Bucket=bucket, Key=key, Body=content.encode())

    def read_file(self, source: str) -> str:
        """Returns the content of a small object."""
        with self._calling("s3"):
            bucket, key = split_s3(source)
            return str(self._s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode())

    def list_files(self, prefix: str) -> list[str]:
        """Returns the objects whose locations start with this."""
        with self._calling("s3"):
            bucket, key = split_s3(prefix)
            pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key)
            return [f"s3://{bucket}/{found['Key']}" for page in pages for found in page.get("Contents", [])]

    def delete_file(self, target: str) -> None:
        """Deletes an object, if it exists."""
        with self._calling("s3"):
            bucket, key = split_s3(target)
            self._s3.delete_object(Bucket=bucket, Key=key)

    @contextmanager
    def _calling(self, service: str, definition: dict[str, Any] | None = None) -> Iterator[None]:
        """Raises what a call to a service raises as a `CallFailed`, and keeps whether the service was reached."""
        try:
            yield
        except (BotoCoreError, ClientError, ResponseParserError, COPY_SOURCE_CHANGED, KeyError, ValueError) as error:
            failure = CallFailed.from_error(error, definition)
            if failure.category == "unreachable" and service in self.reached_services:
                failure.category = "busy"  # it was there before
            if isinstance(error, ClientError):
                self.reached_services.add(service)
            raise failure from error
        self.reached_services.add(service)

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
    """Returns bucket and key of `s3://bucket/key`."""
    bucket, _, key = location.removeprefix("s3://").partition("/")
    return bucket, key
