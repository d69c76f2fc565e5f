"""Arguments: the values at the limits, which are valid; `test_refusals.py` has those beyond them."""

from types import SimpleNamespace

import pytest
from aws_cdk import CfnParameter, Duration, Stack, Token

from cdk_data_jobs._support import validation


@pytest.mark.parametrize("minutes", [1, 7 * 24 * 60])
def test_the_ends_of_the_range_pass(minutes: int) -> None:
    validation.validate_timeout(Duration.minutes(minutes), Duration.days(7))


def test_a_prefix_ends_in_a_slash() -> None:
    validation.validate_prefix("out/", "prefix")


def test_a_key_has_the_arn_of_a_key() -> None:
    validation.validate_kms_key(SimpleNamespace(key_arn="arn:aws:kms:eu-west-1:111122223333:key/1"))


def test_a_count_is_a_whole_number_in_the_range_or_a_token() -> None:
    for count in (None, 1, 500, Token.as_number({"Ref": "Count"}), Token.as_any({"Ref": "Count"})):
        validation.validate_count(count, "num_results", minimum=1, maximum=500)
    validation.validate_count(501, "num_results", minimum=1)


def test_an_id_has_letters_digits_hyphens_and_underscores() -> None:
    validation.validate_identifier("a-b_9", "segment_id")


def test_tokens_pass(stack: Stack) -> None:
    token = CfnParameter(stack, "Parameter").value_as_string

    validation.validate_prefix(token, "prefix")
    validation.validate_timeout(Duration.seconds(Token.as_number({"Ref": "Parameter"})), Duration.days(7))
