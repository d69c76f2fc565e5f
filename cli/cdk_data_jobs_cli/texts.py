"""How are durations, times, counts and links written?"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def duration(seconds: float | None) -> str:
    """A duration as people say it, such as `58s`, `1m 03s`, `2h 05m` or `3d 04h`; nothing if there is none."""
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


def moment(when: dt.datetime) -> str:
    """A time in UTC to the second, as ISO 8601."""
    return when.astimezone(dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def one_line(text: str) -> str:
    """A text of a service in one line, without what a terminal would take as a command."""
    return " ".join(_CONTROL.sub(" ", text).split())


def console_link(execution_arn: str) -> str:
    """The console's page of an execution; nothing in partitions whose console is not public."""
    parts = execution_arn.split(":")
    host = _CONSOLES.get(parts[1], "")
    region = parts[3]
    page = f"#/v2/executions/details/{execution_arn}"
    return f"https://{region}.{host}/states/home?region={region}{page}" if host else ""


@dataclass(frozen=True)
class Progress:
    """How far the service says that a job is, as far as it says so.

    Attributes:
        pieces: How many pieces there are.
        completed: How many of them are done.
        rows: How many rows, or entries, were worked on.
        failures: How many of them failed.
    """

    pieces: int | None = None
    completed: int | None = None
    rows: int | None = None
    failures: int | None = None

    @classmethod
    def of(cls, attributes: Mapping[str, object]) -> Progress:
        """Read the attributes of a job that count something, whatever case their service writes them in."""
        known = {re.sub("[^a-z]", "", name.lower()): value for name, value in attributes.items()}

        def count(*names: str) -> int | None:
            texts = (str(known[name]) for name in names if name in known)
            return next((int(text) for text in texts if text.isdecimal()), None)

        return cls(
            pieces=count("totalpieces"),
            completed=count("completedpieces"),
            rows=count("totalprocessed", "numdeleted", "itemcount"),
            failures=count("totalfailures"),
        )

    @property
    def fraction(self) -> float | None:
        """The share of the pieces that is done, from 0 to 1."""
        return min(1.0, (self.completed or 0) / self.pieces) if self.pieces else None

    def __str__(self) -> str:
        """In words, such as `3/8 pieces, 1,200 rows, 2 failed`."""
        words = []
        if self.pieces:
            words.append(f"{self.completed or 0:,}/{self.pieces:,} pieces")
        if self.rows is not None:
            words.append(f"{self.rows:,} rows")
        if self.failures:
            words.append(f"{self.failures:,} failed")
        return ", ".join(words)
