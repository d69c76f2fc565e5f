"""What a run decides, as functions of what it knows."""

from __future__ import annotations

import contextlib
import datetime as dt
import decimal
import json
from typing import Any

from data_jobs.attributes import text
from data_jobs.cloudformation import cut

WORDS = 2400
"""Bytes of the service's words in a reason: the hint and the job's ARN keep their room."""


SECONDS, MILLISECONDS = 10**11, 10**14
"""Numbers from which a time is told in milliseconds since 1970, and from which it is no time at all."""


def pause(waited: float, *, patient: bool = False) -> int:
    """Seconds until the next look: a quick failure is told quickly, a long job costs little.

    Where no deployment is kept waiting, a week of looks must stay within the 25,000 events of an execution's history.
    """
    return int(max(5, min(600 if patient else 60, waited / 10)))


def is_going_back(stack_status: str) -> bool:
    """Whether CloudFormation undoes what it did, so that no data may be moved."""
    return "ROLLBACK" in stack_status or stack_status.startswith("DELETE")


def is_going_forward(stack_status: str) -> bool:
    """Whether CloudFormation is making what a deployment wants."""
    return stack_status in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "IMPORT_IN_PROGRESS")


def is_going_away(stack_status: str) -> bool:
    """Whether the whole stack is being deleted."""
    return stack_status in ("DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS")


def moment(value: object) -> float:
    """A time that a service tells, in seconds since 1970: as a time, a text, or seconds or milliseconds since 1970.

    Raises:
        ValueError: If it is none of these. A job whose time is not known cannot be told from one of another request.
    """
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            value = dt.datetime.fromisoformat(value.replace("Z", "+00:00"))
    if isinstance(value, dt.datetime):
        known = value if value.tzinfo else value.replace(tzinfo=dt.timezone.utc)
        return known.timestamp()
    if isinstance(value, bool) or not isinstance(value, (int, float, decimal.Decimal)) or not 0 < value < MILLISECONDS:
        raise ValueError(
            f"the creation time of a job must be a date, or seconds or milliseconds since 1970, got {value!r}"
        )
    return float(value) / (1000 if value >= SECONDS else 1)


def matches(wanted: object, found: object) -> bool:
    """Whether a description says what the parameters said, as far as it mentions them."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(matches(value, found[name]) for name, value in wanted.items() if name in found)
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(map(matches, wanted, found))
    if isinstance(found, float):  # 1.0 is sent as "1"
        try:
            return float(text(wanted)) == found
        except ValueError:
            return False
    return text(found) == text(wanted)


def mentions(wanted: object, found: object) -> bool:
    """Whether a description mentions all that the parameters said, but for what is off, none or empty anyway."""
    if isinstance(wanted, dict):
        known = found if isinstance(found, dict) else {}
        return all(mentions(value, known.get(name)) for name, value in wanted.items())
    return found is not None or wanted in ("", "false", "0", False, 0, None, [])


def explained(definition: dict[str, Any], what: str, words: str, job: str) -> str:
    """A reason: what failed, the service's words, what to do where the cause is known, and the job."""
    hint = next((hint for known, hint in definition.get("hints", {}).items() if known in words), "")
    reason = f"{definition['title']} {what}: {cut(words, WORDS)}"
    return reason + (f" What to do: {hint}." if hint else "") + (f" Job: {job}" if job else "")


def never_created(definition: dict[str, Any], why: str) -> dict[str, str]:
    """The attributes of a job that there is not: a template that reads its status learns that it failed."""
    known = {definition["status"]: definition["failed"][0], definition["reason"]: why}
    return {name: known.get(path, "") for name, path in definition["attributes"].items()}


def crash_words(crash: dict[str, str]) -> str:
    """What a step that crashed said of itself: a Lambda function's error is JSON in the `Cause`."""
    try:
        cause = json.loads(crash["Cause"])
        return f"{cause['errorType']}: {cause['errorMessage']}"
    except (ValueError, KeyError, TypeError):
        return f"{crash.get('Error')}: {crash.get('Cause')}"
