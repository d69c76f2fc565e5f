"""The first step: one job for one request, or none."""

from __future__ import annotations

import datetime as dt
from typing import Any

import boto3
import pytest
from botocore.stub import ANY

from data_jobs.definitions import table
from data_jobs.errors import PROPAGATION_GRACE
from data_jobs.request import Request

FIRST_NAME = "shop-interactions-19f1064b"
ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset-import-job/"


def wanted(name: str = FIRST_NAME) -> dict[str, Any]:
    """What the service must be asked: a text of CloudFormation's has become a boolean again."""
    return {
        "jobName": name,
        "datasetArn": "arn:aws:personalize:eu-west-1:111122223333:dataset/shop/INTERACTIONS",
        "dataSource": {"dataLocation": "s3://bucket/interactions.csv"},
        "roleArn": "arn:aws:iam::111122223333:role/service-role",
        "publishAttributionMetricsToS3": True,
    }


def described(name: str = FIRST_NAME, status: str = "CREATE IN_PROGRESS", **changes: Any) -> dict[str, Any]:
    created = dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc)
    job = {**wanted(name), "datasetImportJobArn": ARN + name, "status": status, "creationDateTime": created}
    return {"datasetImportJob": {**job, **changes}}


def taken(function: Any, name: str = FIRST_NAME) -> None:
    function.stubs["personalize"].add_client_error(
        "create_dataset_import_job", "ResourceAlreadyExistsException", expected_params=wanted(name)
    )


def test_a_create_makes_the_job_under_a_name_of_its_own(function: Any) -> None:
    function.stubs["personalize"].add_response(
        "create_dataset_import_job", {"datasetImportJobArn": ARN + FIRST_NAME}, wanted()
    )

    run = function.create(function.run(), after=9)

    assert (run["next"], run["wait"], run["id"]) == ("check", 5, ARN + FIRST_NAME)
    assert (run["since"], run["state"], run["waiting_for"]) == (function.now, "it is created", "job")


def test_a_job_that_is_not_waited_for_is_looked_at_at_once(function: Any) -> None:
    event = function.event()
    event["ResourceProperties"]["WaitForCompletion"] = "false"
    function.stubs["personalize"].add_response("create_dataset_import_job", {"datasetImportJobArn": ARN + FIRST_NAME})

    run = function.create(function.run(event))

    assert (run["next"], run["wait"]) == ("check", 0)


def test_a_create_gives_the_job_its_tags(function: Any) -> None:
    event = function.event()
    event["ResourceProperties"]["Tags"] = [{"Key": "team", "Value": "search"}]
    expected = {**wanted(), "tags": [{"tagKey": "team", "tagValue": "search"}]}
    answer = {"datasetImportJobArn": ARN + FIRST_NAME}
    function.stubs["personalize"].add_response("create_dataset_import_job", answer, expected)

    assert function.create(function.run(event))["id"] == ARN + FIRST_NAME


def test_a_job_of_this_request_is_adopted(function: Any) -> None:
    taken(function)
    function.stubs["personalize"].add_response(
        "describe_dataset_import_job", described(), {"datasetImportJobArn": ARN + FIRST_NAME}
    )

    run = function.create(function.run())

    assert (run["next"], run["id"]) == ("check", ARN + FIRST_NAME)


@pytest.mark.parametrize(
    "found",
    [
        described(status="CREATE FAILED"),
        described(dataSource={"dataLocation": "s3://bucket/another.csv"}),
        described(publishAttributionMetricsToS3=False),
    ],
    ids=["failed before", "another location", "another option"],
)
def test_a_foreign_or_failed_job_leaves_its_name_and_the_next_is_taken(function: Any, found: dict[str, Any]) -> None:
    taken(function)
    function.stubs["personalize"].add_response("describe_dataset_import_job", found)
    second = FIRST_NAME + "-2"
    function.stubs["personalize"].add_response(
        "create_dataset_import_job", {"datasetImportJobArn": ARN + second}, wanted(second)
    )

    assert function.create(function.run())["id"] == ARN + second


