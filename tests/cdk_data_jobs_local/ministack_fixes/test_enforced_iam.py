"""An offline AWS that enforces IAM: what MiniStack does not check of itself."""

from __future__ import annotations

import io
import json
import os
import socket
import ssl
import subprocess
import sys
import time
import uuid
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from cdk_data_jobs_local import OfflineAws, __main__
from cdk_data_jobs_local.api.command import main

if TYPE_CHECKING:
    from collections.abc import Iterator

LAMBDA, STATES = "lambda.amazonaws.com", "states.amazonaws.com"
LOGGING = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]


@pytest.fixture(scope="module")
def guarded() -> Iterator[OfflineAws]:
    with OfflineAws(speed=60, enforce_iam=True) as aws:
        yield aws


class Desk:
    """What a test makes in the account, under a name of its own."""

    def __init__(self, aws: OfflineAws) -> None:
        self.aws, self.name = aws, f"desk-{uuid.uuid4().hex[:8]}"
        self.iam = aws.client("iam")

    def role(
        self, service: str, *statements: dict[str, Any], name: str = "role", condition: dict[str, Any] | None = None
    ) -> str:
        """A role that a service may assume, on a condition; with the statements as its policy."""
        trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        trust |= {"Condition": condition} if condition else {}
        name = f"{self.name}-{name}"
        made = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
        if statements:
            document = json.dumps({"Version": "2012-10-17", "Statement": statements})
            self.iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document)
        arn: str = made["Role"]["Arn"]
        return arn

    def client(self, service: str, *statements: dict[str, Any]) -> Any:
        """A client of somebody who may do what the statements say."""
        user = f"{self.name}-{uuid.uuid4().hex[:8]}"
        self.iam.create_user(UserName=user)
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        self.iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=document)
        key = self.iam.create_access_key(UserName=user)["AccessKey"]
        return boto3.client(
            service,
            endpoint_url=self.aws.endpoint_url,
            region_name=self.aws.region,
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
            verify=str(self.aws.server.certificate),
            config=Config(retries={"total_max_attempts": 1}),
        )

    def function(self, role: str) -> str:
        """A function that writes a line to its log."""
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("main.py", "def handler(event, context):\n    print('I was here')\n    return 1\n")
        made = self.aws.client("lambda").create_function(
            FunctionName=self.name,
            Runtime="python3.14",
            Handler="main.handler",
            Role=role,
            Code={"ZipFile": content.getvalue()},
        )
        arn: str = made["FunctionArn"]
        return arn

    def deploy(self, resource: dict[str, Any], **options: str) -> tuple[str, str]:
        """Create a stack with one resource; returns its status, and the reasons of failures."""
        cloudformation = self.aws.client("cloudformation")
        template = json.dumps({"Resources": {"It": resource}})
        cloudformation.create_stack(StackName=self.name, TemplateBody=template, OnFailure="DO_NOTHING", **options)
        status = "CREATE_IN_PROGRESS"
        while status == "CREATE_IN_PROGRESS":
            time.sleep(0.02)
            status = cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"]
        return status, " ".join(event.get("ResourceStatusReason", "") for event in self.aws.stack_events(self.name))


@pytest.fixture
def desk(guarded: OfflineAws) -> Desk:
    return Desk(guarded)


def allow(action: str | list[str], resource: str = "*", **condition: Any) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Action": action,
        "Resource": resource,
        **({"Condition": condition} if condition else {}),
    }


# --- TLS ---


def test_it_speaks_tls_alone_with_a_certificate_that_clients_are_told_of(guarded: OfflineAws) -> None:
    certificate = str(guarded.server.certificate)

    assert guarded.endpoint_url.startswith("https://127.0.0.1:")
    bundle = Path(guarded.environment["AWS_CA_BUNDLE"])
    assert guarded.environment["NODE_EXTRA_CA_CERTS"] == str(bundle)
    assert Path(certificate).read_text() in bundle.read_text()
    address = ("127.0.0.1", guarded.server.port)
    strict, trusting = ssl.create_default_context(), ssl.create_default_context(cafile=certificate)
    with socket.create_connection(address) as wire, pytest.raises(ssl.SSLCertVerificationError):
        strict.wrap_socket(wire, server_hostname="127.0.0.1")
    with socket.create_connection(address) as wire, trusting.wrap_socket(wire, server_hostname="127.0.0.1") as secure:
        assert secure.version() == "TLSv1.3"


def test_without_it_nothing_is_checked_and_there_is_no_certificate(aws: OfflineAws) -> None:
    assert (aws.server.certificate, aws.endpoint_url.startswith("http://")) == (None, True)
    assert "AWS_CA_BUNDLE" not in aws.environment


