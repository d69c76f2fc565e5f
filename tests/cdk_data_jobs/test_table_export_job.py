"""Exports of tables: what the service, the bucket and the key are told, and what is refused only at synthesis."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as cdk_dynamodb
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match, Template
from catalogue.dynamodb_kinds import TABLE_ARN, table_export_job
from catalogue.shop import Shop

from cdk_data_jobs import DataDestination
from cdk_data_jobs.dynamodb import IncrementalExportSpecification, S3SseAlgorithm, TableExportJob

Resources = Callable[..., dict[str, Any]]
KEY = cdk_dynamodb.Attribute(name="id", type=cdk_dynamodb.AttributeType.STRING)
OTHER_ACCOUNT = "444455556666"
TYPE = "Custom::AwsDynamoDbTableExportJob"


@pytest.fixture
def parameters(stack: cdk.Stack, resources: Resources) -> Callable[[], dict[str, Any]]:
    """Returns the parameters of the create call of the only job."""

    def find() -> dict[str, Any]:
        (job,) = resources(stack, TYPE).values()
        return job["Properties"]["Parameters"]

    return find


def granted(found: dict[str, Any], action: str) -> list[Any]:
    """Returns the resources on which the function's policies allow an action."""
    return [
        statement["Resource"]
        for policy in found.values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if action in (statement["Action"], *statement["Action"])
    ]


def enabled(value: object) -> cdk_dynamodb.PointInTimeRecoverySpecification:
    return cdk_dynamodb.PointInTimeRecoverySpecification(point_in_time_recovery_enabled=value)  # type: ignore[arg-type]


@pytest.mark.parametrize("table_class", [cdk_dynamodb.Table, cdk_dynamodb.TableV2])
@pytest.mark.parametrize("specification", [None, enabled(False)])
def test_a_table_without_point_in_time_recovery_stops_the_synthesis(
    table_class: Any, specification: Any, shop: Shop, app: cdk.App
) -> None:
    table = table_class(shop.stack, "Table", partition_key=KEY, point_in_time_recovery_specification=specification)
    table_export_job(shop, table=table)

    message = r"table must have point-in-time recovery to be exported, got Shop/Table/Resource without; set"
    with pytest.raises(RuntimeError, match=message):
        app.synth()


@pytest.mark.parametrize("table_class", [cdk_dynamodb.Table, cdk_dynamodb.TableV2])
def test_a_table_with_it_does_not(table_class: Any, shop: Shop, app: cdk.App) -> None:
    table = table_class(shop.stack, "Table", partition_key=KEY, point_in_time_recovery_specification=enabled(True))
    table_export_job(shop, table=table)

    app.synth()


def test_nor_does_one_whose_recovery_is_enabled_later_or_not_known(shop: Shop, app: cdk.App) -> None:
    specification = cdk_dynamodb.CfnTable.PointInTimeRecoverySpecificationProperty
    replica = cdk_dynamodb.CfnGlobalTable.ReplicaSpecificationProperty
    later = cdk_dynamodb.CfnTable(shop.stack, "Later", key_schema=[])
    is_live = cdk.CfnCondition(shop.stack, "IsLive").logical_id
    some = cdk.Fn.condition_if(is_live, {"pointInTimeRecoveryEnabled": True}, cdk.Aws.NO_VALUE)
    maybe = specification(point_in_time_recovery_enabled=cdk.Fn.condition_if(is_live, True, False))
    one = cdk_dynamodb.CfnTable(shop.stack, "One", key_schema=[], point_in_time_recovery_specification=some)
    two = cdk_dynamodb.CfnTable(shop.stack, "Two", key_schema=[], point_in_time_recovery_specification=maybe)
    replicas = [replica(region="eu-west-1"), replica(region="eu-west-2", point_in_time_recovery_specification=some)]
    for number, table in enumerate((later, one, two, global_table(shop, replicas), global_table(shop, some))):
        table_export_job(shop, f"Job{number}", table=table)
    later.point_in_time_recovery_specification = specification(point_in_time_recovery_enabled=True)

    app.synth()


def global_table(shop: Shop, replicas: Any) -> cdk_dynamodb.ITable:
    """Declares a global table, to which an L2 table refers."""
    attributes = [cdk_dynamodb.CfnGlobalTable.AttributeDefinitionProperty(attribute_name="id", attribute_type="S")]
    id_ = f"Global{len(shop.stack.node.children)}"
    table = cdk_dynamodb.CfnGlobalTable(
        shop.stack, id_, key_schema=[], attribute_definitions=attributes, replicas=replicas
    )
    return cdk_dynamodb.TableV2.from_table_arn(shop.stack, f"{id_}Reference", table.attr_arn)


def test_the_service_gets_the_prefix_without_the_slash_that_it_adds(
    shop: Shop, parameters: Callable[[], dict[str, Any]]
) -> None:
    table_export_job(shop)

    assert parameters()["S3Prefix"] == "out"
    assert "ExportType" not in parameters()


def test_the_function_may_write_to_the_folder_and_use_the_buckets_key(
    shop: Shop, stack: cdk.Stack, resources: Resources
) -> None:
    table_export_job(shop, destination=DataDestination.from_bucket(shop.encrypted, "out/"))

    policies = resources(stack, "AWS::IAM::Policy")
    (objects,) = granted(policies, "s3:PutObjectAcl")
    assert objects["Fn::Join"][1][-1] == "/out/*"
    assert len(granted(policies, "kms:GenerateDataKey")) == 1
    (key,) = resources(stack, "AWS::KMS::Key").values()
    (*_, last) = key["Properties"]["KeyPolicy"]["Statement"]
    assert last["Principal"]["AWS"]["Fn::GetAtt"][0].startswith("DataJobRunnerRole")


