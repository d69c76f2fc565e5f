from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from cdk_data_jobs_local.services.core.errors import ServiceError

PEOPLE = (
    "ChannelType,Address,Location.Country,User.UserId,User.UserAttributes.Hair.Colour,Attributes.Likes,Attributes.Likes,"
    "Metrics.Visits\n"
    "EMAIL,ann@example.com,DE,ann,red,tea,cake,2.5\n"
    "SMS,+4912345,,bob,,,,\n"
)


@pytest.fixture
def app(pinpoint_client: Any, account: Any) -> str:
    account.write("s3://people/people.csv", PEOPLE)
    made: str = pinpoint_client.app()
    return made


def addresses(pinpoint: Any, app: str) -> list[str]:
    return [endpoint["Address"] for endpoint in pinpoint.endpoints(app)]


def test_an_import_goes_through_its_states(pinpoint_client: Any, app: str, clock: Any, pinpoint: Any) -> None:
    pinpoint.change_settings(pending=60, in_progress=120)
    created = clock.now()
    job = pinpoint_client.start_import(app)
    states = []
    for seconds in (0, 20, 20, 20, 54, 54, 11, 1):
        clock.advance(seconds)
        states.append(pinpoint_client.import_job(app, job)["JobStatus"])

    described = pinpoint_client.import_job(app, job)
    times = [
        datetime.fromisoformat(described[name].replace("Z", "+00:00")) for name in ("CreationDate", "CompletionDate")
    ]
    assert states == [
        "CREATED",
        "PREPARING_FOR_INITIALIZATION",
        "INITIALIZING",
        "PROCESSING",
        "PENDING_JOB",
        "COMPLETING",
        "COMPLETING",
        "COMPLETED",
    ]
    assert [time.timestamp() for time in times] == [created, created + 180]
    assert (described["Type"], described["ApplicationId"]) == ("IMPORT", app)


def test_an_import_takes_seconds_and_reports_no_failures(pinpoint_client: Any, app: str, clock: Any) -> None:
    job = pinpoint_client.start_import(app)
    statuses = []
    for seconds in (1.9, 0.1, 7.9, 0.1):
        clock.advance(seconds)
        statuses.append(pinpoint_client.import_job(app, job)["JobStatus"])
    described = pinpoint_client.import_job(app, job)
    counts = {name: count for name, count in described.items() if isinstance(count, int)}

    assert statuses == ["INITIALIZING", "PROCESSING", "COMPLETING", "COMPLETED"]
    assert counts == {
        "CompletedPieces": 1,
        "FailedPieces": 0,
        "TotalPieces": 1,
        "TotalFailures": 0,
        "TotalProcessed": 2,
    }
    assert "Failures" not in described


def test_a_job_tells_of_its_work_only_once_it_is_done(pinpoint_client: Any, app: str) -> None:
    job = pinpoint_client.import_job(app, pinpoint_client.start_import(app))

    assert sorted(job) == ["ApplicationId", "CreationDate", "Definition", "Id", "JobStatus", "Type"]
    assert job["Definition"] == {
        "DefineSegment": False,
        "ExternalId": "111122223333",
        "Format": "CSV",
        "RegisterEndpoints": True,
        "RoleArn": "arn:aws:iam::111122223333:role/service",
        "S3Url": "s3://people/",
    }


def test_a_csv_header_in_dot_notation_names_the_members(pinpoint_client: Any, app: str, pinpoint: Any) -> None:
    job = pinpoint_client.finish_import(app)
    ann, bob = pinpoint.endpoints(app)

    assert [job[name] for name in ("TotalPieces", "CompletedPieces", "FailedPieces")] == [1, 1, 0]
    assert [job[name] for name in ("TotalProcessed", "TotalFailures")] == [2, 0]
    assert ann["User"] == {"UserId": "ann", "UserAttributes": {"Hair.Colour": ["red"]}}
    assert ann["Attributes"] == {"Likes": ["tea", "cake"]}
    assert (ann["Metrics"], ann["Location"]) == ({"Visits": 2.5}, {"Country": "DE"})
    assert (bob["Address"], bob["User"], "Attributes" in bob) == ("+4912345", {"UserId": "bob"}, False)
    assert pinpoint_client("GetUserEndpoints", ApplicationId=app, UserId="bob")["EndpointsResponse"]["Item"] == [bob]


