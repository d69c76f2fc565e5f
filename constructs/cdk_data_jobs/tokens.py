"""What tokens stand for, as far as the app knows."""

from typing import cast

from aws_cdk import Reference, Token, Tokenization


def target_of(value: str) -> object:
    """Returns the construct that a token refers to; none if the value is another token, none, or more than a token.

    Args:
        value: The value.
    """
    parts = Tokenization.reverse_string(value)
    reference = parts.first_token if parts.length == 1 else None
    return cast("Reference", reference).target if reference and Reference.is_reference(reference) else None


def ends_in_token(text: str) -> bool:
    """Returns whether nobody knows yet how a text ends.

    Args:
        text: The text.
    """
    return text.endswith("}") and Token.is_unresolved(text[text.rfind("${") :])
