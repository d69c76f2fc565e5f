"""ARNs and S3 locations of Amazon Personalize: which are valid, and the messages for those that are not."""

from typing import cast

import pytest
from aws_cdk import CfnParameter, Stack, Token
from aws_cdk import aws_s3 as s3

from cdk_data_jobs._storage.location import Location
from cdk_data_jobs._support.validation import ValidationError
from cdk_data_jobs.personalize._validation import validate_arn, validate_location


class Bucket:
    """What a location needs of a bucket."""

    def __init__(self, bucket_name: str) -> None:
        self.bucket_name = bucket_name


def location(key: str, bucket_name: str = "data") -> Location:
    return Location(cast("s3.IBucket", Bucket(bucket_name)), key, "*")


def test_a_location_has_at_most_256_characters() -> None:
    validate_location(location("x" * 246))

    told = r"at most 256 characters, the bucket's name included, got 257: 's3://data/x+'; use a shorter key or prefix"
    with pytest.raises(ValidationError, match=told):
        validate_location(location("x" * 247))


def test_of_a_token_bucket_only_the_known_part_counts() -> None:
    bucket = Token.as_string({"Ref": "Data"})
    validate_location(location("x" * 247, bucket))

    with pytest.raises(ValidationError, match="got 257"):
        validate_location(location("x" * 248, bucket))


LIKE = "like arn:aws:personalize:<region>:<account>:<resource> and have at most 256 characters, got "
PERSONALIZE = "arn:aws:personalize:eu-west-1:111122223333:"


@pytest.mark.parametrize(
    ("arn", "told"),
    [
        ("users", f"{LIKE}'users'"),
        ("arn:aws:s3:::users", f"{LIKE}'arn:aws:s3:::users'"),
        (PERSONALIZE + "x" * 214, f"{LIKE}'{PERSONALIZE}{'x' * 214}'"),
        (5, "a string, got int 5"),
    ],
)
def test_arns_of_others_are_refused(arn: str, told: str) -> None:
    validate_arn(PERSONALIZE + "x" * 213, "dataset_arn")

    with pytest.raises(ValidationError) as refused:
        validate_arn(arn, "dataset_arn")
    assert str(refused.value) == f"dataset_arn must be {told}"


def test_tokens_are_valid(stack: Stack) -> None:
    token = CfnParameter(stack, "Parameter").value_as_string

    validate_location(location(f"{token}{'-' * 256}"))
    validate_arn(token, "dataset_arn")
