"""A job's parameters are compared with the service's description."""

from __future__ import annotations

from typing import Any

import pytest

from data_jobs.matching import matches, mentions_all


@pytest.mark.parametrize(
    ("wanted", "found", "all_"),
    [
        ({"a": "1", "b": "2"}, {"a": 1, "b": 2}, True),
        ({"a": "1", "b": "2"}, {"a": 1}, False),
        ({"a": "1"}, {}, False),
        ({"a": "1"}, None, False),
        ({"a": {"b": "1", "c": "false"}}, {"a": {"b": 1}}, True),
        ({"a": {"b": "1"}}, {"a": {}}, False),
        ({"a": {"b": "1"}}, {"a": None}, False),
        ({"a": ["1"]}, {}, False),
        ({"a": [], "b": "", "c": "0", "d": "false"}, {}, True),
        ({}, {}, True),
    ],
)
def test_what_is_found_must_mention_what_distinguishes_it(wanted: Any, found: Any, *, all_: bool) -> None:
    assert mentions_all(wanted, found) is all_


@pytest.mark.parametrize("value", ["false", False, "0", 0, "", None, []], ids=repr)
def test_what_is_off_none_or_empty_need_not_be_mentioned(value: object) -> None:
    assert mentions_all({"a": value}, {})


@pytest.mark.parametrize("value", ["true", True, "1", 1, "no"], ids=repr)
def test_what_is_on_must_be_mentioned(value: object) -> None:
    assert not mentions_all({"a": value}, {})


@pytest.mark.parametrize(
    ("wanted", "found", "same"),
    [
        (["1", "2"], [1, 2], True),
        (["1", "2"], [1, 3], False),
        (["1"], [1, 2], False),
        (["1", "2"], [1], False),
        ([], [], True),
        ("1", ["1"], False),
        (["1"], "1", False),
        ({"a": ["true"]}, {"a": [True]}, True),
        ("1", 1.0, True),
        ("1.5", 1.5, True),
        ("2", 1.0, False),
        ("one", 1.0, False),
        ("", 1.0, False),
    ],
)
def test_a_description_says_what_was_requested_in_other_types(wanted: Any, found: Any, *, same: bool) -> None:
    assert matches(wanted, found) is same
