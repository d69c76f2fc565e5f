"""The jobs of Amazon Pinpoint: what they may read and write, and the warning."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_pinpoint as cdk_pinpoint
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match

from cdk_data_jobs import DataDestination, DataSource, pinpoint

IMPORT = "Custom::PinpointImportJob"
Declare = Callable[..., Any]
Resources = Callable[..., dict[str, Any]]
PSEUDO = [{"Ref": f"AWS::{name}"} for name in ("Partition", "Region", "AccountId")]


def app_arn(application: str) -> dict[str, Any]:
    partition, region, account = PSEUDO
    return {"Fn::Join": ["", ["arn:", partition, ":mobiletargeting:", region, ":", account, f":apps/{application}"]]}


@pytest.fixture
def application(stack: cdk.Stack) -> pinpoint.App:
    return pinpoint.App.from_application_id(stack, "Application", "abc123")


@pytest.fixture
def endpoints_job(stack: cdk.Stack, application: pinpoint.App, bucket: s3.Bucket) -> Declare:
    def make(id_: str = "Import", **options: Any) -> pinpoint.ImportJob:
        defaults = {
            "application": application,
            "source": DataSource.from_bucket(bucket, "endpoints/"),
            "format": pinpoint.Format.CSV,
        }
        return pinpoint.ImportJob(stack, id_, **(defaults | options))

    return make


@pytest.fixture
def export_job(stack: cdk.Stack, application: pinpoint.App, bucket: s3.Bucket) -> Declare:
    def make(id_: str = "Export", **options: Any) -> pinpoint.ExportJob:
        defaults = {"application": application, "destination": DataDestination.from_bucket(bucket, "out/")}
        return pinpoint.ExportJob(stack, id_, **(defaults | options))

    return make


def test_what_has_its_default_is_left_out(endpoints_job: Declare, stack: cdk.Stack, resources: Resources) -> None:
    endpoints_job()

    (job,) = resources(stack, IMPORT).values()
    assert set(job["Properties"]) == {"ServiceToken", "Parameters"}
    assert set(job["Properties"]["Parameters"]["ImportJobRequest"]) == {"Format", "S3Url", "RoleArn"}


def test_the_role_trusts_the_service_for_the_application_alone(
    endpoints_job: Declare, stack: cdk.Stack, resources: Resources
) -> None:
    job = endpoints_job()

    role = resources(stack, "AWS::IAM::Role")[stack.resolve(job.role.role_arn)["Fn::GetAtt"][0]]
    (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "pinpoint.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": PSEUDO[-1]},
        "ArnLike": {"aws:SourceArn": app_arn("abc123")},
    }


def test_a_role_that_is_shared_trusts_it_for_each_application(
    endpoints_job: Declare, stack: cdk.Stack, resources: Resources
) -> None:
    other = pinpoint.App.from_application_id(stack, "Other", "def456")
    jobs = [endpoints_job("One"), endpoints_job("Two", application=other), endpoints_job("Three", application=other)]

    assert len({job.role for job in jobs}) == 1
    role = resources(stack, "AWS::IAM::Role")[stack.resolve(jobs[0].role.role_arn)["Fn::GetAtt"][0]]
    (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Condition"]["ArnLike"]["aws:SourceArn"] == [app_arn("abc123"), app_arn("def456")]


def test_a_role_that_is_shared_does_not_trust_it_for_a_job_with_another_role(
    endpoints_job: Declare, stack: cdk.Stack, resources: Resources
) -> None:
    other = pinpoint.App.from_application_id(stack, "Other", "def456")
    given = iam.Role(stack, "Given", assumed_by=iam.ServicePrincipal("pinpoint.amazonaws.com"))
    job = endpoints_job("One")
    endpoints_job("Two", application=other, role=given)

    role = resources(stack, "AWS::IAM::Role")[stack.resolve(job.role.role_arn)["Fn::GetAtt"][0]]
    (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Condition"]["ArnLike"]["aws:SourceArn"] == app_arn("abc123")


def test_a_trust_policy_that_iam_would_refuse_stops_the_synthesis(
    endpoints_job: Declare, stack: cdk.Stack, app: cdk.App
) -> None:
    for number in range(30):
        application = pinpoint.App.from_application_id(stack, f"App{number}", f"{number:032}")
        endpoints_job(f"Import{number}", application=application)

    with pytest.raises(RuntimeError, match=r"trust policy must have at most 2048 characters, got about .* with role="):
        app.synth()


def test_only_the_role_is_allowed_to_read(
    endpoints_job: Declare, stack: cdk.Stack, bucket: s3.Bucket, resources: Resources
) -> None:
    endpoints_job()

    policy = resources(stack, "AWS::IAM::Policy")["DataJobAccessPinpointReadDataPolicy4F5BB6E4"]
    arn = stack.resolve(bucket.bucket_arn)
    assert policy["Properties"]["PolicyDocument"]["Statement"] == [
        {"Action": "s3:GetObject", "Effect": "Allow", "Resource": {"Fn::Join": ["", [arn, "/endpoints/*"]]}},
        {"Action": "s3:ListBucket", "Effect": "Allow", "Resource": arn},
    ]
    assert not resources(stack, "AWS::S3::BucketPolicy")


def test_only_the_role_is_allowed_to_write(export_job: Declare, stack: cdk.Stack, resources: Resources) -> None:
    export_job()

    (policy,) = (one for name, one in resources(stack, "AWS::IAM::Policy").items() if "AccessPinpointWriteData" in name)
    assert [one["Action"] for one in policy["Properties"]["PolicyDocument"]["Statement"]] == [
        "s3:PutObject",
        "s3:ListBucket",
    ]
    assert not resources(stack, "AWS::S3::BucketPolicy")


@pytest.mark.parametrize(
    ("writes", "actions"), [(False, "kms:Decrypt"), (True, ["kms:GenerateDataKey", "kms:Decrypt"])]
)
def test_with_a_key_the_role_may_do_what_s3_requires(
    endpoints_job: Declare, export_job: Declare, stack: cdk.Stack, resources: Resources, *, writes: bool, actions: Any
) -> None:
    bucket = s3.Bucket(stack, "Encrypted", encryption_key=kms.Key(stack, "Key"))
    if writes:
        job = export_job(destination=DataDestination.from_bucket(bucket, "out/"))
    else:
        job = endpoints_job(source=DataSource.from_bucket(bucket, "in/"))

    (key,) = resources(stack, "AWS::KMS::Key").values()
    assert key["Properties"]["KeyPolicy"]["Statement"][-1] == {
        "Action": actions,
        "Effect": "Allow",
        "Principal": {"AWS": stack.resolve(job.role.role_arn)},
        "Resource": "*",
    }


def test_what_the_function_may_do(endpoints_job: Declare, stack: cdk.Stack, resources: Resources) -> None:
    endpoints_job()

    statements = resources(stack, "AWS::IAM::Policy")["DataJobRunnerPinpointImportJob6700CC0D"]["Properties"][
        "PolicyDocument"
    ]
    found = {str(one["Action"]): one["Resource"] for one in statements["Statement"]}
    assert found["mobiletargeting:CreateImportJob"] == app_arn("*")
    assert found["mobiletargeting:GetImportJobs"] == app_arn("*")
    assert found["mobiletargeting:GetImportJob"] == app_arn("*/jobs/import/*")


def test_an_application_of_the_app_will_do(endpoints_job: Declare, stack: cdk.Stack, resources: Resources) -> None:
    endpoints_job(application=cdk_pinpoint.CfnApp(stack, "Declared", name="shop"), max_failures=3)

    (job,) = resources(stack, IMPORT).values()
    assert job["Properties"]["Parameters"]["ApplicationId"] == {"Ref": "Declared"}
    assert job["Properties"]["MaxFailures"] == 3


def test_an_application_outside_the_app_is_a_reference(stack: cdk.Stack, application: pinpoint.App) -> None:
    assert application.app_ref.app_id == "abc123"
    assert stack.resolve(application.app_ref.app_arn) == app_arn("abc123")


def test_the_segment_of_an_import_can_be_exported(
    endpoints_job: Declare, export_job: Declare, stack: cdk.Stack, resources: Resources
) -> None:
    imported = endpoints_job(define_segment=True)
    export_job(segment_id=imported.segment_id)

    (job,) = resources(stack, "Custom::PinpointExportJob").values()
    segment = job["Properties"]["Parameters"]["ExportJobRequest"]["SegmentId"]
    assert segment == {"Fn::GetAtt": [stack.resolve(imported.job_id)["Ref"], "segmentId"]}


def test_a_location_may_be_longer_than_personalize_allows(endpoints_job: Declare, bucket: s3.Bucket) -> None:
    endpoints_job(source=DataSource.from_bucket(bucket, "x" * 300))


@pytest.mark.parametrize(
    ("format_", "names"), [(pinpoint.Format.CSV, ["2026/b.csv", "a.csv"]), (pinpoint.Format.JSON, ["2026/c.jsonl"])]
)
def test_local_files_are_those_of_the_format(
    endpoints_job: Declare,
    stack: cdk.Stack,
    resources: Resources,
    write: Callable[..., Any],
    *,
    format_: pinpoint.Format,
    names: list[str],
) -> None:
    for name in ("a.csv", "2026/b.csv", "2026/c.jsonl"):
        folder = write(name)
    endpoints_job(source=DataSource.from_asset(folder), format=format_)

    (job,) = resources(stack, IMPORT).values()
    targets = [file["Target"]["Fn::Join"][1][-1].split("/", 3)[-1] for file in job["Properties"]["Files"]]
    assert targets == names


def test_each_job_warns_that_the_service_has_ended(
    endpoints_job: Declare, export_job: Declare, stack: cdk.Stack
) -> None:
    endpoints_job()
    cdk.Annotations.of(export_job()).acknowledge_warning("cdk-data-jobs:pinpointSupportEnded", "moving in spring")

    (warning,) = Annotations.from_stack(stack).find_warning("*", Match.any_value())
    assert warning.id == "/Shop/Import"
    assert "ended its support for Amazon Pinpoint on 2026-10-30" in warning.entry.data
    assert "Amazon Connect" in warning.entry.data
    assert warning.entry.data.endswith("[ack: cdk-data-jobs:pinpointSupportEnded]")


def test_an_application_may_wait_for_another_job(app: cdk.App, stack: cdk.Stack, bucket: Any, cycles: Any) -> None:
    source = DataSource.from_bucket(bucket, "in/")
    first = pinpoint.App.from_application_id(stack, "First", "0123456789abcdef")
    done = pinpoint.ImportJob(stack, "Before", application=first, source=source, format=pinpoint.Format.CSV)
    later = cdk_pinpoint.CfnApp(stack, "Later", name="later")
    later.node.add_dependency(done)
    other = DataSource.from_bucket(s3.Bucket(stack, "Other"), "in/")
    pinpoint.ImportJob(stack, "After", application=later, source=other, format=pinpoint.Format.CSV)

    assert cycles(app.synth().get_stack_by_name("Shop").template) == []