def test_json_lines_with_bad_entries_are_counted_and_reported(
    pinpoint_client: Any, app: str, account: Any, pinpoint: Any
) -> None:
    good = {"Id": "ann", "ChannelType": "EMAIL", "Address": "ann@example.com", "Attributes": {"Likes": ["tea"]}}
    bad: list[Any] = [{**good, "Id": "a", "ChannelType": "PIGEON"}, {"ChannelType": "EMAIL"}, "{", [1]]
    bad += [{**good, "Id": "b", "Attributes": {"Likes": "tea"}}]
    lines = [line if isinstance(line, str) else json.dumps(line) for line in (good, *bad)]
    account.write("s3://people/json/people.json", "\n".join(lines) + "\n")
    job = pinpoint_client.finish_import(app, "s3://people/json/people.json", Format="JSON")

    assert (job["JobStatus"], job["TotalProcessed"], job["TotalFailures"]) == ("COMPLETED", 6, 5)
    assert [failure.partition(": ")[0][-6:] for failure in job["Failures"]] == [f"line {n}" for n in range(2, 7)]
    assert "ChannelType must be one of PUSH," in job["Failures"][0]
    assert "has no Address" in job["Failures"][1]
    assert "a line must be a JSON object, got '{': " in job["Failures"][2]
    assert job["Failures"][3].endswith("a line must be a JSON object, got '[1]'")
    assert "Attributes.Likes" in job["Failures"][4]
    assert addresses(pinpoint, app) == ["ann@example.com"]


def test_only_the_first_hundred_failures_are_reported(pinpoint_client: Any, app: str, account: Any) -> None:
    account.write("s3://people/people.csv", "ChannelType,Address\n" + "EMAIL,\n" * 101 + "EMAIL,a@b.c\n")
    job = pinpoint_client.finish_import(app)

    assert (job["TotalProcessed"], job["TotalFailures"], len(job["Failures"])) == (102, 101, 100)


def test_sub_folders_are_read_and_each_file_is_a_piece(
    pinpoint_client: Any, app: str, account: Any, pinpoint: Any
) -> None:
    account.write("s3://people/deep/er/more.csv", "ChannelType,Address\nEMAIL,cid@example.com\n")
    account.write("s3://people-2/people.csv", PEOPLE)
    account.write("s3://people/deep/", "")
    job = pinpoint_client.finish_import(app)
    folder = pinpoint_client.finish_import(app, "s3://people/deep")

    assert (job["TotalPieces"], job["TotalProcessed"]) == (2, 3)
    assert (folder["TotalPieces"], folder["TotalProcessed"]) == (1, 1)
    assert sorted(addresses(pinpoint, app)) == ["+4912345", "ann@example.com", "cid@example.com"]


def test_an_entry_with_a_known_id_updates_and_needs_no_address(
    pinpoint_client: Any, app: str, account: Any, pinpoint: Any
) -> None:
    account.write("s3://people/1.csv", "Id,ChannelType,Address,Attributes.Likes\nann,EMAIL,ann@example.com,tea\n")
    pinpoint_client.finish_import(app, "s3://people/1.csv")
    account.write("s3://people/2.csv", "Id,Attributes.Hates\nann,snow\nbob,rain\n")
    job = pinpoint_client.finish_import(app, "s3://people/2.csv")

    assert job["Failures"] == ["s3://people/2.csv, line 3: a new endpoint needs Address and ChannelType"]
    assert [one["Attributes"] for one in pinpoint.endpoints(app)] == [{"Likes": ["tea"], "Hates": ["snow"]}]