def test_it_can_stay_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CDK_DATA_JOBS_LOCAL_DIR", str(tmp_path))
    # In a process of its own, which it outlives.
    up = [sys.executable, "-m", "cdk_data_jobs_local", "up"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__main__.__file__).parents[1])}
    try:
        first = subprocess.check_output([*up, "--enforce-iam"], text=True, env=environment)  # noqa: S603
        assert "export AWS_ENDPOINT_URL=https://127.0.0.1:" in first
        assert first.count("/ca-bundle.pem") == 2
        assert main(["status"]) == 0
        assert capsys.readouterr().out == first
    finally:
        main(["down"])
    try:
        subprocess.check_output(up, env=environment)  # noqa: S603
        assert main(["up", "--enforce-iam"]) == 1
        assert "to run with enforce_iam True: it runs already, with False" in capsys.readouterr().err
    finally:
        main(["down"])


# --- iam:PassRole ---

EXPORT = {"jobName": "mine", "jobOutput": {"s3DataDestination": {"path": "s3://b/"}}}
NONE = "arn:aws:personalize:eu-west-1:111122223333:dataset/none/ITEMS"


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        (None, "iam:PassRole"),
        (allow("iam:PassRole", StringEquals={"iam:PassedToService": "pinpoint.amazonaws.com"}), "iam:PassRole"),
        (allow("iam:PassRole", "arn:aws:iam::111122223333:role/other"), "iam:PassRole"),
        (allow("iam:PassRole", StringEquals={"iam:PassedToService": "personalize.amazonaws.com"}), "none/ITEMS"),
    ],
)
def test_a_job_is_given_a_role_only_by_who_may_pass_it_to_the_service(
    desk: Desk, statement: dict[str, Any] | None, refusal: str
) -> None:
    role = desk.role("personalize.amazonaws.com")
    personalize = desk.client("personalize", *filter(None, [allow("personalize:*"), statement]))
    with pytest.raises(ClientError) as refused:
        personalize.create_dataset_export_job(datasetArn=NONE, roleArn=role, **EXPORT)
    reported = str(refused.value)

    assert refusal in reported
    if refusal == "iam:PassRole":
        assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
        assert f"is not authorized to perform: iam:PassRole on resource: {role}" in reported
        assert desk.aws.denials()[-1]["action"] == "iam:PassRole"


def test_a_pinpoint_job_is_given_a_role_only_by_who_may_pass_it(desk: Desk) -> None:
    role = desk.role("pinpoint.amazonaws.com")
    pinpoint = desk.client("pinpoint", allow("mobiletargeting:*"))
    request = {"RoleArn": role, "S3UrlPrefix": "s3://b/"}

    with pytest.raises(ClientError, match="iam:PassRole"):
        pinpoint.create_export_job(ApplicationId="none", ExportJobRequest=request)


def test_a_stack_passes_roles_with_its_own_role(desk: Desk) -> None:
    machine = desk.role(STATES, name="machine")
    states = allow("states:*")
    may_not = desk.role("cloudformation.amazonaws.com", states, name="may-not")
    resource = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {"RoleArn": machine, "DefinitionString": "{}"},
    }
    status, reasons = desk.deploy(resource, RoleARN=may_not)

    assert status == "CREATE_FAILED"
    session = f"{may_not.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/AWSCloudFormation"
    assert f"{session} is not authorized to perform: iam:PassRole on resource: {machine}" in reasons
    to_states = allow("iam:PassRole", machine, StringEquals={"iam:PassedToService": STATES})
    desk.name += "-may"
    may = desk.role("cloudformation.amazonaws.com", to_states, states, name="may")
    assert desk.deploy(resource, RoleARN=may)[0] == "CREATE_COMPLETE"


# --- services ---


@pytest.mark.parametrize(
    ("kind", "properties", "message"),
    [
        (
            "AWS::StepFunctions::StateMachine",
            {"RoleArn": "ROLE", "DefinitionString": "{}"},
            "authorized to assume the provided role",
        ),
        (
            "AWS::Lambda::Function",
            {"Role": "ROLE", "Handler": "index.handler", "Runtime": "python3.14", "Code": {"ZipFile": "a = 1"}},
            "cannot be assumed by Lambda",
        ),
    ],
)
def test_a_role_must_trust_the_service_that_a_stack_gives_it_to(
    desk: Desk, kind: str, properties: dict[str, Any], message: str
) -> None:
    role = desk.role("nobody.amazonaws.com")
    given = {name: role if value == "ROLE" else value for name, value in properties.items()}
    status, reasons = desk.deploy({"Type": kind, "Properties": given})

    assert (status, message in reasons) == ("CREATE_FAILED", True), reasons


