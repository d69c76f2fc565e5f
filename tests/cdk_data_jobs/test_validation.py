"""Arguments: which values are valid, and the messages for those that are not."""

from types import SimpleNamespace

import pytest
from aws_cdk import CfnParameter, Duration, Stack, Token

from cdk_data_jobs._support import validation
from cdk_data_jobs._support.validation import ValidationError


@pytest.mark.parametrize(
    ("timeout", "message"),
    [
        (Duration.seconds(59), r"timeout must be 1 minute to 7 days, got 59 seconds"),
        (Duration.millis(59_999), r"timeout must be 1 minute to 7 days, got 59 seconds 999 millis"),
        (Duration.millis(90_500), r"timeout must be in whole seconds, got 1 minute 30 seconds"),
        (Duration.hours(169), r"got 7 days 1 hour; use wait_for_completion=False"),
        (300, r"timeout must be an aws_cdk.Duration, got int 300; use Duration.minutes"),
    ],
)
def test_a_timeout_out_of_range_is_refused(timeout: Duration, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        validation.validate_timeout(timeout, Duration.days(7))


@pytest.mark.parametrize("minutes", [1, 7 * 24 * 60])
def test_the_ends_of_the_range_pass(minutes: int) -> None:
    validation.validate_timeout(Duration.minutes(minutes), Duration.days(7))


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("", r"ends in '/', got an empty string"),
        ("/users.csv", r"after the bucket's name and its '/', got '/users.csv'"),
        ("s3://data/users.csv", r"the part of the location after the bucket's name"),
        ("users/*.csv", r"must not have '\*'.*got 'users/\*.csv'$"),
        ("users/${aws:username}/", r"wildcards in the policies"),
        (None, r"must be a string, got NoneType"),
    ],
)
def test_keys_that_are_none_are_refused(key: str, message: str) -> None:
    with pytest.raises(ValidationError, match=f"^key_or_prefix must .*{message.removeprefix('must ')}"):
        validation.validate_object_key(key, "key_or_prefix")


def test_a_prefix_ends_in_a_slash() -> None:
    validation.validate_prefix("out/", "prefix")

    with pytest.raises(ValidationError, match="prefix must be a folder and end in '/', got 'out'"):
        validation.validate_prefix("out", "prefix")


ALIAS = "arn:aws:kms:eu-west-1:111122223333:alias/data"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1"


@pytest.mark.parametrize(
    ("key", "got"),
    [
        (SimpleNamespace(key_arn=ALIAS), "an alias"),
        (SimpleNamespace(key_arn=KEY, alias_name="alias/data"), "an alias"),
        (SimpleNamespace(key_arn="1234"), "'1234'"),
        (SimpleNamespace(key_arn="arn:aws:s3:::key"), "'arn:aws:s3:::key'"),
    ],
)
def test_a_key_is_told_by_its_own_arn(key: object, got: str) -> None:
    validation.validate_kms_key(SimpleNamespace(key_arn=KEY))

    with pytest.raises(ValidationError) as refused:
        validation.validate_kms_key(key)
    assert str(refused.value) == (
        "encryption_key must be a key and not an alias, because services take only the ARN of a key, got "
        f"{got}; use aws_kms.Key.from_key_arn(...)"
    )


def test_a_key_is_no_string() -> None:
    with pytest.raises(ValidationError, match=r"got str '.*'; use aws_kms.Key.from_key_arn\(...\) for an existing one"):
        validation.validate_kms_key(KEY)


@pytest.mark.parametrize(("value", "message"), [(0, "at least 1, got int 0"), ("2", "got str '2'"), (True, "got")])
def test_a_count_is_a_whole_number(value: object, message: str) -> None:
    validation.validate_count(None, "num_results", minimum=1)
    validation.validate_count(Token.as_number({"Ref": "Count"}), "num_results", minimum=1)
    validation.validate_count(Token.as_any({"Ref": "Count"}), "num_results", minimum=1)
    for end in (1, 500):
        validation.validate_count(end, "num_results", minimum=1, maximum=500)

    with pytest.raises(ValidationError, match=f"num_results must be a whole number.*{message}"):
        validation.validate_count(value, "num_results", minimum=1)


@pytest.mark.parametrize(
    ("value", "told"),
    [(5, "a string, got int 5"), ("a:b", "an id of letters, digits, hyphens and underscores, got 'a:b'")],
)
def test_an_id_is_no_arn(value: str, told: str) -> None:
    validation.validate_identifier("a-b_9", "segment_id")

    with pytest.raises(ValidationError) as refused:
        validation.validate_identifier(value, "segment_id")
    assert str(refused.value) == f"segment_id must be {told}"


def test_of_other_values_the_message_has_the_type_alone() -> None:
    with pytest.raises(ValidationError, match=r"must be True or False, got list$"):
        validation.validate_flag([], "full")


def test_tokens_pass(stack: Stack) -> None:
    token = CfnParameter(stack, "Parameter").value_as_string

    validation.validate_prefix(token, "prefix")
    validation.validate_timeout(Duration.seconds(Token.as_number({"Ref": "Parameter"})), Duration.days(7))
