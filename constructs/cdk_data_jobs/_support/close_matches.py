"""Lists of names in messages, in which those come first that are most like the one that was got."""

import difflib
from collections.abc import Iterable

_MAX_LISTED = 12


def listed(names: Iterable[str], like: str = "") -> str:
    """Returns names for a message, at most twelve.

    Args:
        names: The names.
        like: What was got instead; names like it come first.
    """
    known = sorted(names)
    ordered = [*dict.fromkeys([*_close(known, like), *known])]
    rest = len(ordered) - _MAX_LISTED
    return ", ".join(ordered[:_MAX_LISTED]) + (f" and {rest} more" if rest > 0 else "")


def did_you_mean(names: Iterable[str], like: str) -> str:
    """Returns a question for a message, e.g. ` (did you mean 'sesv2'?)`; empty if no name is like the one that was got.

    Args:
        names: The names.
        like: What was got instead.
    """
    close = _close(sorted(names), like)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _close(names: Iterable[str], like: str) -> list[str]:
    """Returns the names that are most like another one, the closest first."""
    by_lower_case = {name.lower(): name for name in names}
    return [by_lower_case[name] for name in difflib.get_close_matches(like.lower(), by_lower_case)]
