"""Requests are parsed, and invalid ones rejected."""

from __future__ import annotations

from typing import Any

import pytest

from data_jobs.matching import with_value, without
from data_jobs.request import MAX_WATCH_SECONDS, Request, accepts_failure, digest, queue_position

TOKEN = "the-token-of-the-task"  # noqa: S105 - of nothing
ARRIVALS = {"Inbox": "s3://bucket/inbox/", "Folder": "s3://staging/job/", "Parameter": "source"}


def request(function: Any, request_type: str = "Create", **changes: Any) -> Request:
    return Request.from_event(function.event(request_type, **{"ResponseURL": "https://an.example/", **changes}))


def having(function: Any, request_type: str = "Create", **properties: Any) -> Request:
    """A request of a resource with these properties."""
    return request(function, request_type, StartedBy="schedule", ResourceProperties=properties)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "DataLoading-ImportInteractions-a96edebe-create-19f1064b-aae6dea97297"),
        (
            {"RequestType": "Run", "TaskToken": TOKEN},
            "DataLoading-ImportInteractions-a96edebe-run-19f1064b-7f3b8a5a7a12",
        ),
        ({"RequestType": "Run"}, "DataLoading-ImportInteractions-a96edebe-run-19f1064b-19f1064b619d"),
        (
            {"RequestType": "Run", "NotBefore": 1_700_000_100},
            "DataLoading-ImportInteractions-a96edebe-run-19f1064b-w01700000100",
        ),
    ],
    ids=["deployment", "task", "schedule", "upload"],
)
def test_the_name_of_an_execution_stays_what_it_was(function: Any, changes: dict[str, Any], name: str) -> None:
    """A run of an earlier version must be found by its name."""
    assert request(function, StartedBy="schedule", **changes).execution_name == name


def test_the_names_of_executions_hold_letters_of_the_stack_and_of_the_resource(function: Any) -> None:
    stack_id = "arn:aws:cloudformation:eu-west-1:111122223333:stack/A-stack_with.a-long-name/5f0c"
    found = request(function, StackId=stack_id, LogicalResourceId="ImportOfManyInteractions")

    assert found.stack_name == "A-stack_with.a-long-name"
    assert found.stack_execution_prefix == "A-stackwitha-long-na-"
    assert found.execution_prefix().startswith("A-stackwitha-long-na-ImportOfManyInteract-")
    assert found.execution_prefix("Other").startswith("A-stackwitha-long-na-Other-")
    assert found.execution_prefix() == found.execution_prefix("ImportOfManyInteractions")


def test_by_default_a_job_runs_and_is_waited_for(function: Any) -> None:
    event = function.event()
    del event["ResourceProperties"]
    bare = Request.from_event(event)

    assert (bare.kind, bare.properties, bare.old_properties) == ("Custom::PersonalizeDatasetImportJob", {}, {})
    assert (bare.waits_for_completion, bare.runs_when_deployed) == (True, True)
    assert (bare.accepts_failure, bare.publishes_events, bare.skips_if_running) == (False, False, False)
    assert (bare.timeout, bare.chain_timeout, bare.max_failures, bare.not_before) == (3300, 0, 0, 0)
    assert (bare.awaited_job, bare.creator_logical_id, bare.physical_id, bare.task_token, bare.tags) == (
        "",
        "",
        "",
        "",
        {},
    )
    assert (bare.adds_waiting_resources, bare.accepts_job_as_is, bare.uploads) == (False, False, {})
    assert bare.started_by == "create"


def test_properties_override_the_defaults(function: Any) -> None:
    said = having(
        function,
        Kind="Custom::PinpointImportJob",
        WaitForCompletion="false",
        DeployTime="false",
        OnFailure="CONTINUE",
        Events="true",
        Timeout="60",
        Relay="9000",
        MaxFailures="3",
        Job="arn",
        Creator="Import",
        Kept="true",
        Links="1",
        Tags=[{"Key": "team", "Value": "search"}],
    )

    assert said.kind == "Custom::PinpointImportJob"
    assert (said.waits_for_completion, said.runs_when_deployed) == (False, False)
    assert (said.accepts_failure, said.publishes_events) == (True, True)
    assert (said.timeout, said.chain_timeout, said.max_failures) == (60, 9000, 3)
    assert (said.awaited_job, said.creator_logical_id, said.tags) == ("arn", "Import", {"team": "search"})
    assert (said.adds_waiting_resources, said.accepts_job_as_is) == (True, True)


def test_a_run_skips_its_turn_if_it_should(function: Any) -> None:
    requested = [request(function, "Run", StartedBy="schedule", Overlap=overlap) for overlap in ("SKIP", "WAIT")]

    assert [one.skips_if_running for one in requested] == [True, False]


def test_what_a_deployment_waits_for_is_nothing_to_a_run(function: Any) -> None:
    run = having(function, "Run", WaitForCompletion="false", DeployTime="false", Timeout="60", Relay="9000")

    assert (run.waits_for_completion, run.runs_when_deployed, run.timeout, run.chain_timeout) == (
        True,
        True,
        MAX_WATCH_SECONDS,
        0,
    )
    assert run.started_by == "schedule"


