"""Jobs without names: a repeated create call finds the job that was created, and failed entries count."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

from data_jobs.creation import UNKNOWN_RESULT_SECONDS
from data_jobs.definitions import table
from data_jobs.request import Request, digest

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
    prefix = Request.from_event(event(function)).delivery_prefix
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


def test_a_job_that_can_have_no_tags_gets_none(function: Any) -> None:
    deliveries(function, 0)
    listed(function)
    created(function)

    run = function.create(function.run(event(function, Tags=[{"Key": "team", "Value": "search"}])))

    assert run["id"] == "job-2"


@pytest.mark.parametrize(
    "other",
    [
        {"age": 6},
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


@pytest.mark.parametrize(
    "said", [{}, {"Format": "CSV"}, {**TYPED, "S3Url": None}], ids=["nothing", "only a part", "not the location"]
)
def test_a_job_without_its_distinguishing_parameters_in_the_list_is_not_adopted(
    function: Any, said: dict[str, Any]
) -> None:
    deliveries(function, 0)
    said = {name: value for name, value in said.items() if value is not None}
    response = {"ImportJobsResponse": {"Item": [job(function, Definition=said)]}}
    function.answering("pinpoint", "GetImportJobs", response)
    created(function)

    assert function.create(function.run(event(function)))["id"] == "job-2"


def test_what_is_off_anyway_and_the_role_need_not_be_in_the_list(function: Any) -> None:
    made = event(function)
    made["ResourceProperties"]["Parameters"]["ImportJobRequest"]["DefineSegment"] = "false"
    deliveries(function, 0)
    said = {"Format": "CSV", "S3Url": REQUEST["S3Url"]}
    function.answering("pinpoint", "GetImportJobs", {"ImportJobsResponse": {"Item": [job(function, Definition=said)]}})

    assert function.create(function.run(made))["id"] == "job-1"


@pytest.mark.parametrize("scale", [1, 1000], ids=["seconds", "milliseconds"])
@pytest.mark.parametrize(("age", "found"), [(0, "job-1"), (60, "job-2")])
def test_a_list_may_have_times_as_numbers(function: Any, scale: int, age: int, found: str) -> None:
    deliveries(function, 0)
    listed = job(function, CreationDate=(function.now - age) * scale)
    function.answering("pinpoint", "GetImportJobs", {"ImportJobsResponse": {"Item": [listed]}})
    if found == "job-2":
        created(function)

    assert function.create(function.run(event(function)))["id"] == found


@pytest.mark.parametrize("path", ["Nothing", "Id", "Definition"])
def test_a_list_that_has_no_time_creates_no_job(function: Any, path: str) -> None:
    deliveries(function, 0)
    listed(function, job(function))

    outcome = function.create(function.run(event(function, Definition=definition(path))))["outcome"]

    assert "the creation time of a job must be a date, or seconds or milliseconds since 1970, got " in outcome["reason"]
    assert f"at '{path}' of the definition" in outcome["reason"]


def definition(created: str) -> dict[str, Any]:
    row = table()["Custom::PinpointImportJob"]
    return {**row, "find": {**row["find"], "created": created}}


@pytest.mark.parametrize("problem", ["cut off", "of the service", "no response"])
def test_a_create_whose_effect_is_unknown_is_not_repeated_at_once(function: Any, problem: str) -> None:
    deliveries(function, 0)
    listed(function)
    if problem == "of the service":
        stub = function.stubs["pinpoint"]
        stub.add_client_error("create_import_job", "InternalServerErrorException", http_status_code=500)
    else:
        broken = {"cut off": ConnectionClosedError, "no response": ReadTimeoutError}[problem]
        function.answering("pinpoint", "CreateImportJob", broken(endpoint_url="https://pinpoint"))
    run = function.create(function.run(event(function)))
    assert (run["next"], run["wait"]) == ("create", 120)

    # It has taken effect meanwhile.
    function.stack("CREATE_IN_PROGRESS")
    deliveries(function, 0)
    listed(function, job(function))
    assert function.step("create", run, after=UNKNOWN_RESULT_SECONDS)["id"] == "job-1"


def test_a_list_that_failed_is_requested_again_soon(function: Any) -> None:
    deliveries(function, 0)
    function.answering("pinpoint", "GetImportJobs", ConnectionClosedError(endpoint_url="https://pinpoint"))

    assert function.create(function.run(event(function)))["wait"] == 5


def test_a_job_is_described_again_soon_if_the_response_was_interrupted(function: Any) -> None:
    function.answering("pinpoint", "GetImportJob", ReadTimeoutError(endpoint_url="https://pinpoint"))

    run = function.step("check", function.run(event(function), id="job-1", since=function.now))

    assert (run["next"], run["wait"]) == ("check", 5)


@pytest.mark.parametrize("problem", ["throttled", "no connection"])
def test_a_create_that_surely_had_no_effect_is_repeated_soon(function: Any, problem: str) -> None:
    deliveries(function, 0)
    listed(function)
    if problem == "throttled":
        stub = function.stubs["pinpoint"]
        stub.add_client_error("create_import_job", "TooManyRequestsException", http_status_code=429)
    else:
        error = EndpointConnectionError(endpoint_url="https://pinpoint")
        function.answering("pinpoint", "CreateImportJob", error)

    assert function.create(function.run(event(function)))["wait"] < UNKNOWN_RESULT_SECONDS / 2


@pytest.mark.parametrize("files", [[], [{"Source": "s3://assets/1.csv", "Target": "s3://staging/job/1.csv"}]])
def test_a_step_that_is_repeated_waits_until_a_list_shows_what_it_may_have_created(
    function: Any, files: list[dict[str, str]]
) -> None:
    """Before it copies or calls: a later step, which is not taken again, would create the job at once."""
    requested = event(function)
    requested["ResourceProperties"]["Files"] = files

    run = function.step("create", function.run(requested), attempt=1)

    assert (run["next"], run["wait"], run["waiting_for"]) == ("create", UNKNOWN_RESULT_SECONDS, "job")
    assert run["state"] == "an attempt that was interrupted may have created the job"


def test_a_step_that_is_throttled_again_and_again_creates_the_job_all_the_same(function: Any) -> None:
    """Nobody can tell it from one that was cut off."""
    run, waits = function.run(event(function)), []
    for _ in range(3):
        run = function.step("create", run, attempt=1)
        waits.append(run["wait"])
    function.stack("CREATE_IN_PROGRESS")
    deliveries(function, 0)
    listed(function)
    created(function)

    assert function.step("create", run, attempt=1)["id"] == "job-2"
    assert waits == [UNKNOWN_RESULT_SECONDS] * 3


def test_the_job_of_a_create_whose_response_was_lost_is_found(function: Any) -> None:
    deliveries(function, 0)
    listed(function, job(function))

    assert function.create(function.run(event(function)))["id"] == "job-1"


def test_it_is_found_after_others_in_the_list(function: Any) -> None:
    deliveries(function, 0)
    listed(function, job(function, age=60, Id="before"), job(function))

    assert function.create(function.run(event(function)))["id"] == "job-1"


def test_what_the_list_was_filtered_by_need_not_be_in_it(function: Any) -> None:
    row = table()["Custom::PinpointImportJob"]
    find = {**row["find"], "as_parameters": "{ImportJobRequest: Definition}"}
    deliveries(function, 0)
    listed(function, job(function))

    assert function.create(function.run(event(function, Definition={**row, "find": find})))["id"] == "job-1"


@pytest.mark.parametrize(("age", "found"), [(7200, "job-1"), (7201, "job-2")])
def test_deliveries_are_searched_for_as_long_as_a_request_may_be_delivered_again(
    function: Any, age: int, found: str
) -> None:
    """After a page on which all are older no other is requested."""
    prefix = Request.from_event(event(function)).delivery_prefix
    ages = {"another": float(age)} if found == "job-2" else {f"{prefix}0": float(age)}
    began = dt.datetime.fromtimestamp(function.now - age, dt.timezone.utc)
    one = {"executionArn": "e", "stateMachineArn": "m", "status": "SUCCEEDED", "startDate": began}
    pages = [{"executions": [{**one, "name": name} for name in ages], "nextToken": "more"}, {"executions": []}]
    for page in pages[: 1 if found == "job-2" else 2]:
        function.stubs["stepfunctions"].add_response("list_executions", page)
    if found == "job-2":
        created(function)
    else:
        listed(function, job(function, age=7190))

    assert function.create(function.run(event(function)))["id"] == found


def test_a_job_with_the_same_parameters_is_anothers_where_no_create_call_was_made(function: Any) -> None:
    function.executions({"execution-1": 0}, running=False)
    function.stubs["pinpoint"].add_client_error("create_import_job", "TooManyRequestsException", http_status_code=429)
    run = function.create(function.run(event(function)))
    assert run["next"] == "create"

    function.executions({"execution-1": 5}, running=False)
    created(function)
    assert function.create(run, 5)["id"] == "job-2"


def test_a_job_that_an_interrupted_attempt_has_created_is_found_after_the_wait(function: Any) -> None:
    run = function.step("create", function.run(event(function)), attempt=1)
    function.executions({"execution-1": UNKNOWN_RESULT_SECONDS}, running=False)
    listed(function, job(function))

    assert function.create(run, UNKNOWN_RESULT_SECONDS)["id"] == "job-1"


def test_the_services_clock_may_be_behind(function: Any) -> None:
    deliveries(function, 0)
    listed(function, job(function, age=5))

    assert function.create(function.run(event(function)))["id"] == "job-1"


def test_a_deployments_job_that_failed_meanwhile_is_reported_and_not_repeated(function: Any) -> None:
    deliveries(function, 0)
    listed(function, job(function, status="FAILED"))

    assert function.create(function.run(event(function)))["id"] == "job-1"


@pytest.mark.parametrize("is_listed", [True, False])
@pytest.mark.parametrize("again", ["made again", "a run"])
def test_what_is_tried_again_after_a_failure_is_another_job(function: Any, again: str, *, is_listed: bool) -> None:
    made = event(function)
    if again == "a run":
        made |= {"RequestType": "Run", "StartedBy": "schedule"}
        function.resource("CREATE_COMPLETE")
    else:
        function.stack("CREATE_IN_PROGRESS")
    function.executions({}, running=False)
    listed(function, job(function, status="FAILED"), *([job(function, Id="job-2")] if is_listed else []))
    if not is_listed:
        created(function)
    known = {"creating": True} | ({"turn": function.now} if again == "a run" else {"number": 1})

    assert function.step("create", function.run(made, **known))["id"] == "job-2"


@pytest.mark.parametrize(("age", "found"), [(60, "job-2"), (0, "job-1")], ids=["before", "in its turn"])
def test_a_run_adopts_no_job_that_was_created_before_its_turn(function: Any, age: int, found: str) -> None:
    made = {**event(function), "RequestType": "Run", "StartedBy": "schedule"}
    function.resource("CREATE_COMPLETE")
    function.executions({}, running=False)
    listed(function, job(function, age=age))
    if found == "job-2":
        created(function)

    run = function.run(made, turn=function.now, creating=True)
    assert function.step("create", {**run, "started": function.now - 600})["id"] == found


def test_a_run_searches_for_its_job_only_in_a_step_after_its_turn_came(function: Any) -> None:
    """If that step is taken again, it must know since when its job may be there."""
    made = {**event(function), "RequestType": "Run", "StartedBy": "schedule"}
    function.resource("CREATE_COMPLETE")
    function.executions({})

    run = function.step("create", {**function.run(made), "started": function.now - 600})

    assert (run["next"], run["wait"], run["turn"]) == ("create", 0, function.now)
    assert (run["waiting_for"], run["state"]) == ("turn", "no earlier run is running")


def test_the_job_of_an_earlier_delivery_of_the_request_is_found(function: Any) -> None:
    deliveries(function, 90, 0)
    listed(function, job(function, age=80))

    assert function.create(function.run(event(function)))["id"] == "job-1"


def test_the_job_of_an_earlier_delivery_is_found_though_it_was_created_before_the_runs_turn(function: Any) -> None:
    """The earlier one was cut off: its job is this request's own, and what another would move is moved already."""
    made = {**event(function), "RequestType": "Run", "StartedBy": "task"}
    function.resource("CREATE_COMPLETE")
    deliveries_of_run = Request.from_event(made).delivery_prefix
    function.executions({f"{deliveries_of_run}first": 900, "execution-1": 600}, running=False)
    listed(function, job(function, age=800))

    run = function.run(made, turn=function.now)
    assert function.step("create", {**run, "started": function.now - 600})["id"] == "job-1"


