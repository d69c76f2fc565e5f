"""How a location in S3 is read."""

import pytest

from cdk_data_jobs_local.services.core.location import Location


@pytest.mark.parametrize(
    "key", ["", "in/", "in/a.csv", "/a.csv", "in//a.csv", "a.csv?", "a?b=c.csv", "a#b.csv", "a\tb.csv"]
)
def test_a_key_is_taken_as_it_is(key: str) -> None:
    assert Location.parse(f"s3://shop/{key}") == Location("shop", key)


def test_a_bucket_is_a_location() -> None:
    assert Location.parse("s3://shop") == Location("shop", "")
