"""DatasetImportJob: what it synthesizes."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import botocore.session
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_personalize as cdk_personalize
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template
from botocore.model import OperationModel
from botocore.validate import ParamValidator
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from cdk_data_jobs import DataBucket, DataSource, OnFailure, personalize
from cdk_data_jobs._definition.table import as_row, definition_of, read_table
from cdk_data_jobs.testing import stable_template
from data_jobs.conversion import tag_list

ROLE_ARN = "arn:aws:iam::111122223333:role/import"
Declare = Callable[..., personalize.DatasetImportJob]
Properties = Callable[[], dict[str, Any]]


@pytest.fixture(scope="module")
def create() -> OperationModel:
    return botocore.session.get_session().get_service_model("personalize").operation_model("CreateDatasetImportJob")


@pytest.fixture
def imported_bucket(stack: cdk.Stack) -> s3.IBucket:
    return s3.Bucket.from_bucket_name(stack, "Imported", "shop-data")


def test_snapshot_of_a_stack_with_one_job(
    stack: cdk.Stack,
    declared_dataset: cdk_personalize.CfnDataset,
    snapshot: SnapshotAssertion,
) -> None:
    personalize.DatasetImportJob(
        stack,
        "ImportUsers",
        dataset=declared_dataset,
        source=DataSource.from_bucket(DataBucket(stack, "Data"), "users/"),
    )

    assert stable_template(stack)["Resources"] == snapshot(extension_class=JSONSnapshotExtension)


def test_snapshot_of_a_job_with_everything_set(
    import_job: Declare, write: Callable[..., Any], stack: cdk.Stack, snapshot: SnapshotAssertion
) -> None:
    job = import_job(
        source=DataSource.from_asset(write("users.csv")),
        import_mode=personalize.ImportMode.INCREMENTAL,
        publish_attribution_metrics_to_s3=True,
        job_name="users",
        timeout=cdk.Duration.minutes(30),
        on_failure=OnFailure.CONTINUE,
        trigger="1",
    )
    cdk.Tags.of(job).add("team", "search")

    [resource] = (
        Template.from_json(stable_template(stack)).find_resources("Custom::PersonalizeDatasetImportJob").values()
    )
    assert resource["Properties"] == snapshot(extension_class=JSONSnapshotExtension)


def test_what_has_its_default_is_left_out(import_job: Declare, job_properties: Properties) -> None:
    import_job()

    properties = job_properties()
    assert set(properties) == {"ServiceToken", "JobName", "Parameters"}
    assert set(properties["Parameters"]) == {"datasetArn", "dataSource", "roleArn"}


def test_botocore_accepts_the_parameters(
    import_job: Declare,
    imported_bucket: s3.IBucket,
    stack: cdk.Stack,
    job_properties: Properties,
    create: OperationModel,
) -> None:
    job = import_job(
        source=DataSource.from_bucket(imported_bucket, "users.csv"),
        import_mode=personalize.ImportMode.FULL,
        publish_attribution_metrics_to_s3=False,
        role=iam.Role.from_role_arn(stack, "Role", ROLE_ARN),
    )
    cdk.Tags.of(job).add("team", "search")

    properties = job_properties()
    tags = tag_list(as_row(definition_of("Custom::PersonalizeDatasetImportJob"))["tags"], {"team": "search"})
    parameters = {"jobName": properties["JobName"], **properties["Parameters"], **tags}
    assert parameters["dataSource"] == {"dataLocation": "s3://shop-data/users.csv"}
    assert properties["Tags"] == [{"Key": "team", "Value": "search"}]
    assert set(parameters) == set(create.input_shape.members)
    assert not ParamValidator().validate(parameters, create.input_shape).has_errors()


def test_attributes_are_those_of_the_table(import_job: Declare, stack: cdk.Stack) -> None:
    job = import_job()

    tokens = {
        "jobName": job.job_name,
        "status": job.status,
        "creationDateTime": job.creation_date_time,
        "lastUpdatedDateTime": job.last_updated_date_time,
        "failureReason": job.failure_reason,
    }
    logical_id = stack.resolve(job.dataset_import_job_arn)["Ref"]
    for name, token in tokens.items():
        assert stack.resolve(token) == {"Fn::GetAtt": [logical_id, name]}
    table = read_table()
    assert set(table["Custom::PersonalizeDatasetImportJob"]["attributes"]) == {*tokens, "datasetImportJobArn"}


def test_tokens_pass_everywhere(import_job: Declare, stack: cdk.Stack, job_properties: Properties) -> None:
    text = cdk.CfnParameter(stack, "Text").value_as_string
    import_job(
        dataset=personalize.Dataset.from_dataset_arn(stack, "Token", text),
        source=DataSource.from_bucket(s3.Bucket.from_bucket_name(stack, "Named", text), text),
        job_name=text,
        trigger=text,
        timeout=cdk.Duration.seconds(cdk.CfnParameter(stack, "Seconds", type="Number").value_as_number),
    )

    properties = job_properties()
    assert properties["JobName"] == properties["Trigger"] == {"Ref": "Text"}
    assert properties["Timeout"] == {"Ref": "Seconds"}
    assert properties["Parameters"]["datasetArn"] == {"Ref": "Text"}


def test_an_asset_without_a_column_of_the_schema_is_refused(
    import_job: Declare, declared_dataset: cdk_personalize.CfnDataset, write: Callable[..., Any]
) -> None:
    source = DataSource.from_asset(write("users.csv", "USER_ID,NAME\n1,a\n"))

    with pytest.raises(ValueError, match=r"must have all columns of the schema, USER_ID,AGE, got .*; add AGE"):
        import_job(dataset=declared_dataset, source=source)


def test_a_dataset_outside_the_app_is_a_reference(dataset: personalize.Dataset) -> None:
    assert dataset.dataset_ref.dataset_arn.endswith("dataset/shop/USERS")
    assert dataset.env.region == "eu-west-1"
