"""The response to CloudFormation has at most 4096 bytes, and is valid XML."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_steps import ARN

from data_jobs.cloudformation import MAX_RESPONSE_BYTES, write_response, xml_safe
from data_jobs.messages import to_json, truncate


@given(st.text(), st.text(), st.dictionaries(st.text(max_size=40), st.text(), max_size=6))
def test_a_response_always_fits(reason: str, physical_id: str, attributes: dict[str, str]) -> None:
    body = write_response(
        {"StackId": "s" * 120}, succeeded=False, reason=reason * 50, physical_id=physical_id, attributes=attributes
    )

    assert len(body) <= MAX_RESPONSE_BYTES
    assert set(json.loads(body)["Data"]) == {name.encode("utf-8", "replace").decode() for name in attributes}


@pytest.mark.parametrize("reason", ["x" * 100_000, "é" * 100_000, "😀" * 50_000, '"\\\n' * 40_000, "\x00" * 40_000])
def test_a_long_reason_is_cut_between_characters(reason: str) -> None:
    attributes = {"status": "CREATE FAILED", "failureReason": reason}
    body = write_response({}, succeeded=False, reason=reason, physical_id=ARN, attributes=attributes)

    assert MAX_RESPONSE_BYTES - 16 <= len(body) <= MAX_RESPONSE_BYTES
    assert json.loads(body)["Reason"].rstrip("…") == xml_safe(reason)[: len(json.loads(body)["Reason"]) - 1]


def test_what_xml_cannot_hold_is_not_sent() -> None:
    reported = "a\x00b\x1b[31m\ud800\uffffc\n😀"
    body = write_response({}, succeeded=False, reason=reported, physical_id=ARN, attributes={"failureReason": reported})

    assert json.loads(body)["Reason"] == "a\ufffdb\ufffd[31m\ufffd\ufffdc\n😀"
    assert json.loads(body)["Data"]["failureReason"] == json.loads(body)["Reason"]


@given(st.text(), st.integers(min_value=0, max_value=200))
def test_a_truncated_string_is_a_prefix_that_fits(text: str, size: int) -> None:
    truncated = truncate(text, size)

    assert truncated == text or len(to_json(truncated)) <= max(size, 2)
    assert truncated == text or text.startswith(truncated.removesuffix("…"))


@given(st.text(min_size=1), st.integers(min_value=-5, max_value=200))
def test_a_truncated_string_has_as_much_as_fits(text: str, size: int) -> None:
    truncated = truncate(text, size)
    longer = text[: len(truncated.removesuffix("…")) + 1]

    assert len(to_json(truncated)) <= max(size, 2)
    assert truncated == text or len(to_json(longer + "…")) > size


@pytest.mark.parametrize(("size", "truncated"), [(7, "short"), (6, "s…"), (5, ""), (0, ""), (-1, "")])
def test_what_fits_is_not_cut(size: int, truncated: str) -> None:
    assert truncate("short", size) == truncated


def test_the_ids_of_a_request_are_repeated_as_far_as_there_are_any() -> None:
    event = {"StackId": "x" * 5000, "RequestId": 5}
    reported = json.loads(write_response(event, succeeded=True, reason="", physical_id=ARN, attributes={}))

    assert (len(reported["StackId"].encode()), reported["RequestId"], reported["LogicalResourceId"]) == (510, "5", "")


def test_a_long_reason_leaves_no_byte_unused() -> None:
    assert len(write_response({}, succeeded=False, reason="x" * 5000, physical_id=ARN, attributes={})) == 4096


def test_a_name_may_take_the_last_byte() -> None:
    def body_with(attributes: dict[str, str]) -> bytes:
        return write_response({}, succeeded=True, reason="", physical_id=ARN, attributes=attributes)

    room = 4096 - len(body_with({})) - len('"":""')
    fits, does_not = (body_with({"x" * (room + more): "value"}) for more in (0, 1))

    assert (len(fits), json.loads(fits)["Data"]) == (4096, {"x" * room: ""})
    assert json.loads(does_not)["Data"] == {}


def test_no_byte_goes_to_spaces() -> None:
    assert to_json({"a": [1, 2], "b": "ä"}) == '{"a":[1,2],"b":"ä"}'.encode()


def test_an_attribute_gets_what_the_reason_leaves() -> None:
    body = write_response({}, succeeded=True, reason="why", physical_id=ARN, attributes={"a": "x" * 5000})

    assert len(body) == MAX_RESPONSE_BYTES
    assert json.loads(body)["Reason"] == "why"


def test_an_id_is_no_longer_than_cloudformation_accepts() -> None:
    body = write_response({}, succeeded=True, reason="", physical_id="x" * 5000, attributes={})

    assert len(json.loads(body)["PhysicalResourceId"].encode()) == 1022  # with its quotes, 1024
