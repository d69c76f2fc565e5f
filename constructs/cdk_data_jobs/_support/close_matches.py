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
    by_lower_case = {name.lower(): name for name in known}
    close = [by_lower_case[name] for name in difflib.get_close_matches(like.lower(), by_lower_case)]
    ordered = [*dict.fromkeys([*close, *known])]
    rest = len(ordered) - _MAX_LISTED
    return ", ".join(ordered[:_MAX_LISTED]) + (f" and {rest} more" if rest > 0 else "")
