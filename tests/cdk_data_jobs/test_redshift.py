"""Statements of Amazon Redshift: parameters, and what the function may do to connect."""

import re
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import jmespath
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_redshiftserverless as serverless
from aws_cdk import aws_secretsmanager as secretsmanager
from catalogue.run_jobs import run_statement
from catalogue.shop import Shop

from cdk_data_jobs import DataJobRunner
from cdk_data_jobs._support.validation import ValidationError
from cdk_data_jobs.redshift import Statement, Workgroup
from cdk_data_jobs.redshift._definitions import BATCH as BATCH_STATEMENTS

TYPE = "Custom::AwsRedshiftStatement"
EXECUTE, BATCH = "redshift-data:ExecuteStatement", "redshift-data:BatchExecuteStatement"
Resources = Callable[..., dict[str, Any]]
Statements = Callable[[], dict[str, Any]]


@pytest.fixture
def workgroup(stack: cdk.Stack) -> Workgroup:
    return Workgroup.from_workgroup_name(stack, "Workgroup", "analysts")


def properties(stack: cdk.Stack, resources: Resources) -> dict[str, Any]:
    (job,) = resources(stack, TYPE).values()
    return dict(job["Properties"])


def end(arn: Any) -> str:
    return str(arn["Fn::Join"][1][-1])


def test_what_has_its_default_is_left_out(shop: Shop, stack: cdk.Stack, resources: Resources) -> None:
    run_statement(shop)

    assert properties(stack, resources)["Parameters"] == {
        "ClusterIdentifier": "shop",
        "Database": "dev",
        "Sql": "REFRESH MATERIALIZED VIEW totals",
    }


def test_on_a_cluster_the_function_connects_as_its_role(shop: Shop, own_statements: Statements) -> None:
    run_statement(shop)

    statements = own_statements()
    assert set(statements) == {EXECUTE, "redshift-data:DescribeStatement", "redshift:GetClusterCredentialsWithIAM"}
    assert end(statements[EXECUTE]) == ":cluster:shop"
    assert end(statements["redshift:GetClusterCredentialsWithIAM"]) == ":dbname:shop/dev"


def test_it_may_connect_as_a_user_of_the_database(shop: Shop, own_statements: Statements) -> None:
    run_statement(shop, db_user="loader")

    statements = own_statements()
    assert set(statements) == {EXECUTE, "redshift-data:DescribeStatement", "redshift:GetClusterCredentials"}
    assert {end(arn) for arn in statements["redshift:GetClusterCredentials"]} == {
        ":dbname:shop/dev",
        ":dbuser:shop/loader",
    }


def test_it_may_connect_with_a_secret_and_its_key(
    shop: Shop, stack: cdk.Stack, resources: Resources, own_statements: Statements
) -> None:
    key = kms.Key(stack, "Own")
    secret = secretsmanager.Secret(stack, "Secret", encryption_key=key)
    run_statement(shop, secret=secret)

    statements = own_statements()
    assert set(statements) == {
        EXECUTE,
        "redshift-data:DescribeStatement",
        "secretsmanager:GetSecretValue",
        "kms:Decrypt",
    }
    assert statements["secretsmanager:GetSecretValue"] == stack.resolve(secret.secret_arn)
    assert statements["kms:Decrypt"] == stack.resolve(key.key_arn)
    assert properties(stack, resources)["Parameters"]["SecretArn"] == stack.resolve(secret.secret_arn)


def test_of_a_secret_that_is_known_by_name_the_last_characters_are_not_known(
    shop: Shop, stack: cdk.Stack, own_statements: Statements
) -> None:
    run_statement(shop, secret=secretsmanager.Secret.from_secret_name_v2(stack, "Secret", "redshift"))

    assert end(own_statements()["secretsmanager:GetSecretValue"]).endswith(":secret:redshift-??????")


