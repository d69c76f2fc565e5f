"""What the tests of the constructs share."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_personalize as cdk_personalize
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from cdk_data_jobs import DataSource, personalize

DATASET_ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset/shop/USERS"
JOB_TYPE = "Custom::PersonalizeDatasetImportJob"


@pytest.fixture
def app() -> cdk.App:
    return cdk.App()


@pytest.fixture
def stack(app: cdk.App) -> cdk.Stack:
    return cdk.Stack(app, "Shop")


@pytest.fixture
def dataset(stack: cdk.Stack) -> personalize.Dataset:
    return personalize.Dataset.from_dataset_arn(stack, "Users", DATASET_ARN)


@pytest.fixture
def bucket(stack: cdk.Stack) -> s3.Bucket:
    return s3.Bucket(stack, "Data")


@pytest.fixture
def import_job(
    stack: cdk.Stack, dataset: personalize.Dataset, bucket: s3.Bucket
) -> Callable[..., personalize.DatasetImportJob]:
    """Makes an import job, in which everything has a default."""

    def make(id_: str = "ImportUsers", scope: Any = stack, **options: Any) -> personalize.DatasetImportJob:
        defaults = {"dataset": dataset, "source": DataSource.from_bucket(bucket, "users/")}
        return personalize.DatasetImportJob(scope, id_, **(defaults | options))

    return make


@pytest.fixture
def declared_dataset(stack: cdk.Stack) -> cdk_personalize.CfnDataset:
    """A dataset whose schema is a literal in the same app."""
    schema = cdk_personalize.CfnSchema(
        stack,
        "Schema",
        name="users",
        schema='{"type": "record", "name": "Users", "fields": [{"name": "USER_ID"}, {"name": "AGE"}]}',
    )
    group = cdk_personalize.CfnDatasetGroup(stack, "Group", name="shop")
    return cdk_personalize.CfnDataset(
        stack,
        "DeclaredUsers",
        name="users",
        dataset_type="Users",
        dataset_group_arn=group.attr_dataset_group_arn,
        schema_arn=schema.attr_schema_arn,
    )


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file below a temporary folder, and returns the folder."""

    def make(name: str, content: str | bytes = "USER_ID,AGE\n1,20\n") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return tmp_path

    return make


@pytest.fixture
def resources() -> Callable[..., dict[str, Any]]:
    """Returns the resources of a stack's template, of one type or all."""

    def find(of: cdk.Stack, type_: str | None = None) -> dict[str, Any]:
        found = Template.from_stack(of).to_json().get("Resources", {})
        return {key: value for key, value in found.items() if type_ in (None, value["Type"])}

    return find


@pytest.fixture
def job_properties(stack: cdk.Stack, resources: Callable[..., dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """Returns the properties of the only job of the stack."""

    def find() -> dict[str, Any]:
        (job,) = resources(stack, JOB_TYPE).values()
        return job["Properties"]

    return find


@pytest.fixture
def scrubbed() -> Callable[[object], Any]:
    """Replaces asset hashes, which change with every change of the function."""

    def scrub(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: scrub(item) for key, item in value.items()}
        if isinstance(value, list):
            return [scrub(item) for item in value]
        return re.sub(r"\b[0-9a-f]{64}\b", "<asset hash>", value) if isinstance(value, str) else value

    return scrub
