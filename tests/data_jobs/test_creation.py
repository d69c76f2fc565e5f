"""One request creates one job, or adopts the one that it has created before."""

from __future__ import annotations

import datetime as dt
from typing import Any

import boto3
import pytest
from creation_steps import ARN, FIRST_NAME, create_parameters, job_response

from data_jobs.definitions import table
from data_jobs.errors import PROPAGATION_GRACE
from data_jobs.request import Request


def stub_name_in_use(function: Any, name: str = FIRST_NAME) -> None:
    function.stubs["personalize"].add_client_error(
        "create_dataset_import_job", "ResourceAlreadyExistsException", expected_params=create_parameters(name)
    )


def test_a_create_creates_the_job_under_a_name_of_its_own(function: Any) -> None:
    function.stubs["personalize"].add_response(
        "create_dataset_import_job", {"datasetImportJobArn": ARN + FIRST_NAME}, create_parameters()
    )

    run = function.create(function.run(), after=9)

    assert (run["next"], run["wait"], run["id"]) == ("check", 5, ARN + FIRST_NAME)
    assert (run["since"], run["state"], run["waiting_for"]) == (function.now, "it is created", "job")


def test_a_job_that_is_not_waited_for_is_described_at_once(function: Any) -> None:
    event = function.event()
    event["ResourceProperties"]["WaitForCompletion"] = "false"
    function.stubs["personalize"].add_response("create_dataset_import_job", {"datasetImportJobArn": ARN + FIRST_NAME})

    run = function.create(function.run(event))

    assert (run["next"], run["wait"]) == ("check", 0)


def test_a_job_of_this_request_is_adopted(function: Any) -> None:
    stub_name_in_use(function)
    function.stubs["personalize"].add_response(
        "describe_dataset_import_job", job_response(), {"datasetImportJobArn": ARN + FIRST_NAME}
    )

    run = function.create(function.run())

    assert (run["next"], run["id"]) == ("check", ARN + FIRST_NAME)


def test_a_job_whose_name_is_taken_may_be_so_new_that_it_is_not_found_yet(function: Any) -> None:
    for _ in range(2):
        stub_name_in_use(function)
        describe, code = "describe_dataset_import_job", "ResourceNotFoundException"
        function.stubs["personalize"].add_client_error(describe, code, "none")

    run = function.create(function.run())
    assert (run["next"], run["waiting_for"]) == ("create", "service")
    function.now += 180
    late = function.create(run)

    reason = late["outcome"]["reason"]
    assert "could not be created: the name is taken (ResourceAlreadyExistsException: " in reason
    assert ", but the job is not described: ResourceNotFoundException: none" in reason


@pytest.mark.parametrize(
    "found",
    [
        job_response(status="CREATE FAILED"),
        job_response(dataSource={"dataLocation": "s3://bucket/another.csv"}),
        job_response(publishAttributionMetricsToS3=False),
    ],
    ids=["failed before", "another location", "another option"],
)
def test_a_foreign_or_failed_job_leaves_its_name_and_the_next_is_taken(function: Any, found: dict[str, Any]) -> None:
    stub_name_in_use(function)
    function.stubs["personalize"].add_response("describe_dataset_import_job", found)
    second = FIRST_NAME + "-2"
    function.stubs["personalize"].add_response(
        "create_dataset_import_job", {"datasetImportJobArn": ARN + second}, create_parameters(second)
    )

    assert function.create(function.run())["id"] == ARN + second


def test_a_job_that_failed_while_this_run_lost_its_response_is_reported_and_not_repeated(function: Any) -> None:
    stub_name_in_use(function)
    created = dt.datetime.fromtimestamp(function.now + 1, dt.timezone.utc)
    function.stubs["personalize"].add_response(
        "describe_dataset_import_job", job_response(status="CREATE FAILED", creationDateTime=created)
    )

    assert function.create(function.run(), after=60)["id"] == ARN + FIRST_NAME


@pytest.mark.parametrize(("age", "name"), [(5, FIRST_NAME), (6, FIRST_NAME + "-2")])
def test_a_failed_job_is_of_this_run_if_it_is_no_older_than_clocks_may_differ(
    function: Any, age: int, name: str
) -> None:
    stub_name_in_use(function)
    created = dt.datetime.fromtimestamp(function.now - age, dt.timezone.utc)
    function.stubs["personalize"].add_response(
        "describe_dataset_import_job", job_response(status="CREATE FAILED", creationDateTime=created)
    )
    if name != FIRST_NAME:
        function.stubs["personalize"].add_response("create_dataset_import_job", {"datasetImportJobArn": ARN + name})

    assert function.create(function.run())["id"] == ARN + name


