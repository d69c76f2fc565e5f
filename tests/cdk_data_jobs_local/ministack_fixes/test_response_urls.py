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
    print(json.dumps({"reported": event}))
"""
TWO_HOURS = 7200


class OpenRequest:
    """A custom resource whose function never responds, and the request that the function got."""

    def __init__(self, builder: AccountBuilder) -> None:
        self.builder, self.name = builder, builder.name("stack")
        self.client = builder.aws.client("cloudformation")
        function = builder.function("silent", FUNCTION)
        thing = {"Type": "Custom::Thing", "Properties": {"ServiceToken": function, "ServiceTimeout": 3600}}
        self.began = builder.aws.now()
        self.client.create_stack(StackName=self.name, TemplateBody=json.dumps({"Resources": {"Thing": thing}}))
        [line] = builder.log_lines(function, '{"reported"')[:1]
        self.event: dict[str, Any] = json.loads(line)["reported"]
        self.url: str = self.event["ResponseURL"]

    def respond(self, url: str) -> tuple[int, str]:
        names = ("StackId", "RequestId", "LogicalResourceId")
        response = {"Status": "SUCCESS", "PhysicalResourceId": "thing", **{name: self.event[name] for name in names}}
        put = urllib.request.Request(url, json.dumps(response).encode(), {"Content-Type": ""}, method="PUT")  # noqa: S310
        try:
            with urllib.request.urlopen(put) as response:  # noqa: S310
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    @property
    def status(self) -> str:
        return str(self.client.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"])


@pytest.fixture
def open_request(builder: AccountBuilder) -> OpenRequest:
    return OpenRequest(builder)


def test_it_is_a_presigned_url_that_tells_since_when_cloudformation_waits(open_request: OpenRequest) -> None:
    url = urlsplit(open_request.url)
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
    assert int(open_request.began) <= waits_since.timestamp() <= open_request.builder.aws.now()
    assert (query["X-Amz-Expires"], query["X-Amz-SignedHeaders"]) == ([str(TWO_HOURS)], ["host"])
    names = ("StackId", "LogicalResourceId", "RequestId")
    assert unquote(url.path).endswith("|".join(open_request.event[name] for name in names))


def test_it_takes_a_response_whatever_the_order_of_its_query_and_again_when_nobody_waits(
    open_request: OpenRequest,
) -> None:
    url, _, query = open_request.url.partition("?")
    first, _, rest = query.partition("&")
    responses = [open_request.respond(f"{url}?{rest}&{first}"), open_request.respond(open_request.url)]
    while open_request.status.endswith("IN_PROGRESS"):
        time.sleep(0.02)

    assert responses == [(200, "")] * 2
    assert open_request.status == "CREATE_COMPLETE"


@pytest.mark.parametrize(
    "change", [("Signature=", "Signature=0"), ("Expires=7200", "Expires=9999"), ("%7CThing", "%7C")]
)
def test_it_refuses_what_was_changed(open_request: OpenRequest, change: tuple[str, str]) -> None:
    status, reported = open_request.respond(open_request.url.replace(*change))

    assert (status, open_request.status) == (403, "CREATE_IN_PROGRESS")
    assert "SignatureDoesNotMatch" in reported


def test_it_is_good_for_two_hours(clock: FakeClock) -> None:
    urls = ResponseUrls(clock)  # type: ignore[arg-type]
    url = urlsplit(urls.make("stack|thing|request"))
    clock.advance(TWO_HOURS)
    in_time = urls.receive(unquote(url.path), url.query, b"{}")
    clock.advance(1)
    status, reported = urls.receive(unquote(url.path), url.query, b"{}")

    assert in_time == (200, b"")
    assert (status, b"<Message>Request has expired</Message>" in reported) == (403, True)