def test_a_deletion_waits_as_long_as_it_can_whatever_the_jobs_time_out(function: Any) -> None:
    assert having(function, "Delete", Timeout="60").timeout == 3300


@pytest.mark.parametrize(
    ("request_type", "reported"), [("Create", ("https://an.example/", "")), ("Run", ("", TOKEN))], ids=str
)
def test_only_the_sender_of_a_request_gets_a_response(
    function: Any, request_type: str, reported: tuple[str, str]
) -> None:
    found = request(function, request_type, TaskToken=TOKEN, StartedBy="task")

    assert (found.response_url, found.task_token) == reported


def test_response_url_and_task_token_are_not_shown(function: Any) -> None:
    assert "an.example" not in repr(request(function))
    assert TOKEN not in repr(request(function, "Run", TaskToken=TOKEN, StartedBy="task"))


@pytest.mark.parametrize(
    ("properties", "number", "length", "name"),
    [
        ({"JobName": "shop"}, 0, 63, "shop-19f1064b"),
        ({"JobName": "shop"}, 1, 63, "shop-19f1064b-2"),
        ({}, 0, 63, "ImportInteractions-19f1064b"),
        ({"JobName": "shop"}, 0, 12, "sho-19f1064b"),
        ({"JobName": "shop"}, 9, 14, "sh-19f1064b-10"),
    ],
)
def test_a_job_has_a_name_of_its_own_that_is_not_too_long(
    function: Any, properties: dict[str, str], number: int, length: int, name: str
) -> None:
    assert having(function, **properties).job_name(number, length) == name


@pytest.mark.parametrize(("links", "before", "adds"), [("2", "1", True), ("1", "1", False), ("1", "2", False)])
def test_waiting_resources_are_added_if_there_are_more_than_before(
    function: Any, links: str, before: str, *, adds: bool
) -> None:
    event = function.event("Update", ResourceProperties={"Links": links}, OldResourceProperties={"Links": before})

    assert Request.from_event(event).adds_waiting_resources is adds


def test_an_id_is_a_placeholder_if_it_is_no_jobs(function: Any) -> None:
    found = request(function)

    assert found.is_placeholder_id("ImportInteractions")
    assert found.is_placeholder_id(found.execution_name)
    assert not found.is_placeholder_id("arn:aws:personalize:eu-west-1:111122223333:dataset-import-job/shop")
    assert not found.is_placeholder_id("DataLoading-ImportInteractions-19f1064b")  # a service's id may be a job's name


@pytest.mark.parametrize(
    ("before", "is_another"),
    [
        ({}, False),
        ({"DeployTime": "false"}, True),
        ({"Definition": {"service": "b", "create": {"operation": "create"}}}, True),
        ({"Definition": {"service": "a", "create": {"operation": "start"}}}, True),
        ({"Definition": {"service": "a", "create": {"operation": "create", "id": "Id"}}}, False),
        ({"Parameters": {}}, True),
    ],
    ids=["nothing", "when it runs", "service", "operation", "how it is watched", "parameters"],
)
def test_another_job_is_one_of_another_call_or_with_other_parameters(
    function: Any, before: dict[str, Any], *, is_another: bool
) -> None:
    properties = {"Definition": {"service": "a", "create": {"operation": "create"}}, "Parameters": {"a": "1"}}
    event = function.event("Update", ResourceProperties=properties, OldResourceProperties={**properties, **before})

    assert Request.from_event(event).changes_job([]) is is_another
    assert Request.from_event(event).keeps_job([]) is not is_another


def test_what_is_no_part_of_a_job_creates_no_other(function: Any) -> None:
    new, old = {"Parameters": {"a": "1"}}, {"Parameters": {"a": "2"}}
    event = function.event("Update", ResourceProperties=new, OldResourceProperties=old)

    assert not Request.from_event(event).changes_job(["a"])
    assert Request.from_event(event).changes_job(["b"])


@pytest.mark.parametrize("name", ["Definition", "Parameters"])
@pytest.mark.parametrize("value", [None, "all", [], {"create": "all"}], ids=repr)
def test_old_properties_may_be_anything(function: Any, name: str, value: object) -> None:
    properties = {"Parameters": {"a": "1"}}
    event = function.event("Update", ResourceProperties=properties, OldResourceProperties={**properties, name: value})

    assert Request.from_event(event).changes_job([]) is (name == "Parameters")


def test_a_definition_of_null_is_none(function: Any) -> None:
    properties = {"Parameters": {"a": "1"}, "Definition": None}
    event = function.event("Update", ResourceProperties=properties, OldResourceProperties=properties)

    assert not Request.from_event(event).changes_job([])


def test_nothing_is_accepted_if_the_properties_are_invalid() -> None:
    assert not accepts_failure("CONTINUE")
    assert not accepts_failure({"OnFailure": "ROLL_BACK"})


