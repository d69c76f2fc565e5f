"""Generated invalid requests: each gets one response at most, no secret is logged, and every run ends."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from data_jobs import aws
from data_jobs.cloudformation import MAX_RESPONSE_BYTES
from data_jobs.definitions import definition_of
from data_jobs.handler import handler

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = 1_700_000_000.0
JOB = "arn:aws:personalize:eu-west-1:111122223333:dataset-import-job/job"
STACK = """<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>shop</StackName>
<CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>CREATE_IN_PROGRESS</StackStatus></member></Stacks>
</DescribeStacksResult></DescribeStacksResponse>"""
WELL = {
    "CreateDatasetImportJob": {"datasetImportJobArn": JOB},
    "DescribeDatasetImportJob": {"datasetImportJob": {"datasetImportJobArn": JOB, "status": "ACTIVE"}},
    "StartExecution": {"executionArn": "arn", "startDate": 0},
    "ListExecutions": {"executions": []},
}
PROBLEMS = {
    "throttled": (400, {"__type": "ThrottlingException", "message": "slow down"}),
    "denied": (400, {"__type": "AccessDeniedException", "message": "not yours"}),
    "missing": (400, {"__type": "ResourceNotFoundException", "message": "no such job"}),
    "taken": (400, {"__type": "ResourceAlreadyExistsException", "message": "there is one"}),
    "broken": (500, {"message": "\ud800"}),
}
MAX_STEPS = 3000
"""Steps of the longest run: a job that can never be described is watched for a week."""
REPORTS = 3
DROP = object()


class Body:
    """The body of a response, as botocore reads it."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.content


@dataclass
class UnreliableAws:
    """AWS behind real clients: the first calls fail with `problems`, all others succeed."""

    problems: list[str] = field(default_factory=list)
    called: list[str] = field(default_factory=list)

    def respond(self, request: Any, event_name: str, **_: Any) -> AWSResponse:
        operation = event_name.rpartition(".")[2]
        self.called.append(operation)
        problem = self.problems.pop(0) if self.problems else ""
        if problem == "unreachable":
            raise EndpointConnectionError(endpoint_url=request.url)
        status, content = PROBLEMS.get(problem, (200, WELL.get(operation, {})))
        body = STACK if operation == "DescribeStacks" and status == 200 else json.dumps(content)
        return AWSResponse(request.url, status, {}, Body(body.encode()))


@pytest.fixture(scope="module")
def real_clients() -> dict[str, Any]:
    return {}


