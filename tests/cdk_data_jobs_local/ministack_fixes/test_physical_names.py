"""The names that CloudFormation in the offline AWS gives to resources without one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import AccountBuilder

TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [TRUST]}}}


def role_name(builder: AccountBuilder, logical_id: str) -> str:
    stack = builder.deploy("stack", {"Resources": {logical_id: ROLE}})
    found = builder.aws.client("cloudformation").describe_stack_resource(
        StackName=stack["StackId"], LogicalResourceId=logical_id
    )
    return str(found["StackResourceDetail"]["PhysicalResourceId"])


def test_a_name_that_is_cut_off_keeps_the_hyphen_before_its_random_part(builder: AccountBuilder) -> None:
    name = role_name(builder, "Role" * 20)

    assert len(name) == 64
    assert re.fullmatch(rf"{builder.name('stack')}-(Role)*R?o?l?-[0-9A-F]{{13}}", name)


def test_a_short_name_is_whole(builder: AccountBuilder) -> None:
    assert re.fullmatch(rf"{builder.name('stack')}-Role-[0-9A-F]{{13}}", role_name(builder, "Role"))
