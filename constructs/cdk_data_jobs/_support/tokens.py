"""Tokens: whether a value holds one, and what it refers to, as far as the app knows."""

import functools
import math
import re
from collections.abc import Mapping
from typing import cast

from aws_cdk import Reference, Token, Tokenization
from constructs import Construct

PLACEHOLDER = r"[$#]\{Token\[(?P<hint>.+?)\.\d+\]\}"
"""The pattern of what CDK writes for a token in a string or a list (CDK Developer Guide, "Tokens")."""

_TOKEN_OR_NUMBER = re.compile(rf"{PLACEHOLDER}|-1\.888154\d*e\+289")


def target_of(value: str) -> object:
    """Returns the construct that a value refers to; None unless the value is a single token, and that a reference.

    Args:
        value: The value.
    """
    parts = Tokenization.reverse_string(value)
    reference = parts.first_token if parts.length == 1 else None
    return cast("Reference", reference).target if reference and Reference.is_reference(reference) else None


def is_unresolved(value: object) -> bool:
    """Returns whether a value is a token, a string that holds one, or JSONata, so that it is not known yet.

    Args:
        value: The value, of any type.
    """
    # A token in a string is written ${Token[...]} (CDK Developer Guide, "Tokens"); only then is CDK called.
    if isinstance(value, str):
        return is_jsonata(value) or ("${" in value and _holds_token(value))
    if isinstance(value, float):
        return math.isfinite(value) and Token.is_unresolved(value)  # JSON, which CDK is called with, has no infinity
    # Stacks, and classes that are not CDK's, may have a method of this name, too.
    is_of_cdk = hasattr(type(value), "__jsii_type__") or hasattr(type(value), "__jsii_ifaces__")
    return is_of_cdk and hasattr(type(value), "resolve") and not isinstance(value, Construct)


def is_jsonata(value: object) -> bool:
    """Returns whether a value is an expression of JSONata (Step Functions Developer Guide, "Transforming data").

    Args:
        value: The value, of any type.
    """
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}")


def jsonata_in(value: object) -> str | None:
    """Returns an expression of JSONata that a value is or holds, at any depth; None if there is none.

    Args:
        value: The value, any JSON with tokens.
    """
    if isinstance(value, Mapping):
        value = [*value.values()]
    if isinstance(value, list | tuple):
        return next(filter(None, map(jsonata_in, value)), None)
    return cast("str", value) if is_jsonata(value) else None


def holds_tokens(value: object) -> bool:
    """Returns whether a value is or holds a token, at any depth.

    Args:
        value: The value, any JSON with tokens.
    """
    if isinstance(value, Mapping):
        return any(holds_tokens(part) for part in (*value, *value.values()))
    if isinstance(value, list | tuple):
        return any(map(holds_tokens, value))
    return "{Token[" in value if isinstance(value, str) else is_unresolved(value)


def is_intrinsic_function(value: object) -> bool:
    """Returns whether a value is a function of CloudFormation, written as in a template.

    Args:
        value: The value, of any type.
    """
    if not isinstance(value, Mapping) or len(value) != 1:
        return False
    name = next(iter(value))
    return isinstance(name, str) and (name == "Ref" or name.startswith("Fn::"))


@functools.lru_cache
def _holds_token(value: str) -> bool:
    return Token.is_unresolved(value)


def ends_in_token(value: str) -> bool:
    """Returns whether a string ends in a token, so that its last characters are not known yet.

    Args:
        value: The string.
    """
    return value.endswith("}") and is_unresolved(value[value.rfind("${") :])


def with_readable_tokens(message: str) -> str:
    """Returns a message in which each token is replaced by what it refers to, in angle brackets.

    It is for errors, which are raised while the app is still declared and where often no stack is at hand, so that a
    token cannot be resolved. Warnings can resolve theirs: they write them as the template does (`synthesis_warnings`).

    Args:
        message: The message.
    """
    return _TOKEN_OR_NUMBER.sub(lambda found: f"<{_referent(found[0], found['hint'])}>", message)


def _referent(token: str, hint: str | None) -> str:
    """Returns what a token refers to: the hint in it, or else the path of a construct."""
    if hint and hint != "TOKEN":
        return hint.replace("AWS.", "AWS::")
    try:
        target = target_of(token) if token.startswith("$") else None
    except RuntimeError:  # it only looks like one
        target = None
    return target.node.path if isinstance(target, Construct) else "a value that is not known yet"