def test_the_job_of_another_request_for_the_resource_is_not_found(function: Any) -> None:
    other = Request.from_event(event(function) | {"RequestId": "request-0"}).delivery_prefix
    function.executions({f"{other}0": 90, f"{Request.from_event(event(function)).delivery_prefix}0": 0}, running=False)
    listed(function, job(function, age=80))
    created(function)

    assert function.create(function.run(event(function)))["id"] == "job-2"


@pytest.mark.parametrize("attempt", [0, 1])
def test_with_a_token_a_create_whose_effect_is_unknown_is_repeated_soon(function: Any, attempt: int) -> None:
    definition = {
        "title": "stack",
        "service": "cloudformation",
        "create": {"operation": "create_stack", "id": "StackId"},
        "token": "ClientRequestToken",
        "not_identity": [],
    }
    made = event(function, Definition=definition, Parameters={"StackName": "shop"})
    function.stack("CREATE_IN_PROGRESS")
    function.answering("cloudformation", "CreateStack", ReadTimeoutError(endpoint_url="https://cloudformation"))

    run = function.step("create", function.run(made), attempt=attempt)

    assert (run["next"], run["wait"], run["waiting_for"]) == ("create", 5, "service")


def test_after_an_unknown_result_a_list_is_searched_before_the_token_is_used_again(function: Any) -> None:
    """The token may have expired by then."""
    stack = {
        "StackId": "arn:stack",
        "StackName": "shop",
        "CreationTime": function.now,
        "StackStatus": "CREATE_COMPLETE",
    }
    definition = {
        "title": "stack",
        "service": "cloudformation",
        "create": {"operation": "create_stack", "id": "StackId"},
        "token": "ClientRequestToken",
        "not_identity": [],
        "succeeded": [],
        "failed": [],
        "attributes": {},
        "status": "StackStatus",
        "find": {
            "operation": "list_stacks",
            "parameters": {},
            "jobs": "StackSummaries",
            "id": "StackId",
            "created": "CreationTime",
            "as_parameters": "{StackName: StackName}",
        },
    }
    made = event(function, Definition=definition, Parameters={"StackName": "shop"})
    function.executions({"execution-1": 0}, running=False)
    function.answering("cloudformation", "CreateStack", ReadTimeoutError(endpoint_url="https://cloudformation"))
    run = function.create(function.run(made))
    assert (run["wait"], run["creating"]) == (5, True)

    function.executions({"execution-1": 5}, running=False)
    function.answering("cloudformation", "ListStacks", {"StackSummaries": [stack]})
    assert function.create(run, 5)["id"] == "arn:stack"


