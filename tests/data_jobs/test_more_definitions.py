"""What a definition can say of other services: ids, failures, lists, tokens, and responses that are lost."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError

from data_jobs.definitions import table, validated_definition

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFINITION: dict[str, Any] = {
    "title": "Crawl",
    "service": "glue",
    "create": {"operation": "start_crawler", "id": "parameters.Name"},
    "describe": {"operation": "get_crawler", "parameters": {"Name": "id"}, "job": "Crawler"},
    "status": "(State == 'READY' && LastCrawl.Status) || State",
    "succeeded": ["SUCCEEDED"],
    "failed": ["FAILED", "CANCELLED"],
    "reason": "LastCrawl.ErrorMessage",
    "attributes": {"status": "LastCrawl.Status"},
    "not_identity": [],
    "busy": ["CrawlerRunningException"],
    "lost": "fail",
}
TASK: dict[str, Any] = {
    **{name: value for name, value in DEFINITION.items() if name != "lost"},
    "title": "Task",
    "service": "ecs",
    "create": {
        "operation": "run_task",
        "id": "tasks[0].taskArn",
        "reason": "join(', ', failures[].reason)",
    },
    "describe": {
        "operation": "describe_tasks",
        "parameters": {"cluster": "parameters.cluster", "tasks": "[id]"},
        "job": "tasks[0]",
    },
    "status": "lastStatus",
    "succeeded": ["STOPPED"],
    "failed": ["FAILED"],
    "failed_if": "containers[?exitCode != `0`]",
    "reason": "stoppedReason",
    "attributes": {"status": "lastStatus"},
    "token": "clientToken",
    "token_taken": ["ConflictException"],
    "busy": ["RESOURCE:"],
}
SYNC: dict[str, Any] = {
    **DEFINITION,
    "title": "Sync",
    "service": "kendra",
    "create": {"operation": "start_data_source_sync_job", "id": "ExecutionId"},
    "describe": {
        "operation": "list_data_source_sync_jobs",
        "parameters": {"Id": "parameters.Id", "IndexId": "parameters.IndexId"},
        "job": "History[?ExecutionId == '{id}'] | [0]",
        "next": {"parameter": "NextToken", "path": "NextToken"},
    },
    "status": "Status",
    "reason": "ErrorMessage",
    "attributes": {"status": "Status"},
}
SYNCED = {"Id": "source", "IndexId": "i" * 36}
TASK_ARN = "arn:aws:ecs:eu-west-1:111122223333:task/c/1"


@pytest.fixture(autouse=True)
def _more_clients(clients: dict[str, Any]) -> None:
    session = boto3.session.Session("id", "secret", region_name="eu-west-1")
    for service in {"glue", "ecs", "kendra"} - clients.keys():
        clients[service] = session.client(service)


def event(function: Any, definition: dict[str, Any], parameters: dict[str, Any], **changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = function.event(ResourceType="Custom::AwsJob", **changes)
    made["ResourceProperties"] = {"Definition": definition, "Parameters": parameters}
    return made


def begun(function: Any, definition: dict[str, Any], parameters: dict[str, Any], **known: Any) -> dict[str, Any]:
    return dict(function.run(event(function, definition, parameters), **known))


def crawl(function: Any, **known: Any) -> dict[str, Any]:
    return begun(function, DEFINITION, {"Name": "shop"}, **known)


def task(function: Any, **known: Any) -> dict[str, Any]:
    return begun(function, TASK, {"cluster": "c", "taskDefinition": "t"}, **known)


@pytest.fixture
def tokens(function: Any) -> Iterator[list[str]]:
    """The tokens of the calls that create tasks."""
    sent: list[str] = []
    events, name = function.stubs["ecs"].client.meta.events, "before-parameter-build.ecs.RunTask"
    events.register_first(name, lambda params, **_: sent.append(params["clientToken"]), unique_id="tokens")
    yield sent
    events.unregister(name, unique_id="tokens")


# --- the id ---


def test_an_id_may_be_a_parameter(function: Any) -> None:
    function.stubs["glue"].add_response("start_crawler", {}, {"Name": "shop"})

    assert function.create(crawl(function, creating=True))["id"] == "shop"


def test_a_member_of_the_response_goes_before_the_parameters(function: Any) -> None:
    definition = {**DEFINITION, "create": {"operation": "start_crawler", "id": "parameters.Name"}}
    function.answering("glue", "StartCrawler", {"parameters": {"Name": "other"}})

    run = function.create(begun(function, definition, {"Name": "shop"}, creating=True))

    assert run["id"] == "other"


@pytest.mark.parametrize(
    ("last", "state", "expected"),
    [
        ("SUCCEEDED", "RUNNING", ("check", "RUNNING")),
        ("SUCCEEDED", "READY", ("report", "SUCCEEDED")),
        ("FAILED", "READY", ("report", "FAILED")),
    ],
)
def test_a_status_may_come_from_more_than_one_field(
    function: Any, last: str, state: str, expected: tuple[str, str]
) -> None:
    response = {"Crawler": {"Name": "shop", "State": state, "LastCrawl": {"Status": last}}}
    function.stubs["glue"].add_response("get_crawler", response, {"Name": "shop"})

    run = function.step("check", crawl(function, id="shop", since=function.now))

    assert (run["next"], run["status"]) == expected


# --- a response without a job ---


def test_a_create_response_that_says_why_there_is_no_job_is_a_failure(function: Any) -> None:
    failure = {"arn": "t", "reason": "INACTIVE", "detail": "the definition"}
    function.stubs["ecs"].add_response("run_task", {"tasks": [], "failures": [failure]})

    run = function.create(task(function))

    assert run["outcome"]["reason"] == "Task could not be created: INACTIVE"


def test_it_is_waited_for_if_that_is_temporary(function: Any) -> None:
    function.stubs["ecs"].add_response("run_task", {"tasks": [], "failures": [{"reason": "RESOURCE:MEMORY"}]})

    run = function.create(task(function))

    assert (run["next"], run["waiting_for"], run["state"]) == ("create", "service", "RESOURCE:MEMORY")


def test_a_response_with_neither_says_what_it_has(function: Any) -> None:
    function.stubs["ecs"].add_response("run_task", {"tasks": [], "failures": []})

    reason = function.create(task(function))["outcome"]["reason"]

    assert "has nothing at 'tasks[0].taskArn', so the job could not be watched; it has tasks, failures" in reason


def test_a_path_that_the_response_does_not_fit_creates_no_second_job(function: Any) -> None:
    definition = {**TASK, "create": {"operation": "run_task", "id": "join('', tasks)"}}
    function.stubs["ecs"].add_response("run_task", {"tasks": [{"taskArn": TASK_ARN}], "failures": []})

    run = function.create(begun(function, definition, {"taskDefinition": "t"}))

    assert run["next"] == "report"
    assert (
        "could not be created: the create call's response could not be read: In function join()"
        in (run["outcome"]["reason"])
    )


# --- success and failure ---


@pytest.mark.parametrize(
    ("codes", "succeeded"), [([0], True), ([0, 0], True), ([1], False), ([0, 137], False), ([None], False)]
)
def test_success_may_depend_on_more_than_the_status(function: Any, codes: list[int | None], *, succeeded: bool) -> None:
    containers = [{"name": "c", **({} if code is None else {"exitCode": code})} for code in codes]
    ended = {"taskArn": TASK_ARN, "lastStatus": "STOPPED", "containers": containers, "stoppedReason": "it exited"}
    function.stubs["ecs"].add_response("describe_tasks", {"tasks": [ended]}, {"cluster": "c", "tasks": [TASK_ARN]})

    run = function.step("check", task(function, id=TASK_ARN, since=function.now))

    assert (run["status"], run["outcome"]["succeeded"]) == ("STOPPED" if succeeded else "FAILED", succeeded)
    assert succeeded or run["outcome"]["reason"] == f"Task failed: it exited. Job: {TASK_ARN}"


def test_a_job_that_is_running_has_not_failed(function: Any) -> None:
    running = {"taskArn": TASK_ARN, "lastStatus": "RUNNING", "containers": [{"name": "c"}]}
    function.stubs["ecs"].add_response("describe_tasks", {"tasks": [running]})

    run = function.step("check", task(function, id=TASK_ARN, since=function.now))

    assert (run["next"], run["status"]) == ("check", "RUNNING")


# --- what the describe call finds ---


def history(*entries: tuple[str, str], following: str = "") -> dict[str, Any]:
    listed = [{"ExecutionId": name, "Status": status} for name, status in entries]
    return {"History": listed, **({"NextToken": following} if following else {})}


def test_a_job_is_found_in_a_list_by_its_id(function: Any) -> None:
    function.stubs["kendra"].add_response(
        "list_data_source_sync_jobs", history(("e1", "SUCCEEDED"), ("e2", "FAILED")), SYNCED
    )

    run = function.step("check", begun(function, SYNC, SYNCED, id="e1", since=function.now))

    assert run["status"] == "SUCCEEDED"


def test_it_is_looked_for_on_every_page(function: Any) -> None:
    function.stubs["kendra"].add_response(
        "list_data_source_sync_jobs", history(("e2", "FAILED"), following="more"), SYNCED
    )
    function.stubs["kendra"].add_response(
        "list_data_source_sync_jobs", history(("e1", "SUCCEEDED"), following="last"), {**SYNCED, "NextToken": "more"}
    )

    run = function.step("check", begun(function, SYNC, SYNCED, id="e1", since=function.now))

    assert run["status"] == "SUCCEEDED"


@pytest.mark.parametrize("job_id", ["it's", "back\\slash", "'] | [0] || History[0", "\\'", "\\", "`", "\\`", 'ä"😀'])
def test_an_id_is_no_part_of_the_expression_that_finds_it(function: Any, job_id: str) -> None:
    function.stubs["kendra"].add_response(
        "list_data_source_sync_jobs", history(("other", "FAILED"), (job_id, "SUCCEEDED"))
    )

    run = function.step("check", begun(function, SYNC, SYNCED, id=job_id, since=function.now))

    assert run["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("definition", "lacks"),
    [
        ({**SYNC}, "the job at 'History[?ExecutionId == `\"e1\"`] | [0]'"),
        ({**SYNC, "describe": {**SYNC["describe"], "job": "History[1].Status"}}, "the job at 'History[1].Status'"),
        (
            {**SYNC, "describe": {**SYNC["describe"], "job": "History[0]"}, "status": "State"},
            "the job's status at 'State'",
        ),
    ],
)
def test_a_path_that_finds_nothing_is_reported_within_minutes(
    function: Any, definition: dict[str, Any], lacks: str
) -> None:
    run = begun(function, definition, SYNCED, id="e1", since=function.now)
    began = function.now
    while run.get("next") != "report":
        function.stubs["kendra"].add_response("list_data_source_sync_jobs", history(("e2", "FAILED"), ("e3", "OTHER")))
        run = function.step("check", run, after=run.get("wait", 0))

    assert 180 <= function.now - began < 240
    assert run["outcome"]["reason"] == (
        f"Sync could not be described: the describe call's response lacks {lacks}. Job: e1"
    )


def test_a_parameter_that_is_not_there_is_left_out(function: Any) -> None:
    describe = {**TASK["describe"], "parameters": {"cluster": "parameters.cluster", "tasks": "[id]"}}
    ended = {"taskArn": TASK_ARN, "lastStatus": "STOPPED", "containers": []}
    function.stubs["ecs"].add_response("describe_tasks", {"tasks": [ended]}, {"tasks": [TASK_ARN]})

    run = begun(function, {**TASK, "describe": describe}, {"taskDefinition": "t"}, id=TASK_ARN, since=function.now)

    assert function.step("check", run)["status"] == "STOPPED"


# --- tokens ---


def test_a_token_is_a_uuid_and_the_same_for_the_same_request(function: Any, tokens: list[str]) -> None:
    for number in (0, 0, 1):
        function.stubs["ecs"].add_response("run_task", {"tasks": [{"taskArn": TASK_ARN}], "failures": []})
        function.create(task(function, number=number))

    first, again, next_one = tokens
    assert first == again != next_one
    assert {str(uuid.UUID(token, version=4)) for token in tokens} == {*tokens}


def test_a_token_that_was_used_for_other_parameters_is_not_used_again(function: Any, tokens: list[str]) -> None:
    function.stubs["ecs"].add_client_error("run_task", "ConflictException", "other parameters")
    function.stubs["ecs"].add_response("run_task", {"tasks": [{"taskArn": TASK_ARN}], "failures": []})

    run = function.create(task(function))

    assert (run["id"], run["number"], len({*tokens})) == (TASK_ARN, 1, 2)


def test_tokens_are_not_tried_for_ever(function: Any, tokens: list[str]) -> None:
    for _ in range(20):
        function.stubs["ecs"].add_client_error("run_task", "ConflictException", "other parameters")

    reason = function.create(task(function))["outcome"]["reason"]

    tried = f"20 tokens such as {tokens[-1]} are in use by other jobs (ConflictException: other parameters)"
    assert reason == f"Task could not be created: {tried}"


def test_a_run_that_has_tried_them_all_names_none(function: Any) -> None:
    reason = function.create(task(function, number=20))["outcome"]["reason"]

    assert reason == "Task could not be created: 20 tokens are in use by other jobs"


@pytest.mark.parametrize(("age", "created_again"), [(60, True), (3, False)])
def test_a_failed_job_of_an_earlier_delivery_is_created_again(function: Any, age: int, *, created_again: bool) -> None:
    began = dt.datetime.fromtimestamp(function.now - age, dt.timezone.utc)
    failed = {"taskArn": TASK_ARN, "lastStatus": "STOPPED", "createdAt": began, "containers": [{"exitCode": 1}]}
    function.stubs["ecs"].add_response("describe_tasks", {"tasks": [failed]})
    run = begun(function, {**TASK, "created": "createdAt"}, {"taskDefinition": "t"}, id=TASK_ARN, since=function.now)

    run = function.step("check", run)

    assert (run["next"], run.get("number")) == (("create", 1) if created_again else ("report", None))


@pytest.mark.parametrize("known", [{"number": 19}, {"kept": True, "must_succeed": True}])
def test_it_is_not_created_again_for_ever_or_where_the_update_keeps_it(function: Any, known: dict[str, Any]) -> None:
    began = dt.datetime.fromtimestamp(function.now - 60, dt.timezone.utc)
    failed = {"taskArn": TASK_ARN, "lastStatus": "STOPPED", "createdAt": began, "containers": [{"exitCode": 1}]}
    function.stubs["ecs"].add_response("describe_tasks", {"tasks": [failed]})
    definition = {**TASK, "created": "createdAt"}

    run = function.step("check", begun(function, definition, {}, id=TASK_ARN, since=function.now, **known))

    assert (run["next"], run["outcome"]["succeeded"]) == ("report", False)


def test_a_creation_time_that_cannot_be_read_does_not_hide_the_failure(function: Any) -> None:
    failed = {"taskArn": TASK_ARN, "lastStatus": "STOPPED", "containers": [{"exitCode": 1}]}
    function.stubs["ecs"].add_response("describe_tasks", {"tasks": [failed]})

    run = function.step("check", begun(function, {**TASK, "created": "createdAt"}, {}, id=TASK_ARN, since=function.now))

    assert (run["next"], run["outcome"]["succeeded"]) == ("report", False)


def test_a_waiting_resource_creates_no_job_in_place_of_one_that_has_failed(function: Any) -> None:
    began = dt.datetime.fromtimestamp(function.now - 3600, dt.timezone.utc)
    failed = {"taskArn": TASK_ARN, "lastStatus": "STOPPED", "createdAt": began, "containers": [{"exitCode": 1}]}
    function.stubs["ecs"].add_response("describe_tasks", {"tasks": [failed]})
    made = event(function, {**TASK, "created": "createdAt"}, {})
    made["ResourceProperties"] |= {"Job": TASK_ARN, "Creator": "ImportInteractions"}

    run = function.create(function.run(made))

    assert (run["next"], run["outcome"]["succeeded"]) == ("report", False)


def test_a_deletion_does_not_wait_for_a_job_that_has_failed_in_spite_of_its_status(function: Any) -> None:
    ended = {"taskArn": TASK_ARN, "lastStatus": "STOPPED", "containers": [{"exitCode": 1}]}
    function.stubs["ecs"].add_response("describe_tasks", {"tasks": [ended]})
    function.resource("UPDATE_COMPLETE", f"{TASK_ARN}-new")
    made = event(function, TASK, {}, RequestType="Delete", PhysicalResourceId=TASK_ARN)

    run = function.step("check", function.step("create", function.run(made)))

    assert (run["next"], run["outcome"]["succeeded"]) == ("report", True)


# --- definitions that cannot work ---


@pytest.mark.parametrize(
    ("definition", "reason"),
    [
        ({**TASK, "token_taken": "ConflictException"}, "token_taken must be a list of strings"),
        ({**TASK, "create": {**TASK["create"], "reason": "failures["}}, "ParserError|ParseError|IncompleteExpression"),
        ({**TASK, "failed_if": "a b"}, "ParseError"),
        ({**SYNC, "describe": {**SYNC["describe"], "next": {"parameter": "NextToken", "path": "a b"}}}, "ParseError"),
    ],
    ids=["codes", "reason", "failed_if", "page"],
)
def test_a_definition_that_can_never_work_is_refused(definition: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=f"^the job's definition is invalid: .*(?:{reason})"):
        validated_definition("Custom::AwsJob", {"Definition": definition})


def test_a_name_tells_a_repeated_call_also_where_there_is_a_list(function: Any) -> None:
    row = table()["Custom::PersonalizeDatasetImportJob"]
    made = function.event()
    made["ResourceProperties"]["Definition"] = {**row, "find": table()["Custom::PinpointImportJob"]["find"]}
    function.stubs["personalize"].add_response("create_dataset_import_job", {"datasetImportJobArn": "arn"})

    assert function.create(function.run(made))["id"] == "arn"


# --- a response that is lost ---


def test_a_job_that_must_not_be_created_twice_is_created_in_a_step_of_its_own(function: Any) -> None:
    run = function.create(crawl(function))
    function.stubs["glue"].add_response("start_crawler", {}, {"Name": "shop"})

    assert (run["next"], run["wait"], run["creating"]) == ("create", 0, True)
    assert function.create(run)["id"] == "shop"


def test_if_its_response_is_lost_the_run_fails(function: Any) -> None:
    function.answering("glue", "StartCrawler", ReadTimeoutError(endpoint_url="https://glue"))

    run = function.create(crawl(function, creating=True))

    assert run["next"] == "report"
    assert run["outcome"]["reason"].startswith(
        "Crawl could not be created: the job may have been created all the same, so it is not created again (look for "
        "it in the service, then deploy again or change the trigger): ReadTimeoutError: "
    )


def test_if_the_step_was_interrupted_the_run_fails(function: Any) -> None:
    run = function.step("create", crawl(function, creating=True), attempt=1)

    assert run["next"] == "report"
    assert run["outcome"]["reason"].startswith("an attempt was interrupted; the job may have been created all the same")


def test_if_an_earlier_step_was_interrupted_it_goes_on(function: Any) -> None:
    function.stack("CREATE_IN_PROGRESS")

    run = function.step("create", crawl(function), attempt=1)

    assert (run["next"], run["creating"]) == ("create", True)


def test_a_call_that_had_no_effect_may_be_repeated(function: Any) -> None:
    function.stubs["glue"].add_client_error("start_crawler", "CrawlerRunningException", "running")

    run = function.create(crawl(function, creating=True))

    assert (run["next"], "creating" in run) == ("create", False)


def test_without_that_choice_the_call_is_repeated_later(function: Any) -> None:
    definition = {name: value for name, value in DEFINITION.items() if name != "lost"}
    function.answering("glue", "StartCrawler", ReadTimeoutError(endpoint_url="https://glue"))

    run = function.create(begun(function, definition, {"Name": "shop"}))

    assert (run["next"], run["wait"]) == ("create", 120)


def throttle_stack(function: Any) -> None:
    function.stubs["cloudformation"].add_client_error("describe_stacks", "Throttling")


def test_an_interruption_is_not_forgotten_where_the_stack_could_not_be_described(function: Any) -> None:
    """The step that follows is no repeated one."""
    run = function.run()
    throttle_stack(function)
    run = function.step("create", run, attempt=1)

    assert (run["next"], run["creating"]) == ("create", True)
