"""Tells what is no email address, and what is one of a kind that causes trouble.

Sources: RFC 5321 (lengths) and RFC 5322 (form); the API v2 Reference of Amazon SES, Destination (ASCII).
"""

import re

_ADDRESS = re.compile(r'(?:[^\s@<>()\[\],;:\\"]+|"[^"\\\r\n]+")@[^\s@<>()\[\],;:\\"]+')
_MAX_LENGTH, _MAX_LOCAL_LENGTH = 254, 64


def is_address(value: str) -> bool:
    """Returns whether a text is an email address: one `@` between a name and a domain, and nothing around them.

    Args:
        value: The text.
    """
    return _ADDRESS.fullmatch(value) is not None and value.isprintable()


def oddity_of(address: str) -> str:
    """Returns what is odd about an address, as in "that has no dot in its domain"; empty if nothing is.

    Args:
        address: An email address.
    """
    local, _, domain = address.rpartition("@")
    if not address.isascii():
        return "that is not in ASCII"
    if len(address) > _MAX_LENGTH or len(local) > _MAX_LOCAL_LENGTH:
        return f"with more than {_MAX_LENGTH} characters, or {_MAX_LOCAL_LENGTH} before the @"
    if any(not part for part in (*local.split("."), *domain.split("."))):
        return "with a dot too many"
    return "" if "." in domain else "that has no dot in its domain"
