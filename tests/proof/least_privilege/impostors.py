"""Services that act for a stranger's resource: with a role that trusts them, or for a queue that lets them send."""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

STRANGER, ELSEWHERE = "999988887777", "us-east-1"
_SCHEMA = {
    "type": "record",
    "name": "Users",
    "fields": [{"name": "USER_ID", "type": "string"}, {"name": "AGE", "type": "int"}],
}
_SOON = 1.5
"""Real seconds in which a rule has delivered an event."""


class Impostors:
    """What strangers let services do; each attempt tells whether it gets through."""

    def __init__(self, client: Callable[..., Any], target: str) -> None:
        """Know where.

        Args:
            client: Makes a client of a service, for an `account` and a `region` if they are others.
            target: The ARN of what the stack's own schedules invoke, or its rules send to.
        """
        self._client, self._target = client, target

    def with_role(self, service: str, arn: str) -> dict[str, Callable[[], bool]]:
        """Those who try to make a service assume a role, by who they are."""
        if service == "personalize.amazonaws.com":
            return {
                "another account's job": lambda: self._personalize(arn, account=STRANGER),
                "a job in another Region": lambda: self._personalize(arn, region=ELSEWHERE),
            }
        if service == "pinpoint.amazonaws.com":
            return {
                "another account's application": lambda: self._pinpoint(arn, account=STRANGER),
                "another application": lambda: self._pinpoint(arn),
            }
        if service == "lambda.amazonaws.com":
            return {"another account's function": lambda: self._in_stack(_function(arn), account=STRANGER)}
        if service == "states.amazonaws.com":
            return {
                "another account's state machine": lambda: self._in_stack(_machine(arn), account=STRANGER),
                "a state machine in another Region": lambda: self._in_stack(_machine(arn), region=ELSEWHERE),
            }
        return {
            "another account's schedule": lambda: self._schedule(arn, account=STRANGER),
            "a schedule of another group": lambda: self._schedule(arn, group=f"group-{uuid.uuid4().hex[:8]}"),
        }

    def with_queue(self, url: str, arn: str) -> dict[str, Callable[[], bool]]:
        """Those who try to make a rule send to a queue, by who they are."""
        return {
            "another account's rule": lambda: self._rule(url, arn, account=STRANGER),
            "a rule in another Region": lambda: self._rule(url, arn, region=ELSEWHERE),
        }

    def _personalize(self, role: str, **whose: str) -> bool:
        personalize = self._client("personalize", **whose)
        name = f"stranger-{uuid.uuid4().hex[:8]}"
        group = personalize.create_dataset_group(name=name)["datasetGroupArn"]
        while personalize.describe_dataset_group(datasetGroupArn=group)["datasetGroup"]["status"] != "ACTIVE":
            time.sleep(0.05)
        schema = personalize.create_schema(name=name, schema=json.dumps(_SCHEMA))["schemaArn"]
        dataset = personalize.create_dataset(name=name, schemaArn=schema, datasetGroupArn=group, datasetType="Users")[
            "datasetArn"
        ]
        while personalize.describe_dataset(datasetArn=dataset)["dataset"]["status"] != "ACTIVE":
            time.sleep(0.05)
        try:
            return gets_through(
                "cannot be assumed",
                personalize.create_dataset_export_job,
                jobName=name,
                datasetArn=dataset,
                roleArn=role,
                jobOutput={"s3DataDestination": {"path": "s3://anywhere/"}},
            )
        finally:
            # An account may have five dataset groups.
            personalize.delete_dataset(datasetArn=dataset)
            personalize.delete_dataset_group(datasetGroupArn=group)

    def _pinpoint(self, role: str, **whose: str) -> bool:
        pinpoint = self._client("pinpoint", **whose)
        made = pinpoint.create_app(CreateApplicationRequest={"Name": "stranger"})["ApplicationResponse"]
        request = {"RoleArn": role, "S3UrlPrefix": "s3://anywhere/"}
        return gets_through(
            "cannot be assumed", pinpoint.create_export_job, ApplicationId=made["Id"], ExportJobRequest=request
        )

    def _in_stack(self, resource: dict[str, Any], **whose: str) -> bool:
        """Let a stack have a resource that is given the role: its service asks at once whether it may assume it."""
        cloudformation = self._client("cloudformation", **whose)
        body = json.dumps({"Resources": {"It": resource}})
        stack = cloudformation.create_stack(StackName=f"stranger-{uuid.uuid4().hex[:8]}", TemplateBody=body)["StackId"]
        while cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"].endswith("IN_PROGRESS"):
            time.sleep(0.05)
        events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
        return not any("assume" in event.get("ResourceStatusReason", "") for event in events)

    def _schedule(self, role: str, group: str = "default", **whose: str) -> bool:
        scheduler = self._client("scheduler", **whose)
        if group != "default":
            scheduler.create_schedule_group(Name=group)
        return gets_through(
            "assume the role",
            scheduler.create_schedule,
            Name=f"stranger-{uuid.uuid4().hex[:8]}",
            GroupName=group,
            ScheduleExpression="rate(1 day)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": self._target, "RoleArn": role},
        )

    def _rule(self, url: str, queue: str, **whose: str) -> bool:
        """Let a rule whose target is not there leave a dead letter."""
        events, name = self._client("events", **whose), f"stranger-{uuid.uuid4().hex[:8]}"
        rule = events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))["RuleArn"]
        nowhere = rule.replace(":events:", ":lambda:").partition(":rule/")[0] + f":function:{name}"
        events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": nowhere, "DeadLetterConfig": {"Arn": queue}}])
        events.put_events(Entries=[{"Source": name, "DetailType": "Try", "Detail": "{}"}])
        queues, deadline = self._client("sqs"), time.monotonic() + _SOON
        while time.monotonic() < deadline:
            received = queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            if any(name in message["Body"] for message in received.get("Messages", [])):
                return True
        return False


def _function(role: str) -> dict[str, Any]:
    properties = {"Role": role, "Handler": "index.a", "Runtime": "python3.14", "Code": {"ZipFile": "a = 1"}}
    return {"Type": "AWS::Lambda::Function", "Properties": properties}


def _machine(role: str) -> dict[str, Any]:
    definition = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
    properties = {"RoleArn": role, "DefinitionString": definition}
    return {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}


def gets_through(refused: str, call: Callable[..., Any], **parameters: Any) -> bool:
    """Whether a call gets as far as its permission: another error than that of the refusal is behind the door."""
    try:
        call(**parameters)
    except ClientError as error:
        return refused not in str(error)
    return True
