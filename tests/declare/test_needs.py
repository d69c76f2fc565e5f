"""What the guides of S3 and of the services say that a job needs of keys."""

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms

from cdk_data_jobs import needs

GET, PUT = "s3:GetObject", "s3:PutObject"
DECRYPT, GENERATE = "kms:Decrypt", "kms:GenerateDataKey"


@pytest.mark.parametrize(
    ("direction", "name", "objects", "keys"),
    [
        (needs.READ, "Read", (GET,), (DECRYPT,)),
        (needs.WRITE, "Write", (PUT,), (GENERATE, DECRYPT)),
        (needs.READ_WRITE, "ReadWrite", (GET, PUT), (GENERATE, DECRYPT)),
    ],
)
def test_s3_asks_for_what_the_direction_needs(
    stack: cdk.Stack, direction: needs.Direction, name: str, objects: tuple[str, ...], keys: tuple[str, ...]
) -> None:
    use = needs.PINPOINT.use(kms.Key(stack, "Key"), direction, "kms:DescribeKey")

    assert (direction.name, direction.object_actions) == (name, objects)
    assert use.role_actions == use.key_actions == (*keys, "kms:DescribeKey")


@pytest.mark.parametrize("direction", [needs.READ, needs.WRITE, needs.READ_WRITE])
def test_personalize_asks_for_the_same_in_each_direction(stack: cdk.Stack, direction: needs.Direction) -> None:
    use = needs.PERSONALIZE.use(kms.Key(stack, "Key"), direction, "kms:More")

    asked = (DECRYPT, GENERATE, "kms:DescribeKey", "kms:ListGrants")
    assert use.role_actions == (*asked, "kms:More")
    assert use.key_actions == (*asked, "kms:CreateGrant", "kms:More")
    assert (needs.PERSONALIZE.names_service, needs.PINPOINT.names_service) == (True, False)
