"""Which ResponseURLs are called, that no log has one, and how large a response may be."""

from __future__ import annotations

import http.client
import io
import json
import urllib.error
import urllib.request
from email.message import Message
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from data_jobs.cloudformation import MAX_RESPONSE_BYTES, deliver, write_response, xml_safe

strings = st.text(st.characters(exclude_categories=()), max_size=20) | st.sampled_from(
    ["\ud800", "x" * 5000, "é" * 5000]
)
ids = st.dictionaries(
    st.sampled_from(["StackId", "RequestId", "LogicalResourceId"]), st.none() | st.lists(strings) | strings
)


@pytest.mark.parametrize("request_type", ["Create", "Delete"])
@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd?Signature=secret",
        "FILE:/etc/passwd?Signature=secret",
        "ftp://127.0.0.1:{port}/?Signature=secret",
        "data:text/plain,Signature=secret",
        "httpx://127.0.0.1:{port}/?Signature=secret",
        "http://127.0.0.1:{port}@an.example/?Signature=secret",
        "http://127.0.0.1.an.example:{port}/?Signature=secret",
        "http://an.example/?Signature=secret",
        "http:Signature=secret",
        "127.0.0.1:{port}/?Signature=secret",
        " http://127.0.0.1:{port}/?Signature=secret",
    ],
)
def test_responses_go_only_to_web_addresses(
    *, function: Any, capsys: Any, monkeypatch: pytest.MonkeyPatch, url: str, request_type: str
) -> None:
    opened: list[Any] = []
    monkeypatch.setattr(urllib.request.FileHandler, "file_open", lambda *request: opened.append(request))
    monkeypatch.setattr(urllib.request.FTPHandler, "ftp_open", lambda *request: opened.append(request))
    monkeypatch.setattr(urllib.request.DataHandler, "data_open", lambda *request: opened.append(request))
    event = function.event(request_type, ResponseURL=url.format(port=function.responses.server.server_port))
    reported = []

    function.start(event)
    for step in ("create", "check", "report"):
        with pytest.raises(ValueError, match="ResponseURL") as error:
            function.step(step, function.run(event, crash={"Error": "E", "Cause": "C"}))
        reported.append(str(error.value))

    assert opened == []
    assert function.responses.bodies == []
    assert "Signature=" not in "".join([*capsys.readouterr(), *reported])


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/?Signature=secret",
        "http://127.0.0.1:99999/?Signature=secret",
        "http://127.0.0.1:port/?Signature=secret",
        "http://[::1/?Signature=secret",
        "http://127.0.0.1:1/a path?Signature=secret",
        "http://127.0.0.1:1/é?Signature=secret",
        "http://127.0.0.1:1/\r\nHost: x?Signature=secret",
        "http://" + "a" * 70 + ".localhost/?Signature=secret",
        "http://..localhost/?Signature=secret",
        "http://\ud800/?Signature=secret",
        "http://?Signature=secret",
        "https://127.0.0.1:1/?Signature=secret" + "x" * 5000,
    ],
)
def test_an_address_where_nobody_is_is_logged_nowhere(function: Any, capsys: Any, url: str) -> None:
    outcome = {"succeeded": True, "reason": "", "attributes": {}}
    reported = []
    for give_up in (
        lambda: function.start(function.event(ResponseURL=url, StackId=None)),
        lambda: function.step("report", function.run(function.event(ResponseURL=url), ended=True, outcome=outcome)),
    ):
        try:
            give_up()
        except (ConnectionError, ValueError) as error:
            reported.append(f"{error} {error.__cause__} {error.__context__}")

    assert "Signature=" not in "".join([*capsys.readouterr(), *reported])


def refusing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("urllib.request.urlopen", refuse)


@pytest.mark.parametrize("error", [http.client.InvalidURL("no port"), UnicodeError("no letter")], ids=repr)
def test_an_address_that_leads_nowhere_is_tried_once(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    refusing(monkeypatch, error)

    assert not deliver("https://an.example/", b"{}")


@pytest.mark.parametrize("error", [http.client.BadStatusLine("no"), TimeoutError("no")], ids=repr)
def test_an_address_where_something_went_wrong_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    refusing(monkeypatch, error)

    with pytest.raises(ConnectionError, match=rf"^the response could not be delivered: {type(error).__name__}$"):
        deliver("https://an.example/", b"{}")


def test_a_refusal_is_closed_like_every_response(monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.BytesIO(b"no")
    refusing(monkeypatch, urllib.error.HTTPError("https://an.example/", 503, "no", Message(), said))

    with pytest.raises(ConnectionError, match=r": HTTP 503$"):
        deliver("https://an.example/", b"{}")

    assert said.closed


@pytest.mark.usefixtures("responses")
def test_an_address_that_takes_no_connection_is_reported_by_the_kind_of_trouble_alone() -> None:
    with pytest.raises(ConnectionError, match=r"^the response could not be delivered: URLError$"):
        deliver("http://127.0.0.1:1/?Signature=secret", b"{}")


def test_an_address_that_says_nothing_is_given_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[float] = []

    def connect(_address: object, limit: float, *_: object) -> None:
        limits.append(limit)
        raise TimeoutError

    monkeypatch.setattr("http.client.socket.create_connection", connect)
    with pytest.raises(ConnectionError):
        deliver("http://127.0.0.1:1/?Signature=secret", b"{}")

    assert limits == [30]


@pytest.mark.parametrize(
    ("changes", "physical_id"),
    [
        ({"LogicalResourceId": "Import"}, "Import"),
        ({"PhysicalResourceId": "id", "LogicalResourceId": "Import"}, "id"),
        ({}, "none"),
    ],
)
def test_a_request_that_is_invalid_is_responded_to_with_whatever_id_there_is(
    function: Any, changes: dict[str, str], physical_id: str
) -> None:
    function.start({"RequestType": "Create", "ResponseURL": function.responses.url, **changes})

    assert [body["PhysicalResourceId"] for body in function.responses.bodies] == [physical_id]


@pytest.mark.parametrize("url", [None, 5, ["https://an.example/"]], ids=repr)
def test_what_is_no_address_is_never_called(function: Any, url: object) -> None:
    function.start(function.event(ResponseURL=url))

    assert function.responses.bodies == []


def test_this_machine_may_be_called_by_its_name(function: Any) -> None:
    url = function.responses.url.replace("127.0.0.1", "localhost")

    function.start(function.event(ResponseURL=url, StackId=None))

    assert [body["Status"] for body in function.responses.bodies] == ["FAILED"]


@given(ids, strings, strings, st.dictionaries(strings, strings, max_size=5), st.booleans())
@example({"StackId": "s" * 5000}, "é" * 5000, "p" * 5000, {"a": "x"}, True)
@example({}, "because", "id", {f"attribute-{number}": "x" for number in range(500)}, False)
def test_a_response_is_json_that_cloudformation_has_room_for(
    event: dict[str, Any], reason: str, physical_id: str, attributes: dict[str, str], succeeded: bool
) -> None:
    body = write_response(event, succeeded=succeeded, reason=reason, physical_id=physical_id, attributes=attributes)

    read = json.loads(body)
    assert len(body) <= MAX_RESPONSE_BYTES
    assert read["Status"] == ("SUCCESS" if succeeded else "FAILED")
    assert xml_safe(reason).startswith(read["Reason"].removesuffix("…"))
