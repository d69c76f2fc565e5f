"""AWS's own runtime client imports the function's handler, and passes it what CloudFormation and Step Functions send.

It is the program that runs the function in Lambda. Here it is given events by an API of ours, and the AWS that the
function calls is the offline one; its SDK is the one that AWS's runtime has.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from data_jobs.messages import crash_message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cdk_data_jobs_local import OfflineAws

CODE = Path(__file__).parent.parent.parent / "lambda"
SCHEMA = {
    "type": "record",
    "name": "Interactions",
    "namespace": "shop",
    "fields": [
        {"name": "USER_ID", "type": "string"},
        {"name": "ITEM_ID", "type": "string"},
        {"name": "TIMESTAMP", "type": "long"},
    ],
    "version": "1.0",
}
ROWS = "USER_ID,ITEM_ID,TIMESTAMP\n" + "".join(f"u{row},i{row},17000{row:05}\n" for row in range(1000))

MANY = 50
"""More steps than a run of a minute takes."""


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def start(runtime_api: Any, sdk: Path, tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Starts the runtime client for a handler, with folders that come before the function's code."""
    if importlib.util.find_spec("awslambdaric") is None:
        pytest.fail("AWS's runtime client is not installed: run `make setup`, on Linux, for which alone it is made")
    processes = []

    def start(handler: str = "data_jobs.handler.handler", *first: Path, **environment: str) -> None:
        own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        path = os.pathsep.join(map(str, [*first, CODE, sdk]))
        given = {
            "AWS_LAMBDA_RUNTIME_API": runtime_api.address,
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.14",
            "AWS_LAMBDA_FUNCTION_NAME": "runner",
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "PYTHONPATH": path,
        }
        command = [sys.executable, "-m", "awslambdaric", handler]
        process = subprocess.Popen(command, cwd=tmp_path, env={**own, **given, **environment})  # noqa: S603
        processes.append(process)

    yield start
    for process in processes:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def stack(offline_aws: OfflineAws) -> dict[str, str]:
    """What a stack with an empty dataset gives out, and its id."""
    service = {"Service": "personalize.amazonaws.com"}
    everything = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"]}
    objects = [{"Fn::GetAtt": ["Bucket", "Arn"]}, {"Fn::Sub": "${Bucket.Arn}/*"}]
    trust = {"Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole"}
    policy = {"PolicyName": "read", "PolicyDocument": {"Statement": [{**everything, "Resource": objects}]}}
    types: dict[str, tuple[str, dict[str, Any]]] = {
        "Bucket": ("AWS::S3::Bucket", {}),
        "BucketPolicy": (
            "AWS::S3::BucketPolicy",
            {
                "Bucket": {"Ref": "Bucket"},
                "PolicyDocument": {"Statement": [{**everything, "Principal": service, "Resource": objects}]},
            },
        ),
        "Role": ("AWS::IAM::Role", {"AssumeRolePolicyDocument": {"Statement": [trust]}, "Policies": [policy]}),
        "Group": ("AWS::Personalize::DatasetGroup", {"Name": "runtime"}),
        "Schema": ("AWS::Personalize::Schema", {"Name": "runtime", "Schema": json.dumps(SCHEMA)}),
        "Dataset": (
            "AWS::Personalize::Dataset",
            {
                "Name": "runtime",
                "DatasetType": "Interactions",
                "DatasetGroupArn": {"Fn::GetAtt": ["Group", "DatasetGroupArn"]},
                "SchemaArn": {"Fn::GetAtt": ["Schema", "SchemaArn"]},
            },
        ),
    }
    template = {
        "Resources": {name: {"Type": kind, "Properties": properties} for name, (kind, properties) in types.items()},
        "Outputs": {
            "bucket": {"Value": {"Ref": "Bucket"}},
            "role": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}},
            "dataset": {"Value": {"Fn::GetAtt": ["Dataset", "DatasetArn"]}},
        },
    }
    client = offline_aws.client("cloudformation")
    client.create_stack(StackName="Runtime", TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"])

    def described() -> dict[str, Any]:
        return dict(client.describe_stacks(StackName="Runtime")["Stacks"][0])

    until(lambda: described()["StackStatus"] != "CREATE_IN_PROGRESS")
    found = described()
    assert found["StackStatus"] == "CREATE_COMPLETE", offline_aws.stack_events("Runtime")
    return {one["OutputKey"]: one["OutputValue"] for one in found["Outputs"]} | {"id": found["StackId"]}


def test_a_create_and_its_steps_end_with_a_response(
    runtime_api: Any, start: Callable[..., None], offline_aws: OfflineAws, stack: dict[str, str], responses: Any
) -> None:
    states = offline_aws.client("stepfunctions")
    nothing = {"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": True}}}
    role = "arn:aws:iam::111122223333:role/machine"
    machine = states.create_state_machine(name="runner", definition=json.dumps(nothing), roleArn=role)
    bucket = stack["bucket"]
    offline_aws.client("s3").put_object(Bucket=bucket, Key="assets/interactions.csv", Body=ROWS.encode())
    offline_aws.personalize.durations(pending=30, in_progress=60)
    target = f"s3://{bucket}/data-jobs/interactions.csv"
    request = {
        "RequestType": "Create",
        "RequestId": "request-1",
        "ResponseURL": responses.url,
        "ResourceType": "Custom::PersonalizeDatasetImportJob",
        "LogicalResourceId": "Import",
        "StackId": stack["id"],
        "ResourceProperties": {
            "JobName": "interactions",
            "Parameters": {
                "datasetArn": stack["dataset"],
                "dataSource": {"dataLocation": target},
                "roleArn": stack["role"],
            },
            "Files": [{"Source": f"s3://{bucket}/assets/interactions.csv", "Target": target}],
        },
    }
    start(**offline_aws.environment)

    reply = runtime_api.invoke(request)
    assert (reply.kind, reply.body) == ("response", None)

    def listed() -> list[dict[str, Any]]:
        return list(states.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"])

    until(listed)  # the list is not consistent at once
    [execution] = listed()
    run = json.loads(states.describe_execution(executionArn=execution["executionArn"])["input"])
    step, steps = "create", []
    while step not in ("succeed", "fail"):
        steps.append(step)
        assert len(steps) < MANY
        reply = runtime_api.invoke({"step": step, "run": run, "execution": execution["name"], "attempt": 0})
        assert reply.kind == "response", reply.body
        run = reply.body
        step = run["next"]
        time.sleep(run.get("wait", 0) / 60)

    [body] = responses.bodies
    [job] = [job for job in offline_aws.personalize.jobs() if job["datasetArn"] == stack["dataset"]]
    assert (body["Status"], body["PhysicalResourceId"]) == ("SUCCESS", job["datasetImportJobArn"])
    assert (step, job["status"]) == ("succeed", "ACTIVE")
    assert [name for number, name in enumerate(steps) if name not in steps[:number]] == ["create", "check", "report"]
    assert offline_aws.personalize.row_count(stack["dataset"]) == 1000


def test_it_has_the_sdk_of_the_runtime(
    runtime_api: Any, start: Callable[..., None], sdk_versions: dict[str, str], tmp_path: Path
) -> None:
    modules = ", ".join(sdk_versions)
    code = f"return {{module.__name__: module.__version__ for module in ({modules})}}"
    (tmp_path / "versions.py").write_text(f"import {modules}\ndef handler(event, context):\n    {code}\n")
    start("versions.handler", tmp_path)

    assert runtime_api.invoke({}).body == sdk_versions


def test_a_step_that_crashes_is_reported_in_the_format_that_the_next_one_reads(
    runtime_api: Any, start: Callable[..., None]
) -> None:
    start()

    reply = runtime_api.invoke({"step": "create", "run": {"request": {}, "started": 0}, "execution": "e"})
    assert reply.kind == "error"
    # Step Functions passes on what the runtime reports as the `Cause`.
    message = crash_message({"Error": "ValueError", "Cause": json.dumps(reply.body)})
    assert message.startswith("ValueError: the request's RequestType must be a non-empty string")


def test_a_module_that_the_runtime_does_not_have_is_an_error_of_the_start(
    runtime_api: Any, start: Callable[..., None], tmp_path: Path
) -> None:
    package = tmp_path / "data_jobs"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "handler.py").write_text("from s3transfer.exceptions import S3CopyFailedError as handler\n")
    start("data_jobs.handler.handler", tmp_path)

    reply = runtime_api.reply()
    assert reply.kind == "init/error"
    assert reply.body["errorType"] == "Runtime.ImportModuleError"
    assert "cannot import name 'S3CopyFailedError'" in reply.body["errorMessage"]
