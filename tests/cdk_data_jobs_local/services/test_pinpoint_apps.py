from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from cdk_data_jobs_local.services.core.errors import ServiceError
from cdk_data_jobs_local.services.core.faults import Fault
from cdk_data_jobs_local.services.core.protocols import Request


@pytest.fixture
def app(pinpoint_client: Any, account: Any) -> str:
    account.write("s3://people/people.csv", "Id,ChannelType,Address\nann,EMAIL,ann@example.com\nbob,SMS,+491\n")
    made: str = pinpoint_client.app()
    return made


def not_found(pinpoint_client: Any, operation: str, **parameters: str) -> None:
    with pytest.raises(ServiceError) as error:
        pinpoint_client(operation, **parameters)
    assert (error.value.code, error.value.status) == ("NotFoundException", 404)


def exported(account: Any, job: dict[str, Any], prefix: str = "people/") -> list[dict[str, Any]]:
    content = gzip.decompress(account.objects["out", f"{prefix}{job['Id']}.json.gz"]).decode()
    return [json.loads(line) for line in content.splitlines()]


def test_an_application_comes_and_goes(pinpoint_client: Any, app: str) -> None:
    found = pinpoint_client("GetApp", ApplicationId=app)["ApplicationResponse"]
    listed = pinpoint_client("GetApps")["ApplicationsResponse"]["Item"]
    deleted = pinpoint_client("DeleteApp", ApplicationId=app)["ApplicationResponse"]

    assert (found["Name"], found["Id"]) == ("shop", app)
    assert found["Arn"] == f"arn:aws:mobiletargeting:eu-west-1:111122223333:apps/{app}"
    assert (listed, deleted) == ([found], found)
    not_found(pinpoint_client, "GetApp", ApplicationId=app)


def test_an_applications_tags_change(pinpoint_client: Any) -> None:
    made = pinpoint_client("CreateApp", CreateApplicationRequest={"Name": "a", "tags": {"a": "1", "b": "2"}})
    arn = made["ApplicationResponse"]["Arn"]
    pinpoint_client("TagResource", ResourceArn=arn, TagsModel={"tags": {"b": "3", "c": "4"}})
    pinpoint_client("UntagResource", ResourceArn=arn, TagKeys=["a", "c"])

    assert pinpoint_client("ListTagsForResource", ResourceArn=arn)["TagsModel"] == {"tags": {"b": "3"}}
    not_found(pinpoint_client, "ListTagsForResource", ResourceArn=f"{arn}x")
    with pytest.raises(ServiceError, match="at most 50 tags"):
        pinpoint_client("TagResource", ResourceArn=arn, TagsModel={"tags": {str(number): "" for number in range(50)}})


def test_an_application_with_a_reserved_tag_is_not_created(pinpoint_client: Any) -> None:
    with pytest.raises(ServiceError, match="must not begin with aws:"):
        pinpoint_client("CreateApp", CreateApplicationRequest={"Name": "a", "tags": {"AWS:mine": "1"}})

    assert pinpoint_client("GetApps")["ApplicationsResponse"]["Item"] == []


def test_an_endpoint_comes_and_goes(pinpoint_client: Any, app: str) -> None:
    one = {"ApplicationId": app, "EndpointId": "ann"}
    with pytest.raises(ServiceError, match="needs Address"):
        pinpoint_client("UpdateEndpoint", **one, EndpointRequest={"ChannelType": "EMAIL"})
    pinpoint_client("UpdateEndpoint", **one, EndpointRequest={"ChannelType": "EMAIL", "Address": "ann@example.com"})
    found = pinpoint_client("GetEndpoint", **one)["EndpointResponse"]
    deleted = pinpoint_client("DeleteEndpoint", **one)["EndpointResponse"]

    assert (found["Address"], found["EndpointStatus"], deleted) == ("ann@example.com", "ACTIVE", found)
    not_found(pinpoint_client, "GetEndpoint", **one)


def test_a_deleted_segment_is_gone(pinpoint_client: Any, app: str) -> None:
    segment = pinpoint_client.finish_import(app, DefineSegment=True)["Definition"]["SegmentId"]
    listed = pinpoint_client("GetSegments", ApplicationId=app)["SegmentsResponse"]["Item"]
    pinpoint_client("DeleteSegment", ApplicationId=app, SegmentId=segment)

    assert [one["Id"] for one in listed] == [segment]
    for operation in ("GetSegment", "GetSegmentImportJobs", "DeleteSegment"):
        not_found(pinpoint_client, operation, ApplicationId=app, SegmentId=segment)