def test_the_buckets_key_is_not_needed_where_s3s_keys_encrypt(
    shop: Shop, stack: cdk.Stack, resources: Resources
) -> None:
    destination = DataDestination.from_bucket(shop.encrypted, "out/")
    table_export_job(shop, destination=destination, s3_sse_algorithm=S3SseAlgorithm.AES256)

    assert granted(resources(stack, "AWS::IAM::Policy"), "kms:GenerateDataKey") == []


def test_a_bucket_of_another_account_is_named_with_its_owner_and_a_warning(shop: Shop) -> None:
    stack = cdk.Stack(cdk.App.of(shop.stack), "Here", env=cdk.Environment(account="111122223333", region="eu-west-1"))
    bucket = s3.Bucket.from_bucket_attributes(
        stack, "Theirs", bucket_name="theirs", account=OTHER_ACCOUNT, region="us-east-1"
    )
    key = kms.Key.from_key_arn(stack, "Key", f"arn:aws:kms:us-east-1:{OTHER_ACCOUNT}:key/1")
    table = cdk_dynamodb.Table.from_table_arn(stack, "Table", TABLE_ARN)
    TableExportJob(stack, "Job", table=table, destination=DataDestination.from_bucket(bucket, "out/", key))

    warnings = {
        str(one.entry.data).partition(" cannot")[0]: str(one.entry.data)
        for one in Annotations.from_stack(stack).find_warning("*", Match.any_value())
    }
    assert [*warnings] == ["the policy of the bucket theirs", f"the policy of the key {key.key_arn}"]
    assert "111122223333:root" in warnings["the policy of the bucket theirs"]
    template = Template.from_stack(stack).find_resources(TYPE)
    assert [one["Properties"]["Parameters"]["S3BucketOwner"] for one in template.values()] == [OTHER_ACCOUNT]


def test_the_policy_of_a_bucket_that_the_app_has_in_another_account_allows_the_job(shop: Shop) -> None:
    app = cdk.App.of(shop.stack)
    here = cdk.Stack(app, "Here", env=cdk.Environment(account="111122223333", region="eu-west-1"))
    there = cdk.Stack(app, "There", env=cdk.Environment(account=OTHER_ACCOUNT, region="eu-west-1"))
    bucket = s3.Bucket(there, "Bucket", bucket_name="theirs")
    table = cdk_dynamodb.Table.from_table_arn(here, "Table", TABLE_ARN)
    TableExportJob(here, "Job", table=table, destination=DataDestination.from_bucket(bucket, "out/"))

    (policy,) = Template.from_stack(there).find_resources("AWS::S3::BucketPolicy").values()
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Principal"]["AWS"]["Fn::Join"][1][-1] == ":iam::111122223333:root"
    assert sorted(statement["Action"]) == ["s3:AbortMultipartUpload", "s3:PutObject", "s3:PutObjectAcl"]
    assert statement["Resource"]["Fn::Join"][1][-1] == "/out/*"
    assert not Annotations.from_stack(here).find_warning("*", Match.string_like_regexp("policy of the bucket"))
    (job,) = Template.from_stack(here).find_resources(TYPE).values()
    assert job["Properties"]["Parameters"]["S3BucketOwner"] == OTHER_ACCOUNT


def test_a_task_gives_the_period_of_each_run(shop: Shop, stack: cdk.Stack) -> None:
    period = IncrementalExportSpecification(export_from_time="{% $states.input.from %}")
    job = table_export_job(shop, deploy_time=False, incremental_export_specification=period)
    task = job.as_jsonata_task(stack, "Task").to_state_json()

    request = stack.resolve(task)["Arguments"]["Payload"]["ResourceProperties"]
    assert request["Parameters"]["IncrementalExportSpecification"] == {"ExportFromTime": "{% $states.input.from %}"}


def test_a_table_of_another_region_is_refused(shop: Shop) -> None:
    stack = cdk.Stack(cdk.App.of(shop.stack), "Here", env=cdk.Environment(account="111122223333", region="us-east-1"))
    table = cdk_dynamodb.Table.from_table_arn(stack, "Table", TABLE_ARN)

    with pytest.raises(ValueError, match="table must be in the Region of Here/Job, us-east-1, got arn:aws:dynamo"):
        TableExportJob(stack, "Job", table=table)


def test_a_time_reaches_the_service_as_it_is(shop: Shop, parameters: Callable[[], dict[str, Any]]) -> None:
    table_export_job(shop, export_time=dt.datetime(2026, 1, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=2))))

    assert parameters()["ExportTime"] == "2026-01-01T10:00:00.000Z"


def test_the_owner_must_be_the_one_of_the_bucket(shop: Shop, stack: cdk.Stack) -> None:
    bucket = s3.Bucket.from_bucket_attributes(stack, "Theirs", bucket_name="theirs", account=OTHER_ACCOUNT)
    destination = DataDestination.from_bucket(bucket, "out/")

    with pytest.raises(ValueError, match=f"s3_bucket_owner must be the account of the bucket, {OTHER_ACCOUNT}, got"):
        table_export_job(shop, destination=destination, s3_bucket_owner="777788889999")
