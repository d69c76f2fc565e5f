"""ARNs and S3 locations of Amazon Personalize: the longest ones, which are valid."""

from typing import cast

from aws_cdk import CfnParameter, Stack, Token
from aws_cdk import aws_s3 as s3

from cdk_data_jobs._storage.location import Location
from cdk_data_jobs.personalize._validation import validate_arn, validate_location


class Bucket:
    """What a location needs of a bucket."""

    def __init__(self, bucket_name: str) -> None:
        self.bucket_name = bucket_name


def location(key: str, bucket_name: str = "data") -> Location:
    return Location(cast("s3.IBucket", Bucket(bucket_name)), key, "*")


def test_a_location_may_have_256_characters() -> None:
    validate_location(location("x" * 246))


def test_of_a_bucket_whose_name_is_not_known_yet_the_shortest_name_counts() -> None:
    validate_location(location("x" * 247, Token.as_string({"Ref": "Data"})))


def test_an_arn_may_have_256_characters() -> None:
    validate_arn("arn:aws:personalize:eu-west-1:111122223333:" + "x" * 213, "dataset_arn")


def test_tokens_are_valid(stack: Stack) -> None:
    token = CfnParameter(stack, "Parameter").value_as_string

    validate_location(location(f"{token}{'-' * 256}"))
    validate_arn(token, "dataset_arn")
