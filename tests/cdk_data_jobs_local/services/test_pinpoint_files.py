"""What the files of an import may be, and what the response to its creation says."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any

import pytest

from cdk_data_jobs_local.services.core.errors import ServiceError

ANN = {"Id": "ann", "ChannelType": "EMAIL", "Address": "ann@example.com", "User": {"UserId": "ann"}}


@pytest.fixture
def app(pinpoint_client: Any, account: Any) -> str:
    account.write("s3://people/people.json", json.dumps(ANN) + "\n")
    made: str = pinpoint_client.app()
    return made


def refusal(pinpoint_client: Any, app: str, url: str = "s3://people/") -> str:
    with pytest.raises(ServiceError) as error:
        pinpoint_client.start_import(app, url, Format="JSON")
    assert (error.value.code, error.value.status) == ("BadRequestException", 400)
    return str(error.value)


def test_the_response_to_the_creation_completes_the_definition(pinpoint_client: Any, app: str) -> None:
    request = {"Format": "JSON", "RoleArn": "arn:aws:iam::111122223333:role/service", "S3Url": "s3://people/"}

    def definition(**more: object) -> dict[str, Any]:
        made = pinpoint_client("CreateImportJob", ApplicationId=app, ImportJobRequest={**request, **more})
        described: dict[str, Any] = made["ImportJobResponse"]
        assert re.fullmatch("[0-9a-f]{32}", described["Id"])
        assert pinpoint_client.import_job(app, described["Id"])["Definition"] == described["Definition"]
        return dict(described["Definition"])

    assert definition() == {**request, "DefineSegment": False, "ExternalId": "111122223333"}
    assert definition(ExternalId="mine")["ExternalId"] == "mine"
    assert re.fullmatch("[0-9a-f]{32}", definition(DefineSegment=True)["SegmentId"])


def test_the_segment_that_was_announced_is_the_one_that_is_defined(
    pinpoint_client: Any, app: str, pinpoint: Any
) -> None:
    job = pinpoint_client.start_import(app, Format="JSON", DefineSegment=True)
    announced = pinpoint_client.import_job(app, job)["Definition"]["SegmentId"]
    before = pinpoint.segments(app)
    pinpoint_client.clock.advance(10)

    assert before == []
    assert [segment["Id"] for segment in pinpoint.segments(app)] == [announced]


@pytest.mark.parametrize(
    ("line", "problem", "column"),
    [
        (
            '{ Id: "9GSh" }',
            "Unexpected character ('I' (code 73)): was expecting double-quote to start field name",
            4,
        ),
        ("Id,ChannelType", "Unexpected character ('I' (code 73)): was expecting a valid value", 2),
        ("{", "Unexpected end-of-input", 3),
    ],
)
def test_a_malformed_json_file_is_refused_at_once(
    pinpoint_client: Any, account: Any, line: str, problem: str, column: int
) -> None:
    account.write("s3://people/people", f"{line}\n")
    refused = refusal(pinpoint_client, pinpoint_client.app())

    assert refused == f'{problem}\n at [Source: (String)"{line}"; line: 1, column: {column}].'


def test_what_follows_a_good_first_line_is_seen_by_the_job(pinpoint_client: Any, app: str, account: Any) -> None:
    account.write("s3://people/people.json", json.dumps(ANN) + "\n{ Id: 1 }\n")
    job = pinpoint_client.finish_import(app, Format="JSON")

    assert (job["JobStatus"], job["TotalProcessed"], job["TotalFailures"]) == ("COMPLETED", 2, 1)


def test_a_file_that_cannot_be_read_is_seen_by_the_job(pinpoint_client: Any, app: str, account: Any) -> None:
    account.denied.add("read")
    job = pinpoint_client.finish_import(app, Format="JSON")

    assert (job["JobStatus"], job["Failures"]) == ("FAILED", ["s3://people/people.json: read people"])


@pytest.mark.parametrize(("data_format", "address"), [("JSON", "ann@example.com"), ("CSV", "bob@example.com")])
def test_of_a_folder_the_files_of_the_format_are_imported(
    pinpoint_client: Any, app: str, account: Any, data_format: str, address: str
) -> None:
    account.write("s3://people/deep/people.CSV", "ChannelType,Address\nEMAIL,bob@example.com\n")
    job = pinpoint_client.finish_import(app, Format=data_format)
    endpoints = pinpoint_client.service.endpoints(app)

    assert (job["TotalPieces"], job["TotalProcessed"]) == (1, 1)
    assert [endpoint["Address"] for endpoint in endpoints] == [address]


def test_of_a_folder_with_both_endings_only_those_of_the_format_are_imported(
    pinpoint_client: Any, app: str, account: Any
) -> None:
    account.write("s3://people/notes.txt", "ChannelType,Address\nEMAIL,cid@example.com\n")
    account.write("s3://people/people.csv", "ChannelType,Address\nEMAIL,bob@example.com\n")
    job = pinpoint_client.finish_import(app, Format="JSON")

    assert (job["JobStatus"], job["TotalPieces"]) == ("COMPLETED", 1)


def test_a_folder_without_files_of_the_format_has_none(pinpoint_client: Any, app: str) -> None:
    job = pinpoint_client.finish_import(app, Format="CSV")

    assert (job["JobStatus"], job["Failures"]) == ("FAILED", ["there is no file at s3://people/"])


def test_a_compressed_file_is_not_read(pinpoint_client: Any, app: str, account: Any) -> None:
    account.objects["packed", "people.csv.gz"] = gzip.compress(b"ChannelType,Address\nEMAIL,a@b.c\n")
    job = pinpoint_client.finish_import(app, "s3://packed/")

    assert (job["JobStatus"], job["FailedPieces"], job["TotalProcessed"]) == ("FAILED", 1, 0)


def test_user_ids_alone_define_a_segment_of_the_endpoints_that_they_have(
    pinpoint_client: Any, app: str, account: Any, pinpoint: Any
) -> None:
    pinpoint_client.finish_import(app, Format="JSON")
    account.write("s3://users/users.csv", "User.UserId\nann\nnobody\n")
    job = pinpoint_client.finish_import(app, "s3://users/", DefineSegment=True, RegisterEndpoints=False)

    assert (job["TotalProcessed"], job["TotalFailures"]) == (2, 1)
    assert job["Failures"] == ["s3://users/users.csv, line 3: no endpoint has the user nobody"]
    assert [endpoint["Id"] for endpoint in pinpoint.segments(app)[0]["Endpoints"]] == ["ann"]
    assert len(pinpoint.endpoints(app)) == 1


def test_user_ids_alone_define_nothing_without_a_segment(pinpoint_client: Any, app: str, account: Any) -> None:
    pinpoint_client.finish_import(app, Format="JSON")
    account.write("s3://users/users.csv", "User.UserId\nann\n")
    job = pinpoint_client.finish_import(app, "s3://users/")

    assert job["Failures"] == ["s3://users/users.csv, line 2: a new endpoint needs Address and ChannelType"]


LONG = f"'{'v' * 40}...'"


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"Attributes": {"n" * 50: ["v" * 100]}}, None),
        (
            {"Attributes": {"n" * 51: ["v"]}},
            f"the name of a custom attribute must have at most 50 characters, got '{'n' * 40}...'",
        ),
        (
            {"Metrics": {"n" * 51: 1.0}},
            f"the name of a custom attribute must have at most 50 characters, got '{'n' * 40}...'",
        ),
        (
            {"Attributes": {"likes": ["tea", "v" * 101]}},
            f"a value of Attributes.likes must have at most 100 characters, got 101: {LONG}",
        ),
        (
            {"User": {"UserId": "ann", "UserAttributes": {"hair": ["v" * 101]}}},
            f"a value of User.UserAttributes.hair must have at most 100 characters, got 101: {LONG}",
        ),
    ],
)
def test_attributes_have_longest_names_and_values(
    pinpoint_client: Any, app: str, account: Any, more: dict[str, Any], problem: str | None
) -> None:
    account.write("s3://people/people.json", json.dumps({**ANN, **more}) + "\n")
    failures = pinpoint_client.finish_import(app, Format="JSON").get("Failures")
    request = {name: value for name, value in {**ANN, **more}.items() if name != "Id"}
    update = {"ApplicationId": app, "EndpointId": "ann", "EndpointRequest": request}

    if problem is None:
        assert failures is None
        pinpoint_client("UpdateEndpoint", **update)
        return
    assert failures == [f"s3://people/people.json, line 1: {problem}"]
    with pytest.raises(ServiceError, match=re.escape(problem)):
        pinpoint_client("UpdateEndpoint", **update)


def test_a_segments_name_may_be_used_twice(pinpoint_client: Any, app: str, pinpoint: Any) -> None:
    for _ in range(2):
        pinpoint_client.finish_import(app, Format="JSON", DefineSegment=True, SegmentName="friends")

    assert [segment["Name"] for segment in pinpoint.segments(app)] == ["friends", "friends"]
