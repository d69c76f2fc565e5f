"""Writes the function's log: one line of JSON for each event.

In the names of events, an `answer` is a response, an `arrival` an uploaded file, and a `note` a marker object.
"""

import json


def log(event: str, **fields: object) -> None:
    """Writes one event. Callers must not log whole requests: the ResponseURL is a secret."""
    line = json.dumps({"event": event, **fields}, default=str, ensure_ascii=False)
    # JSON can hold a lone surrogate, which cannot be written as UTF-8.
    print(line.encode("utf-8", "replace").decode(), flush=True)  # noqa: T201
