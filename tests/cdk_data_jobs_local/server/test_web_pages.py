"""Web pages cannot use the offline AWS: what a browser would send for them is refused, and has no effect."""

from __future__ import annotations

import json
import socket
import ssl
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, ResponseReceived, StreamEnded

from cdk_data_jobs_local import OfflineAws

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOPBACK = {"Host": "127.0.0.1:1"}
PAGE = "http://evil.example"
APP = "http://localhost:3000"
WEBSOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
MESSAGES = {
    "host": "Host must be 127.0.0.1, localhost or a name that ends with .localhost, got ",
    "origin": "web pages must not use the offline AWS, got Origin ",
    "site": "web pages must not use the offline AWS, got Sec-Fetch-Site ",
    "target": "the target of the request must be a path",
}


@dataclass
class Response:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> str:
        message: str = json.loads(self.body)["message"]
        return message

    @property
    def cors(self) -> dict[str, str]:
        return {name: value for name, value in self.headers.items() if name.startswith("access-control-")}


def connect(aws: OfflineAws) -> socket.socket:
    plain = socket.create_connection(("127.0.0.1", aws.server.port), timeout=60)
    if aws.server.certificate is None:
        return plain
    return ssl.create_default_context(cafile=aws.server.certificate).wrap_socket(plain, server_hostname="127.0.0.1")


def exchange(aws: OfflineAws, first_line: str, headers: list[tuple[str, str]], body: str = "") -> Response:
    """Send a request as it stands, and read the response until the server has nothing more to say."""
    lines = [first_line, *(f"{name}: {value}" for name, value in headers), f"Content-Length: {len(body)}"]
    with connect(aws) as connection:
        connection.sendall("\r\n".join([*lines, "Connection: close", "", body]).encode())
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, content = received.partition(b"\r\n\r\n")
    [status, *fields] = head.decode().split("\r\n")
    named = dict(field.lower().split(": ", 1) for field in fields)
    return Response(int(status.split()[1]), named, content)


def send(
    aws: OfflineAws, method: str, target: str, headers: dict[str, str], body: str = "", *, version: str = "1.1"
) -> Response:
    return exchange(aws, f"{method} {target} HTTP/{version}", list(headers.items()), body)


class Attack:
    """A request that creates a user, which needs no signature: a simple one, which a browser sends without asking."""

    def __init__(self, aws: OfflineAws) -> None:
        self.aws, self.user = aws, f"user-{uuid.uuid4().hex[:8]}"
        self.query = f"Action=CreateUser&Version=2010-05-08&UserName={self.user}"

    def post(self, headers: dict[str, str], target: str = "/", version: str = "1.1") -> Response:
        form = {"Content-Type": "text/plain"}
        return send(self.aws, "POST", target, {**headers, **form}, self.query, version=version)

    def get(self, headers: dict[str, str]) -> Response:
        return send(self.aws, "GET", f"/?{self.query}", headers)

    @property
    def had_effect(self) -> bool:
        return self.user in [user["UserName"] for user in self.aws.client("iam").list_users()["Users"]]


@pytest.fixture
def attack(aws: OfflineAws) -> Attack:
    return Attack(aws)


@pytest.mark.parametrize(
    "headers",
    [
        LOOPBACK,
        {"Host": "localhost"},
        {"Host": "LOCALHOST:80"},
        {"Host": "[::1]:4566"},
        {"Host": "iam.localhost:4566"},
        {**LOOPBACK, "Origin": "http://127.0.0.1:1"},
        {**LOOPBACK, "Origin": APP},
        {**LOOPBACK, "Sec-Fetch-Site": "same-origin"},
        {**LOOPBACK, "Sec-Fetch-Site": "none"},
    ],
)
def test_programs_and_pages_of_its_own_are_served(attack: Attack, headers: dict[str, str]) -> None:
    assert attack.get(headers).status == 200
    assert attack.had_effect


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"Host": "evil.example"}, "host"),
        ({"Host": "evil.example:4566"}, "host"),
        ({"Host": "localhost.evil.example"}, "host"),
        ({"Host": "127.0.0.1.evil.example"}, "host"),
        ({"Host": "evil.example@localhost"}, "host"),
        ({"Host": "localhost:1@evil.example"}, "host"),
        ({"Host": "evillocalhost"}, "host"),
        ({"Host": "0.0.0.0:4566"}, "host"),
        ({"Host": "10.0.0.1"}, "host"),
        ({"Host": "iam.amazonaws.com"}, "host"),
        ({"Host": ""}, "host"),
        ({**LOOPBACK, "Origin": PAGE}, "origin"),
        ({**LOOPBACK, "Origin": "null"}, "origin"),
        ({**LOOPBACK, "Origin": ""}, "origin"),
        ({**LOOPBACK, "Origin": "http://localhost.evil.example"}, "origin"),
        ({**LOOPBACK, "Origin": "chrome-extension://localhost"}, "origin"),
        ({**LOOPBACK, "Origin": f"{APP}, {PAGE}"}, "origin"),
        ({**LOOPBACK, "Origin": PAGE, "Sec-Fetch-Site": "cross-site"}, "origin"),
        ({**LOOPBACK, "Sec-Fetch-Site": "cross-site"}, "site"),
        ({**LOOPBACK, "Sec-Fetch-Site": "same-site"}, "site"),
        ({**LOOPBACK, "Origin": APP, "Sec-Fetch-Site": "same-site"}, "site"),
        ({**LOOPBACK, "Origin": APP, "Sec-Fetch-Site": "cross-site"}, "site"),
    ],
)
def test_what_a_page_sends_is_refused(attack: Attack, headers: dict[str, str], message: str) -> None:
    for response in (attack.post(headers), attack.get(headers)):
        assert (response.status, response.cors) == (403, {})
        assert response.message.startswith(MESSAGES[message])

    assert not attack.had_effect


