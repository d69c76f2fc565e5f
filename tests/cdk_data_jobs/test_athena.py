"""Queries of Amazon Athena: parameters, and what the function may do in their name."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_athena as athena_resources
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from catalogue.run_jobs import query
from catalogue.shop import Shop

from cdk_data_jobs import DataDestination, DataSource, athena

TYPE = "Custom::AwsAthenaQuery"
Resources = Callable[..., dict[str, Any]]
Statements = Callable[[], dict[str, Any]]
WRITE = "['s3:AbortMultipartUpload', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:PutObject']"
READ_TABLES = "['glue:BatchGetPartition', 'glue:GetPartition', 'glue:GetPartitions', 'glue:GetTable', 'glue:GetTables']"


def parameters(stack: cdk.Stack, resources: Resources) -> dict[str, Any]:
    (job,) = resources(stack, TYPE).values()
    return dict(job["Properties"]["Parameters"])


def ends(arns: Any) -> set[str]:
    return {arn["Fn::Join"][1][-1] for arn in arns}


def test_what_has_its_default_is_left_out(shop: Shop, stack: cdk.Stack, resources: Resources) -> None:
    query(shop)

    assert set(parameters(stack, resources)) == {"QueryString", "ResultConfiguration", "WorkGroup"}
    assert set(parameters(stack, resources)["ResultConfiguration"]) == {"OutputLocation"}


def test_the_statement_may_be_in_a_file(shop: Shop, stack: cdk.Stack, resources: Resources) -> None:
    query(shop, query_string=shop.write("count.sql", "SELECT count(*)\nFROM größen\n"))

    assert parameters(stack, resources)["QueryString"] == "SELECT count(*)\nFROM größen\n"


def test_the_statement_may_have_tokens(shop: Shop, stack: cdk.Stack, resources: Resources) -> None:
    query(shop, query_string=f"UNLOAD (SELECT 1) TO 's3://{shop.bucket.bucket_name}/out/'")

    start, bucket, end = parameters(stack, resources)["QueryString"]["Fn::Join"][1]
    assert (start, end) == ("UNLOAD (SELECT 1) TO 's3://", "/out/'")
    assert bucket == stack.resolve(shop.bucket.bucket_name)


def test_without_a_workgroup_the_results_go_to_a_bucket_of_their_own(
    shop: Shop, stack: cdk.Stack, resources: Resources, own_statements: Statements
) -> None:
    job = athena.Query(shop.stack, "Job", query_string="SHOW DATABASES")

    assert job.bucket is not None
    assert own_statements()[WRITE]["Fn::Join"][1] == [stack.resolve(job.bucket.bucket_arn), "/results/*"]
    assert parameters(stack, resources)["WorkGroup"] == "primary"


def test_a_workgroup_may_decide_where_the_results_go(
    shop: Shop, stack: cdk.Stack, resources: Resources, own_statements: Statements
) -> None:
    group = athena_resources.CfnWorkGroup(stack, "Group", name="analysts")
    job = athena.Query(shop.stack, "Job", query_string="SHOW DATABASES", work_group=group)

    assert job.bucket is None
    assert "ResultConfiguration" not in parameters(stack, resources)
    assert not [actions for actions in own_statements() if "s3:" in actions]
    assert "Group" in str(own_statements()["['athena:StartQueryExecution', 'athena:GetQueryExecution']"])


def test_the_function_may_read_the_definitions_of_the_database_alone(shop: Shop, own_statements: Statements) -> None:
    query(shop, database="shop")

    assert ends(own_statements()["glue:GetDatabase"]) == {":catalog", ":database/default", ":database/shop"}
    assert ends(own_statements()[READ_TABLES]) == {":catalog", ":database/shop", ":table/shop/*"}


def test_the_catalog_and_the_database_are_the_same_in_any_case(shop: Shop, own_statements: Statements) -> None:
    query(shop, catalog="awsdatacatalog", database="Shop")

    assert ends(own_statements()["glue:GetDatabase"]) == {":catalog", ":database/default", ":database/shop"}
    assert ends(own_statements()[READ_TABLES]) == {":catalog", ":database/shop", ":table/shop/*"}


def test_execution_parameters_may_be_a_tuple(shop: Shop, stack: cdk.Stack, resources: Resources) -> None:
    query(shop, execution_parameters=("a", "b"))

    assert parameters(stack, resources)["ExecutionParameters"] == ["a", "b"]


def test_without_a_database_no_table_may_be_read(shop: Shop, own_statements: Statements) -> None:
    query(shop)

    assert ends(own_statements()["glue:GetDatabase"]) == {":catalog", ":database/default"}
    assert READ_TABLES not in own_statements()


def test_the_catalog_of_glue_may_be_named(
    shop: Shop, stack: cdk.Stack, resources: Resources, own_statements: Statements
) -> None:
    query(shop, catalog="AwsDataCatalog", database="shop")

    assert parameters(stack, resources)["QueryExecutionContext"] == {"Catalog": "AwsDataCatalog", "Database": "shop"}
    assert ends(own_statements()["glue:GetDatabase"]) == {":catalog", ":database/default", ":database/shop"}
    assert "athena:GetDataCatalog" not in own_statements()


def test_results_may_be_reused_for_seven_days(shop: Shop, stack: cdk.Stack, resources: Resources) -> None:
    query(shop, result_reuse_max_age=cdk.Duration.days(7))

    reuse = parameters(stack, resources)["ResultReuseConfiguration"]["ResultReuseByAgeConfiguration"]
    assert reuse == {"Enabled": True, "MaxAgeInMinutes": 10080}


def test_of_another_catalog_the_description_may_be_read(shop: Shop, own_statements: Statements) -> None:
    query(shop, catalog="orders", database="shop")

    assert own_statements()["athena:GetDataCatalog"]["Fn::Join"][1][-1] == ":datacatalog/orders"
    assert not [actions for actions in own_statements() if "glue:" in actions]


def test_the_function_may_read_the_sources_and_use_their_key(
    shop: Shop, stack: cdk.Stack, own_statements: Statements
) -> None:
    query(shop, sources=[DataSource.from_bucket(shop.encrypted, "orders/")])

    objects = own_statements()["s3:GetObject"]["Fn::Join"][1]
    assert objects == [stack.resolve(shop.encrypted.bucket_arn), "/orders/*"]
    assert own_statements()["kms:Decrypt"] == stack.resolve(shop.key.key_arn)


def test_results_may_be_encrypted_with_a_key(
    shop: Shop, stack: cdk.Stack, resources: Resources, own_statements: Statements
) -> None:
    query(shop, destination=DataDestination.from_bucket(shop.bucket, "out/", shop.key))

    encryption = parameters(stack, resources)["ResultConfiguration"]["EncryptionConfiguration"]
    key = stack.resolve(shop.key.key_arn)
    assert encryption == {"EncryptionOption": "SSE_KMS", "KmsKey": key}
    assert own_statements()["['kms:GenerateDataKey', 'kms:Decrypt']"] == key


def test_statements_are_added(shop: Shop, own_statements: Statements) -> None:
    table = "arn:aws:glue:eu-west-1:111122223333:table/shop/totals"
    query(shop, policy_statements=[iam.PolicyStatement(actions=["glue:CreateTable"], resources=[table])])

    assert own_statements()["glue:CreateTable"] == table


@pytest.mark.parametrize("option", [athena.EncryptionOption.SSE_KMS, athena.EncryptionOption.CSE_KMS])
def test_the_results_may_be_encrypted_with_a_key(
    shop: Shop, stack: cdk.Stack, resources: Resources, own_statements: Statements, option: athena.EncryptionOption
) -> None:
    query(shop, destination=DataDestination.from_bucket(shop.bucket, "out/", shop.key), encryption_option=option)

    encryption = parameters(stack, resources)["ResultConfiguration"]["EncryptionConfiguration"]
    assert encryption == {"EncryptionOption": option.value, "KmsKey": stack.resolve(shop.key.key_arn)}
    assert own_statements()["['kms:GenerateDataKey', 'kms:Decrypt']"] == stack.resolve(shop.key.key_arn)


def test_results_that_are_encrypted_by_s3_need_no_key_of_their_bucket(
    shop: Shop, stack: cdk.Stack, resources: Resources, own_statements: Statements
) -> None:
    by_s3, destination = athena.EncryptionOption.SSE_S3, DataDestination.from_bucket(shop.encrypted, "out/")
    query(shop, destination=destination, encryption_option=by_s3)

    results = parameters(stack, resources)["ResultConfiguration"]
    assert results["EncryptionConfiguration"] == {"EncryptionOption": "SSE_S3"}
    assert not [actions for actions in own_statements() if "kms:" in actions]


def test_what_athena_has_encrypted_s3_encrypts_with_the_buckets_key(shop: Shop, own_statements: Statements) -> None:
    by_athena, key = athena.EncryptionOption.CSE_KMS, kms.Key(shop.stack, "Other")
    query(shop, destination=DataDestination.from_bucket(shop.encrypted, "out/", key), encryption_option=by_athena)

    keys = [arns for actions, arns in own_statements().items() if "kms:GenerateDataKey" in actions]
    expected = [shop.stack.resolve(one.key_arn) for one in (shop.encrypted.encryption_key, key)]
    assert keys == [expected]


def test_an_access_control_list_needs_a_permission_of_its_own(shop: Shop, own_statements: Statements) -> None:
    query(shop, s3_acl_option=athena.S3AclOption.BUCKET_OWNER_FULL_CONTROL)

    assert f"{WRITE[:-1]}, 's3:PutObjectAcl']" in own_statements()


def test_a_workgroup_that_decides_on_the_place_takes_an_access_control_list(
    shop: Shop, stack: cdk.Stack, resources: Resources
) -> None:
    group = athena_resources.CfnWorkGroup.from_work_group_name(stack, "Group", "analysts")
    query(shop, destination=None, work_group=group, s3_acl_option=athena.S3AclOption.BUCKET_OWNER_FULL_CONTROL)

    acl = {"S3AclOption": "BUCKET_OWNER_FULL_CONTROL"}
    assert parameters(stack, resources)["ResultConfiguration"] == {"AclConfiguration": acl}