def test_a_job_that_failed_while_this_run_lost_its_answer_is_reported_and_not_repeated(function: Any) -> None:
    taken(function)
    created = dt.datetime.fromtimestamp(function.now + 1, dt.timezone.utc)
    function.stubs["personalize"].add_response(
        "describe_dataset_import_job", described(status="CREATE FAILED", creationDateTime=created)
    )

    assert function.create(function.run(), after=60)["id"] == ARN + FIRST_NAME


@pytest.mark.parametrize(("age", "name"), [(5, FIRST_NAME), (6, FIRST_NAME + "-2")])
def test_a_failed_job_is_of_this_run_if_it_is_no_older_than_clocks_may_differ(
    function: Any, age: int, name: str
) -> None:
    taken(function)
    created = dt.datetime.fromtimestamp(function.now - age, dt.timezone.utc)
    function.stubs["personalize"].add_response(
        "describe_dataset_import_job", described(status="CREATE FAILED", creationDateTime=created)
    )
    if name != FIRST_NAME:
        function.stubs["personalize"].add_response("create_dataset_import_job", {"datasetImportJobArn": ARN + name})

    assert function.create(function.run())["id"] == ARN + name


def test_a_failed_job_from_before_a_runs_turn_is_not_of_that_run(function: Any) -> None:
    """Two tasks of one state that began in the same moment have the same request."""
    taken(function)
    created = dt.datetime.fromtimestamp(function.now + 60, dt.timezone.utc)
    function.stubs["personalize"].add_response(
        "describe_dataset_import_job", described(status="CREATE FAILED", creationDateTime=created)
    )
    second = FIRST_NAME + "-2"
    function.stubs["personalize"].add_response("create_dataset_import_job", {"datasetImportJobArn": ARN + second})
    function.resource("CREATE_COMPLETE")
    run = function.run(function.event("Run", StartedBy="task"), turn=function.now + 90)

    assert function.step("create", run, after=90)["id"] == ARN + second


def test_a_step_of_a_run_that_is_taken_again_may_have_made_the_job_before_its_turn(function: Any) -> None:
    taken(function)
    created = dt.datetime.fromtimestamp(function.now + 60, dt.timezone.utc)
    function.stubs["personalize"].add_response(
        "describe_dataset_import_job", described(status="CREATE FAILED", creationDateTime=created)
    )
    event = function.event("Run", StartedBy="task")
    own = Request.from_event(event).execution_name
    run = function.run(event)
    function.now += 90
    function.resource("CREATE_COMPLETE")
    function.executions({own: 90.0})

    assert function.step("create", run, execution=own, attempt=1)["id"] == ARN + FIRST_NAME


def test_a_step_that_is_taken_again_creates_a_job_with_a_name_at_once(function: Any) -> None:
    function.stack("CREATE_IN_PROGRESS")
    function.stubs["personalize"].add_response("create_dataset_import_job", {"datasetImportJobArn": ARN + FIRST_NAME})

    assert function.step("create", function.run(), attempt=1)["id"] == ARN + FIRST_NAME


@pytest.mark.parametrize("code", ["LimitExceededException", "ThrottlingException"])
def test_those_that_want_the_same_come_back_one_after_another(function: Any, code: str) -> None:
    waits = set()
    for number in range(20):
        function.stubs["personalize"].add_client_error("create_dataset_import_job", code)
        function.stack("CREATE_IN_PROGRESS")
        waits.add(function.step("create", function.run(), execution=f"execution-{number}")["wait"])

    assert waits <= set(range(30, 60))
    assert len(waits) > 10


def test_one_that_comes_back_again_and_again_does_not_always_wait_the_same(function: Any) -> None:
    waits = set()
    for _ in range(20):
        function.stubs["personalize"].add_client_error("create_dataset_import_job", "LimitExceededException")
        waits.add(function.create(function.run(), after=1)["wait"])

    assert len(waits) > 10


def test_trouble_of_the_service_is_no_crowd(function: Any) -> None:
    stub = function.stubs["personalize"]
    stub.add_client_error("create_dataset_import_job", "InternalFailure", http_status_code=500)

    assert function.create(function.run())["wait"] == 5


def test_the_quota_is_waited_for_until_the_deadline(function: Any) -> None:
    for _ in range(2):
        code, words = "LimitExceededException", "5 resources"
        function.stubs["personalize"].add_client_error("create_dataset_import_job", code, words)

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


