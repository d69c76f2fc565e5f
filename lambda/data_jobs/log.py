"""The function's log: one JSON line an event."""

from __future__ import annotations

import json


def log(event: str, **fields: object) -> None:
    """Write one event. Callers name each field, so that no request goes in whole: its ResponseURL is a secret."""
    line = json.dumps({"event": event, **fields}, default=str, ensure_ascii=False)
    # JSON can hold half a character, which no output can.
    print(line.encode("utf-8", "replace").decode(), flush=True)  # noqa: T201
