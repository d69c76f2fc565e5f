"""Pages of lists."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any


class TokenError(Exception):
    """The token is none that was given here, or what it stands for is gone."""


def page(
    everything: Sequence[dict[str, Any]], *, by: str, size: int, token: str | None
) -> tuple[Sequence[dict[str, Any]], str | None]:
    """Returns one page of a list.

    Args:
        everything: All that there is to list, in its order.
        by: The member by which the next page is found.
        size: The most that is on a page.
        token: What the page before gave; None for the first page.

    Returns:
        The page, and the token of the next one if there is one.

    Raises:
        TokenError: The token is not valid.
    """
    start = 0
    if token is not None:
        last = _decoded(token)
        start = next((at for at, one in enumerate(everything, start=1) if one[by] == last), -1)
        if start < 0:
            raise TokenError
    end = start + size
    more = end < len(everything)
    return everything[start:end], base64.urlsafe_b64encode(everything[end - 1][by].encode()).decode() if more else None


def _decoded(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except (binascii.Error, ValueError):
        return ""
