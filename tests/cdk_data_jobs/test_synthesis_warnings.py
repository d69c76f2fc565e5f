"""Whatever is not known yet when an app is declared: no message shows how CDK writes it."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs

from cdk_data_jobs import (
    AwsJob,
    CreateCall,
    DataDestination,
    DataJobRunner,
    DataSource,
    DescribeCall,
    JobDefinition,
    JobNaming,
    personalize,
    pinpoint,
)
from cdk_data_jobs._support.validation import ValidationError

TOKEN = re.compile(r"Token\[|TOKEN|-1\.888\d*e\+289")
Resources = Callable[..., dict[str, Any]]


class Unknown:
    """What the template's parameters will tell."""

    def __init__(self, stack: cdk.Stack) -> None:
        self.stack = stack
        self.text = self.parameter("Text")
        self.number = cdk.CfnParameter(stack, "Number", type="Number").value_as_number
        self.imported = cdk.Fn.import_value("shared")
        self.first = cdk.Fn.select(0, cdk.Fn.split(",", self.parameter("List")))
        self.bucket = s3.Bucket.from_bucket_name(stack, "Bucket", self.parameter("BucketName"))
        self.key = kms.Key.from_key_arn(stack, "Key", self.parameter("KeyArn"))
        self.dataset = personalize.Dataset.from_dataset_arn(stack, "Dataset", self.parameter("DatasetArn"))

    def parameter(self, name: str) -> str:
        return cdk.CfnParameter(self.stack, name).value_as_string


@pytest.fixture
def unknown(stack: cdk.Stack) -> Unknown:
    return Unknown(stack)


def messages(app: cdk.App) -> list[str]:
    """All that the synthesis tells people."""
    folder = Path(app.synth().directory)
    manifests = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("**/manifest.json")]
    metadata = [
        json.loads((folder / artifact["additionalMetadataFile"]).read_text(encoding="utf-8"))
        if "additionalMetadataFile" in artifact
        else artifact.get("metadata", {})
        for manifest in manifests
        for artifact in manifest["artifacts"].values()
    ]
    entries = [entry for found in metadata for of in found.values() for entry in of]
    return [entry["data"] for entry in entries if entry["type"] in ("aws:cdk:warning", "aws:cdk:error", "aws:cdk:info")]


def test_warnings_call_what_is_not_known_yet_as_the_template_does(app: cdk.App, unknown: Unknown) -> None:
    stack, bucket, key = unknown.stack, unknown.bucket, unknown.key
    role = iam.Role.from_role_arn(stack, "Role", unknown.parameter("RoleArn"), mutable=False)
    encrypted = s3.Bucket.from_bucket_attributes(stack, "Encrypted", bucket_name=unknown.imported, encryption_key=key)
    third = s3.Bucket.from_bucket_arn(stack, "Third", f"arn:aws:s3:::{unknown.first}")
    by_role = s3.Bucket.from_bucket_name(stack, "ByRole", f"data-{cdk.Aws.ACCOUNT_ID}")
    cases: list[tuple[s3.IBucket, dict[str, Any]]] = [
        (bucket, {}),
        (encrypted, {}),
        (third, {}),
        (by_role, {"role": role}),
    ]
    for number, (one, options) in enumerate(cases):
        personalize.DatasetImportJob(
            stack,
            f"Import{number}",
            dataset=unknown.dataset,
            source=DataSource.from_bucket(one, f"{unknown.text}/"),
            **options,
        ).run_on_upload(prefix=unknown.text)
    destination = DataDestination.from_bucket(bucket, f"{unknown.text}/", key)
    personalize.DatasetExportJob(stack, "Export", dataset=unknown.dataset, destination=destination)
    pinpoint.ImportJob(
        stack,
        "Endpoints",
        application=pinpoint.App.from_application_id(stack, "App", unknown.text),
        source=DataSource.from_bucket(bucket, unknown.text),
        format=pinpoint.Format.CSV,
    )
    DataJobRunner(stack, "Runner", encryption_key=key, dead_letter_queue=sqs.Queue(stack, "Queue"))

    told = messages(app)
    assert [text for text in told if TOKEN.search(text)] == []
    for beginning in (
        "the policy of the bucket ${BucketName} cannot be changed",
        "the policy of the bucket shared cannot be changed",
        "the policy of the bucket data-${AWS::AccountId} cannot be changed",
        'the policy of the bucket {"Fn::Select":',
        "the policy of the key ${KeyArn} cannot be changed",
        "the policies of the role ${RoleArn} cannot be changed",
        "the bucket ${BucketName} is not of this app",
    ):
        assert any(text.startswith(beginning) for text in told), beginning


