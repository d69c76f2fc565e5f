"""What tokens stand for, as far as the app knows."""

import functools
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


@functools.lru_cache
def is_unresolved(text: str) -> bool:
    """Returns whether a text is a token, or holds one, so that its value is not known yet.

    Args:
        text: The text.
    """
    # A token in a text is written ${Token[...]} (CDK Developer Guide, "Tokens"); only then is CDK asked.
    return "${" in text and Token.is_unresolved(text)


def ends_in_token(text: str) -> bool:
    """Returns whether nobody knows yet how a text ends.

    Args:
        text: The text.
    """
    return text.endswith("}") and is_unresolved(text[text.rfind("${") :])