def test_a_failed_job_from_before_a_runs_turn_is_not_of_that_run(function: Any) -> None:
    """Two tasks of one state that began in the same moment have the same request."""
    stub_name_in_use(function)
    created = dt.datetime.fromtimestamp(function.now + 60, dt.timezone.utc)
    function.stubs["personalize"].add_response(
        "describe_dataset_import_job", job_response(status="CREATE FAILED", creationDateTime=created)
    )
    second = FIRST_NAME + "-2"
    function.stubs["personalize"].add_response("create_dataset_import_job", {"datasetImportJobArn": ARN + second})
    function.resource("CREATE_COMPLETE")
    run = function.run(function.event("Run", StartedBy="task"), turn=function.now + 90)

    assert function.step("create", run, after=90)["id"] == ARN + second


def test_a_step_of_a_run_that_is_repeated_may_have_created_the_job_before_its_turn(function: Any) -> None:
    stub_name_in_use(function)
    created = dt.datetime.fromtimestamp(function.now + 60, dt.timezone.utc)
    function.stubs["personalize"].add_response(
        "describe_dataset_import_job", job_response(status="CREATE FAILED", creationDateTime=created)
    )
    event = function.event("Run", StartedBy="task")
    own = Request.from_event(event).execution_name
    run = function.run(event)
    function.now += 90
    function.resource("CREATE_COMPLETE")
    function.executions({own: 90.0})

    assert function.step("create", run, execution=own, attempt=1)["id"] == ARN + FIRST_NAME


def test_what_an_interrupted_step_has_created_before_the_turn_is_its_own_in_a_later_step_too(function: Any) -> None:
    stub_name_in_use(function)
    created = dt.datetime.fromtimestamp(function.now + 60, dt.timezone.utc)
    function.stubs["personalize"].add_response(
        "describe_dataset_import_job", job_response(status="CREATE FAILED", creationDateTime=created)
    )
    function.resource("CREATE_COMPLETE")
    run = function.run(function.event("Run", StartedBy="task"), turn=function.now + 90, creating=True)

    assert function.step("create", run, after=90)["id"] == ARN + FIRST_NAME


def test_an_unknown_result_says_nothing_of_jobs_from_before_the_turn(function: Any) -> None:
    """The name finds the job, and one that failed before is another task's."""
    stub = function.stubs["personalize"]
    stub.add_client_error("create_dataset_import_job", "InternalServerError", http_status_code=500)

    assert "creating" not in function.create(function.run())


def test_a_step_that_is_repeated_creates_a_job_with_a_name_at_once(function: Any) -> None:
    function.stack("CREATE_IN_PROGRESS")
    function.stubs["personalize"].add_response("create_dataset_import_job", {"datasetImportJobArn": ARN + FIRST_NAME})

    assert function.step("create", function.run(), attempt=1)["id"] == ARN + FIRST_NAME


@pytest.mark.parametrize("code", ["LimitExceededException", "ThrottlingException"])
def test_runs_that_compete_retry_at_different_times(function: Any, code: str) -> None:
    waits = set()
    for number in range(20):
        function.stubs["personalize"].add_client_error("create_dataset_import_job", code)
        function.stack("CREATE_IN_PROGRESS")
        waits.add(function.step("create", function.run(), execution=f"execution-{number}")["wait"])

    assert waits <= set(range(30, 60))
    assert len(waits) > 10


def test_a_run_that_retries_does_not_always_wait_the_same(function: Any) -> None:
    waits = set()
    for _ in range(20):
        function.stubs["personalize"].add_client_error("create_dataset_import_job", "LimitExceededException")
        waits.add(function.create(function.run(), after=1)["wait"])

    assert len(waits) > 10


def test_an_error_of_the_service_gets_no_jitter(function: Any) -> None:
    stub = function.stubs["personalize"]
    stub.add_client_error("create_dataset_import_job", "InternalFailure", http_status_code=500)

    assert function.create(function.run())["wait"] == 5