def test_a_request_without_host_is_refused(attack: Attack) -> None:
    assert attack.post({}, version="1.0").message.startswith(MESSAGES["host"])
    assert attack.post({}).status == 400
    assert not attack.had_effect


@pytest.mark.parametrize("hosts", [("127.0.0.1", "evil.example"), ("evil.example", "127.0.0.1")])
def test_a_second_host_does_not_help(attack: Attack, hosts: tuple[str, str]) -> None:
    response = exchange(attack.aws, "POST / HTTP/1.1", [("Host", host) for host in hosts], attack.query)

    assert response.status == 400
    assert not attack.had_effect


@pytest.mark.parametrize("names", [(APP, PAGE), (PAGE, APP)])
def test_a_second_origin_does_not_help(attack: Attack, names: tuple[str, str]) -> None:
    headers = [*LOOPBACK.items(), *(("Origin", name) for name in names)]
    response = exchange(attack.aws, "POST / HTTP/1.1", headers, attack.query)

    assert (response.status, response.message) == (403, f"{MESSAGES['origin']}'{', '.join(names)}'")
    assert not attack.had_effect


@pytest.mark.parametrize("target", ["http://evil.example/", "http://127.0.0.1/", "evil.example:80", "*"])
def test_a_target_that_is_no_path_is_refused(attack: Attack, target: str) -> None:
    assert attack.post(LOOPBACK, target).message == MESSAGES["target"]
    assert send(attack.aws, "OPTIONS", target, LOOPBACK).message == MESSAGES["target"]
    assert not attack.had_effect


@pytest.mark.parametrize(
    "target",
    [
        "/_cdk_data_jobs/denials",
        "/_ministack/reset",
        "/_ministack/config",
        "/_ministack/health",
        "/_localstack/health",
        "/_ministack/cfn-response/x",
        "/_ministack/rds/iam-auth",
        "/health",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "OPTIONS"])
def test_nor_does_a_page_reach_the_servers_own_requests(aws: OfflineAws, target: str, method: str) -> None:
    marker = f"marker-{uuid.uuid4().hex[:8]}"
    aws.client("sqs").create_queue(QueueName=marker)
    refused = [
        send(aws, method, target, headers, "{}")
        for headers in ({"Host": "evil.example"}, {**LOOPBACK, "Origin": PAGE}, {**LOOPBACK, "Origin": "null"})
    ]

    assert [(response.status, response.cors) for response in refused] == [(403, {})] * 3
    assert aws.client("sqs").get_queue_url(QueueName=marker)


def test_the_servers_own_requests_are_served_to_programs(aws: OfflineAws) -> None:
    assert send(aws, "POST", "/_cdk_data_jobs/denials", LOOPBACK, "{}").status == 200
    assert send(aws, "GET", "/_ministack/health", LOOPBACK).status == 200


def test_a_page_that_asks_first_is_not_let_in(aws: OfflineAws) -> None:
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-amz-target"}
    refused = send(aws, "OPTIONS", "/", {**LOOPBACK, "Origin": PAGE, **asks})
    old_browser = send(aws, "OPTIONS", "/", {**LOOPBACK, "Origin": APP, **asks})

    assert (refused.status, refused.cors) == (403, {})
    assert old_browser.cors == {}


