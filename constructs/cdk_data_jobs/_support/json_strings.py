"""Strings of JSON with tokens in them."""

from constructs import Construct

from cdk_data_jobs._support.memo import stack_of


def to_json_string(scope: Construct, value: object) -> str:
    """Returns a value as JSON: a token if it holds tokens, and otherwise what it is, so that it can be validated.

    Args:
        scope: A construct of the stack.
        value: The value, which may hold tokens.
    """
    text = stack_of(scope).to_json_string(value)
    resolved = stack_of(scope).resolve(text)
    return resolved if isinstance(resolved, str) else text