def test_a_file_can_be_imported_again(pinpoint_client: Any, app: str, pinpoint: Any) -> None:
    pinpoint_client.finish_import(app)
    pinpoint_client.finish_import(app)

    assert len(pinpoint.endpoints(app)) == 2


def test_endpoints_are_registered_only_if_requested(pinpoint_client: Any, app: str, pinpoint: Any) -> None:
    job = pinpoint_client.finish_import(app, RegisterEndpoints=False, DefineSegment=True)

    assert (job["TotalProcessed"], pinpoint.endpoints(app)) == (2, [])
    assert len(pinpoint.segments(app)[0]["Endpoints"]) == 2


def test_a_segment_is_defined_and_later_updated(pinpoint_client: Any, app: str, account: Any, pinpoint: Any) -> None:
    job = pinpoint_client.finish_import(app, DefineSegment=True, SegmentName="friends")
    segment = job["Definition"]["SegmentId"]
    account.write("s3://people/people.csv", "ChannelType,Address\nEMAIL,cid@example.com\n")
    again = pinpoint_client.finish_import(app, DefineSegment=True, SegmentId=segment)
    described = pinpoint_client("GetSegment", ApplicationId=app, SegmentId=segment)["SegmentResponse"]
    first = pinpoint_client("GetSegmentVersion", ApplicationId=app, SegmentId=segment, Version="1")["SegmentResponse"]
    jobs = pinpoint_client("GetSegmentImportJobs", ApplicationId=app, SegmentId=segment)["ImportJobsResponse"]["Item"]

    assert (described["Name"], described["SegmentType"], described["Version"]) == ("friends", "IMPORT", 2)
    assert described["Arn"].endswith(f":apps/{app}/segments/{segment}")
    assert described["ImportDefinition"]["ChannelCounts"] == {"EMAIL": 2, "SMS": 1}
    assert first["ImportDefinition"]["Size"] == 2
    assert [one["Id"] for one in jobs] == [job["Id"], again["Id"]]
    assert [one["Name"] for one in pinpoint.segments(app)] == ["friends"]


def test_a_job_fails_if_one_of_its_files_cannot_be_read(
    pinpoint_client: Any, app: str, account: Any, pinpoint: Any
) -> None:
    account.objects["people", "latin.csv"] = b"ChannelType,Address\nEMAIL,\xff\n"
    account.write("s3://people/odd.csv", "ChannelType,Address,Shoe.Size\nEMAIL,a@b.c,44\n")
    job = pinpoint_client.finish_import(app, DefineSegment=True)

    assert (job["JobStatus"], job["TotalPieces"], job["FailedPieces"]) == ("FAILED", 3, 2)
    assert job["TotalFailures"] == 2
    assert "s3://people/latin.csv: a file must be encoded in UTF-8" in job["Failures"][0]
    assert "must be of those that the guide lists, got 'Shoe.Size'" in job["Failures"][1]
    assert len(pinpoint.endpoints(app)) == 2
    assert pinpoint.segments(app) == []


