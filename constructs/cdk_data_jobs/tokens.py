"""What tokens stand for, as far as the app knows."""

import functools
import re
from typing import cast

from aws_cdk import Reference, Token, Tokenization
from constructs import Construct

# How CDK writes a token in a text, in a list and as a number (CDK Developer Guide, "Tokens").
_WRITTEN = re.compile(r"[$#]\{Token\[(.+?)\.\d+\]\}|-1\.888154\d*e\+289")


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


def readable(text: str) -> str:
    """Returns a text in which tokens are written for people: what they refer to in angle brackets.

    Args:
        text: The text.
    """
    return _WRITTEN.sub(lambda found: f"<{_called(found[0], found[1])}>", text)


def _called(token: str, hint: str | None) -> str:
    """Returns what a token is called, as far as its name tells, or what it refers to."""
    if hint and hint != "TOKEN":
        return hint.replace("AWS.", "AWS::")
    try:
        target = target_of(token) if token.startswith("$") else None
    except RuntimeError:  # it only looks like one
        target = None
    return target.node.path if isinstance(target, Construct) else "a value that is not known yet"
