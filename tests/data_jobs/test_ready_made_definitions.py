"""Runs with the ready-made definitions, against responses that the services' models allow.

The definitions belong to the constructs, which run in a process of their own here: it may have another SDK.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from typing import Any

import boto3
import pytest
from botocore.stub import ANY
from ready_made_cases import CASES, Case

PRINT_ROWS = """
import json, sys
from cdk_data_jobs import definitions
from cdk_data_jobs._definition.parameters import with_resolved_job_id
from cdk_data_jobs._definition.table import as_row
given = json.load(sys.stdin)
names = [name for name in definitions.__all__ if isinstance(getattr(definitions, name), definitions.JobDefinition)]
print(json.dumps({name: as_row(with_resolved_job_id(getattr(definitions, name), given[name])) for name in names}))
"""
AN_END = dt.datetime(2023, 11, 14, 22, 13, 20, tzinfo=dt.timezone.utc)
"""The time of all members of responses: when the runs begin."""


@pytest.fixture(scope="session")
def rows() -> dict[str, Any]:
    given = json.dumps({name: case.parameters for name, case in CASES.items()})
    done = subprocess.run([sys.executable, "-c", PRINT_ROWS], input=given, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr  # every definition has a case
    return dict(json.loads(done.stdout))


@pytest.fixture(params=CASES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def case(name: str) -> Case:
    return CASES[name]


@pytest.fixture
def row(name: str, rows: dict[str, Any]) -> dict[str, Any]:
    return dict(rows[name])


@pytest.fixture
def service(row: dict[str, Any], function: Any) -> Service:
    return Service(function, row)


@pytest.fixture(autouse=True)
def clients(clients: dict[str, Any], rows: dict[str, Any]) -> dict[str, Any]:
    session = boto3.session.Session("id", "secret", region_name="eu-west-1")
    for row in rows.values():
        if row["service"] not in clients:
            clients[row["service"]] = session.client(row["service"])
    return clients


class Service:
    """The job's service: what it answers next."""

    def __init__(self, function: Any, row: dict[str, Any]) -> None:
        self.row = row
        self.stub = function.stubs[row["service"]]

    def answers(self, call: str, members: dict[str, Any], sent: dict[str, Any]) -> None:
        """Answer a call with what the model requires, and these members."""
        operation = self.row[call]["operation"]
        client = self.stub.client
        model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation])
        response = complete(model.output_shape, nested(members)) if model.output_shape else {}
        self.stub.add_response(operation, response, sent)

    def refuses(self, code: str) -> None:
        """Answer the create call with an error: its code, or a message with a general one."""
        error = ("InvalidRequestException", f"{code}.") if " " in code else (code, "no")
        self.stub.add_client_error(self.row["create"]["operation"], *error)


def nested(members: dict[str, Any]) -> dict[str, Any]:
    """Members by path as objects and lists."""
    found: dict[str, Any] = {}
    for path, value in members.items():
        inner = found
        *outer, last = path.split(".")
        for part in outer:
            inner = inner.setdefault(part.removesuffix("[]"), [{}] if part.endswith("[]") else {})
            inner = inner[0] if isinstance(inner, list) else inner
        inner[last] = value
    return found


def complete(shape: Any, value: Any) -> Any:
    """A value with all that its shape requires."""
    if shape.type_name == "structure":
        union = dict.fromkeys([*shape.members][: getattr(shape, "is_tagged_union", False)])
        given = value or union
        assert given.keys() <= shape.members.keys(), sorted(given.keys() - shape.members.keys())
        names = {**dict.fromkeys(shape.required_members), **given}
        return {name: complete(shape.members[name], given.get(name)) for name in names}
    if shape.type_name == "list":
        return [complete(shape.member, item) for item in value or []]
    if value is not None:
        return value
    if shape.type_name == "string":
        return (shape.enum or ["x" * max(1, shape.metadata.get("min", 1))])[0]
    return {"timestamp": AN_END, "boolean": False, "map": {}}.get(shape.type_name, 0)