FOR_ACCOUNT = {"StringEquals": {"aws:SourceAccount": "111122223333"}}
FOR_ANOTHER_ACCOUNT = {"StringEquals": {"aws:SourceAccount": "444455556666"}}
FOR_MACHINES = {"ArnLike": {"aws:SourceArn": "arn:aws:states:eu-west-1:111122223333:stateMachine:*"}}
FOR_OTHER_MACHINES = {"ArnLike": {"aws:SourceArn": "arn:aws:states:eu-west-1:444455556666:stateMachine:*"}}
FOR_ITS_STACKS_FUNCTIONS = {"ArnLike": {"aws:SourceArn": "arn:aws:lambda:eu-west-1:111122223333:function:NAME-It-*"}}
FOR_ITS_STACKS_MACHINES = {"ArnLike": {"aws:SourceArn": "arn:aws:states:eu-west-1:111122223333:stateMachine:NAME-It-*"}}


@pytest.mark.parametrize(
    ("kind", "service", "condition", "is_trusted"),
    [
        ("AWS::Lambda::Function", LAMBDA, FOR_ITS_STACKS_FUNCTIONS, True),
        ("AWS::StepFunctions::StateMachine", STATES, FOR_ITS_STACKS_MACHINES, True),
        ("AWS::Lambda::Function", LAMBDA, FOR_ACCOUNT, True),
        ("AWS::Lambda::Function", LAMBDA, FOR_ANOTHER_ACCOUNT, False),
        ("AWS::StepFunctions::StateMachine", STATES, {**FOR_ACCOUNT, **FOR_MACHINES}, True),
        ("AWS::StepFunctions::StateMachine", STATES, {**FOR_ANOTHER_ACCOUNT, **FOR_MACHINES}, False),
        ("AWS::StepFunctions::StateMachine", STATES, {**FOR_ACCOUNT, **FOR_OTHER_MACHINES}, False),
    ],
)
def test_a_role_is_assumed_only_for_whom_it_trusts_the_service(
    desk: Desk, kind: str, service: str, condition: dict[str, Any], *, is_trusted: bool
) -> None:
    role = desk.role(service, condition=json.loads(json.dumps(condition).replace("NAME", desk.name)))
    if kind == "AWS::Lambda::Function":
        properties = {"Role": role, "Handler": "index.a", "Runtime": "python3.14", "Code": {"ZipFile": "a = 1"}}
    else:
        done = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
        properties = {"RoleArn": role, "DefinitionString": json.dumps(done)}
    status, reasons = desk.deploy({"Type": kind, "Properties": properties})

    assert (status == "CREATE_COMPLETE") == is_trusted, reasons
    assert ("assume" in reasons) != is_trusted