def test_a_run_that_an_older_version_began_goes_on_with_its_tokens(function: Any) -> None:
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
        "data_jobs.aws.Aws.create_job", lambda _self, _definition, parameters: sent.append(parameters) or "job"
    )
    for known in ({}, {}, {"number": 1}, {"number": 2}):
        run = function.run(event(function, Definition=definition), **known)
        del run["uuid"]
        function.create(run)

    first, again, *later = (parameters["ClientToken"] for parameters in sent)
    assert first == again == digest("request-1", 36)
    assert len({first, *later}) == 3
    assert {len(token) for token in later} == {36}


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
            "0 of 2 pieces and 3 of 9 entries failed: line 4: no Address. Job: job-1"
        )


def test_failed_entries_are_counted_when_the_job_has_ended(function: Any) -> None:
    goes_on = job(function, TotalFailures=3)
    function.stubs["pinpoint"].add_response("get_import_job", {"ImportJobResponse": goes_on})

    run = function.step("check", function.run(event(function), id="job-1", since=function.now))

    assert (run["next"], run["waiting_for"]) == ("check", "job")


def test_an_error_of_the_service_is_not_reported_as_its_quota(function: Any) -> None:
    deliveries(function, 0)
    listed(function)
    function.stubs["pinpoint"].add_client_error(
        "create_import_job", "InternalServerErrorException", http_status_code=500
    )

    assert function.create(function.run(event(function)))["waiting_for"] == "service"


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_a_resource_whose_job_was_never_created_goes_by_the_name_of_its_execution(
    function: Any, request_type: str
) -> None:
    """Under its old id, the next deployment would take the old job for the one that was wanted."""
    requested = event(function, request_type) | {"PhysicalResourceId": "job-1", "OldResourceProperties": {}}
    run = function.run(requested, started=function.now - 60)
    function.executions({}, running=False)
    function.stubs["pinpoint"].add_client_error("create_import_job", "NotFoundException", "no such application")

    function.step("report", function.create(run, stack=f"{request_type.upper()}_IN_PROGRESS"))

    [response] = function.responses.bodies
    assert (response["Status"], response["PhysicalResourceId"]) == ("FAILED", "execution-1")


