"""A function to call, with botocore's own stubs for AWS."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import sys
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_local.api import function_sdk as sdk

sys.path.append(str(Path(__file__).parent))  # for the helper modules in this folder
# Before anything imports boto3: the function runs on the SDK of AWS's runtime, or on what FUNCTION_SDK names.
sys.path.insert(0, str(sdk.folder(os.environ.get("FUNCTION_SDK", sdk.RUNTIME))))

import boto3
from botocore import xform_name
from botocore.exceptions import StubResponseError
from botocore.response import StreamingBody
from botocore.stub import Stubber

from data_jobs import aws
from data_jobs.handler import handler

if TYPE_CHECKING:
    from collections.abc import Iterator

FUNCTION_ARN = "arn:aws:lambda:eu-west-1:111122223333:function:runner"
MACHINE_ARN = "arn:aws:states:eu-west-1:111122223333:stateMachine:runner"
STACK_ID = "arn:aws:cloudformation:eu-west-1:111122223333:stack/DataLoading/5f0c"
DATASET_ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset/shop/INTERACTIONS"
ROLE_ARN = "arn:aws:iam::111122223333:role/service-role"
NOW = 1_700_000_000.0
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc)


def pytest_configure(config: pytest.Config) -> None:
    here, asked_from = Path(__file__).parent, config.invocation_params.dir
    if not all((asked_from / argument.partition("::")[0]).is_relative_to(here) for argument in config.args):
        raise pytest.UsageError("tests/data_jobs must be run alone: it has another SDK than the other tests")


class StrictStubber(Stubber):
    """A stub that records calls it did not expect, so that no test takes its error for one of AWS."""

    def __init__(self, client: Any) -> None:
        super().__init__(client)
        self.refused: list[Exception] = []
        self.unmodelled: dict[str, Any] = {}

    def _get_response_handler(self, model: Any, params: Any, context: Any, **more: Any) -> Any:
        if model.name not in self.unmodelled:
            return super()._get_response_handler(model, params, context, **more)
        response = self.unmodelled.pop(model.name)
        if isinstance(response, Exception):
            raise response
        return SimpleNamespace(status_code=200), {**response, "ResponseMetadata": {"HTTPStatusCode": 200}}

    def _assert_expected_call_order(self, *args: Any) -> None:
        try:
            super()._assert_expected_call_order(*args)
        except StubResponseError as error:
            self.refused.append(error)
            raise

    def _assert_expected_params(self, model: Any, *args: Any, **kwargs: Any) -> None:
        if model.name in self.unmodelled:
            return
        try:
            super()._assert_expected_params(model, *args, **kwargs)
        except StubResponseError as error:
            self.refused.append(error)
            raise


@dataclass
class Function:
    """The Lambda function, and the stubs of its AWS clients."""

    responses: Any
    stubs: dict[str, StrictStubber]
    monkeypatch: pytest.MonkeyPatch
    now: float = NOW
    context: Any = field(default_factory=lambda: SimpleNamespace(invoked_function_arn=FUNCTION_ARN))

    def event(self, request_type: str = "Create", **changes: Any) -> dict[str, Any]:
        properties = {
            "ServiceToken": FUNCTION_ARN,
            "JobName": "shop-interactions",
            "Parameters": {
                "datasetArn": DATASET_ARN,
                "dataSource": {"dataLocation": "s3://bucket/interactions.csv"},
                "roleArn": ROLE_ARN,
                "publishAttributionMetricsToS3": "true",
            },
        }
        return {
            "RequestType": request_type,
            "RequestId": "request-1",
            "ResponseURL": self.responses.url,
            "ResourceType": "Custom::PersonalizeDatasetImportJob",
            "LogicalResourceId": "ImportInteractions",
            "StackId": STACK_ID,
            "ResourceProperties": properties,
            **changes,
        }

    def start(self, event: dict[str, Any]) -> None:
        self.monkeypatch.setattr("time.time", lambda: self.now)
        assert handler(event, self.context) is None

    def step(self, step: str, run: dict[str, Any], after: float = 0, **more: Any) -> dict[str, Any]:
        """Take a step `after` seconds, with what JSON keeps of the run."""
        self.now += after
        self.monkeypatch.setattr("time.time", lambda: self.now)
        event = {"step": step, "run": json.loads(json.dumps(run)), "execution": "execution-1", **more}
        result = handler(event, self.context)
        assert result is not None
        return dict(json.loads(json.dumps(result)))

    def crashed(self, run: dict[str, Any], after: float = 0, **more: Any) -> dict[str, Any]:
        """Take the report step that gets the crash of the step before, and the one that responds."""
        run = self.step("report", {"crash": {"Error": "E", "Cause": "C"}, **run}, after=after, **more)
        assert (run["next"], run["wait"]) == ("report", 0)
        return self.step("report", run)

    def create(
        self,
        run: dict[str, Any],
        after: float = 0,
        *,
        stack: str = "CREATE_IN_PROGRESS",
        others: dict[str, float] | None = None,
    ) -> dict[str, Any]:
        """Take a create step, with a stack status, and the other runs if the stack's operation is a later one."""
        self.now += after
        self.stack(stack, since=None if others is None else self.now)
        if others is not None:
            self.executions(others, running=False)
        return self.step("create", run)

    def stack(self, status: str, since: float | None = None) -> None:
        """Stub one DescribeStacks call."""
        stack = {"StackName": "DataLoading", "CreationTime": LONG_AGO, "StackStatus": status}
        if since is not None:
            stack["LastUpdatedTime"] = dt.datetime.fromtimestamp(since, dt.timezone.utc)
        self.stubs["cloudformation"].add_response("describe_stacks", {"Stacks": [stack]}, {"StackName": STACK_ID})

    def executions(self, began: dict[str, float], *, running: bool = True) -> None:
        """Stub one ListExecutions call: the ages of executions in seconds, by name."""
        runs = [
            {
                "executionArn": name,
                "stateMachineArn": MACHINE_ARN,
                "name": name,
                "status": "RUNNING",
                "startDate": dt.datetime.fromtimestamp(self.now - age, dt.timezone.utc),
            }
            for name, age in began.items()
        ]
        expected: dict[str, Any] = {"stateMachineArn": MACHINE_ARN, "maxResults": 1000}
        expected |= {"statusFilter": "RUNNING"} if running else {}
        self.stubs["stepfunctions"].add_response("list_executions", {"executions": runs}, expected)

    def resource(self, status: str, physical_id: str = "id") -> None:
        """Stub one DescribeStackResource call."""
        detail = {
            "LogicalResourceId": "ImportInteractions",
            "PhysicalResourceId": physical_id,
            "ResourceStatus": status,
            "ResourceType": "Custom::PersonalizeDatasetImportJob",
            "LastUpdatedTimestamp": LONG_AGO,
        }
        expected = {"StackName": STACK_ID, "LogicalResourceId": "ImportInteractions"}
        response = {"StackResourceDetail": detail}
        self.stubs["cloudformation"].add_response("describe_stack_resource", response, expected)

    def answering(self, service: str, operation: str, response: Any) -> None:
        """Stub one call with a response that the service's model does not allow, or with an error of the connection."""
        self.stubs[service].unmodelled[operation] = response

    def run(self, event: dict[str, Any] | None = None, **known: Any) -> dict[str, Any]:
        return {"request": event or self.event(), "started": self.now, "uuid": True, **known}