def test_a_state_machine_runs_only_as_long_as_its_role_trusts_it(desk: Desk) -> None:
    function = desk.function(desk.role(LAMBDA, name="function"))
    role = desk.role(STATES, allow("lambda:InvokeFunction", function), condition=FOR_MACHINES)
    definition = {"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": function, "End": True}}}
    states = desk.aws.client("stepfunctions")
    machine = states.create_state_machine(name=desk.name, definition=json.dumps(definition), roleArn=role)

    def run() -> str:
        execution = states.start_execution(stateMachineArn=machine["stateMachineArn"])["executionArn"]
        while (reported := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
            time.sleep(0.02)
        return f"{reported['status']} {reported.get('cause', '')}"

    assert run() == "SUCCEEDED "
    trust = {"Effect": "Allow", "Principal": {"Service": STATES}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Statement": [{**trust, "Condition": FOR_OTHER_MACHINES}]})
    desk.iam.update_assume_role_policy(RoleName=role.rpartition("/")[2], PolicyDocument=document)
    assert run() == f"FAILED states.amazonaws.com is not authorized to assume the role {role}"


@pytest.mark.parametrize("may", [True, False])
def test_a_state_machine_invokes_a_function_with_its_role(desk: Desk, may: bool) -> None:
    function = desk.function(desk.role(LAMBDA, name="function"))
    role = desk.role(STATES, allow("lambda:InvokeFunction", function if may else f"{function}x"))
    definition = {"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": function, "End": True}}}
    states = desk.aws.client("stepfunctions")
    machine = states.create_state_machine(name=desk.name, definition=json.dumps(definition), roleArn=role)
    execution = states.start_execution(stateMachineArn=machine["stateMachineArn"])["executionArn"]
    while (reported := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
        time.sleep(0.02)

    assert reported["status"] == ("SUCCEEDED" if may else "FAILED")
    if not may:
        assert reported["error"] == "Lambda.AWSLambdaException"
        assert f"is not authorized to perform: lambda:InvokeFunction on resource: {function}" in reported["cause"]


@pytest.mark.parametrize("missing", ["", *LOGGING])
def test_a_function_writes_its_log_with_its_role(desk: Desk, missing: str) -> None:
    function = desk.function(desk.role(LAMBDA, allow([action for action in LOGGING if action != missing])))
    desk.aws.client("lambda").invoke(FunctionName=function)
    groups = desk.aws.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{desk.name}")["logGroups"]

    assert bool(groups) == (not missing)
    if missing:
        assert desk.aws.denials()[-1]["action"] == missing


def test_who_reads_or_writes_an_encrypted_object_needs_its_key(desk: Desk) -> None:
    key = desk.aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    s3, everything = desk.aws.client("s3"), allow("s3:*")
    s3.create_bucket(Bucket=desk.name, CreateBucketConfiguration={"LocationConstraint": desk.aws.region})
    default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    s3.put_bucket_encryption(Bucket=desk.name, ServerSideEncryptionConfiguration={"Rules": [default]})
    s3.put_object(Bucket=desk.name, Key="a", Body=b"1")
    keyless = desk.client("s3", everything)
    reader = desk.client("s3", everything, allow("kms:Decrypt", key))
    writer = desk.client("s3", everything, allow("kms:GenerateDataKey", key))

    keyless.put_object_tagging(Bucket=desk.name, Key="a", Tagging={"TagSet": [{"Key": "of", "Value": "me"}]})
    assert keyless.get_object_tagging(Bucket=desk.name, Key="a")["TagSet"] == [{"Key": "of", "Value": "me"}]
    assert reader.get_object(Bucket=desk.name, Key="a")["Body"].read() == b"1"
    writer.put_object(Bucket=desk.name, Key="b", Body=b"2")
    with pytest.raises(ClientError, match="kms:GenerateDataKey"):
        reader.copy_object(Bucket=desk.name, Key="c", CopySource=f"{desk.name}/a")
    with pytest.raises(ClientError, match="kms:Decrypt"):
        writer.get_object(Bucket=desk.name, Key="a")
    with pytest.raises(ClientError, match="kms:Decrypt"):
        writer.copy_object(Bucket=desk.name, Key="c", CopySource=f"{desk.name}/a")
    upload = writer.create_multipart_upload(Bucket=desk.name, Key="d")["UploadId"]
    with pytest.raises(ClientError, match="kms:Decrypt"):
        writer.upload_part(Bucket=desk.name, Key="d", UploadId=upload, PartNumber=1, Body=b"3")


# --- CloudFormation ---


def test_a_stack_encrypts_its_bucket(desk: Desk) -> None:
    default = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/own"}}
    encryption = {"ServerSideEncryptionConfiguration": [{**default, "BucketKeyEnabled": True}]}
    resource = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": desk.name, "BucketEncryption": encryption}}

    assert desk.deploy(resource)[0] == "CREATE_COMPLETE"
    reported = desk.aws.client("s3").get_bucket_encryption(Bucket=desk.name)["ServerSideEncryptionConfiguration"]
    assert reported["Rules"] == [
        {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/own"},
            "BucketKeyEnabled": True,
        }
    ]


@pytest.mark.parametrize(("given", "parts"), [("", 0), ("a", 1), ("a,b", 2)])
def test_a_condition_joins_what_a_parameter_lists(desk: Desk, given: str, parts: int) -> None:
    joined = {"Fn::Equals": [{"Fn::Join": ["+", {"Ref": "List"}]}, "a+b"]}
    template = {
        "Parameters": {"List": {"Type": "CommaDelimitedList", "Default": ""}},
        "Conditions": {
            "Two": joined,
            "None": {"Fn::Equals": ["", {"Fn::Join": ["", {"Ref": "List"}]}]},
        },
        "Resources": {
            "It": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
            "IfTwo": {"Type": "AWS::CloudFormation::WaitConditionHandle", "Condition": "Two"},
            "IfNone": {"Type": "AWS::CloudFormation::WaitConditionHandle", "Condition": "None"},
        },
    }
    cloudformation = desk.aws.client("cloudformation")
    parameters = [{"ParameterKey": "List", "ParameterValue": given}]
    cloudformation.create_stack(StackName=desk.name, TemplateBody=json.dumps(template), Parameters=parameters)
    cloudformation.get_waiter("stack_create_complete").wait(StackName=desk.name, WaiterConfig={"Delay": 0.1})
    resources = cloudformation.list_stack_resources(StackName=desk.name)["StackResourceSummaries"]

    made = {resource["LogicalResourceId"] for resource in resources} - {"It"}
    assert made == {0: {"IfNone"}, 1: set(), 2: {"IfTwo"}}[parts]