def test_an_export_writes_gzipped_json_lines(pinpoint_client: Any, app: str, account: Any) -> None:
    pinpoint_client.finish_import(app)
    job = pinpoint_client.finish_export(app)
    endpoints = exported(account, job)

    assert (job["JobStatus"], job["Type"], job["TotalPieces"], job["TotalProcessed"]) == ("COMPLETED", "EXPORT", 1, 2)
    assert [endpoint["Address"] for endpoint in endpoints] == ["ann@example.com", "+491"]
    assert endpoints[0] == pinpoint_client("GetEndpoint", ApplicationId=app, EndpointId="ann")["EndpointResponse"]


def test_a_segment_can_be_exported_as_it_is_or_was(pinpoint_client: Any, app: str, account: Any) -> None:
    segment = pinpoint_client.finish_import(app, DefineSegment=True)["Definition"]["SegmentId"]
    account.write("s3://people/people.csv", "ChannelType,Address\nEMAIL,cid@example.com\n")
    pinpoint_client.finish_import(app, DefineSegment=True, SegmentId=segment)
    pinpoint_client.finish_import(app, RegisterEndpoints=True)
    counts = [
        len(exported(account, pinpoint_client.finish_export(app, "s3://out/", SegmentId=segment, **version), ""))
        for version in ({}, {"SegmentVersion": 1}, {"SegmentVersion": 2})
    ]
    jobs = pinpoint_client("GetSegmentExportJobs", ApplicationId=app, SegmentId=segment)["ExportJobsResponse"]["Item"]

    assert counts == [3, 2, 3]
    assert len(jobs) == 3


def test_only_the_response_to_its_creation_tells_what_an_export_is(
    pinpoint_client: Any, app: str, pinpoint: Any
) -> None:
    request = {"RoleArn": "arn:aws:iam::111122223333:role/exports", "S3UrlPrefix": "s3://out/people"}
    created = pinpoint_client("CreateExportJob", ApplicationId=app, ExportJobRequest=request)["ExportJobResponse"]

    def reported() -> list[dict[str, Any]]:
        one = pinpoint_client("GetExportJob", ApplicationId=app, JobId=created["Id"])["ExportJobResponse"]
        listed = pinpoint_client("GetExportJobs", ApplicationId=app)["ExportJobsResponse"]["Item"]
        return [job["Definition"] for job in (one, *listed)]

    as_documented = reported()
    pinpoint.change_settings(returns_export_definition=True)

    assert created["Definition"] == request
    assert as_documented == [{}, {}]
    assert reported() == [request, request]


@pytest.mark.parametrize(
    ("definition", "code"),
    [
        ({"SegmentVersion": 1}, "BadRequestException"),
        ({"SegmentId": "none"}, "NotFoundException"),
        ({"url": "s3:///people"}, "BadRequestException"),
    ],
)
def test_an_export_that_makes_no_sense_is_refused(pinpoint_client: Any, app: str, definition: Any, code: str) -> None:
    with pytest.raises(ServiceError) as error:
        pinpoint_client.finish_export(app, **definition)

    assert error.value.code == code


@pytest.mark.parametrize("denied", ["list", "write"])
def test_missing_access_fails_the_export(pinpoint_client: Any, app: str, account: Any, denied: str) -> None:
    account.denied.add(denied)
    job = pinpoint_client.finish_export(app)

    assert (job["JobStatus"], job["FailedPieces"], job["Failures"]) == ("FAILED", 1, [f"{denied} out"])


def test_a_job_whose_application_is_deleted_fails(pinpoint_client: Any, app: str, pinpoint: Any) -> None:
    pinpoint_client.start_import(app)
    pinpoint_client("DeleteApp", ApplicationId=app)
    pinpoint_client.clock.advance(1000)

    assert [job["JobStatus"] for job in pinpoint.jobs("ImportJob")] == ["FAILED"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ("BadRequestException", 400),
        ("ForbiddenException", 403),
        ("MethodNotAllowedException", 405),
        ("PayloadTooLargeException", 413),
        ("TooManyRequestsException", 429),
        ("InternalServerErrorException", 500),
    ],
)
def test_an_error_has_the_status_and_the_members_of_the_model(pinpoint: Any, error: str, status: int) -> None:
    pinpoint.add_fault(Fault(operation="GetApps", error=error, message="as injected"))
    response = pinpoint.respond(Request(method="GET", path="/v1/apps"))
    body = json.loads(response.body)

    assert (response.status, response.headers["x-amzn-ErrorType"]) == (status, error)
    assert (body["Message"], sorted(body)) == ("as injected", ["Message", "RequestID"])


def test_what_is_no_operation_is_refused(pinpoint: Any) -> None:
    responses = [
        pinpoint.respond(Request(method=method, path=path))
        for method, path in (("GET", "/v2/apps"), ("PATCH", "/v1/apps"), ("GET", "/v1/recommenders"))
    ]

    assert [response.status for response in responses] == [400, 400, 501]