def filled(value: Any, run_name: str) -> Any:
    """What a case says, with the name that the run gives the job."""
    return json.loads(json.dumps(value).replace("{name}", run_name))


def begun(function: Any, case: Case, row: dict[str, Any], **known: Any) -> dict[str, Any]:
    event = function.event(ResourceType="Custom::AwsJob")
    event["ResourceProperties"] = {"Definition": row, "Parameters": case.parameters, "JobName": "shop"}
    return dict(function.run(event, uuid=True, **known))


NAME = "shop-19f1064b"
"""The name of the first job of these runs."""


def sent_by(case: Case, row: dict[str, Any]) -> dict[str, Any]:
    by_run = [row.get("token"), row.get("name", {}).get("parameter")]
    return {**dict.fromkeys(case.parameters, ANY), **dict.fromkeys(filter(None, by_run), ANY)}


def creates(service: Service, case: Case) -> None:
    members = {case.created: filled(case.id, NAME)} if case.created else {}
    service.answers("create", members, sent_by(case, service.row))


def was_never_begun(function: Any, service: Service) -> None:
    """No other run is listed that may have created the job."""
    if "find" in service.row:
        function.executions({}, running=False)


def checked(function: Any, service: Service, case: Case, members: dict[str, Any], **known: Any) -> dict[str, Any]:
    described = filled({**case.job, **members}, NAME)
    service.answers("describe", described, filled(case.described, NAME))
    run = begun(function, case, service.row, id=filled(case.id, NAME), since=function.now, **known)
    return dict(function.step("check", run))


def create_step(function: Any, service: Service, case: Case, **known: Any) -> dict[str, Any]:
    known |= {"creating": True} if "lost" in service.row else {}
    return dict(function.create(begun(function, case, service.row, **known)))


def test_a_job_is_created(function: Any, service: Service, case: Case) -> None:
    was_never_begun(function, service)
    creates(service, case)

    run = create_step(function, service, case)

    assert (run["next"], run["id"]) == ("check", filled(case.id, NAME))


def test_it_is_waited_for(function: Any, service: Service, case: Case) -> None:
    for status in case.running:
        run = checked(function, service, case, {case.status: status})

        assert (run["next"], run["status"]) == ("check", status)


def test_its_end_is_reported_with_its_attributes(function: Any, service: Service, case: Case) -> None:
    for status in service.row["succeeded"]:
        outcome = checked(function, service, case, {case.status: status})["outcome"]

        if "failures" not in service.row or outcome["succeeded"]:
            assert outcome["succeeded"], outcome["reason"]
        assert outcome["attributes"].keys() == service.row["attributes"].keys()
    first = checked(function, service, case, {case.status: service.row["succeeded"][0]})["outcome"]
    assert (first["succeeded"], first["attributes"]["status"]) == (True, service.row["succeeded"][0])


def test_its_failure_is_reported_with_the_services_reason(function: Any, service: Service, case: Case) -> None:
    for status in service.row["failed"]:
        outcome = checked(function, service, case, {case.status: status, **case.failed})["outcome"]

        assert not outcome["succeeded"]
        assert outcome["reason"].startswith(f"{service.row['title']} failed: {case.reason}"), outcome["reason"]


def test_a_reason_with_a_known_cause_ends_with_advice(function: Any, service: Service, case: Case) -> None:
    causes = service.row.get("hints", {})
    found = [next(cause for cause in causes if cause in message) for message in case.known]

    assert found == [*causes]  # each has a message
    path = [*case.failed][-1]
    for message, cause in zip(case.known, found, strict=True):
        members = {case.status: service.row["failed"][0], **case.failed, path: message}
        if isinstance(case.failed[path], list):
            members[path] = [message]
        # After the response: before, a permission that may be new is waited for.
        reason = checked(function, service, case, members, answered=True)["outcome"]["reason"]

        assert f" What to do: {causes[cause]}." in reason


