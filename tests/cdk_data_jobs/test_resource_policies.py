"""The policies of buckets and keys: how often they are warned of, and how large they may be."""

from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match

from cdk_data_jobs import DataSource, personalize

Declare = Callable[..., personalize.DatasetImportJob]
PERSONALIZE = iam.ServicePrincipal("personalize.amazonaws.com")


def import_with_each_role(import_job: Declare, stack: cdk.Stack, key: kms.IKey) -> None:
    source = DataSource.from_bucket(s3.Bucket(stack, "Encrypted", encryption_key=key), "users/")
    roles = [None, None, *(iam.Role(stack, f"Role{number}", assumed_by=PERSONALIZE) for number in range(2))]
    for number, role in enumerate(roles):
        import_job(f"Import{number}", source=source, role=role)


def test_a_bucket_and_a_key_of_the_app_get_no_warning(import_job: Declare, stack: cdk.Stack) -> None:
    import_with_each_role(import_job, stack, kms.Key(stack, "Key"))

    Annotations.from_stack(stack).has_no_warning("*", Match.any_value())


def test_a_key_of_another_app_gets_one_warning_for_all_roles_that_it_cannot_name(
    import_job: Declare, stack: cdk.Stack
) -> None:
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:eu-west-1:111122223333:key/1")
    import_with_each_role(import_job, stack, key)

    warnings = Annotations.from_stack(stack).find_warning("*", Match.any_value())
    assert [warning.id for warning in warnings] == ["/Shop/Import0"]
    assert str(warnings[0].entry.data).startswith(f"the policy of the key {key.key_arn} cannot be changed")


def test_a_bucket_policy_that_s3_would_refuse_stops_the_synthesis(
    import_job: Declare, bucket: s3.Bucket, app: cdk.App
) -> None:
    theirs = iam.PolicyStatement(
        sid="x" * 20_480, actions=["s3:GetObject"], resources=["*"], principals=[iam.ServicePrincipal("s3")]
    )
    bucket.add_to_resource_policy(theirs)
    import_job()

    with pytest.raises(RuntimeError, match=r"a bucket's policy must have at most 20480 characters, got about \d+; use"):
        app.synth()
