"""Messages about values that are not known yet: none shows how CDK writes a token."""

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
from aws_cdk import aws_sqs as sqs
from catalogue.jobs import import_contacts

from cdk_data_jobs import (
    DataDestination,
    DataJobRunner,
    DataSource,
    personalize,
    pinpoint,
)
from cdk_data_jobs._support.validation import ValidationError

TOKEN = re.compile(r"Token\[|TOKEN|-1\.888\d*e\+289")
Resources = Callable[..., dict[str, Any]]


class Unknown:
    """Values that are known only when the stack is deployed."""

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
    """Returns the warnings, errors and hints of the synthesis."""
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

    warnings = messages(app)
    assert [message for message in warnings if TOKEN.search(message)] == []
    for beginning in (
        "the policy of the bucket ${BucketName} cannot be changed",
        "the policy of the bucket shared cannot be changed",
        "the policy of the bucket data-${AWS::AccountId} cannot be changed",
        'the policy of the bucket {"Fn::Select":',
        "the policy of the key ${KeyArn} cannot be changed",
        "the policies of the role ${RoleArn} cannot be changed",
        "the bucket ${BucketName} is not of this app",
    ):
        assert any(message.startswith(beginning) for message in warnings), beginning


def test_an_error_names_what_a_token_refers_to(unknown: Unknown) -> None:
    values = [unknown.text, unknown.imported, unknown.stack.account, unknown.number]

    assert str(ValidationError(f"got {values[0]!r}, {values[1]}, {values[2]}, {values[3]}")) == (
        "got '<Shop/Text>', <a value that is not known yet>, <AWS::AccountId>, <a value that is not known yet>"
    )
    assert str(ValidationError("got '${Token[TOKEN.987654]}', ${Name}")) == (
        "got '<a value that is not known yet>', ${Name}"
    )


def test_an_arn_of_a_permission_may_have_tokens(stack: cdk.Stack, unknown: Unknown, resources: Resources) -> None:
    arn = f"arn:aws:ses:{{region}}:{{account}}:{unknown.text}"
    import_contacts(unknown, of={"permissions": {"ses:GetImportJob": [arn]}})

    policies = resources(stack, "AWS::IAM::Policy").values()
    (granted,) = (one["Properties"]["PolicyDocument"] for one in policies if "GetImportJob" in str(one))
    parts = ["arn:aws:ses:", {"Ref": "AWS::Region"}, ":", {"Ref": "AWS::AccountId"}, ":", {"Ref": "Text"}]
    assert granted["Statement"][0]["Resource"] == {"Fn::Join": ["", parts]}


def test_there_is_one_way_to_warn() -> None:
    folder = Path(__file__).parents[2] / "constructs" / "cdk_data_jobs"
    warning = [path.name for path in folder.rglob("*.py") if "Annotations" in path.read_text(encoding="utf-8")]

    assert warning == ["synthesis_warnings.py"]
