"""Step Functions in the offline AWS: what a state machine that runs jobs relies on."""

from __future__ import annotations

import json
import time
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cdk_data_jobs_local import OfflineAws
    from conftest import AccountBuilder

FUNCTION = """
import time
calls = 0
def handler(event, context):
    global calls
    calls += 1
    if event.get("fail"):
        raise RuntimeError("as injected")
    return {"seconds": event["seconds"], "time": time.time(), "start": event["start"], "id": event["id"]}
"""
REAL_SECONDS = 7200
"""A minute of the real clock: what lasts two minutes on it lasts longer."""
MACHINE = {
    "StartAt": "Call",
    "States": {
        "Call": {
            "Type": "Task",
            "Resource": "${FunctionArn}",
            "Parameters": {
                "seconds.$": "$.seconds",
                "fail.$": "$.fail",
                "start.$": "$$.Execution.StartTime",
                "id.$": "$$.Execution.Id",
            },
            "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 60, "MaxAttempts": 2, "BackoffRate": 2}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Caught"}],
            "ResultPath": "$.result",
            "Next": "Wait",
        },
        "Wait": {"Type": "Wait", "SecondsPath": "$.result.seconds", "End": True},
        "Caught": {"Type": "Pass", "End": True},
    },
}


class Machine:
    def __init__(self, aws: OfflineAws) -> None:
        self.client = aws.client("stepfunctions")
        s3, cloudformation = aws.client("s3"), aws.client("cloudformation")
        name = f"machine-{uuid.uuid4().hex[:8]}"
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": aws.region})
        s3.put_object(Bucket=name, Key="machine.asl.json", Body=json.dumps(MACHINE))
        role = {"Fn::GetAtt": ["Role", "Arn"]}
        trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "*"}, "Action": "sts:AssumeRole"}]}
        function = {"Runtime": "python3.13", "Handler": "index.handler", "Role": role, "Code": {"ZipFile": FUNCTION}}
        machine = {
            "RoleArn": role,
            "DefinitionS3Location": {"Bucket": name, "Key": "machine.asl.json"},
            "DefinitionSubstitutions": {"FunctionArn": {"Fn::GetAtt": ["Function", "Arn"]}},
        }
        resources = {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}},
            "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
            "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": machine},
        }
        template = {"Resources": resources, "Outputs": {"Arn": {"Value": {"Ref": "Machine"}}}}
        cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"])
        stack = {"StackStatus": "CREATE_IN_PROGRESS"}
        while stack["StackStatus"] == "CREATE_IN_PROGRESS":
            time.sleep(0.02)
            stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        self.arn: str = stack["Outputs"][0]["OutputValue"]  # type: ignore[index]

    def start(self, name: str, **given: Any) -> str:
        arn: str = self.client.start_execution(stateMachineArn=self.arn, name=name, input=json.dumps(given))[
            "executionArn"
        ]
        return arn

    def finish(self, arn: str) -> dict[str, Any]:
        execution: dict[str, Any] = {"status": "RUNNING"}
        while execution["status"] == "RUNNING":
            time.sleep(0.02)
            execution = self.client.describe_execution(executionArn=arn)
        return execution


@pytest.fixture(scope="module")
def machine(aws: OfflineAws) -> Machine:
    return Machine(aws)


def test_waits_follow_the_emulated_clock(machine: Machine) -> None:
    execution = machine.finish(machine.start("waits", seconds=120, fail=False))
    took = execution["stopDate"] - execution["startDate"]

    assert execution["status"] == "SUCCEEDED"
    assert 120 <= took.total_seconds() < REAL_SECONDS


def test_functions_and_the_machine_agree_about_the_time(machine: Machine) -> None:
    execution = machine.finish(machine.start("time", seconds=1, fail=False))
    result = json.loads(execution["output"])["result"]
    started = datetime.fromisoformat(result["start"].replace("Z", "+00:00"))

    assert result["id"] == execution["executionArn"]
    assert started == execution["startDate"]
    assert 0 <= result["time"] - started.timestamp() < REAL_SECONDS


def test_retries_follow_the_emulated_clock_and_errors_are_caught(machine: Machine) -> None:
    execution = machine.finish(machine.start("retries", seconds=1, fail=True))
    took = execution["stopDate"] - execution["startDate"]

    assert execution["status"] == "SUCCEEDED"
    assert "as injected" in json.loads(execution["output"])["error"]["Cause"]
    assert took.total_seconds() >= 120


def test_an_executions_name_is_taken_for_another_input(machine: Machine) -> None:
    arn = machine.start("same", seconds=120, fail=False)
    again = machine.start("same", seconds=120, fail=False)
    with pytest.raises(machine.client.exceptions.ExecutionAlreadyExists):
        machine.start("same", seconds=1, fail=False)
    machine.finish(arn)
    with pytest.raises(machine.client.exceptions.ExecutionAlreadyExists):
        machine.start("same", seconds=120, fail=False)

    assert again == arn


def test_a_task_calls_personalize_by_the_names_of_the_sdk(builder: AccountBuilder) -> None:
    call, group = "arn:aws:states:::aws-sdk:personalize", builder.name("group")
    arn = builder.machine(
        "calls",
        {"Type": "Task", "Resource": f"{call}:createDatasetGroup", "Parameters": {"Name": group}, "Next": "State1"},
        {
            "Type": "Task",
            "Resource": f"{call}:describeDatasetGroup",
            "Parameters": {"DatasetGroupArn.$": "$.DatasetGroupArn"},
            "ResultPath": "$.Described",
            "Next": "State2",
        },
        {
            "Type": "Task",
            "Resource": f"{call}:createDatasetGroup",
            "Parameters": {"Name": group},
            "Catch": [
                {
                    "ErrorEquals": ["Personalize.ResourceAlreadyExistsException"],
                    "ResultPath": "$.Caught",
                    "Next": "State3",
                }
            ],
            "End": True,
        },
        {"Type": "Pass", "End": True},
    )
    client = builder.aws.client("stepfunctions")
    started = client.start_execution(stateMachineArn=arn)["executionArn"]
    execution = client.describe_execution(executionArn=started)
    while execution["status"] == "RUNNING":
        time.sleep(0.02)
        execution = client.describe_execution(executionArn=started)
    reported = json.loads(execution["output"])

    assert reported["DatasetGroupArn"].endswith(f":dataset-group/{group}")
    assert reported["Described"]["DatasetGroup"]["Name"] == group
    assert reported["Caught"]["Error"] == "Personalize.ResourceAlreadyExistsException"