def test_a_role_is_no_part_of_the_job(function: Any) -> None:
    update = event(function, "Update")
    request = {**update["ResourceProperties"]["Parameters"]["ImportJobRequest"], "RoleArn": "arn:another"}
    parameters = {"ApplicationId": "app", "ImportJobRequest": request}
    update |= {
        "PhysicalResourceId": "job-1",
        "OldResourceProperties": {**update["ResourceProperties"], "Parameters": parameters},
    }

    assert function.step("create", function.run(update))["kept"] is True


SOLUTION = "arn:aws:personalize:eu-west-1:111122223333:solution/shop"


def training_event(function: Any) -> dict[str, Any]:
    made: dict[str, Any] = function.event("Create", ResourceType="Custom::PersonalizeSolutionVersion")
    made["ResourceProperties"] |= {"Parameters": {"solutionArn": SOLUTION}, "Tags": [{"Key": "team", "Value": "shop"}]}
    return made


def listed_versions(function: Any, *versions: tuple[str, str, float]) -> None:
    """Adds the response of a list call: each version's id, its type of training and its age."""
    function.executions({f"{Request.from_event(training_event(function)).delivery_prefix}0": 0}, running=False)
    summaries = [
        {
            "solutionVersionArn": f"{SOLUTION}/{id_}",
            "status": "CREATE PENDING",
            "trainingMode": "FULL",
            "trainingType": type_,
            "creationDateTime": function.now - age,
        }
        for id_, type_, age in versions
    ]
    function.stubs["personalize"].add_response(
        "list_solution_versions", {"solutionVersions": summaries}, {"solutionArn": SOLUTION}
    )


def test_a_training_whose_response_was_lost_is_found(function: Any) -> None:
    listed_versions(function, ("automatic", "AUTOMATIC", 0), ("mine", "MANUAL", 0))

    assert function.create(function.run(training_event(function)))["id"] == f"{SOLUTION}/mine"


def test_neither_automatic_trainings_nor_older_ones_are_taken_for_ones_own(function: Any) -> None:
    listed_versions(function, ("automatic", "AUTOMATIC", 0), ("older", "MANUAL", 60))
    function.stubs["personalize"].add_response(
        "create_solution_version",
        {"solutionVersionArn": f"{SOLUTION}/new"},
        {"solutionArn": SOLUTION, "tags": [{"tagKey": "team", "tagValue": "shop"}]},
    )

    assert function.create(function.run(training_event(function)))["id"] == f"{SOLUTION}/new"
