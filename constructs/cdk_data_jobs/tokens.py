"""What tokens stand for, as far as the app knows."""

from typing import cast

from aws_cdk import Reference, Token, Tokenization


def target_of(value: str) -> object:
    """Returns the construct that a token refers to; none if the value is another token, or none.

    Args:
        value: The value.
    """
    reference = Tokenization.reverse_complete_string(value)
    return cast("Reference", reference).target if Reference.is_reference(reference) else None


def ends_in_token(text: str) -> bool:
    """Returns whether nobody knows yet how a text ends.

    Args:
        text: The text.
    """
    return text.endswith("}") and Token.is_unresolved(text[text.rfind("${") :])
