"""The function's log: a line of JSON for each event."""

from __future__ import annotations

import io
import json
import sys
from decimal import Decimal
from typing import Any

import pytest

from data_jobs.log import log


def written(monkeypatch: pytest.MonkeyPatch, **fields: Any) -> str:
    """What is in the log when the function is ended right after it has written an event."""
    output = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(output, encoding="utf-8"))
    log("an event", **fields)
    return output.getvalue().decode()


def test_an_event_is_a_line_of_json_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    line = written(monkeypatch, seconds=5, reason="two\nlines")

    assert line.count("\n") == 1
    assert json.loads(line) == {"event": "an event", "seconds": 5, "reason": "two\nlines"}


def test_a_message_can_be_searched_as_it_was_written(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "für 😀" in written(monkeypatch, reason="für 😀")


@pytest.mark.parametrize(("value", "reported"), [("half \ud800", "half ?"), (Decimal("1.5"), "1.5")])
def test_what_no_line_can_hold_is_logged_as_well_as_possible(
    monkeypatch: pytest.MonkeyPatch, value: object, reported: str
) -> None:
    assert json.loads(written(monkeypatch, reason=value))["reason"] == reported