def test_the_quota_is_waited_for_until_the_deadline(function: Any) -> None:
    for _ in range(2):
        code, message = "LimitExceededException", "5 resources"
        function.stubs["personalize"].add_client_error("create_dataset_import_job", code, message)

    run = function.create(function.run())
    first = (run["next"], run["wait"])
    run = function.create(run, after=400)
    second, attributes = (run["next"], run["wait"]), run.get("attributes", {}).values()
    run = function.create(run, after=3000)

    assert set(attributes) <= {""}
    assert first[0] == second[0] == "create"
    assert 30 <= first[1] < 60
    assert 40 <= second[1] < 60
    assert (run["next"], run["waiting_for"]) == ("report", "quota")
    assert run["outcome"]["reason"] == (
        "Personalize dataset import job did not end within 55 minutes: LimitExceededException: 5 resources"
    )


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("LimitExceededException", "quota"),
        ("ResourceInUseException", "service"),
        ("ThrottlingException", "service"),
        ("AccessDeniedException", "permissions"),
    ],
)
def test_what_is_waited_for_is_reported(function: Any, code: str, what: str) -> None:
    function.stubs["personalize"].add_client_error("create_dataset_import_job", code)

    assert function.create(function.run())["waiting_for"] == what


def test_a_response_of_aws_that_lacks_what_is_read_is_reported(function: Any) -> None:
    function.answering("cloudformation", "DescribeStacks", {})

    run = function.step("create", function.run())

    assert run["outcome"]["reason"] == "Personalize dataset import job could not be created: KeyError: 'Stacks'"


def test_a_job_whose_id_is_not_at_its_path_is_reported_at_once(function: Any) -> None:
    event = function.event()
    definition = table()["Custom::PersonalizeDatasetImportJob"]
    create = {**definition["create"], "id": "jobArn"}
    event["ResourceProperties"]["Definition"] = {**definition, "create": create}
    function.answering("personalize", "CreateDatasetImportJob", {"datasetImportJobArn": ARN, "status": "ACTIVE"})

    run = function.create(function.run(event))

    assert run["data_suspected"]
    assert run["outcome"]["reason"] == (
        "Personalize dataset import job could not be created: the create call's response has nothing at 'jobArn', so "
        "the job could not be watched; it has datasetImportJobArn, status"
    )


def test_a_call_that_the_sdk_does_not_know_is_reported_with_the_sdks_version(function: Any) -> None:
    event = function.event()
    definition = table()["Custom::PersonalizeDatasetImportJob"]
    event["ResourceProperties"]["Definition"] = {
        **definition,
        "create": {**definition["create"], "operation": "create_it"},
    }

    assert function.create(function.run(event))["outcome"]["reason"] == (
        "Personalize dataset import job could not be created: ValueError: "
        f"boto3 {boto3.__version__} has no operation create_it of personalize"
    )


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("AccessDeniedException", "not authorized to perform: personalize:CreateDatasetImportJob"),
        ("InvalidInputException", "Insufficient privileges for accessing data in S3."),
    ],
)
def test_a_missing_permission_is_a_failure_after_three_minutes(function: Any, code: str, message: str) -> None:
    for _ in range(2):
        function.stubs["personalize"].add_client_error("create_dataset_import_job", code, message)

    run = function.create(function.run())
    waiting = run["next"]
    run = function.create(run, after=PROPAGATION_GRACE)

    assert waiting == "create"
    assert run["outcome"]["succeeded"] is False
    assert message in run["outcome"]["reason"]


def test_a_bad_request_fails_at_once_with_the_services_message_and_what_to_do(function: Any) -> None:
    message = "Input csv is missing the following columns: [ITEM_ID]"
    function.stubs["personalize"].add_client_error("create_dataset_import_job", "InvalidInputException", message)

    outcome = function.create(function.run())["outcome"]

    assert outcome["reason"] == (
        f"Personalize dataset import job could not be created: InvalidInputException: {message}"
        ". What to do: the header of every CSV file must name all columns of the dataset's schema."
    )


def test_a_bad_location_is_named(function: Any) -> None:
    function.stubs["personalize"].add_client_error(
        "create_dataset_import_job", "InvalidInputException", "Invalid Data location."
    )

    outcome = function.create(function.run())["outcome"]

    assert "What to do: s3://bucket/interactions.csv must name a CSV file" in outcome["reason"]


def test_an_update_of_what_is_no_part_of_the_job_moves_no_data(function: Any) -> None:
    event = function.event("Update", PhysicalResourceId=ARN + "old")
    old = event["ResourceProperties"]
    event["OldResourceProperties"] = {
        **old,
        "Timeout": "60",
        "ServiceToken": "other",
        "JobName": "other",
        "Parameters": {**old["Parameters"], "roleArn": "other"},
    }

    run = function.step("create", function.run(event))

    assert (run["next"], run["wait"], run["id"], run["kept"]) == ("check", 0, ARN + "old", True)


