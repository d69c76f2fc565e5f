"""To which URLs a response may be sent, and whether it was delivered."""

from __future__ import annotations

import urllib.error
from email.message import Message

import pytest

from data_jobs.cloudformation import deliver, is_allowed_url


@pytest.mark.parametrize(
    ("url", "is_allowed"),
    [
        ("https://an.example/", True),
        ("http://127.0.0.1:4566/", True),
        ("http://localhost:4566/", True),
        ("http://an.example/", False),
        ("ftp://localhost/", False),
        ("https://[::1/", False),
        ("", False),
    ],
)
def test_a_response_goes_over_tls_or_stays_on_this_machine(url: str, *, is_allowed: bool) -> None:
    assert is_allowed_url(url) is is_allowed


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_response_to_a_dead_url_is_not_delivered(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise urllib.error.HTTPError("https://an.example/", status, "no", Message(), None)

    monkeypatch.setattr("urllib.request.urlopen", refuse)

    assert deliver("https://an.example/", b"{}") is False