def test_failed_entries_count(function: Any, service: Service, case: Case) -> None:
    if not case.entries:
        assert service.row.get("failures", "").startswith("JobStatus ==") or "failures" not in service.row
        return
    outcome = checked(function, service, case, {case.status: service.row["succeeded"][-1], **case.entries})["outcome"]

    assert not outcome["succeeded"]
    assert "succeeded with 1 failed entries where 0 are accepted" in outcome["reason"]


def test_what_passes_is_waited_for(function: Any, service: Service, case: Case) -> None:
    assert {*case.busy} == {code for code in service.row.get("busy", []) if code.isalpha() and code != "AGENT"}
    for code in case.busy:
        was_never_begun(function, service)
        service.refuses(code)

        run = create_step(function, service, case)

        assert run["next"] == "create"
        assert run["waiting_for"] in ("service", "quota")


def test_a_permission_that_is_new_is_waited_for(function: Any, service: Service, case: Case) -> None:
    known = service.row.get("denied", [])
    assert {*case.denied} == {part for part in known if "assume" not in part}  # others are of a new role
    for part in known:
        was_never_begun(function, service)
        service.refuses(part if " " in part else f"{part}Exception")

        run = create_step(function, service, case)

        assert (run["next"], run["waiting_for"]) == ("create", "permissions")


@pytest.mark.parametrize("name", ["ATHENA_QUERY", "REDSHIFT_STATEMENT", "STEP_FUNCTIONS_EXECUTION"], indirect=True)
def test_what_may_have_done_a_part_of_its_work_is_not_run_again(function: Any, service: Service, case: Case) -> None:
    denied = "KmsAccessDeniedException: it is not authorized to perform s3:PutObject. Insufficient permissions"
    members = {case.status: service.row["failed"][0], **case.failed, [*case.failed][-1]: denied}

    assert not checked(function, service, case, members)["outcome"]["succeeded"]


def test_another_token_or_name_is_used_where_one_is_used_up(function: Any, service: Service, case: Case) -> None:
    row = service.row
    assert {*case.used} == {*row.get("token_taken", []), *row.get("name", {}).get("taken", [])}
    for code in case.used:
        service.refuses(code)
        if "name" in row:  # of another job, which has failed
            members = filled({**case.job, case.status: row["failed"][0]}, NAME)
            service.answers("describe", members, filled(case.described, NAME))
            function.now += 3600
        members = {case.created: filled(case.id, "x")} if case.created else {}
        service.answers("create", members, sent_by(case, row))

        run = create_step(function, service, case)

        assert (run["next"], run["number"]) == ("check", 1)


def test_a_named_job_is_found_again_if_the_response_was_lost(function: Any, service: Service, case: Case) -> None:
    if "name" not in service.row:
        return
    service.refuses(case.used[0])
    members = filled({**case.job, case.status: case.running[0]}, NAME)
    service.answers("describe", members, filled(case.described, NAME))

    run = create_step(function, service, case)

    assert run["id"] == filled(case.id, NAME)
    assert "number" not in run


def test_a_glue_run_is_found_again_by_its_parameters(function: Any, rows: dict[str, Any]) -> None:
    case, service = CASES["GLUE_JOB_RUN"], Service(function, rows["GLUE_JOB_RUN"])
    function.executions({}, running=False)
    began = dt.datetime.fromtimestamp(function.now, dt.timezone.utc)
    listed = [
        {"Id": "other", "StartedOn": began, "JobName": "etl", "Arguments": {"--day": "2"}},
        {"Id": "jr_1", "StartedOn": began, "JobName": "etl", "Arguments": {"--day": "1"}},
    ]
    service.answers("find", {"JobRuns": listed}, {"JobName": "etl"})

    assert create_step(function, service, case, creating=True)["id"] == "jr_1"