class Objects(dict[str, bytes]):
    """The objects of S3, by `bucket/key`, behind a real client whose requests are intercepted.

    Attributes:
        errors: HTTP statuses of errors, once each, by operation and `bucket/key`.
    """

    def __init__(self, client: Any) -> None:
        super().__init__()
        self.client = client
        self.errors: dict[tuple[str, str], int] = {}

    def respond(self, model: Any, params: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
        requested = params["context"]["requested"]
        place = f"{requested['Bucket']}/{requested.get('Key', '')}"
        status = self.errors.pop((model.name, place), 200)
        said = {} if status != 200 else getattr(self, xform_name(model.name))(place, requested)
        if said is None:
            status, said = 404, {}
        if status >= 300:
            said = {"Error": {"Code": str(status), "Message": "no"}}
        return SimpleNamespace(status_code=status), {**said, "ResponseMetadata": {"HTTPStatusCode": status}}

    def head_object(self, place: str, _requested: dict[str, Any]) -> dict[str, Any] | None:
        return {"ContentLength": len(self[place]), "ETag": "e"} if place in self else None

    def get_object(self, place: str, _requested: dict[str, Any]) -> dict[str, Any] | None:
        content = self.get(place)
        return None if content is None else {"Body": StreamingBody(io.BytesIO(content), len(content))}

    def put_object(self, place: str, requested: dict[str, Any]) -> dict[str, Any]:
        body = requested["Body"]
        self[place] = body if isinstance(body, bytes) else body.read()
        return {}

    def copy_object(self, place: str, requested: dict[str, Any]) -> dict[str, Any] | None:
        source = urllib.parse.unquote(requested["CopySource"])
        if source not in self:
            return None
        self[place] = self[source]
        return {}

    def delete_object(self, place: str, _requested: dict[str, Any]) -> dict[str, Any]:
        self.pop(place, None)
        return {}

    def list_objects_v2(self, place: str, requested: dict[str, Any]) -> dict[str, Any]:
        found = sorted(name for name in self if name.startswith(place + requested.get("Prefix", "")))
        return {"Contents": [{"Key": name.partition("/")[2]} for name in found]}


@pytest.fixture(scope="session")
def clients() -> dict[str, Any]:
    session = boto3.session.Session("id", "secret", region_name="eu-west-1")
    return {
        name: session.client(name)
        for name in ("personalize", "pinpoint", "cloudformation", "stepfunctions", "events", "s3")
    }


@pytest.fixture
def objects(function: Function) -> Iterator[Objects]:
    """An S3 with objects, instead of one that expects each call."""
    stub = function.stubs["s3"]
    stub.deactivate()
    events, objects = stub.client.meta.events, Objects(stub.client)

    def keep(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        context["requested"] = dict(params)

    events.register_first("before-parameter-build.s3", keep, unique_id="objects-keep")
    events.register_first("before-call.s3", objects.respond, unique_id="objects-response")
    yield objects
    events.unregister("before-parameter-build.s3", unique_id="objects-keep")
    events.unregister("before-call.s3", unique_id="objects-response")


@pytest.fixture
def function(responses: Any, clients: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Function]:
    stubs = {name: StrictStubber(client) for name, client in clients.items()}
    for stub in stubs.values():
        stub.activate()
    monkeypatch.setattr(aws.boto3, "client", lambda name, **_: stubs[name].client)
    yield Function(responses, stubs, monkeypatch)
    left = {name: len(stub._queue) for name, stub in stubs.items() if stub._queue}  # noqa: SLF001 - for the next test
    for stub in stubs.values():
        stub.deactivate()
        stub._queue.clear()  # noqa: SLF001
    clients["stepfunctions"].meta.events.unregister("before-parameter-build.sfn.StartExecution", unique_id="follow")
    assert {name: stub.refused for name, stub in stubs.items() if stub.refused} == {}
    assert left == {}


@pytest.fixture
def sent_events(function: Function) -> Iterator[list[dict[str, str]]]:
    """The entries of PutEvents calls."""
    entries: list[dict[str, str]] = []
    events = function.stubs["events"].client.meta.events
    name = "before-parameter-build.eventbridge.PutEvents"
    events.register_first(name, lambda params, **_: entries.extend(params["Entries"]), unique_id="sent")
    yield entries
    events.unregister(name, unique_id="sent")


@pytest.fixture
def fast_sleep(function: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sleeping moves the function's clock, for as long as a function may run."""
    began = function.now

    def sleep(seconds: float) -> None:
        function.now += seconds
        assert function.now < began + 900  # a function times out after 15 minutes

    monkeypatch.setattr("time.sleep", sleep)