def test_an_answer_of_aws_that_lacks_what_is_read_is_reported(function: Any) -> None:
    function.answering("cloudformation", "DescribeStacks", {})

    run = function.step("create", function.run())

    assert run["outcome"]["reason"] == "Personalize dataset import job could not be created: KeyError: 'Stacks'"


def test_tags_that_could_not_be_changed_are_no_failure_of_the_job_that_is_unchanged(function: Any) -> None:
    for _ in range(2):
        function.stubs["personalize"].add_client_error("tag_resource", "ThrottlingException")
        function.stack("UPDATE_IN_PROGRESS")
    run = function.step("create", function.run(tagged(function, {}, {"team": "a"})))
    run = function.step("report", function.step("create", run, after=3300))

    assert run["next"] == "fail"
    assert function.answers.bodies[0]["Data"]["status"] == ""


def test_a_job_whose_id_is_not_where_it_is_looked_for_is_reported_at_once(function: Any) -> None:
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
def test_a_missing_permission_is_believed_after_three_minutes(function: Any, code: str, message: str) -> None:
    for _ in range(2):
        function.stubs["personalize"].add_client_error("create_dataset_import_job", code, message)

    run = function.create(function.run())
    waiting = run["next"]
    run = function.create(run, after=PROPAGATION_GRACE)

    assert waiting == "create"
    assert run["outcome"]["succeeded"] is False
    assert message in run["outcome"]["reason"]


def test_a_bad_request_fails_at_once_with_the_services_message_and_what_to_do(function: Any) -> None:
    words = "Input csv is missing the following columns: [ITEM_ID]"
    function.stubs["personalize"].add_client_error("create_dataset_import_job", "InvalidInputException", words)

    outcome = function.create(function.run())["outcome"]

    assert outcome["reason"] == (
        f"Personalize dataset import job could not be created: InvalidInputException: {words}"
        " What to do: the header of every CSV file must name all columns of the dataset's schema."
    )


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