def test_in_a_workgroup_the_function_connects_as_its_role(
    shop: Shop, workgroup: Workgroup, stack: cdk.Stack, resources: Resources, own_statements: Statements
) -> None:
    run_statement(shop, workgroup=workgroup)

    statements = own_statements()
    assert set(statements) == {EXECUTE, "redshift-data:DescribeStatement", "redshift-serverless:GetCredentials"}
    assert end(statements[EXECUTE]) == end(statements["redshift-serverless:GetCredentials"]) == ":workgroup/*"
    assert properties(stack, resources)["Parameters"]["WorkgroupName"] == "analysts"


def test_of_a_workgroup_of_the_app_the_arn_is_known(shop: Shop, stack: cdk.Stack, own_statements: Statements) -> None:
    declared = serverless.CfnWorkgroup(stack, "Declared", workgroup_name="analysts")
    run_statement(shop, workgroup=declared)

    arn = {"Fn::GetAtt": ["Declared", "Workgroup.WorkgroupArn"]}
    assert own_statements()[EXECUTE] == own_statements()["redshift-serverless:GetCredentials"] == arn


def test_several_statements_are_one_call(
    shop: Shop, stack: cdk.Stack, resources: Resources, own_statements: Statements
) -> None:
    run_statement(shop, sqls=["DELETE FROM totals", shop.write("insert.sql", "INSERT INTO totals VALUES (1)")])

    found = properties(stack, resources)
    assert found["Parameters"]["Sqls"] == ["DELETE FROM totals", "INSERT INTO totals VALUES (1)"]
    assert found["Definition"]["create"]["operation"] == "batch_execute_statement"
    assert end(own_statements()[BATCH]) == ":cluster:shop"
    assert EXECUTE not in own_statements()


def test_the_runtime_does_not_know_parameters_of_several_statements(
    shop: Shop, stack: cdk.Stack, resources: Resources
) -> None:
    options: dict[str, Any] = {"sqls": ["DELETE FROM totals WHERE year = :year"], "parameters": {"year": "2026"}}
    with pytest.raises(ValidationError, match="batch_execute_statement"):
        run_statement(shop, **options)

    run_statement(shop, "Newer", runner=DataJobRunner(stack, "Runner", layers=[shop.layer]), **options)
    assert properties(stack, resources)["Parameters"]["Parameters"] == [{"name": "year", "value": "2026"}]


def test_a_secret_of_another_region_is_refused(app: cdk.App) -> None:
    stack = cdk.Stack(app, "There", env=cdk.Environment(account="111122223333", region="us-east-1"))
    arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:redshift-a1b2c3"
    secret = secretsmanager.Secret.from_secret_complete_arn(stack, "Secret", arn)
    group = Workgroup.from_workgroup_name(stack, "Workgroup", "analysts")

    with pytest.raises(ValidationError, match="secret must be in the Region of There/Job, us-east-1, got"):
        Statement(stack, "Job", workgroup=group, database="dev", sql="SELECT 1", secret=secret)


def test_a_statement_may_be_so_long_that_a_request_can_have_it_twice(shop: Shop) -> None:
    with pytest.raises(ValidationError, match="at most 80,000 bytes") as refused:
        run_statement(shop, "First", sql="a" * 90_000)
    [size] = re.findall(r"got ([\d,]+);", str(refused.value))
    longest = "a" * (90_000 - (int(size.replace(",", "")) - 80_000))

    run_statement(shop, "Second", sql=longest)
    with pytest.raises(ValidationError, match="got 80,001;"):
        run_statement(shop, "Third", sql=f"{longest}a")


@pytest.mark.parametrize(
    ("statuses", "has_failed"),
    [(["FINISHED", "FINISHED"], False), (["FAILED", "FINISHED"], True), (["FINISHED", "ABORTED"], True), ([], False)],
)
def test_a_statement_that_failed_by_itself_fails_them_all(statuses: list[str], *, has_failed: bool) -> None:
    described = {"Status": "FINISHED", "SubStatements": [{"Status": status} for status in statuses]}

    assert BATCH_STATEMENTS.failed_if is not None
    assert bool(jmespath.search(BATCH_STATEMENTS.failed_if, described)) is has_failed
    assert not jmespath.search(BATCH_STATEMENTS.failed_if, {"Status": "FINISHED"})
