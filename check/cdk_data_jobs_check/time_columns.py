"""Recognizes columns of times, whatever they are called."""

from cdk_data_jobs_check.column_profile import ColumnProfile

_PLAUSIBLE = (946_684_800, 4_102_444_800)  # 2000 to 2100, in seconds
_UNITS = {"seconds": 1, "milliseconds": 10**3, "microseconds": 10**6, "nanoseconds": 10**9}


def describe_times(profile: ColumnProfile) -> str:
    """Returns what times the values of a column are; empty if they are probably none.

    Args:
        profile: The values.
    """
    if profile.is_of("local time"):
        return "times in ISO 8601" if profile.is_of("time") else "dates, or times without a time zone"
    if profile.minimum is None or profile.maximum is None or not profile.is_of("float"):
        return ""
    first, end = _PLAUSIBLE
    for unit, per_second in _UNITS.items():
        if first * per_second <= profile.minimum and profile.maximum < end * per_second:
            return f"Unix times in {unit}"
    return ""