def test_a_websocket_of_a_page_is_refused(aws: OfflineAws) -> None:
    target = "/_aws/execute-api/0123abcd/test"
    for headers in ({"Host": "evil.example"}, {**LOOPBACK, "Origin": PAGE}, {**LOOPBACK, "Origin": "null"}):
        refused = exchange(aws, f"GET {target} HTTP/1.1", [*headers.items(), *WEBSOCKET.items()])
        assert refused.status == 403
        assert refused.message.startswith((MESSAGES["host"], MESSAGES["origin"]))

    # A program's is not: there is no such API.
    own = exchange(aws, f"GET {target} HTTP/1.1", [*LOOPBACK.items(), *WEBSOCKET.items()])
    assert b"web pages" not in own.body


@pytest.mark.parametrize(
    ("authority", "headers", "status"),
    [
        ("127.0.0.1:1", {}, 200),
        ("evil.example", {}, 403),
        ("127.0.0.1:1", {"origin": PAGE}, 403),
        ("127.0.0.1:1", {"sec-fetch-site": "cross-site"}, 403),
    ],
)
def test_http_2_makes_no_difference(attack: Attack, authority: str, headers: dict[str, str], status: int) -> None:
    assert http_2_status(attack.aws, authority, f"/?{attack.query}", headers) == status
    assert attack.had_effect == (status == 200)


def test_nor_does_an_upgrade_to_http_2(attack: Attack) -> None:
    upgrade = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABkAARAAAAAAAIAAAAA"}
    with connect(attack.aws) as connection:
        lines = [f"GET /?{attack.query} HTTP/1.1", "Host: evil.example", *(f"{k}: {v}" for k, v in upgrade.items())]
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")
        received = b""
        while b"Host must be" not in received:
            received += connection.recv(65536)

    assert received.startswith(b"HTTP/1.1 101")
    assert not attack.had_effect


def http_2_status(aws: OfflineAws, authority: str, path: str, headers: dict[str, str]) -> int:
    client = H2Connection(H2Configuration(header_encoding="utf-8"))
    client.initiate_connection()
    pseudo = {":method": "GET", ":scheme": "http", ":authority": authority, ":path": path}
    client.send_headers(1, [*pseudo.items(), *headers.items()], end_stream=True)
    status = 0
    with connect(aws) as connection:
        while True:
            connection.sendall(client.data_to_send())
            for event in client.receive_data(connection.recv(65536)):
                if isinstance(event, ResponseReceived):
                    status = int(dict(event.headers)[":status"])
                if isinstance(event, DataReceived):
                    client.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                if isinstance(event, StreamEnded):
                    return status


@pytest.fixture(scope="module")
def strict_aws() -> Iterator[OfflineAws]:
    with OfflineAws(enforce_iam=True) as strict:
        yield strict


def test_with_tls_and_enforced_iam_pages_are_refused_before_their_signature_is_read(strict_aws: OfflineAws) -> None:
    target = "/?Action=ListUsers&Version=2010-05-08"
    for more in ({"Host": "evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        refused = send(strict_aws, "GET", target, {**LOOPBACK, **more})
        assert refused.message.startswith((MESSAGES["host"], MESSAGES["origin"], MESSAGES["site"]))

    assert send(strict_aws, "POST", "/_cdk_data_jobs/denials", {"Host": "evil.example"}, "{}").status == 403
    unsigned = send(strict_aws, "GET", target, LOOPBACK)
    assert unsigned.status == 403
    assert b"web pages" not in unsigned.body
    assert unsigned.cors == {}


def test_a_bucket_is_reached_by_its_name_in_host(aws: OfflineAws) -> None:
    bucket = make_bucket(aws)
    aws.client("s3").put_object(Bucket=bucket, Key="items.csv", Body=b"ITEM_ID\n")
    found = send(aws, "GET", "/items.csv", {"Host": f"{bucket}.s3.localhost:{aws.server.port}"})

    assert (found.status, found.body) == (200, b"ITEM_ID\n")


def make_bucket(aws: OfflineAws, *rules: dict[str, Any]) -> str:
    name, s3 = f"pages-{uuid.uuid4().hex[:8]}", aws.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": aws.region})
    if rules:
        s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": rules})
    return name


@pytest.fixture(params=["aws", "strict_aws"])
def any_aws(request: pytest.FixtureRequest) -> OfflineAws:
    """An offline AWS that does not enforce IAM, and one that does: MiniStack knows CORS rules in the second alone."""
    running: OfflineAws = request.getfixturevalue(request.param)
    return running


def test_a_page_of_this_machine_may_do_with_a_bucket_what_its_cors_rules_allow(any_aws: OfflineAws) -> None:
    bucket = make_bucket(
        any_aws, {"AllowedOrigins": [APP], "AllowedMethods": ["PUT"], "AllowedHeaders": ["content-type"]}
    )
    s3 = any_aws.client("s3")
    url = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "items.csv"})
    target = url.partition(any_aws.endpoint_url)[2]
    headers = {"Host": f"127.0.0.1:{any_aws.server.port}", "Origin": APP, "Sec-Fetch-Site": "cross-site"}
    asks = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "content-type"}

    allowed = send(any_aws, "OPTIONS", target, {**headers, **asks})
    put = send(any_aws, "PUT", target, headers, "ITEM_ID\n")

    assert (allowed.status, put.status) == (200, 200)
    assert allowed.cors["access-control-allow-origin"] == put.cors["access-control-allow-origin"] == APP
    assert allowed.cors["access-control-allow-methods"] == "put"
    assert s3.get_object(Bucket=bucket, Key="items.csv")["Body"].read() == b"ITEM_ID\n"


