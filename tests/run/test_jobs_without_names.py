"""Jobs that have no name: a repeated create finds the job that was made, and failed entries count."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from data_jobs.request import Request

REQUEST = {"Format": "CSV", "RoleArn": "arn:aws:iam::111122223333:role/pinpoint", "S3Url": "s3://bucket/endpoints/"}
TYPED = {**REQUEST, "DefineSegment": True}


def event(function: Any, request_type: str = "Create", **properties: Any) -> dict[str, Any]:
    made: dict[str, Any] = function.event(request_type, ResourceType="Custom::PinpointImportJob")
    parameters = {"ApplicationId": "app", "ImportJobRequest": {**REQUEST, "DefineSegment": "true"}}
    made["ResourceProperties"] |= {"Parameters": parameters, **properties}
    return made


def job(function: Any, *, age: float = 0, status: str = "PROCESSING", **changes: Any) -> dict[str, Any]:
    created = dt.datetime.fromtimestamp(function.now - age, dt.timezone.utc).isoformat().replace("+00:00", "Z")
    return {
        "ApplicationId": "app",
        "CreationDate": created,
        "Definition": TYPED,
        "Id": "job-1",
        "JobStatus": status,
        "Type": "IMPORT",
        **changes,
    }


def deliveries(function: Any, *ages: float) -> None:
    prefix = Request.from_event(event(function)).deliveries
    function.executions({f"{prefix}{number}": age for number, age in enumerate(ages)}, running=False)


def listed(function: Any, *jobs: dict[str, Any], token: str = "", sent: str = "") -> None:
    response: dict[str, Any] = {"Item": [*jobs]} | ({"NextToken": token} if token else {})
    expected = {"ApplicationId": "app"} | ({"Token": sent} if sent else {})
    function.stubs["pinpoint"].add_response("get_import_jobs", {"ImportJobsResponse": response}, expected)


def created(function: Any) -> None:
    function.stubs["pinpoint"].add_response(
        "create_import_job",
        {"ImportJobResponse": job(function, Id="job-2")},
        {"ApplicationId": "app", "ImportJobRequest": TYPED},
    )


def test_where_there_is_no_such_job_one_is_created(function: Any) -> None:
    deliveries(function, 0)
    listed(function, token="more")  # noqa: S106
    listed(function, sent="more")
    created(function)

    assert function.create(function.run(event(function)))["id"] == "job-2"


@pytest.mark.parametrize(
    "other",
    [
        {"age": 60},
        {"Definition": {**TYPED, "S3Url": "s3://bucket/others/"}},
        {"Definition": {**TYPED, "DefineSegment": False}},
    ],
    ids=["made before the request", "another location", "another option"],
)
def test_another_job_is_not_taken_for_ones_own(function: Any, other: dict[str, Any]) -> None:
    deliveries(function, 0)
    listed(function, job(function, **other))
    created(function)

    assert function.create(function.run(event(function)))["id"] == "job-2"


def test_the_job_of_a_create_whose_answer_was_lost_is_found(function: Any) -> None:
    deliveries(function, 0)
    listed(function, job(function))

    assert function.create(function.run(event(function)))["id"] == "job-1"


def test_the_job_of_an_earlier_delivery_of_the_request_is_found(function: Any) -> None:
    deliveries(function, 90, 0)
    listed(function, job(function, age=80))

    assert function.create(function.run(event(function)))["id"] == "job-1"


def test_a_service_with_tokens_gets_the_same_for_the_same_request(function: Any) -> None:
    sent: list[dict[str, Any]] = []
    definition = {
        "title": "export",
        "service": "pinpoint",
        "create": {"operation": "create_import_job", "id": "ImportJobResponse.Id"},
        "token": "ClientToken",
        "not_identity": [],
        "attributes": {},
    }
    function.monkeypatch.setattr(
        "data_jobs.aws.Aws.create", lambda _self, _definition, parameters: sent.append(parameters) or "job"
    )
    for _ in range(2):
        function.create(function.run(event(function, Definition=definition)))

    assert sent[0] == sent[1]
    assert len(sent[0]["ClientToken"]) == 36


@pytest.mark.parametrize(("accepted", "succeeded"), [("0", False), ("2", False), ("3", True)])
def test_more_failed_entries_than_accepted_are_a_failure(function: Any, accepted: str, *, succeeded: bool) -> None:
    ended = job(
        function, status="COMPLETED", TotalPieces=2, TotalProcessed=9, TotalFailures=3, Failures=["line 4: no Address"]
    )
    function.stubs["pinpoint"].add_response(
        "get_import_job", {"ImportJobResponse": ended}, {"ApplicationId": "app", "JobId": "job-1"}
    )

    outcome = function.step(
        "check", function.run(event(function, MaxFailures=accepted), id="job-1", since=function.now)
    )["outcome"]

    assert outcome["succeeded"] is succeeded
    assert outcome["attributes"]["totalFailures"] == "3"
    if not succeeded:
        assert outcome["reason"] == (
            f"Pinpoint import job succeeded with 3 failed entries where {accepted} are accepted: "
            "0 of 2 pieces and 3 of 9 entries failed: line 4: no Address Job: job-1"
        )


def test_an_error_of_the_service_is_not_told_as_its_quota(function: Any) -> None:
    deliveries(function, 0)
    listed(function)
    function.stubs["pinpoint"].add_client_error(
        "create_import_job", "InternalServerErrorException", http_status_code=500
    )

    assert function.create(function.run(event(function)))["waiting_for"] == "service"


def test_a_role_is_no_part_of_the_job(function: Any) -> None:
    update = event(function, "Update")
    request = {**update["ResourceProperties"]["Parameters"]["ImportJobRequest"], "RoleArn": "arn:another"}
    parameters = {"ApplicationId": "app", "ImportJobRequest": request}
    update |= {
        "PhysicalResourceId": "job-1",
        "OldResourceProperties": {**update["ResourceProperties"], "Parameters": parameters},
    }

    assert function.step("create", function.run(update))["kept"] is True