@pytest.mark.parametrize("change", ["Trigger", "importMode"])
def test_an_update_of_the_job_runs_a_new_one(function: Any, change: str) -> None:
    event = function.event("Update", PhysicalResourceId=ARN + "old")
    old = event["ResourceProperties"]
    event["OldResourceProperties"] = (
        {**old, "Trigger": "2"} if change == "Trigger" else {**old, "Parameters": {**old["Parameters"], change: "FULL"}}
    )
    function.stubs["personalize"].add_response(
        "create_dataset_import_job", {"datasetImportJobArn": ARN + FIRST_NAME}, create_parameters()
    )

    assert function.create(function.run(event), stack="UPDATE_IN_PROGRESS")["id"] == ARN + FIRST_NAME


def test_nothing_is_created_for_which_nobody_waits_any_more(function: Any) -> None:
    """The invocation waited in a queue for an hour, because all the account's others were busy."""
    run = function.create(function.run(), after=3400)

    assert "id" not in run
    assert run["waiting_for"] == "service"
    assert run["outcome"]["reason"] == (
        "Personalize dataset import job did not end within 55 minutes: the request arrived too late"
    )


@pytest.mark.parametrize("age", [0, 179])
def test_a_job_that_failed_for_a_permission_that_may_be_new_is_created_again(function: Any, age: int) -> None:
    message = "Insufficient privileges for accessing data in Amazon S3."
    run = {**function.run(id=ARN + FIRST_NAME, attempts=1), "since": function.now + age}
    failed = {"datasetImportJobArn": ARN + FIRST_NAME, "status": "CREATE FAILED", "failureReason": message}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": failed})
    run = function.step("check", run, after=600)
    assert (run["next"], run["wait"], run["waiting_for"]) == ("create", 30, "permissions")
    assert not {"id", "status"} & run.keys()  # the next job has neither yet

    second = FIRST_NAME + "-2"
    function.stubs["personalize"].add_response(
        "create_dataset_import_job", {"datasetImportJobArn": ARN + second}, create_parameters(second)
    )
    run = function.create(run, after=30)
    assert run["id"] == ARN + second

    # If the permission is still new, the third name is next.
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": failed})
    assert function.step("check", {**run, "since": run["started"]})["number"] == 2

    # It was made when the permission was no longer new, so that this failure is the last.
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": failed})
    assert function.step("check", run, after=600)["outcome"]["succeeded"] is False


@pytest.mark.parametrize(
    ("message", "known"),
    [
        ("Input csv is missing the following columns", {}),
        ("Insufficient privileges", {"since": 1_700_000_180.0}),
        ("Insufficient privileges", {"answered": True}),
    ],
    ids=["another reason", "an old permission", "answered"],
)
def test_another_failure_is_reported_at_once(function: Any, message: str, known: dict[str, Any]) -> None:
    run = function.run(**{"id": ARN + FIRST_NAME, "since": function.now, **known})
    failed = {"datasetImportJobArn": ARN + FIRST_NAME, "status": "CREATE FAILED", "failureReason": message}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": failed})

    assert function.step("check", run, after=200)["outcome"]["error"] == "DataJob.Failed"


@pytest.mark.parametrize("asks", ["a schedule", "a resource that waits on"])
def test_only_the_deployment_that_created_a_job_creates_it_again(function: Any, asks: str) -> None:
    event = function.event()
    if asks == "a schedule":
        event |= {"RequestType": "Run", "StartedBy": "schedule"}
    else:
        event["ResourceProperties"] |= {"Job": ARN + FIRST_NAME, "Kind": event["ResourceType"]}
    message = "Insufficient privileges for accessing data in Amazon S3."
    failed = {"datasetImportJobArn": ARN + FIRST_NAME, "status": "CREATE FAILED", "failureReason": message}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": failed})

    run = function.step("check", function.run(event, id=ARN + FIRST_NAME, since=function.now))

    assert (run["next"], run["outcome"]["error"]) == ("report", "DataJob.Failed")


def test_names_in_use_are_passed_over_a_limited_number_of_times(function: Any) -> None:
    for number in range(20):
        stub_name_in_use(function, FIRST_NAME + (f"-{number + 1}" if number else ""))
        function.stubs["personalize"].add_response("describe_dataset_import_job", job_response(status="CREATE FAILED"))

    outcome = function.create(function.run())["outcome"]

    assert "20 names such as shop-interactions-19f1064b-20 are in use" in outcome["reason"]