def tagged(function: Any, old: dict[str, str], new: dict[str, str]) -> dict[str, Any]:
    """An Update that changes tags only."""
    event: dict[str, Any] = function.event("Update", PhysicalResourceId=ARN + "old")
    properties = event["ResourceProperties"]
    for name, tags in (("OldResourceProperties", old), ("ResourceProperties", new)):
        event[name] = {**properties, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
    return event


def test_tags_are_changed_on_the_job_that_is_there(function: Any) -> None:
    function.stubs["personalize"].add_response(
        "tag_resource", {}, {"resourceArn": ARN + "old", "tags": [{"tagKey": "team", "tagValue": "new"}]}
    )
    function.stubs["personalize"].add_response("untag_resource", {}, {"resourceArn": ARN + "old", "tagKeys": ["cost"]})
    event = tagged(function, {"team": "old", "cost": "1", "same": "same"}, {"team": "new", "same": "same"})

    assert function.step("create", function.run(event))["kept"] is True


def test_the_last_tag_may_stay_when_the_permission_to_take_it_away_is_gone(function: Any) -> None:
    function.stubs["personalize"].add_client_error("untag_resource", "AccessDeniedException")

    assert function.step("create", function.run(tagged(function, {"cost": "1"}, {})))["kept"] is True


def test_a_permission_to_tag_that_may_be_new_is_waited_for(function: Any) -> None:
    function.stubs["personalize"].add_client_error("tag_resource", "AccessDeniedException")
    function.stack("UPDATE_IN_PROGRESS")

    run = function.step("create", function.run(tagged(function, {"cost": "1"}, {"cost": "2"})))

    assert (run["next"], run["waiting_for"]) == ("create", "permissions")


def test_tags_that_the_service_refuses_fail_the_update(function: Any) -> None:
    function.stubs["personalize"].add_client_error("tag_resource", "TooManyTagsException", "50 at most")
    function.stubs["personalize"].add_response("describe_dataset_import_job", described(status="ACTIVE"))
    function.stack("UPDATE_IN_PROGRESS")

    outcome = function.step("create", function.run(tagged(function, {}, {"cost": "1"})))["outcome"]

    assert "could not be updated: TooManyTagsException: 50 at most" in outcome["reason"]


@pytest.mark.parametrize("change", ["Trigger", "importMode"])
def test_an_update_of_the_job_runs_a_new_one(function: Any, change: str) -> None:
    event = function.event("Update", PhysicalResourceId=ARN + "old")
    old = event["ResourceProperties"]
    event["OldResourceProperties"] = (
        {**old, "Trigger": "2"} if change == "Trigger" else {**old, "Parameters": {**old["Parameters"], change: "FULL"}}
    )
    function.stubs["personalize"].add_response(
        "create_dataset_import_job", {"datasetImportJobArn": ARN + FIRST_NAME}, wanted()
    )

    assert function.create(function.run(event), stack="UPDATE_IN_PROGRESS")["id"] == ARN + FIRST_NAME


def test_a_create_that_waits_its_turn_goes_on_while_other_resources_are_imported(function: Any) -> None:
    function.stubs["personalize"].add_response("create_dataset_import_job", {"datasetImportJobArn": ARN + FIRST_NAME})

    run = function.create(function.run(attempts=1), after=60, stack="IMPORT_IN_PROGRESS", others={})

    assert run["id"] == ARN + FIRST_NAME


def changed(function: Any) -> dict[str, Any]:
    """An Update that would run a new job."""
    event: dict[str, Any] = function.event("Update", PhysicalResourceId=ARN + "old", OldResourceProperties={})
    return event


def test_a_rollback_moves_no_data(function: Any) -> None:
    run = function.create(function.run(changed(function)), stack="UPDATE_ROLLBACK_IN_PROGRESS")
    function.executions({})
    function.stubs["personalize"].add_client_error("describe_dataset_import_job", "ResourceNotFoundException")
    run = function.create(run, after=10, stack="UPDATE_ROLLBACK_IN_PROGRESS")

    assert (run["next"], run["id"], run["kept"]) == ("check", ARN + "old", True)


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDenied"])
def test_a_rollback_that_cannot_ask_at_once_moves_no_data_either(function: Any, code: str) -> None:
    function.stubs["cloudformation"].add_client_error("describe_stacks", code)

    run = function.step("create", function.run(changed(function)))
    assert run["next"] == "create"
    function.executions({})
    function.stubs["personalize"].add_client_error("describe_dataset_import_job", "ResourceNotFoundException")
    run = function.create(run, after=10, stack="UPDATE_ROLLBACK_IN_PROGRESS")

    assert (run["next"], run["id"], run["kept"]) == ("check", ARN + "old", True)


def test_an_update_that_waits_its_turn_gives_up_when_the_stack_goes_back(function: Any) -> None:
    function.stubs["personalize"].add_client_error("create_dataset_import_job", "LimitExceededException")
    run = function.create(function.run(changed(function)), stack="UPDATE_IN_PROGRESS")
    run = function.create(run, after=5, stack="UPDATE_ROLLBACK_IN_PROGRESS")

    assert run["outcome"]["succeeded"] is False
    assert run["outcome"]["reason"] == "given up, because the stack is in UPDATE_ROLLBACK_IN_PROGRESS"


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_FAILED"])
def test_an_update_that_waits_its_turn_gives_up_when_its_deployment_is_over(function: Any, status: str) -> None:
    function.stubs["personalize"].add_client_error("create_dataset_import_job", "LimitExceededException")
    run = function.create(function.run(changed(function)), stack="UPDATE_IN_PROGRESS")
    run = function.create(run, after=60, stack=status)

    assert run["outcome"]["reason"] == f"given up, because the stack is in {status}"


@pytest.mark.parametrize("successor", ["update-0000aaaa-1", "delete-0000aaaa-1"])
def test_an_update_that_waits_its_turn_gives_up_for_a_later_one_that_has_ended_long_since(
    function: Any, successor: str
) -> None:
    """A rollback comes and goes between two looks, and the next deployment leaves the job alone."""
    function.stubs["personalize"].add_client_error("create_dataset_import_job", "LimitExceededException")
    event = changed(function)
    executions = Request.from_event(event).execution_prefix()
    run = function.create(function.run(event), stack="UPDATE_IN_PROGRESS")
    others = {f"{executions}{successor}": 30.0, Request.from_event(event).execution_name: 60.0}
    run = function.create(run, after=60, stack="UPDATE_IN_PROGRESS", others=others)

    assert run["outcome"]["reason"] == "given up, because a later request has taken over"


@pytest.mark.parametrize(
    ("known", "after", "since", "asks"),
    [({}, 10, 10, False), ({}, 11, 11, True), ({"attempts": 1}, 6, 6, True), ({"attempts": 1}, 60, 5, False)],
    ids=["at once", "late", "again", "in the same operation"],
)
def test_a_later_request_is_looked_for_only_where_there_may_be_one(
    function: Any, known: dict[str, Any], after: float, since: float, *, asks: bool
) -> None:
    event = changed(function)
    run = function.run(event, **known)
    function.stack("UPDATE_IN_PROGRESS", since=function.now + since)
    function.now += after
    if asks:
        function.executions({f"{Request.from_event(event).execution_prefix()}update-0000aaaa-1": 0.5}, running=False)
    else:
        arn = {"datasetImportJobArn": ARN + FIRST_NAME}
        function.stubs["personalize"].add_response("create_dataset_import_job", arn)

    assert function.step("create", run)["id"] == ARN + ("old" if asks else FIRST_NAME)


@pytest.mark.parametrize("is_there", [True, False])
def test_a_later_request_is_looked_for_until_a_whole_page_is_older(function: Any, *, is_there: bool) -> None:
    """The most recent come first, which may mean those that ended last: one that began long ago proves nothing."""
    event = changed(function)
    prefix = Request.from_event(event).execution_prefix()
    pages = [{f"{prefix}run-1": 9999.0, f"{prefix}run-2": 30.0}, {f"{prefix}update-0000aaaa-1": 30.0}]
    pages = pages if is_there else [{f"{prefix}run-1": 9999.0, f"{prefix}run-2": 999.0}]
    function.now += 60
    function.stack("UPDATE_IN_PROGRESS", since=function.now - 40)
    for number, page in enumerate(pages):
        listed = [execution(name, function.now - age) for name, age in page.items()]
        answer = {"executions": listed, "nextToken": str(number + 1)}
        asked = {"stateMachineArn": ANY, "maxResults": 1000} | ({"nextToken": str(number)} if number else {})
        function.stubs["stepfunctions"].add_response("list_executions", answer, asked)
    if is_there:
        asked = {"stateMachineArn": ANY, "maxResults": 1000, "nextToken": "2"}
        function.stubs["stepfunctions"].add_response("list_executions", {"executions": []}, asked)
    else:
        arn = {"datasetImportJobArn": ARN + FIRST_NAME}
        function.stubs["personalize"].add_response("create_dataset_import_job", arn)

    run = function.step("create", {**function.run(event), "started": function.now - 60})

    assert run["id"] == ARN + ("old" if is_there else FIRST_NAME)


def execution(name: str, began: float) -> dict[str, Any]:
    """One of the executions that Step Functions lists."""
    at = dt.datetime.fromtimestamp(began, dt.timezone.utc)
    return {"executionArn": name, "stateMachineArn": "machine", "name": name, "status": "SUCCEEDED", "startDate": at}


def test_a_first_step_that_was_tried_for_minutes_asks_what_has_come_meanwhile(function: Any) -> None:
    event = changed(function)
    others = {f"{Request.from_event(event).execution_prefix()}update-0000aaaa-1": 30.0}

    run = function.create(function.run(event), after=60, stack="UPDATE_IN_PROGRESS", others=others)

    assert (run["next"], run["id"], run["kept"]) == ("check", ARN + "old", True)


@pytest.mark.parametrize(
    "other", ["run-0000aaaa-1", "update-{own}-1", "update-0000aaaa-1"], ids=["a run", "own", "before"]
)
def test_what_is_no_successor_does_not_take_over(function: Any, other: str) -> None:
    event = changed(function)
    own = Request.from_event(event).delivery_prefix.split("-")[-2]
    name = Request.from_event(event).execution_prefix() + other.format(own=own)
    function.stubs["personalize"].add_response("create_dataset_import_job", {"datasetImportJobArn": ARN + FIRST_NAME})

    run = function.run(event)
    age = 60.0 if other == "update-0000aaaa-1" else 30.0
    run = function.create(run, after=60, stack="UPDATE_IN_PROGRESS", others={name: age})

    assert run["id"] == ARN + FIRST_NAME


def test_nothing_is_created_for_which_nobody_waits_any_more(function: Any) -> None:
    """The invocation waited in a queue for an hour, because all the account's others were busy."""
    run = function.create(function.run(), after=3400)

    assert "id" not in run
    assert run["waiting_for"] == "service"
    assert run["outcome"]["reason"] == (
        "Personalize dataset import job did not end within 55 minutes: it was asked for too late"
    )


@pytest.mark.parametrize("age", [0, 179])
def test_a_job_that_failed_for_a_permission_that_may_be_new_is_made_again(function: Any, age: int) -> None:
    words = "Insufficient privileges for accessing data in Amazon S3."
    run = {**function.run(id=ARN + FIRST_NAME, attempts=1), "since": function.now + age}
    failed = {"datasetImportJobArn": ARN + FIRST_NAME, "status": "CREATE FAILED", "failureReason": words}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": failed})
    run = function.step("check", run, after=600)
    assert (run["next"], run["wait"], run["waiting_for"]) == ("create", 30, "permissions")
    assert not {"id", "status"} & run.keys()  # the next job has neither yet

    second = FIRST_NAME + "-2"
    function.stubs["personalize"].add_response(
        "create_dataset_import_job", {"datasetImportJobArn": ARN + second}, wanted(second)
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
    ("words", "known"),
    [
        ("Input csv is missing the following columns", {}),
        ("Insufficient privileges", {"since": 1_700_000_180.0}),
        ("Insufficient privileges", {"answered": True}),
    ],
    ids=["another reason", "an old permission", "answered"],
)
def test_another_failure_is_reported_at_once(function: Any, words: str, known: dict[str, Any]) -> None:
    run = function.run(**{"id": ARN + FIRST_NAME, "since": function.now, **known})
    failed = {"datasetImportJobArn": ARN + FIRST_NAME, "status": "CREATE FAILED", "failureReason": words}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": failed})

    assert function.step("check", run, after=200)["outcome"]["error"] == "DataJob.Failed"


@pytest.mark.parametrize("asks", ["a schedule", "a resource that waits on"])
def test_only_the_deployment_that_made_a_job_makes_it_again(function: Any, asks: str) -> None:
    event = function.event()
    if asks == "a schedule":
        event |= {"RequestType": "Run", "StartedBy": "schedule"}
    else:
        event["ResourceProperties"] |= {"Job": ARN + FIRST_NAME, "Kind": event["ResourceType"]}
    words = "Insufficient privileges for accessing data in Amazon S3."
    failed = {"datasetImportJobArn": ARN + FIRST_NAME, "status": "CREATE FAILED", "failureReason": words}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": failed})

    run = function.step("check", function.run(event, id=ARN + FIRST_NAME, since=function.now))

    assert (run["next"], run["outcome"]["error"]) == ("report", "DataJob.Failed")


@pytest.mark.parametrize("attempts", [0, 1])
def test_a_create_gives_up_when_the_stack_goes_back(function: Any, attempts: int) -> None:
    run = function.create(function.run(attempts=attempts), stack="ROLLBACK_IN_PROGRESS")

    assert run["next"] == "report"
    assert run["outcome"]["reason"] == "given up, because the stack is in ROLLBACK_IN_PROGRESS"


def test_no_rollback_fails_for_tags(function: Any) -> None:
    function.stubs["personalize"].add_client_error("tag_resource", "TooManyTagsException")
    function.stubs["personalize"].add_response("describe_dataset_import_job", described(status="ACTIVE"))
    function.stack("UPDATE_ROLLBACK_IN_PROGRESS")

    assert function.step("create", function.run(tagged(function, {}, {"team": "a"})))["next"] == "check"


def test_names_in_use_are_passed_over_a_limited_number_of_times(function: Any) -> None:
    for number in range(20):
        taken(function, FIRST_NAME + (f"-{number + 1}" if number else ""))
        function.stubs["personalize"].add_response("describe_dataset_import_job", described(status="CREATE FAILED"))

    outcome = function.create(function.run())["outcome"]

    assert "20 names such as shop-interactions-19f1064b-20 are in use" in outcome["reason"]
