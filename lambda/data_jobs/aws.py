"""Makes the calls to AWS."""

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import jmespath
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from jmespath.exceptions import JMESPathError

from data_jobs.cloudformation import MAX_ID_BYTES
from data_jobs.conversion import tag_list, to_string, to_typed
from data_jobs.errors import COPY_SOURCE_CHANGED, CallFailed

MIN_MULTIPART_BYTES = 8 * 1024 * 1024
"""Size from which the SDK copies a file in parts."""

MAX_PAGE_SIZE = 1000
"""Executions that ListExecutions returns at most (Step Functions API Reference)."""

MAX_COPY_SECONDS = 540
"""Seconds that copying one file may take, of the function's 15 minutes."""

RETRYABLE_EVENT_ERRORS = frozenset({"InternalFailure", "ThrottlingException"})
"""Error codes of events that may be sent again (EventBridge API Reference, PutEventsResultEntry)."""

EVENT_SOURCE = "cdk-data-jobs"


class Aws:
    """Calls the services for one run.

    Attributes:
        reached_services: The services that have answered the run.
        awaits_access: Whether the step waits for a permission, or for a service that it cannot reach.
    """

    def __init__(self, function_arn: str, reached_services: Iterable[str] = (), *, attempts: int = 1) -> None:
        """Derives the state machine's ARN from the function's, which has the same name.

        Args:
            function_arn: The function's ARN.
            reached_services: The services that have answered the run before.
            attempts: How often the SDK calls CloudFormation or Step Functions before it reports that they are busy. A
                run itself tries again later, to leave more of the account's rates to others.
        """
        _, self.partition, _, self.region, self.account, _, name, *_ = function_arn.split(":")
        self.state_machine_arn = f"arn:{self.partition}:states:{self.region}:{self.account}:stateMachine:{name}"
        self._clients: dict[tuple[str, bool], Any] = {}
        self._attempts = attempts
        self.reached_services = set(reached_services)
        self.awaits_access = False

    # --- the job's own service ---

    def create_job(self, definition: dict[str, Any], parameters: dict[str, Any]) -> str:
        """Creates a job, and returns its id, which is an ARN where the service has them."""
        call = definition["create"]
        response = self._call(definition, call["operation"], parameters)
        try:
            job_id = jmespath.search(call["id"], {"parameters": parameters, **response})
            reason = "" if job_id else to_string(jmespath.search(call.get("reason", "`null`"), response))
        except JMESPathError as error:  # a crash would repeat the call
            raise CallFailed("refused", f"the create call's response could not be read: {error}") from error
        if reason:
            is_busy = reason.startswith(tuple(definition.get("busy", ())))
            raise CallFailed("busy" if is_busy else "refused", reason)
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
            CallFailed: `refused` if there is no such job, or the definition's paths do not find it in the response.
        """
        call = definition["describe"]
        literal = json.dumps(job_id).replace("`", "\\`")
        path = call["job"].replace("'{id}'", f"`{literal}`")
        pages = self._pages(definition, call, {"id": job_id, "parameters": parameters})
        job: Any = next(filter(None, (jmespath.search(path, page) for page in pages)), None)
        if not isinstance(job, dict):
            raise CallFailed("refused", f"the describe call's response lacks the job at {path!r}")
        if jmespath.search(definition["status"], job) is None:
            raise CallFailed(
                "refused", f"the describe call's response lacks the job's status at {definition['status']!r}"
            )
        return job

    def list_jobs(self, definition: dict[str, Any], parameters: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yields the jobs as the service lists them."""
        call = definition["find"]
        for page in self._pages(definition, call, parameters):
            yield from jmespath.search(call["jobs"], page) or []

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

    def _pages(
        self, definition: dict[str, Any], call: dict[str, Any], known: dict[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Yields the pages of a response; a parameter that is nowhere in what is known is left out."""
        found = {name: jmespath.search(path, known) for name, path in call["parameters"].items()}
        arguments = {name: value for name, value in found.items() if value is not None}
        while True:
            response = self._call(definition, call["operation"], arguments)
            yield response
            token = jmespath.search(call["next"]["path"], response) if "next" in call else None
            if not token:
                return
            arguments[call["next"]["parameter"]] = token

    def _call(self, definition: dict[str, Any], operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        with self._calling(definition["service"], definition) as client:
            known = client.meta.method_to_api_mapping
            if operation not in known:
                raise ValueError(f"boto3 {boto3.__version__} has no operation {operation} of {definition['service']}")
            shape = client.meta.service_model.operation_model(known[operation]).input_shape
            return dict(getattr(client, operation)(**to_typed(arguments, shape)))

    # --- CloudFormation, Step Functions, EventBridge, S3 ---

    def stack_status(self, stack_id: str) -> str:
        """Returns a stack's status, such as `UPDATE_ROLLBACK_IN_PROGRESS`."""
        return self.stack_operation(stack_id)[0]

    def stack_operation(self, stack_id: str) -> tuple[str, float]:
        """Returns a stack's status, and when the operation began, in seconds since 1970."""
        with self._calling("cloudformation") as cloudformation:
            stack = cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]
            began = stack.get("LastUpdatedTime", stack["CreationTime"])
            return str(stack["StackStatus"]), began.timestamp()

    def stack_resource(self, stack_id: str, logical_id: str) -> tuple[str, str]:
        """Returns the physical id and the status of a stack's resource.

        Raises:
            CallFailed: `refused` if the stack has no such resource.
        """
        with self._calling("cloudformation") as cloudformation:
            found = cloudformation.describe_stack_resource(StackName=stack_id, LogicalResourceId=logical_id)
            detail = found["StackResourceDetail"]
            return str(detail.get("PhysicalResourceId", "")), str(detail["ResourceStatus"])

    def start_execution(self, name: str, document: str) -> bool:
        """Starts a run; returns False if one of this name was started before."""
        try:
            with self._calling("stepfunctions") as states:
                states.start_execution(stateMachineArn=self.state_machine_arn, name=name, input=document)
        except CallFailed as failure:
            if failure.message.startswith("ExecutionAlreadyExists:"):
                return False
            raise
        return True

    def list_executions(self, prefix: str, *, since: float = 0, **filters: str) -> dict[str, float]:
        """Returns the executions with this prefix that started since then, and their start in seconds since 1970."""
        found: dict[str, float] = {}
        with self._calling("stepfunctions") as states:
            listing = states.get_paginator("list_executions")
            sizes = {"PageSize": MAX_PAGE_SIZE}
            pages = listing.paginate(stateMachineArn=self.state_machine_arn, PaginationConfig=sizes, **filters)
            for page in pages:
                began = {one["name"]: one["startDate"].timestamp() for one in page["executions"]}
                found |= {name: at for name, at in began.items() if at >= since and name.startswith(prefix)}
                # The most recent come first: perhaps those that ended last.
                if began and all(at < since for at in began.values()):
                    break
        return found

    def describe_execution(self, name: str) -> tuple[str, dict[str, Any]]:
        """Returns the status of an execution, such as `RUNNING`, and its input."""
        arn = f"{self.state_machine_arn.replace(':stateMachine:', ':execution:')}:{name}"
        with self._calling("stepfunctions") as states:
            found = states.describe_execution(executionArn=arn)
            return str(found["status"]), dict(json.loads(found["input"]))

    def complete_task(self, token: str, *, output: dict[str, str] | None, error: str, reason: str) -> bool:
        """Ends a state machine's task, as failed if `output` is None; returns whether it was still waiting."""
        try:
            with self._calling("stepfunctions") as states:
                if output is None:
                    states.send_task_failure(taskToken=token, error=error, cause=reason)
                else:
                    states.send_task_success(taskToken=token, output=json.dumps(output))
        except CallFailed as failure:
            if failure.category == "refused":  # the token is unknown, or has expired
                return False
            raise
        return True

    def put_event(self, detail_type: str, detail: dict[str, Any]) -> None:
        """Sends an event to the account's default bus."""
        entry = {"Source": EVENT_SOURCE, "DetailType": detail_type, "Detail": json.dumps(detail)}
        with self._calling("events") as events:
            [sent] = events.put_events(Entries=[entry])["Entries"]
        if code := sent.get("ErrorCode"):
            raise CallFailed(
                "busy" if code in RETRYABLE_EVENT_ERRORS else "refused", f"{code}: {sent.get('ErrorMessage', '')}"
            )

    def copy_file(self, source: str, target: str) -> None:
        """Copies an object within S3, without its tags, from and to `s3://bucket/key`.

        Raises:
            CallFailed: `refused` if it takes too long for a step.
        """
        deadline = time.monotonic() + MAX_COPY_SECONDS

        def stop_at_deadline(_copied: int) -> None:
            if time.monotonic() > deadline:
                raise ValueError(f"the file could not be copied within {MAX_COPY_SECONDS // 60} minutes")

        with self._calling("s3") as s3:
            location, destination = s3_object(source), s3_object(target)
            found = s3.head_object(**location)
            if found["ContentLength"] < MIN_MULTIPART_BYTES:
                s3.copy_object(CopySource=location, **destination, TaggingDirective="REPLACE")
            else:  # older SDKs would combine parts of different versions
                options = {"TaggingDirective": "REPLACE", "CopySourceIfMatch": found["ETag"]}
                s3.copy(location, **destination, ExtraArgs=options, Callback=stop_at_deadline)

    def write_file(self, target: str, content: str) -> None:
        """Writes a small object."""
        with self._calling("s3") as s3:
            s3.put_object(**s3_object(target), Body=content.encode())

    def read_file(self, source: str) -> str:
        """Returns the content of a small object."""
        with self._calling("s3") as s3:
            return str(s3.get_object(**s3_object(source))["Body"].read().decode())

    def list_files(self, prefix: str) -> list[str]:
        """Returns the objects whose locations start with this."""
        with self._calling("s3") as s3:
            bucket, key = s3_object(prefix).values()
            pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key)
            return [f"s3://{bucket}/{found['Key']}" for page in pages for found in page.get("Contents", [])]

    def delete_file(self, target: str) -> None:
        """Deletes an object, if it exists."""
        with self._calling("s3") as s3:
            s3.delete_object(**s3_object(target))

    # --- clients ---

    @contextmanager
    def _calling(self, service: str, definition: dict[str, Any] | None = None) -> Iterator[Any]:
        """Yields a client, raises the errors of its calls as `CallFailed`, and keeps whether the service was reached.

        With a definition, it is the client of the job's own service.
        """
        try:
            yield self._client(service, of_job=definition is not None)
        except (BotoCoreError, ClientError, ResponseParserError, COPY_SOURCE_CHANGED, KeyError, ValueError) as error:
            failure = CallFailed.from_error(error, definition)
            if failure.category == "unreachable" and service in self.reached_services:
                failure.category = "busy"  # it was there before
            if isinstance(error, ClientError):
                self.reached_services.add(service)
            raise failure from error
        self.reached_services.add(service)

    def _client(self, service: str, *, of_job: bool) -> Any:  # noqa: ANN401
        if (service, of_job) not in self._clients:
            config = Config(retries={"mode": "standard"})
            if of_job:  # one attempt: the run tries again itself, and knows what LimitExceeded means for a job
                config = Config(retries={"total_max_attempts": 1}, connect_timeout=10)
            elif service in ("cloudformation", "stepfunctions"):
                config = Config(retries={"mode": "standard", "total_max_attempts": self._attempts})
            self._clients[service, of_job] = boto3.client(service, config=config)
        return self._clients[service, of_job]


def s3_object(location: str) -> dict[str, str]:
    """Returns the `Bucket` and the `Key` of `s3://bucket/key`."""
    bucket, _, key = location.removeprefix("s3://").partition("/")
    return {"Bucket": bucket, "Key": key}
