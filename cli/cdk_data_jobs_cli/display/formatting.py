"""Formats durations, times and messages for output."""

from __future__ import annotations

import datetime as dt
import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def duration(seconds: float | None) -> str:
    """Returns a duration such as `58s`, `1m 03s`, `2h 05m` or `3d 04h`; an empty string for none."""
    if seconds is None:
        return ""
    whole = max(0, int(seconds))
    if whole < _MINUTE:
        return f"{whole}s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}m {whole % _MINUTE:02}s"
    if whole < _DAY:
        return f"{whole // _HOUR}h {whole % _HOUR // _MINUTE:02}m"
    return f"{whole // _DAY}d {whole % _DAY // _HOUR:02}h"


def timestamp(time: dt.datetime) -> str:
    """Returns a time in UTC to the second, as ISO 8601."""
    return time.astimezone(dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def one_line(message: str) -> str:
    """Returns a message in one line, without control characters that a terminal would obey."""
    return " ".join(_CONTROL.sub(" ", message).split())
