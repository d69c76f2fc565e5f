"""The actions on keys that the guides of S3 and of the services require."""

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms

from cdk_data_jobs._access import access_rules

GET, PUT = "s3:GetObject", "s3:PutObject"
DECRYPT, GENERATE = "kms:Decrypt", "kms:GenerateDataKey"


@pytest.mark.parametrize(
    ("direction", "name", "objects", "keys"),
    [
        (access_rules.READ, "Read", (GET,), (DECRYPT,)),
        (access_rules.WRITE, "Write", (PUT,), (GENERATE, DECRYPT)),
        (access_rules.READ_WRITE, "ReadWrite", (GET, PUT), (GENERATE, DECRYPT)),
    ],
)
def test_s3_requires_what_the_direction_needs(
    stack: cdk.Stack, direction: access_rules.Direction, name: str, objects: tuple[str, ...], keys: tuple[str, ...]
) -> None:
    use = access_rules.PINPOINT.key_use(kms.Key(stack, "Key"), direction, "kms:DescribeKey")

    assert (direction.name, direction.object_actions) == (name, objects)
    assert use.role_actions == use.key_actions == (*keys, "kms:DescribeKey")


@pytest.mark.parametrize("direction", [access_rules.READ, access_rules.WRITE, access_rules.READ_WRITE])
def test_personalize_requires_the_same_in_each_direction(stack: cdk.Stack, direction: access_rules.Direction) -> None:
    use = access_rules.PERSONALIZE.key_use(kms.Key(stack, "Key"), direction, "kms:More")

    asked = (DECRYPT, GENERATE, "kms:DescribeKey", "kms:ListGrants")
    assert use.role_actions == (*asked, "kms:More")
    assert use.key_actions == (*asked, "kms:CreateGrant", "kms:More")
    assert (access_rules.PERSONALIZE.requires_service_principal, access_rules.PINPOINT.requires_service_principal) == (
        True,
        False,
    )