@pytest.fixture
def unreliable_aws(
    function: Any, real_clients: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> Iterator[UnreliableAws]:
    del function  # which has set its stubs, that are not wanted here
    unreliable_aws = UnreliableAws()
    session = boto3.session.Session("id", "secret", region_name="eu-west-1")

    def client(name: str, config: Any) -> Any:
        if name not in real_clients:
            real_clients[name] = session.client(name, config=config)
        events = real_clients[name].meta.events
        events.register("before-send", unreliable_aws.respond, unique_id="unreliable_aws")
        cleanups.append(lambda: events.unregister("before-send", unique_id="unreliable_aws"))
        return real_clients[name]

    cleanups: list[Any] = []
    monkeypatch.setattr(aws.boto3, "client", client)
    monkeypatch.setattr("time.sleep", lambda _: None)
    yield unreliable_aws
    for clean_up in cleanups:
        clean_up()


odd_texts = st.text(st.characters(exclude_categories=()), max_size=20) | st.sampled_from(
    ["\0", "\ud800", "x" * 5000, "9" * 5000, "é" * 70_000, "٣", "-1", "1e309", "Infinity", "true", "Run", "Delete"]
)
odd_numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([10**400, -1, 1e308])
anything = st.recursive(
    st.none() | st.booleans() | odd_numbers | odd_texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(odd_texts, inner, max_size=3),
    max_leaves=6,
)
problems = st.lists(st.sampled_from([*PROBLEMS, "unreachable", ""]), max_size=6)
on_fixtures = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document, the document itself but for."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for name, part in parts for found in [(*path, name), *places(part, (*path, name))]]


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A document with another value at a place, or without it."""
    copy = dict(value) if isinstance(value, dict) else list(value)
    if len(path) > 1:
        copy[path[0]] = changed(copy[path[0]], path[1:], new)
    elif new is DROP:
        del copy[path[0]]
    else:
        copy[path[0]] = new
    return copy


@st.composite
def mutations(draw: st.DrawFn, document: dict[str, Any]) -> dict[str, Any]:
    """A document in which up to three things are missing or something else, wherever its ResponseURL stays."""
    for _ in range(draw(st.integers(1, 3))):
        if found := [place for place in places(document) if "ResponseURL" not in place]:
            document = changed(document, draw(st.sampled_from(found)), draw(st.just(DROP) | anything))
    return document


@st.composite
def definitions(draw: st.DrawFn) -> Any:
    """A definition of the resource's own, such as an AwsJob has, that may make no sense."""
    row = definition_of("Custom::PersonalizeDatasetImportJob", {})
    return draw(st.just(row) | mutations(row) | anything)


def full_event(function: Any, request_type: str) -> dict[str, Any]:
    """A request with everything that one can have."""
    event: dict[str, Any] = function.event(request_type, PhysicalResourceId=JOB)
    event["ResourceProperties"] |= {
        "Timeout": "600",
        "Trigger": "1",
        "MaxFailures": "0",
        "WaitForCompletion": "true",
        "OnFailure": "CONTINUE",
        "Files": [],
        "Tags": [{"Key": "team", "Value": "search"}],
    }
    old = {**event["ResourceProperties"], "Trigger": "0"}
    return {**event, "OldResourceProperties": old} if request_type == "Update" else event


def drive(function: Any, run: Any, execution: str = "Create") -> str:
    """Go the way of the state machine with a run; returns the state in which it ends."""
    state, wait, reports = execution.lower(), 0, 0
    for _ in range(MAX_STEPS):
        if not isinstance(run, dict):
            return "Failed"  # a state's result has no place in what is no object
        try:
            run = function.step(state, run, after=wait)
        except Exception as error:  # noqa: BLE001 - as the machine does
            reports += state == "report"
            if reports == REPORTS:
                return "Failed"
            if state == "report":
                continue
            cause = {"errorType": type(error).__name__, "errorMessage": str(error)}
            run, state, wait = (
                {**run, "crash": {"Error": type(error).__name__, "Cause": json.dumps(cause)}},
                "report",
                0,
            )
            continue
        state, wait, reports = run["next"], run["wait"], 0
        assert isinstance(wait, int)
        assert 0 <= wait <= 99_999_999
        if state not in ("create", "check", "report"):
            return "Succeeded" if state == "succeed" else "Failed"
    return "still running"


def assert_sound(body: dict[str, Any], event: dict[str, Any]) -> None:
    assert len(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()) <= MAX_RESPONSE_BYTES
    assert body["Status"] in ("SUCCESS", "FAILED")
    assert body["Status"] == "SUCCESS" or event.get("RequestType") != "Delete"
    assert body["PhysicalResourceId"]
    assert all(isinstance(value, str) for value in body.get("Data", {}).values())


@pytest.mark.parametrize("request_type", ["Create", "Update", "Delete"])
@given(data=st.data(), problems=problems)
@on_fixtures
def test_every_request_gets_one_response(
    *,
    function: Any,
    unreliable_aws: UnreliableAws,
    capsys: Any,
    request_type: str,
    data: st.DataObject,
    problems: list[str],
) -> None:
    function.now = NOW
    event = full_event(function, request_type)
    for name in data.draw(st.lists(st.sampled_from(["Definition", "Kind", "Job", "Relay", "Creator"]), max_size=2)):
        event["ResourceProperties"][name] = data.draw(definitions() if name == "Definition" else anything)
    event = data.draw(st.just(event) | mutations(event))
    assume(event.get("RequestType") != "Run")
    function.responses.bodies.clear()
    unreliable_aws.problems[:], unreliable_aws.called[:] = problems, []

    function.start(event)
    if not function.responses.bodies:
        unreliable_aws.problems[:] = problems
        drive(function, function.run(event))

    assert len(function.responses.bodies) == 1
    assert_sound(function.responses.bodies[0], event)
    assert "Signature=" not in "".join(capsys.readouterr())


@given(data=st.data(), problems=problems, execution=st.sampled_from(["Create", "Check", "Report"]))
@on_fixtures
def test_every_run_ends(
    *,
    function: Any,
    unreliable_aws: UnreliableAws,
    capsys: Any,
    data: st.DataObject,
    problems: list[str],
    execution: str,
) -> None:
    function.now = NOW
    outcome = {"succeeded": True, "reason": "", "attributes": {"status": "ACTIVE"}}
    known = {"id": JOB, "since": function.now, "copied": 0, "number": 0, "attempts": 1, "outcome": outcome}
    run = function.run(full_event(function, "Create"), **known, ended=True, answered=False, step="check")
    unreliable_aws.problems[:], unreliable_aws.called[:] = problems, []

    ended = drive(function, data.draw(mutations(run)), execution)

    assert ended in ("Succeeded", "Failed")
    assert "Signature=" not in "".join(capsys.readouterr())


@given(document=anything)
@on_fixtures
def test_a_run_that_is_invalid_fails_and_calls_nobody(
    function: Any, unreliable_aws: UnreliableAws, document: Any
) -> None:
    unreliable_aws.called.clear()

    assert drive(function, document) == "Failed"
    assert unreliable_aws.called == []


@given(event=st.dictionaries(st.sampled_from(["RequestType", "Arrived", "x"]) | odd_texts, anything, max_size=5))
@on_fixtures
def test_an_event_that_is_invalid_starts_nothing(
    function: Any, unreliable_aws: UnreliableAws, event: dict[str, Any]
) -> None:
    unreliable_aws.called.clear()

    if event.get("RequestType") == "Run":
        with pytest.raises(RuntimeError):
            handler(event, function.context)
    else:
        handler(event, function.context)

    assert unreliable_aws.called == []