def test_an_execution_of_an_alias_is_found_again_when_the_deployment_is_retried(
    function: Any, rows: dict[str, Any]
) -> None:
    """The machine's own ARN is described, without the alias."""
    case, service = CASES["STEP_FUNCTIONS_EXECUTION"], Service(function, rows["STEP_FUNCTIONS_EXECUTION"])
    service.refuses(case.used[0])
    before = dt.datetime.fromtimestamp(function.now - 600, dt.timezone.utc)
    described = {**filled(case.job, NAME), "startDate": before, "status": "RUNNING"}
    service.answers("describe", described, filled(case.described, NAME))

    assert create_step(function, service, case)["id"] == filled(case.id, NAME)


def test_a_crawl_that_runs_has_not_ended_whatever_the_last_one_did(function: Any, rows: dict[str, Any]) -> None:
    service, case = Service(function, rows["GLUE_CRAWLER"]), CASES["GLUE_CRAWLER"]
    for state in ("RUNNING", "STOPPING"):
        run = checked(function, service, case, {"Crawler.State": state, "Crawler.LastCrawl.Status": "SUCCEEDED"})

        assert (run["next"], run["status"]) == ("check", state)


@pytest.mark.parametrize("reason", ["RESOURCE:MEMORY", "AGENT", "Capacity is unavailable at this time."])
def test_a_task_waits_for_room_in_its_cluster(function: Any, rows: dict[str, Any], reason: str) -> None:
    service, case = Service(function, rows["ECS_TASK"]), CASES["ECS_TASK"]
    service.answers("create", {"failures[].reason": reason}, sent_by(case, service.row))

    run = create_step(function, service, case)

    assert (run["next"], run["state"]) == ("create", reason)


def test_a_task_without_room_or_reason_is_no_job(function: Any, rows: dict[str, Any]) -> None:
    service, case = Service(function, rows["ECS_TASK"]), CASES["ECS_TASK"]
    service.answers("create", {}, sent_by(case, service.row))

    assert "has nothing at 'tasks[0].taskArn'" in create_step(function, service, case)["outcome"]["reason"]


@pytest.mark.parametrize("code", ["TaskFailedToStart", "UserInitiated", "SpotInterruption"])
def test_a_task_that_did_not_start_or_was_stopped_has_failed(function: Any, rows: dict[str, Any], code: str) -> None:
    service, case = Service(function, rows["ECS_TASK"]), CASES["ECS_TASK"]
    stopped = {"tasks[].lastStatus": "STOPPED", "tasks[].stopCode": code, "tasks[].containers": []}
    service.answers("describe", {**stopped, "tasks[].stoppedReason": "as it is"}, case.described)

    run = function.step("check", begun(function, case, service.row, id=case.id, since=function.now))

    assert run["outcome"]["reason"].startswith("ECS task failed: as it is")


@pytest.mark.parametrize(
    ("status", "counts", "failures"),
    [
        ("COMPLETED", {}, 0),
        ("COMPLETED_WITH_ERRORS", {}, 1),
        ("COMPLETED_WITH_ERRORS", {"Resources": 2}, 2),
        ("COMPLETED_WITH_ERRORS", {"Resources": 2, "FilesRead": 3}, 5),
    ],
)
def test_errors_of_a_health_import_are_failed_entries(
    function: Any, rows: dict[str, Any], status: str, counts: dict[str, int], failures: int
) -> None:
    service, case = Service(function, rows["HEALTHLAKE_IMPORT"]), CASES["HEALTHLAKE_IMPORT"]
    report = "ImportJobProperties.JobProgressReport.TotalNumberOf"
    members = {case.status: status, **{f"{report}{what}WithCustomerError": count for what, count in counts.items()}}

    outcome = checked(function, service, case, members)["outcome"]

    assert outcome["succeeded"] == (failures == 0)
    assert not failures or f"succeeded with {failures} failed entries" in outcome["reason"]