def definition(**changes: Any) -> JobDefinition:
    return JobDefinition(
        **{
            "title": "SES contact list import",
            "service": "sesv2",
            "create": CreateCall(operation="create_import_job", id="JobId"),
            "describe": DescribeCall(operation="get_import_job", parameters={"JobId": "id"}),
            "status": "JobStatus",
            "succeeded": ["COMPLETED"],
            "failed": ["FAILED"],
            **changes,
        }
    )


def aws_job(unknown: Unknown, of: dict[str, Any] | None = None, **options: Any) -> AwsJob:
    return AwsJob(unknown.stack, "Job", definition=definition(**(of or {})), **({"parameters": {}} | options))


def imported(unknown: Unknown, **options: Any) -> personalize.DatasetImportJob:
    source = DataSource.from_bucket(unknown.bucket, "in/")
    arguments: dict[str, Any] = {"dataset": unknown.dataset, "source": source} | options
    return personalize.DatasetImportJob(unknown.stack, "Job", **arguments)


def upload(unknown: Unknown, staging: s3.IBucket, **options: Any) -> None:
    runner = DataJobRunner(unknown.stack, "Runner", staging_bucket=staging)
    imported(unknown, source=DataSource.from_bucket(staging, "in/"), runner=runner).run_on_upload(**options)