STRINGS = ("RequestType", "ResourceType", "StackId", "RequestId", "LogicalResourceId")


@pytest.mark.parametrize("name", [*STRINGS, "ResponseURL", "StartedBy"])
@pytest.mark.parametrize(("value", "kind"), [(None, "NoneType"), ("", "str"), (5, "int")])
def test_a_request_must_have_all_its_fields(function: Any, name: str, value: object, kind: str) -> None:
    request_type = "Run" if name == "StartedBy" else "Create"
    with pytest.raises(ValueError, match=rf"^the request's {name} must be a non-empty string, got {kind}$"):
        request(function, request_type, **{"StartedBy": "schedule", name: value})


NO_UPLOADS = "the request's Arrivals must have the strings Inbox, Folder and Parameter"
NO_TIME = "the request's NotBefore must be seconds since 1970"
INVALID_PROPERTIES = [
    ("Parameters", "all", "an object"),
    *[("Files", files, "a list of objects with a Source and a Target") for files in ({}, ["a.csv"])],
    *[("Files", [{name: "s3://a/b"}], "a list of objects with a Source and a Target") for name in ("Source", "Target")],
    ("Tags", "team", "a list of objects with a Key and a Value"),
    ("Tags", [{"Key": "team"}], "a list of objects with a Key and a Value"),
    ("Tags", [{"Key": "team", "Value": "a"}, {"Value": "a"}], "a list of objects with a Key and a Value"),
    *[
        (name, value, f"a whole number, got {value}")
        for name in ("Timeout", "Relay", "Links", "MaxFailures")
        for value in ("soon", "", "-1", "1.5", "1234567890", "5\n")
    ],
]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ResponseURL": "ftp://an.example/"}, "the request's ResponseURL must begin with https://"),
        ({"RequestType": "R" * 41}, f"the RequestType must be Create, Update, Delete or Run, got {'R' * 40}"),
        ({"ResourceProperties": "all"}, "the request's ResourceProperties must be an object, got str"),
        ({"OldResourceProperties": [1]}, "the request's OldResourceProperties must be an object, got list"),
        ({"Arrivals": [1]}, "the request's Arrivals must be an object, got list"),
        *[({"NotBefore": value}, NO_TIME) for value in ("5", -1, 10**11)],
        *[({"Arrivals": {**ARRIVALS, name: value}}, NO_UPLOADS) for name in ARRIVALS for value in (None, 5)],
        *[
            ({"ResourceProperties": {name: value}}, f"the resource's property {name} must be {expected}")
            for name, value, expected in INVALID_PROPERTIES
        ],
    ],
    ids=str,
)
def test_an_invalid_request_is_rejected_with_the_reason(function: Any, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match="must") as raised:
        request(function, **changes)

    assert str(raised.value) == message


def test_of_the_properties_before_an_update_only_the_valid_ones_count(function: Any) -> None:
    rejected = {"Parameters": [], "Tags": "all", "Files": [1], "Timeout": "soon", "Links": None, "Trigger": "2"}

    parsed = request(function, RequestType="Update", OldResourceProperties=rejected)

    assert parsed.old_properties == {"Trigger": "2"}
    assert parsed.old_tags == {}
    assert not parsed.adds_waiting_resources


@pytest.mark.parametrize(
    "changes",
    [
        {"NotBefore": 10**11 - 1},
        {"Arrivals": ARRIVALS},
        {"ResourceProperties": {"Timeout": "0", "Relay": "123456789", "Links": 5, "MaxFailures": "07"}},
        {"ResourceProperties": {"Files": [], "Tags": []}},
    ],
    ids=str,
)
def test_a_valid_request_is_accepted(function: Any, changes: dict[str, Any]) -> None:
    assert request(function, **changes).uploads == changes.get("Arrivals", {})


def test_a_run_for_uploads_has_its_turn_when_its_window_is_over() -> None:
    gathers = "DataLoading-Import-a96edebe-run-19f1064b-w00000000100"

    assert [queue_position(gathers, began) for began in (50.0, 150.0)] == [(100.0, gathers), (150.0, gathers)]
    other = "DataLoading-Import-w00000000100-run-19f1064b-19f1064b619d"
    assert queue_position(other, 50.0) == (50.0, other)


def test_a_path_names_a_part_of_the_parameters() -> None:
    parameters = {"a": {"b": {"c": 1, "d": 2}, "e": 3}, "f": 4}

    assert without(parameters, ["a.b.c", "f"]) == {"a": {"b": {"d": 2}, "e": 3}}
    assert without(parameters, ["f.g", "h", "h.i"]) == parameters
    assert with_value(parameters, "a.b.c", 9) == {"a": {"b": {"c": 9, "d": 2}, "e": 3}, "f": 4}
    assert with_value({}, "a.b", 9) == {"a": {"b": 9}}
    assert parameters == {"a": {"b": {"c": 1, "d": 2}, "e": 3}, "f": 4}


def test_every_string_has_a_digest() -> None:
    assert [len(digest(text, 8)) for text in ("", "é", "half \ud800")] == [8, 8, 8]
