"""The times at which a schedule of EventBridge Scheduler invokes its target.

By the guide's page on schedule types: `at()` and `cron()` are local times of the schedule's time zone; a local time
that the clocks skip in spring is left out, and one that comes twice in autumn counts once. `rate()` starts at the start
date, or at once, and counts hours that pass. MiniStack 1.5.33 reads the expressions, but only in UTC.
"""

# ruff: noqa: SLF001  (what ministack does not document)

import math
import re
import zoneinfo
from datetime import datetime, timezone
from typing import Any

from ministack.services import eventbridge, scheduler

_INSTANT = 0.001


def check(schedule: dict[str, Any]) -> None:
    """Checks that a schedule's expression and time zone can be read.

    Args:
        schedule: The schedule, as CreateSchedule takes it.

    Raises:
        ValueError: They cannot; the message is the service's.
    """
    try:
        zone = zoneinfo.ZoneInfo(schedule.get("ScheduleExpressionTimezone") or "UTC")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"Invalid ScheduleExpressionTimezone {schedule['ScheduleExpressionTimezone']}.") from error
    expression = schedule["ScheduleExpression"]
    readable = _at(expression, zone), eventbridge._parse_rate_seconds(expression), _cron_fields(expression)
    if not any(readable):
        raise ValueError(f"Invalid Schedule Expression {expression}.")


def first_time(schedule: dict[str, Any]) -> float | None:
    """Returns when a schedule invokes its target first after it was made or changed, in Unix seconds.

    Args:
        schedule: The schedule's record. A one-time schedule whose time has passed is due at once.

    Returns:
        None if it never does.
    """
    changed: float = schedule["LastModificationDate"]
    time = _at(schedule["ScheduleExpression"], _zone(schedule))
    if time is not None:
        return max(time, changed)
    # A time that is just now counts.
    return next_time(schedule, max(changed, _start(schedule)) - _INSTANT)


def next_time(schedule: dict[str, Any], after: float) -> float | None:
    """Returns when a schedule invokes its target next, in Unix seconds.

    Args:
        schedule: The schedule's record.
        after: The time after which.

    Returns:
        None if it does not any more.
    """
    expression, zone = schedule["ScheduleExpression"], _zone(schedule)
    interval = eventbridge._parse_rate_seconds(expression)
    if _at(expression, zone) is not None:
        return None
    if interval:
        start = _start(schedule) or schedule["CreationDate"]
        found: float | None = start + max(0, math.floor((after - start) / interval) + 1) * interval
    else:
        found = _next_cron(_cron_fields(expression), zone, after)
    end = scheduler._to_epoch(schedule.get("EndDate"))
    return None if found is None or (end is not None and found >= end) else found


def _zone(schedule: dict[str, Any]) -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo(schedule.get("ScheduleExpressionTimezone") or "UTC")


def _start(schedule: dict[str, Any]) -> float:
    start: float | None = scheduler._to_epoch(schedule.get("StartDate"))
    return start or 0.0


def _at(expression: str, zone: zoneinfo.ZoneInfo) -> float | None:
    match = re.fullmatch(r"at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)", expression)
    try:
        return datetime.fromisoformat(match[1]).replace(tzinfo=zone).timestamp() if match else None
    except ValueError:
        return None


def _cron_fields(expression: str) -> tuple[Any, ...] | None:
    fields: tuple[Any, ...] | None = eventbridge._parse_cron_fields(expression)
    return fields


def _next_cron(fields: tuple[Any, ...] | None, zone: zoneinfo.ZoneInfo, after: float) -> float | None:
    # MiniStack counts in wall-clock time, which it takes for UTC.
    wall = datetime.fromtimestamp(after, zone).replace(tzinfo=timezone.utc, fold=0)
    while (found := eventbridge._cron_next_fire(fields, wall)) is not None:
        time: float = found.replace(tzinfo=zone).timestamp()
        exists = datetime.fromtimestamp(time, zone).replace(tzinfo=timezone.utc) == found
        if exists and time > after:
            return time
        wall = found
    return None