@pytest.mark.parametrize(
    ("rule", "method", "origin"),
    [
        (None, "PUT", APP),
        ({"AllowedOrigins": [APP], "AllowedMethods": ["GET"]}, "PUT", APP),
        ({"AllowedOrigins": ["http://localhost:3001"], "AllowedMethods": ["PUT"]}, "PUT", APP),
        ({"AllowedOrigins": ["*"], "AllowedMethods": ["PUT"]}, "PUT", PAGE),
        ({"AllowedOrigins": ["*"], "AllowedMethods": ["PUT"]}, "PUT", "null"),
    ],
)
def test_and_no_more(aws: OfflineAws, rule: dict[str, Any] | None, method: str, origin: str) -> None:
    bucket = make_bucket(aws, *([rule] if rule else []))
    headers = {**LOOPBACK, "Origin": origin, "Sec-Fetch-Site": "cross-site"}
    refused = send(aws, "OPTIONS", f"/{bucket}/items.csv", {**headers, "Access-Control-Request-Method": method})
    put = send(aws, method, f"/{bucket}/items.csv", headers, "ITEM_ID\n")

    assert (refused.status, refused.cors, put.status, put.cors) == (403, {}, 403, {})
    assert "Contents" not in aws.client("s3").list_objects_v2(Bucket=bucket)


EVERYTHING = {"AllowedOrigins": ["*"], "AllowedMethods": ["GET", "HEAD", "PUT", "POST", "DELETE"]}
PAGE_OF_THIS_MACHINE = {**LOOPBACK, "Origin": APP, "Sec-Fetch-Site": "same-site"}


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "Application/X-WWW-Form-Urlencoded; charset=utf-8",
        "text/plain, application/x-www-form-urlencoded",
    ],
)
def test_a_buckets_rules_let_no_form_reach_another_service(attack: Attack, content_type: str) -> None:
    bucket = make_bucket(attack.aws, EVERYTHING)
    headers = {**PAGE_OF_THIS_MACHINE, "Content-Type": content_type}
    for target in (f"/{bucket}", f"/{bucket}/key", f"/{bucket}/key?uploads"):
        refused = send(attack.aws, "POST", target, headers, attack.query)
        assert refused.message.endswith("a bucket's CORS rules are for its objects alone")

    assert not attack.had_effect


