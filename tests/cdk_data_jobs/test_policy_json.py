"""Policies that a person changes by hand: the statements to add, and what is written for references."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match

from cdk_data_jobs import DataSource, personalize

ACCOUNT = "111122223333"
HERE = {"account": ACCOUNT, "region": "eu-west-1"}
TO_ADD = """\
the policy of the bucket shop cannot be changed from this app, so make sure that it has these statements:
[
  {
    "Action": "s3:GetObject",
    "Effect": "Allow",
    "Principal": {
      "Service": "personalize.amazonaws.com"
    },
    "Resource": "arn:aws:s3:::shop/users/*"
  },
  {
    "Action": "s3:ListBucket",
    "Effect": "Allow",
    "Principal": {
      "Service": "personalize.amazonaws.com"
    },
    "Resource": "arn:aws:s3:::shop"
  }
] [ack: cdk-data-jobs:bucketPolicy]"""


def warning(name: str, env: dict[str, str], prefix: str = "users/") -> str:
    """What a job on a bucket that is not of the app warns of."""
    stack = cdk.Stack(cdk.App(), "Shop", env=cdk.Environment(**env))
    s3.Bucket(stack, "Other")
    personalize.DatasetImportJob(
        stack,
        "Import",
        dataset=personalize.Dataset.from_dataset_arn(stack, "Users", cdk.Fn.import_value("Users")),
        source=DataSource.from_bucket(s3.Bucket.from_bucket_name(stack, "Data", name), prefix),
    )
    (found,) = Annotations.from_stack(stack).find_warning("*", Match.any_value())
    return str(found.entry.data)


def test_statements_are_written_as_people_write_them() -> None:
    assert warning("shop", {}) == TO_ADD


NAMES: dict[str, tuple[Callable[[], Any], str]] = {
    "an account and a Region": (
        lambda: f"{cdk.Aws.ACCOUNT_ID}-{cdk.Aws.REGION}",
        "${AWS::AccountId}-${AWS::Region}",
    ),
    "a stack": (lambda: cdk.Aws.STACK_NAME, "${AWS::StackName}"),
    "a joined list": (lambda: cdk.Fn.join("-", ["a", cdk.Aws.STACK_NAME, "b"]), "a-${AWS::StackName}-b"),
    "a list that is split": (
        lambda: cdk.Fn.join("-", cdk.Fn.split(",", cdk.Aws.STACK_NAME)),
        '{"Fn::Join":["-",{"Fn::Split":[",",{"Ref":"AWS::StackName"}]}]}',
    ),
    "an attribute": (lambda: cdk.Fn.get_att("Other", "Name"), "${Other.Name}"),
    "a substitution": (
        lambda: cdk.Fn.sub("${AWS::StackName}-${!Kept}-${Other.Name}-{x}"),
        "${AWS::StackName}-${!Kept}-${Other.Name}-{x}",
    ),
    "a substitution with values": (
        lambda: cdk.Fn.sub("${Name}", {"Name": "shop"}),
        '{"Fn::Sub":["${Name}",{"Name":"shop"}]}',
    ),
    "an import": (lambda: cdk.Fn.import_value(cdk.Fn.join("", [cdk.Aws.STACK_NAME, ":a"])), "${AWS::StackName}:a"),
    "a choice": (
        lambda: cdk.Fn.select(0, cdk.Fn.split(",", cdk.Aws.STACK_NAME)),
        '{"Fn::Select":[0,{"Fn::Split":[",",{"Ref":"AWS::StackName"}]}]}',
    ),
}


@pytest.mark.parametrize(("name", "written"), NAMES.values(), ids=NAMES)
def test_a_reference_is_written_as_in_a_substitution(name: Callable[[], Any], written: str) -> None:
    text = warning(cdk.Token.as_string(name()), {})

    assert text.startswith(f"the policy of the bucket {written} cannot be changed")


@pytest.mark.parametrize(
    "name",
    [
        lambda: f"{cdk.Aws.ACCOUNT_ID}-{cdk.Aws.REGION}",
        lambda: cdk.Fn.sub("${AWS::AccountId}-${AWS::Region}"),
    ],
)
def test_what_the_stack_knows_is_written_as_its_value(name: Callable[[], Any]) -> None:
    text = warning(cdk.Token.as_string(name()), HERE)

    assert text.startswith(f"the policy of the bucket {ACCOUNT}-eu-west-1 cannot be changed")
    assert f'"Resource": "arn:aws:s3:::{ACCOUNT}-eu-west-1/users/*"' in text


@pytest.mark.parametrize(
    ("env", "partition"),
    [
        ({}, "aws"),
        (HERE, "aws"),
        ({"region": "cn-north-1"}, "aws-cn"),
        ({"region": "us-gov-west-1"}, "aws-us-gov"),
        ({"region": "mars-north-1"}, "aws"),
    ],
)
def test_the_partition_is_that_of_the_region(env: dict[str, str], partition: str) -> None:
    assert f'"Resource": "arn:{partition}:s3:::shop/users/*"' in warning("shop", env)
    assert f"bucket {partition}-shop cannot" in warning(f"{cdk.Aws.PARTITION}-shop", env)
