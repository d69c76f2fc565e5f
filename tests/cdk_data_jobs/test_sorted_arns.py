"""The lists in policies: their order, and when they are filled in."""

from typing import Any, cast

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import IConstruct

from cdk_data_jobs import DataSource, pinpoint


def test_aspects_that_look_at_a_policy_see_its_resources(stack: cdk.Stack, import_job: Any, resources: Any) -> None:
    import_job()
    seen: list[Any] = []

    @jsii.implements(cdk.IAspect)
    class Looking:
        def visit(self, node: IConstruct) -> None:
            if isinstance(node, iam.Policy) and "ReadData" in node.node.path:
                seen.extend(stack.resolve(node.document)["Statement"])

    cdk.Aspects.of(stack).add(cast("cdk.IAspect", Looking()))
    resources(stack)

    assert [one["Action"] for one in seen] == ["s3:GetObject", "s3:ListBucket"]
    assert all("Resource" in one for one in seen)


def test_a_role_is_trusted_for_each_source_once_in_an_order_of_their_own(
    stack: cdk.Stack, bucket: s3.Bucket, resources: Any
) -> None:
    values = [("Shop", "shop"), ("Part", "1")]
    of_shop, again = (cdk.Fn.sub("${Shop}${Part}", dict(one)) for one in (values, reversed(values)))
    for number, name in enumerate(("def456", "abc123", "def456", of_shop, again)):
        application = pinpoint.App.from_application_id(stack, f"App{number}", name)
        source = DataSource.from_bucket(bucket, "in/")
        pinpoint.ImportJob(stack, f"Job{number}", application=application, source=source, format=pinpoint.Format.CSV)

    [role] = [one for name, one in resources(stack, "AWS::IAM::Role").items() if "ReadData" in name]
    [statement] = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    token, *known = (arn["Fn::Join"][1] for arn in statement["Condition"]["ArnLike"]["aws:SourceArn"])
    assert [arn[-1] for arn in known] == [":apps/abc123", ":apps/def456"]
    assert token[-1] == {"Fn::Sub": ["${Shop}${Part}", dict(values)]}


@pytest.mark.parametrize("meets", ["the job", "the policy"])
def test_aspects_may_declare_jobs(
    stack: cdk.Stack, import_job: Any, bucket: s3.Bucket, resources: Any, meets: str
) -> None:
    import_job()

    @jsii.implements(cdk.IAspect)
    class Declaring:
        def visit(self, node: IConstruct) -> None:
            is_met = (
                isinstance(node, s3.BucketPolicy) if meets == "the policy" else node.node.path == "Shop/ImportUsers"
            )
            if is_met and not stack.node.try_find_child("More"):
                import_job("More", source=DataSource.from_bucket(bucket, "more/"))

    cdk.Aspects.of(stack).add(cast("cdk.IAspect", Declaring()))

    [policy] = resources(stack, "AWS::S3::BucketPolicy").values()
    reading = policy["Properties"]["PolicyDocument"]["Statement"][0]
    assert {arn["Fn::Join"][1][-1] for arn in reading["Resource"]} == {"/more/*", "/users/*"}
