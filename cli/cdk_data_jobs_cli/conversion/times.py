"""Converts times to seconds since 1970."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from cdk_data_jobs_check.findings import Violation, excerpt
from cdk_data_jobs_check.number_patterns import MIN_MILLISECONDS_DIGITS
from cdk_data_jobs_check.spellings import ISO_TIME
from cdk_data_jobs_cli.conversion.integers import to_integer
from cdk_data_jobs_cli.conversion.outcome import Outcome, Problem, error, warning

_MILLISECONDS = re.compile(rf"-?[0-9]{{{MIN_MILLISECONDS_DIGITS},14}}")


@dataclass(frozen=True, kw_only=True)
class TimeOptions:
    """What times mean cannot be seen in them.

    Attributes:
        milliseconds: Whether times that are numbers are in milliseconds.
        zone: The time zone of times in ISO 8601 without one; None if these are errors.
    """

    milliseconds: bool = False
    zone: dt.tzinfo | None = None


def to_seconds(name: str, value: str, options: TimeOptions) -> Outcome:
    """Returns what becomes of a time; one that is neither in ISO 8601 nor a number is unchanged.

    Args:
        name: The column's name.
        value: The value.
        options: What times mean.
    """
    whole = to_integer(name, value)
    if whole.problem and whole.value == value:
        return whole
    if options.milliseconds and _MILLISECONDS.fullmatch(whole.value):
        return Outcome(str(int(whole.value) // 1000), ("milliseconds",), whole.problem)
    if match := ISO_TIME.fullmatch(value):
        return _iso_time(name, value, match, options.zone)
    if options.milliseconds:
        message = f"{name} must be a Unix time in milliseconds with --milliseconds, got {excerpt(value)}"
        return _invalid(value, message, "leave the option out if times are in seconds")
    return whole


def _iso_time(name: str, value: str, match: re.Match[str], default: dt.tzinfo | None) -> Outcome:
    date, time, zone = match.groups()
    if not zone and not default:
        message = f"{name} must be a Unix time in seconds, or have a time zone, got {excerpt(value)}"
        hint = "export it with its time zone, such as 2025-01-01T00:00:00Z, or give it, such as --time-zone UTC"
        return _invalid(value, message, hint)
    try:
        local = dt.datetime.fromisoformat(f"{date}T{time or '00:00'}")
        moment = local.replace(tzinfo=_offset(zone) if zone else default)
        seconds = int(moment.timestamp())
    except (ValueError, OverflowError) as failure:
        return _invalid(value, f"{name} must be a time, got {excerpt(value)}: {failure}", "correct it")
    return Outcome(str(seconds), ("iso-time",), _ambiguity(name, value, moment))


def _offset(zone: str) -> dt.tzinfo:
    if zone in ("Z", "UTC"):
        return dt.timezone.utc
    digits = zone[1:].replace(":", "").ljust(4, "0")
    offset = dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return dt.timezone(-offset if zone.startswith("-") else offset)


def _ambiguity(name: str, value: str, moment: dt.datetime) -> Problem | None:
    """Returns a warning of a time at which the clocks are put back, and is there twice, or forward, and is not."""
    if moment.utcoffset() == moment.replace(fold=1).utcoffset():
        return None
    message = f"{name} has {excerpt(value)}, at which the clocks of the time zone change; the time before is taken"
    return warning("ambiguous-time", f"{message}; export it with its offset")


def _invalid(value: str, message: str, hint: str) -> Outcome:
    return Outcome(value, problem=error(Violation("timestamp", message, hint)))