@pytest.mark.parametrize("data_format", ["CSV", "JSON"])
@pytest.mark.parametrize("problem", ["denied", "deleted", "bad at once", "bad after 3000 rows"])
def test_nothing_is_taken_of_a_file_that_cannot_be_read_to_its_end_and_the_others_are(
    pinpoint_client: Any, account: Any, pinpoint: Any, problem: str, data_format: str
) -> None:
    def file(*names: str) -> bytes:
        if data_format == "CSV":
            return "".join(
                f"{line}\n" for line in ("Id,ChannelType,Address", *(f"{n},EMAIL,{n}" for n in names))
            ).encode()
        entries = [{"Id": name, "ChannelType": "EMAIL", "Address": name} for name in names]
        return "".join(f"{json.dumps(one)}\n" for one in entries).encode()

    app, key = pinpoint_client.app(), ("people", "2")
    good = {"bad at once": 0, "bad after 3000 rows": 3000}.get(problem)
    account.objects |= {("people", name): file(name) for name in "13"}
    account.objects[key] = file("2") if good is None else file("1", *map(str, range(4, good + 4))) + b"\xff\n"
    started = pinpoint_client.start_import(app, Format=data_format)
    if problem == "denied":
        account.denied.add(key)
    elif problem == "deleted":
        account.vanishing.add(key)
    pinpoint_client.clock.advance(3600)
    job = pinpoint_client.import_job(app, started)

    counts = {"TotalPieces": 3, "CompletedPieces": 2, "FailedPieces": 1, "TotalProcessed": 2, "TotalFailures": 1}
    assert {name: job[name] for name in ("JobStatus", *counts)} == {"JobStatus": "FAILED", **counts}
    assert job["Failures"][0].startswith("s3://people/2: ")
    assert sorted(addresses(pinpoint, app)) == ["1", "3"]


def test_a_file_without_access_does_not_hide_another_that_is_not_json(
    pinpoint_client: Any, app: str, account: Any
) -> None:
    account.write("s3://people/1.json", "{}")
    account.write("s3://people/2.json", '{"Id"')
    account.denied.add(("people", "1.json"))

    with pytest.raises(ServiceError, match="Unexpected end-of-input"):
        pinpoint_client.start_import(app, Format="JSON")


def test_a_row_of_another_length_or_kind_fails_alone(pinpoint_client: Any, app: str, account: Any) -> None:
    rows = "EMAIL,a@b.c,few\nEMAIL,a@b.c\n\nEMAIL,a@b.c,3\n"
    account.write("s3://people/people.csv", f"ChannelType,Address,Metrics.Visits\n{rows}")
    job = pinpoint_client.finish_import(app)

    assert job["TotalProcessed"] == 3
    assert [failure.partition(", ")[2] for failure in job["Failures"]] == [
        "line 2: Metrics.Visits must be a number, got 'few'",
        "line 3: a row must have 3 values, as the header has, got 2",
    ]


def test_a_job_without_a_file_that_can_be_read_fails(pinpoint_client: Any, app: str, account: Any, clock: Any) -> None:
    account.write("s3://people/people.csv", "Shoe.Size\n44\n")
    job = pinpoint_client.start_import(app)
    clock.advance(9.5)
    failing = pinpoint_client.import_job(app, job)["JobStatus"]
    clock.advance(10)
    unreadable = pinpoint_client.import_job(app, job)
    missing = pinpoint_client.finish_import(app, "s3://people/none/")

    assert (failing, unreadable["JobStatus"], missing["JobStatus"]) == ("FAILING", "FAILED", "FAILED")
    assert (unreadable["TotalPieces"], unreadable["FailedPieces"]) == (1, 1)
    assert missing["Failures"] == ["there is no file at s3://people/none/"]


@pytest.mark.parametrize("denied", ["list", "read"])
def test_missing_access_fails_the_job(pinpoint_client: Any, app: str, account: Any, denied: str) -> None:
    account.denied.add(denied)
    job = pinpoint_client.finish_import(app)

    assert job["JobStatus"] == "FAILED"
    assert job["Failures"] == [{"list": "list people", "read": "s3://people/people.csv: read people"}[denied]]


def test_the_role_is_assumed_for_the_application(pinpoint_client: Any, app: str, account: Any) -> None:
    pinpoint_client.finish_import(app)

    role = "arn:aws:iam::111122223333:role/service"
    source = f"arn:aws:mobiletargeting:eu-west-1:111122223333:apps/{app}"
    assert set(account.assumed) == {(role, "pinpoint.amazonaws.com", source)}


def test_a_role_that_cannot_be_assumed_is_reported_at_once(pinpoint_client: Any, app: str, account: Any) -> None:
    account.assumable = False
    with pytest.raises(ServiceError, match="cannot be assumed") as error:
        pinpoint_client.start_import(app)

    assert (error.value.code, error.value.status) == ("BadRequestException", 400)


