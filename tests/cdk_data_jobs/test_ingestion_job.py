"""Ingestions into knowledge bases: what the service is told, and what the knowledge base's role may read."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrock as cdk_bedrock
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match
from catalogue.bedrock_kinds import ingestion_job, ingestion_job_with_all_options
from catalogue.shop import Shop

Resources = Callable[..., dict[str, Any]]
SOURCE = cdk_bedrock.CfnDataSource


def data_source(stack: cdk.Stack, **configuration: Any) -> cdk_bedrock.CfnDataSource:
    return SOURCE(
        stack,
        "Source",
        name="documents",
        knowledge_base_id="KB12345678",
        data_source_configuration=SOURCE.DataSourceConfigurationProperty(**configuration),
    )


def of_bucket(stack: cdk.Stack, arn: str) -> cdk_bedrock.CfnDataSource:
    location = SOURCE.S3DataSourceConfigurationProperty(bucket_arn=arn)
    return data_source(stack, type="S3", s3_configuration=location)


def statements(resources: Resources, stack: cdk.Stack) -> list[dict[str, Any]]:
    """Returns the statements of the policy of the knowledge base's role."""
    [policy] = [
        one for one in resources(stack, "AWS::IAM::Policy").values() if "Theirs" in str(one["Properties"]["Roles"])
    ]
    found: list[dict[str, Any]] = policy["Properties"]["PolicyDocument"]["Statement"]
    return found


@pytest.fixture
def role(stack: cdk.Stack) -> iam.Role:
    return iam.Role(stack, "Theirs", assumed_by=iam.ServicePrincipal("bedrock.amazonaws.com"))


def test_the_role_may_read_the_prefixes_and_use_the_key(shop: Shop, stack: cdk.Stack, resources: Resources) -> None:
    ingestion_job_with_all_options(shop)

    by_action = {str(one["Action"]): one["Resource"] for one in statements(resources, stack)}
    assert [one["Fn::Join"][1][-1] for one in by_action["s3:GetObject"]] == ["/letters/*", "/manuals/*"]
    assert {*by_action} == {"s3:GetObject", "s3:ListBucket", "kms:Decrypt"}
    (key,) = resources(stack, "AWS::KMS::Key").values()
    assert key["Properties"]["KeyPolicy"]["Statement"][-1]["Action"] == "kms:Decrypt"
    (job,) = resources(stack, "Custom::AwsBedrockIngestionJob").values()
    [policy] = [name for name, one in resources(stack, "AWS::IAM::Policy").items() if "kms:Decrypt" in str(one)]
    assert policy in job["DependsOn"]


def test_without_prefixes_the_role_may_read_the_whole_bucket_of_another_app(
    shop: Shop, stack: cdk.Stack, resources: Resources, role: iam.Role
) -> None:
    ingestion_job(shop, data_source=of_bucket(stack, "arn:aws:s3:::documents"), knowledge_base_role=role)

    [objects] = [one for one in statements(resources, stack) if one["Action"] == "s3:GetObject"]
    assert objects["Resource"] == "arn:aws:s3:::documents/*"


def test_nothing_is_granted_without_a_role(shop: Shop, stack: cdk.Stack, resources: Resources) -> None:
    ingestion_job(shop, data_source=of_bucket(stack, shop.bucket.bucket_arn))

    policies = resources(stack, "AWS::IAM::Policy").values()
    assert not any("s3:GetObject" in str(one) for one in policies)


def test_a_role_of_another_app_gets_a_warning(shop: Shop, stack: cdk.Stack) -> None:
    arn = "arn:aws:iam::444455556666:role/documents"
    role = iam.Role.from_role_arn(stack, "Imported", arn, mutable=False)
    ingestion_job(shop, data_source=of_bucket(stack, shop.bucket.bucket_arn), knowledge_base_role=role)

    [warning] = Annotations.from_stack(stack).find_warning("*", Match.any_value())
    assert str(warning.entry.data).startswith(f"the policies of the role {arn} cannot be changed from this app")


@pytest.mark.parametrize("is_web", [True, False])
def test_a_role_needs_a_data_source_whose_bucket_is_known(shop: Shop, role: iam.Role, *, is_web: bool) -> None:
    given = {"data_source": data_source(shop.stack, type="WEB")} if is_web else {}

    with pytest.raises(
        ValueError, match=r"^knowledge_base_role needs a data_source of the app that reads a bucket, so that it"
    ):
        ingestion_job(shop, knowledge_base_role=role, **given)


def test_the_service_gets_the_ids_of_the_data_source(shop: Shop, stack: cdk.Stack, resources: Resources) -> None:
    bucket = s3.Bucket(stack, "B")
    ingestion_job(shop, data_source=of_bucket(stack, bucket.bucket_arn), max_failures=2)

    (job,) = resources(stack, "Custom::AwsBedrockIngestionJob").values()
    separated = {"Fn::Split": ["|", {"Ref": "Source"}]}
    assert job["Properties"]["MaxFailures"] == 2
    assert job["Properties"]["Parameters"] == {
        "knowledgeBaseId": {"Fn::Select": [0, separated]},
        "dataSourceId": {"Fn::Select": [1, separated]},
    }
