"""How the stacks whose jobs are not run by a deployment are used, and what must come of it."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from least_privilege.lab import Lab

_PATIENCE, _IMPATIENCE = 120.0, 10.0


class Use:
    """What people do with a deployed stack. Each method tells what did not come of it; nothing if all did."""

    def __init__(self, lab: Lab, stack: str) -> None:
        self.aws = lab.aws
        self._lab, self._stack = lab, stack
        pages = lab.aws.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
        self._resources = [one for page in pages for one in page["StackResourceSummaries"]]
        # Who is denied a key is denied something that is not named after the stack.
        keys = (one["PhysicalResourceId"] for one in self._resources if one["ResourceType"] == "AWS::KMS::Key")
        self._names = (stack, *keys)

    def wait_for_reported_run(self) -> list[str]:
        """Wait until the schedule has run the job, and the queue of the rule for its end has a message."""
        queue = self._physical_id("AWS::SQS::Queue", "OwnQueue")
        return self._ran() or self._message(queue, "nothing reports that the job succeeded")

    def upload_and_wait(self) -> list[str]:
        """Put a file into the bucket, and wait until a run has read it, and another one what was there before."""
        self._upload()
        arrived = self._ran(self._physical_id("AWS::S3::Bucket", "DataJobStaging"))
        return arrived or self._ran(self._physical_id("AWS::S3::Bucket", "Data"))

    def start_and_wait(self) -> list[str]:
        """Run the job in a state machine, and again without data, so that it succeeds and fails."""
        succeeded = self._execute()
        if succeeded["status"] != "SUCCEEDED":
            return [f"the task did not succeed: {succeeded['status']} {succeeded.get('cause', '')}"]
        self.aws.client("s3").delete_object(Bucket=self._physical_id("AWS::S3::Bucket", "Data"), Key="in/users.csv")
        failed = self._execute()
        if not failed.get("error", "").startswith("DataJob."):
            return [f"the task did not fail with the job: {failed['status']} {failed.get('cause', '')}"]
        return []

    def break_and_wait_for_letters(self) -> list[str]:
        """Delete the function, and wait until the dead-letter queue has what it should have got."""
        function = self._physical_id("AWS::Lambda::Function", "DataJobRunnerFunction")
        self.aws.client("lambda").delete_function(FunctionName=function)
        queue = self._physical_id("AWS::SQS::Queue", "DeadLetters")
        scheduled = self._message(queue, "the dead-letter queue has no request of the schedule")
        self._upload()
        return scheduled or self._message(queue, "the dead-letter queue has no event of the upload", "in/new.csv")

    def _physical_id(self, kind: str, name: str) -> str:
        found = [
            one["PhysicalResourceId"]
            for one in self._resources
            if one["ResourceType"] == kind and re.fullmatch(rf"\w*{name}[A-F0-9]{{8}}", one["LogicalResourceId"])
        ]
        return str(found[0])

    def _upload(self) -> None:
        bucket = self._physical_id("AWS::S3::Bucket", "Data")
        self.aws.client("s3").put_object(Bucket=bucket, Key="in/new.csv", Body=b"USER_ID,AGE\nzoe,9\n")

    def _ran(self, bucket: str = "") -> list[str]:
        def has_run() -> bool:
            return any(
                f"dataset/{self._stack}/" in job["datasetArn"]
                and job["status"] == "ACTIVE"
                and f"s3://{bucket}" in job["dataSource"]["dataLocation"]
                for job in self.aws.personalize.jobs()
            )

        return [] if self._soon(has_run) else [f"the job did not run{f' on what is in {bucket}' if bucket else ''}"]

    def _message(self, queue: str, missing: str, text: str = "") -> list[str]:
        def has_come() -> bool:
            received = self.aws.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
            return any(text in message["Body"] for message in received.get("Messages", []))

        return [] if self._soon(has_come) else [missing]

    def _execute(self) -> dict[str, Any]:
        states = self.aws.client("stepfunctions")
        machine = self._physical_id("AWS::StepFunctions::StateMachine", "OwnCaller")
        execution = states.start_execution(stateMachineArn=machine)["executionArn"]
        self._soon(lambda: states.describe_execution(executionArn=execution)["status"] != "RUNNING")
        described: dict[str, Any] = states.describe_execution(executionArn=execution)
        return described

    def _soon(self, is_so: Callable[[], bool]) -> bool:
        """Wait for something; not long once somebody was denied something, for then it hardly comes."""
        began = time.monotonic()
        while not (now := is_so()) and time.monotonic() < began + _PATIENCE:
            if time.monotonic() > began + _IMPATIENCE and self._lab.denied(*self._names):
                break
            time.sleep(0.2)
        return now