REFUSED: dict[str, Callable[[Any], object]] = {
    "a flag": lambda it: imported(it, publish_attribution_metrics_to_s3=it.text),
    "a choice": lambda it: imported(it, import_mode=it.text),
    "on_failure": lambda it: imported(it, on_failure=it.first),
    "a dataset": lambda it: imported(it, dataset=it.text),
    "a role": lambda it: imported(it, role=it.imported),
    "a source": lambda it: imported(it, source=it.text),
    "a runner": lambda it: imported(it, runner=it.text),
    "a time-out that is not waited for": lambda it: imported(
        it, timeout=cdk.Duration.seconds(it.number), wait_for_completion=False
    ),
    "a trigger": lambda it: imported(it, trigger=it.number),
    "a bucket": lambda it: DataSource.from_bucket(it.text, "in/"),
    "a check": lambda it: DataSource.from_asset(__file__, check=it.text),
    "the path of an asset": lambda it: DataSource.from_asset(it.text),
    "a key": lambda it: DataDestination.from_bucket(it.bucket, "out/", it.text),
    "a layer": lambda it: DataJobRunner(it.stack, "Runner", layers=[it.text]),
    "layers": lambda it: DataJobRunner(it.stack, "Runner", layers=it.text),
    "an overlap": lambda it: imported(it).run_on_schedule(
        scheduler.ScheduleExpression.rate(cdk.Duration.days(1)), overlap=it.text
    ),
    "a window": lambda it: imported(it).run_on_upload(batching_window=it.text),
    "what arrives among the copies": lambda it: upload(it, it.bucket, prefix="data-jobs/", suffix=it.text),
    "a backslash in what arrives": lambda it: upload(it, it.bucket, prefix=f"\\{it.text}"),
    "a role without a principal": lambda it: aws_job(it, role=iam.Role.from_role_arn(it.stack, "R", it.text)),
    "a principal without a place": lambda it: aws_job(it, service_principal=it.text),
    "a name for a job without": lambda it: aws_job(it, job_name=it.text),
    "a count for a job without": lambda it: aws_job(it, max_failures=it.number),
    "parameters": lambda it: aws_job(it, parameters=it.text),
    "a parameter": lambda it: aws_job(it, parameters={it.text: 1}),
    "a service": lambda it: aws_job(it, {"service": it.text}),
    "a permission": lambda it: aws_job(it, {"permissions": {"ses:GetImportJob": [it.text]}}),
    "an ARN": lambda it: aws_job(it, {"permissions": {"ses:GetImportJob": [f"arn:{it.text}:{{X}}"]}}),
    "an attribute": lambda it: aws_job(it).get_attribute(it.text),
    "statuses": lambda it: definition(succeeded=it.text),
    "both statuses": lambda it: definition(succeeded=[it.text], failed=[it.text]),
    "codes": lambda it: definition(retryable_errors=it.text),
    "attributes": lambda it: definition(attributes=it.text),
    "a describe call": lambda it: definition(
        describe=DescribeCall(operation="get_import_job", parameters={it.text: it.text})
    ),
    "the ARN of a name": lambda it: definition(
        created="at", name=JobNaming(parameter="JobName", arn=it.text, max_length=63, name_taken_errors=["Taken"])
    ),
    "taken": lambda it: JobNaming(parameter="JobName", arn="{name}", max_length=63, name_taken_errors=it.text),
    "a segment": lambda it: pinpoint.ImportJob(
        it.stack,
        "Job",
        application=pinpoint.App.from_application_id(it.stack, "App", "abc123"),
        source=DataSource.from_bucket(it.bucket, "in/"),
        format=pinpoint.Format.CSV,
        define_segment=False,
        segment_name=it.text,
    ),
    "an application": lambda it: pinpoint.ExportJob(it.stack, "Job", application=it.text),
}


@pytest.mark.parametrize("declare", REFUSED.values(), ids=REFUSED)
def test_errors_say_what_is_not_known_yet_in_words(unknown: Unknown, declare: Callable[[Any], object]) -> None:
    with pytest.raises(ValidationError) as raised:
        declare(unknown)

    assert not TOKEN.search(str(raised.value)), str(raised.value)


def test_an_error_names_what_a_token_refers_to(unknown: Unknown) -> None:
    values = [unknown.text, unknown.imported, unknown.stack.account, unknown.number]

    assert str(ValidationError(f"got {values[0]!r}, {values[1]}, {values[2]}, {values[3]}")) == (
        "got '<Shop/Text>', <a value that is not known yet>, <AWS::AccountId>, <a value that is not known yet>"
    )
    assert str(ValidationError("got '${Token[TOKEN.987654]}', ${Name}")) == (
        "got '<a value that is not known yet>', ${Name}"
    )


def test_an_arn_of_a_permission_may_have_tokens(stack: cdk.Stack, unknown: Unknown, resources: Resources) -> None:
    aws_job(unknown, {"permissions": {"ses:GetImportJob": [f"arn:aws:ses:{{region}}:{{account}}:{unknown.text}"]}})

    policies = resources(stack, "AWS::IAM::Policy").values()
    (granted,) = (one["Properties"]["PolicyDocument"] for one in policies if "GetImportJob" in str(one))
    arn = ["arn:aws:ses:", {"Ref": "AWS::Region"}, ":", {"Ref": "AWS::AccountId"}, ":", {"Ref": "Text"}]
    assert granted["Statement"][0]["Resource"] == {"Fn::Join": ["", arn]}


def test_there_is_one_way_to_warn() -> None:
    folder = Path(__file__).parents[2] / "constructs" / "cdk_data_jobs"
    warning = [path.name for path in folder.rglob("*.py") if "Annotations" in path.read_text(encoding="utf-8")]

    assert warning == ["synthesis_warnings.py"]