@pytest.mark.parametrize(
    ("definition", "code", "message"),
    [
        ({"url": "people/"}, "BadRequestException", "S3Url must be s3://bucket/..., got people/"),
        ({"Format": "XML"}, "BadRequestException", "enum value set: [CSV, JSON]"),
        ({"RoleArn": None}, "BadRequestException", "Invalid type for parameter ImportJobRequest.RoleArn"),
        ({"SegmentId": "none"}, "NotFoundException", "segment none"),
    ],
)
def test_an_import_that_makes_no_sense_is_refused(
    pinpoint_client: Any, app: str, definition: dict[str, Any], code: str, message: str
) -> None:
    with pytest.raises(ServiceError) as error:
        pinpoint_client.start_import(app, **definition)

    assert (error.value.code, message in error.value.message) == (code, True)


def test_jobs_come_in_pages_by_application(pinpoint_client: Any, app: str) -> None:
    made = [pinpoint_client.start_import(app) for _ in range(3)]
    other = pinpoint_client.app("other")
    found: list[str] = []
    token: dict[str, str] = {}
    for _ in range(2):
        page = pinpoint_client("GetImportJobs", ApplicationId=app, PageSize="2", **token)["ImportJobsResponse"]
        found += [job["Id"] for job in page["Item"]]
        token = {"Token": page["NextToken"]} if "NextToken" in page else {}

    assert (found, token) == (made, {})
    assert pinpoint_client("GetImportJobs", ApplicationId=other)["ImportJobsResponse"]["Item"] == []
    with pytest.raises(ServiceError) as error:
        pinpoint_client.import_job(other, made[0])
    assert (error.value.code, error.value.status) == ("NotFoundException", 404)


def test_a_page_of_jobs_has_a_hundred_entries(pinpoint_client: Any, app: str) -> None:
    made = [pinpoint_client.start_import(app) for _ in range(101)]
    first = pinpoint_client("GetImportJobs", ApplicationId=app)["ImportJobsResponse"]
    second = pinpoint_client("GetImportJobs", ApplicationId=app, Token=first["NextToken"])["ImportJobsResponse"]

    assert [job["Id"] for job in first["Item"]] == made[:100]
    assert [job["Id"] for job in second["Item"]] == made[100:]


@pytest.mark.parametrize("paging", [{"PageSize": "few"}, {"PageSize": "0"}, {"Token": "nonsense"}])
def test_a_page_that_does_not_exist_is_refused(pinpoint_client: Any, app: str, paging: dict[str, str]) -> None:
    with pytest.raises(ServiceError) as error:
        pinpoint_client("GetImportJobs", ApplicationId=app, **paging)

    assert error.value.code == "BadRequestException"


def test_endpoints_are_in_a_hundred_cohorts(pinpoint_client: Any, app: str, account: Any, pinpoint: Any) -> None:
    rows = "".join(f"{number},EMAIL,a\n" for number in range(2000))
    account.write("s3://people/people.csv", f"Id,ChannelType,Address\n{rows}")
    pinpoint_client.finish_import(app)

    assert {int(endpoint["CohortId"]) for endpoint in pinpoint.endpoints(app)} == set(range(100))


def test_two_entries_of_one_endpoint_in_a_file_add_up(
    pinpoint_client: Any, app: str, account: Any, pinpoint: Any
) -> None:
    header = "ChannelType,Address,Attributes.Likes,Attributes.Hates\n"
    account.write("s3://people/people.csv", f"{header}EMAIL,ann@example.com,tea,\nEMAIL,ann@example.com,,snow\n")
    job = pinpoint_client.finish_import(app)

    assert (job["TotalProcessed"], job["TotalFailures"]) == (2, 0)
    assert [one["Attributes"] for one in pinpoint.endpoints(app)] == [{"Likes": ["tea"], "Hates": ["snow"]}]