@pytest.mark.parametrize("query", ["cors", "policy", "acl", "versioning", "notification", "lifecycle=", "Action=x"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_nor_does_a_page_reach_the_buckets_configuration(aws: OfflineAws, method: str, query: str) -> None:
    bucket = make_bucket(aws, EVERYTHING)

    for target in (f"/{bucket}?{query}", f"/{bucket}/key?{query}", f"/{bucket}?prefix=a&{query}"):
        assert send(aws, method, target, PAGE_OF_THIS_MACHINE, "x").status == 403
    assert aws.client("s3").get_bucket_cors(Bucket=bucket)["CORSRules"] == [EVERYTHING]


def test_nor_the_bucket_itself_nor_other_buckets(aws: OfflineAws) -> None:
    bucket, secret = make_bucket(aws, EVERYTHING), make_bucket(aws)
    s3 = aws.client("s3")
    s3.put_object(Bucket=secret, Key="key", Body=b"secret")
    source = {"x-amz-copy-source": f"{secret}/key"}
    copied = send(aws, "PUT", f"/{bucket}/key", {**PAGE_OF_THIS_MACHINE, **source})
    by_query = send(aws, "PUT", f"/{bucket}/key?X-Amz-Copy-Source={secret}/key", PAGE_OF_THIS_MACHINE)
    deleted = send(aws, "DELETE", f"/{bucket}", PAGE_OF_THIS_MACHINE)

    assert [copied.status, by_query.status, deleted.status] == [403, 403, 403]
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_nor_another_service_by_its_host_or_path(aws: OfflineAws) -> None:
    bucket, catalog = make_bucket(aws, EVERYTHING), f"iceberg-{uuid.uuid4().hex[:8]}"
    rules = [{"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]}]
    properties = {"BucketName": catalog, "CorsConfiguration": {"CorsRules": rules}}
    template = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}}}
    aws.client("cloudformation").create_stack(StackName=catalog, TemplateBody=json.dumps(template))
    aws.client("cloudformation").get_waiter("stack_create_complete").wait(StackName=catalog)
    hosts = ("0123abcd.execute-api.localhost", "0123abcd.lambda-url.eu-west-1.localhost")

    assert send(aws, "GET", f"/{catalog}/v1/config", PAGE_OF_THIS_MACHINE).message.endswith("for its objects alone")
    for host in hosts:
        assert send(aws, "GET", f"/{bucket}/key", {**PAGE_OF_THIS_MACHINE, "Host": host}).status == 403


def test_a_page_reads_lists_and_deletes_objects_where_the_rules_allow_that(aws: OfflineAws) -> None:
    bucket = make_bucket(aws, EVERYTHING)
    host = {**PAGE_OF_THIS_MACHINE, "Host": f"{bucket}.s3.localhost"}
    statuses = [
        send(aws, "PUT", f"/{bucket}/key?x-id=PutObject", PAGE_OF_THIS_MACHINE, "x").status,
        send(aws, "GET", f"/{bucket}/key?x-id=GetObject", PAGE_OF_THIS_MACHINE).status,
        send(aws, "GET", "/key", host).status,
        send(aws, "GET", f"/{bucket}?list-type=2&prefix=k", PAGE_OF_THIS_MACHINE).status,
        send(aws, "POST", f"/{bucket}/large?uploads", PAGE_OF_THIS_MACHINE).status,
        send(aws, "DELETE", f"/{bucket}/key", PAGE_OF_THIS_MACHINE).status,
    ]

    assert statuses == [200, 200, 200, 200, 200, 204]


def test_a_page_uploads_with_a_pre_signed_form(aws: OfflineAws) -> None:
    bucket = make_bucket(aws, EVERYTHING)
    form = aws.client("s3").generate_presigned_post(bucket, "items.csv")
    parts = [f'--it\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in form["fields"].items()]
    file = '--it\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nITEM_ID\r\n--it--\r\n'
    headers = {**PAGE_OF_THIS_MACHINE, "Content-Type": "multipart/form-data; boundary=it"}

    assert send(aws, "POST", f"/{bucket}", headers, "".join(parts) + file).status == 204
    assert aws.client("s3").get_object(Bucket=bucket, Key="items.csv")["Body"].read() == b"ITEM_ID"


def test_a_buckets_rules_let_a_page_do_nothing_with_other_services(attack: Attack) -> None:
    bucket = make_bucket(attack.aws, {"AllowedOrigins": ["*"], "AllowedMethods": ["PUT", "POST", "GET"]})
    signed = "AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/iam/aws4_request, SignedHeaders=host, Signature=0"
    headers = {**LOOPBACK, "Origin": APP, "Sec-Fetch-Site": "cross-site", "Authorization": signed}

    assert attack.post(headers, f"/{bucket}").status == 403
    assert not attack.had_effect


def test_no_response_lets_a_page_read_it_unless_a_bucket_allows_that(aws: OfflineAws) -> None:
    bucket = make_bucket(aws, {"AllowedOrigins": [APP], "AllowedMethods": ["GET"]})
    without_rules = make_bucket(aws)

    assert send(aws, "GET", f"/{bucket}", LOOPBACK).cors == {}
    assert send(aws, "GET", f"/{bucket}", {**LOOPBACK, "Origin": APP}).cors["access-control-allow-origin"] == APP
    assert send(aws, "GET", f"/{without_rules}", {**LOOPBACK, "Origin": APP}).cors == {}
    assert send(aws, "GET", "/?Action=ListUsers&Version=2010-05-08", {**LOOPBACK, "Origin": APP}).cors == {}
