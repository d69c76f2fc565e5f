"""The ResponseURLs of custom resources in the offline AWS: what is in them, and how long they are good."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from cdk_data_jobs_local.ministack_fixes.cloudformation.response_urls import ResponseUrls

if TYPE_CHECKING:
    from conftest import AccountBuilder, FakeClock

FUNCTION = """
import json
def handler(event, context):
    print(json.dumps({"told": event}))
"""
TWO_HOURS = 7200


class Asked:
    """A custom resource that is never answered by its function, and what the function was asked."""

    def __init__(self, builder: AccountBuilder) -> None:
        self.builder, self.name = builder, builder.name("stack")
        self.client = builder.aws.client("cloudformation")
        function = builder.function("silent", FUNCTION)
        thing = {"Type": "Custom::Thing", "Properties": {"ServiceToken": function, "ServiceTimeout": 3600}}
        self.began = builder.aws.now()
        self.client.create_stack(StackName=self.name, TemplateBody=json.dumps({"Resources": {"Thing": thing}}))
        [line] = builder.log_lines(function, '{"told"')[:1]
        self.event: dict[str, Any] = json.loads(line)["told"]
        self.url: str = self.event["ResponseURL"]

    def answer(self, url: str) -> tuple[int, str]:
        names = ("StackId", "RequestId", "LogicalResourceId")
        answer = {"Status": "SUCCESS", "PhysicalResourceId": "thing", **{name: self.event[name] for name in names}}
        put = urllib.request.Request(url, json.dumps(answer).encode(), {"Content-Type": ""}, method="PUT")  # noqa: S310
        try:
            with urllib.request.urlopen(put) as response:  # noqa: S310
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    @property
    def status(self) -> str:
        return str(self.client.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"])


@pytest.fixture
def asked(builder: AccountBuilder) -> Asked:
    return Asked(builder)


def test_it_is_a_presigned_url_that_tells_since_when_cloudformation_waits(asked: Asked) -> None:
    url = urlsplit(asked.url)
    query = parse_qs(url.query, strict_parsing=True)
    waits_since = datetime.strptime(query["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)

    assert list(query) == [
        "X-Amz-Algorithm",
        "X-Amz-Date",
        "X-Amz-SignedHeaders",
        "X-Amz-Expires",
        "X-Amz-Credential",
        "X-Amz-Signature",
    ]
    assert int(asked.began) <= waits_since.timestamp() <= asked.builder.aws.now()
    assert (query["X-Amz-Expires"], query["X-Amz-SignedHeaders"]) == ([str(TWO_HOURS)], ["host"])
    names = ("StackId", "LogicalResourceId", "RequestId")
    assert unquote(url.path).endswith("|".join(asked.event[name] for name in names))


def test_it_takes_an_answer_whatever_the_order_of_its_query_and_again_when_nobody_waits(asked: Asked) -> None:
    url, _, query = asked.url.partition("?")
    first, _, rest = query.partition("&")
    answers = [asked.answer(f"{url}?{rest}&{first}"), asked.answer(asked.url)]
    while asked.status.endswith("IN_PROGRESS"):
        time.sleep(0.02)

    assert answers == [(200, "")] * 2
    assert asked.status == "CREATE_COMPLETE"


@pytest.mark.parametrize(
    "change", [("Signature=", "Signature=0"), ("Expires=7200", "Expires=9999"), ("%7CThing", "%7C")]
)
def test_it_refuses_what_was_changed(asked: Asked, change: tuple[str, str]) -> None:
    status, told = asked.answer(asked.url.replace(*change))

    assert (status, asked.status) == (403, "CREATE_IN_PROGRESS")
    assert "SignatureDoesNotMatch" in told


def test_it_is_good_for_two_hours(clock: FakeClock) -> None:
    urls = ResponseUrls(clock)  # type: ignore[arg-type]
    url = urlsplit(urls.make("stack|thing|request"))
    clock.advance(TWO_HOURS)
    in_time = urls.receive(unquote(url.path), url.query, b"{}")
    clock.advance(1)
    status, told = urls.receive(unquote(url.path), url.query, b"{}")

    assert in_time == (200, b"")
    assert (status, b"<Message>Request has expired</Message>" in told) == (403, True)
