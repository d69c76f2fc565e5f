"""A deployment in virtual time: the function's own code and the state machine's own steps, without waiting.

Every call of AWS that the function makes through boto3 is answered by its wire protocol, at a time that is set; waits
of the state machine move the time on. So a job of twelve hours is counted in seconds, and exactly: no step takes time,
as none of those of AWS takes any that is worth counting.
"""

from __future__ import annotations

import contextlib
import functools
import heapq
import io
import json
import threading
import urllib.parse
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest import mock

import boto3
from botocore.awsrequest import AWSResponse

from benchmarks.engine import LAMBDA, REGION
from data_jobs import handler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ACCOUNT = "111122223333"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:runner"
STACK = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/Imports/5f0c"
_STACKS = f"""<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackId>{STACK}</StackId>
<StackName>Imports</StackName><StackStatus>CREATE_IN_PROGRESS</StackStatus>
<CreationTime>2026-01-01T00:00:00Z</CreationTime></member></Stacks></DescribeStacksResult></DescribeStacksResponse>"""


@dataclass
class Deployment:
    """What a deployment of one job took.

    Attributes:
        calls: Invocations of the function.
        transitions: State transitions: each state that an execution enters.
        delay: Seconds from the job's end to the answer that lets CloudFormation go on.
        answers: What CloudFormation was told, by resource.
    """

    calls: int = 0
    transitions: int = 0
    delay: float = 0.0
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)


def deploy(template: dict[str, Any], seconds: float) -> Deployment:
    """Creates the custom resources of a synthesized app with one job, and watches until nothing goes on.

    Args:
        template: The stack's template.
        seconds: How long the job takes.
    """
    world = _World(handler.handler, seconds)
    session = boto3.session.Session("id", "secret", region_name=REGION)
    session.events.register("before-send", world.answer)
    # A client for each invocation, as in Lambda, would take more time than all else.
    clients = functools.cache(session.client)
    with (
        mock.patch.object(handler, "time", SimpleNamespace(time=lambda: world.now)),
        mock.patch.object(boto3, "client", lambda service, **_: clients(service)),
        contextlib.redirect_stdout(io.StringIO()),
        world.listening(),
    ):
        return world.create(_custom_resources(template))


def _custom_resources(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: one for name, one in template["Resources"].items() if one["Type"].startswith("Custom::")}


class _World:
    """AWS, as far as one job needs it."""

    def __init__(self, handle: Callable[[dict[str, Any], Any], Any], seconds: float) -> None:
        self.now = 1_800_000_000.0
        self._handle = handle
        self._seconds = seconds
        self._ends = 0.0
        self._job: dict[str, Any] = {}
        self._steps = json.loads((LAMBDA / "state_machine.asl.json").read_text(encoding="utf-8"))
        self._waiting: list[tuple[float, int, str, str, dict[str, Any]]] = []
        self._put: list[dict[str, Any]] = []
        self._number = 0
        self._url = ""
        self._result = Deployment()

    def create(self, resources: dict[str, dict[str, Any]]) -> Deployment:
        """Creates resources, one after the other, as they wait for each other."""
        for name, resource in resources.items():
            if self._result.answers:
                self._run_until_answered()
            self._ask(name, resource)
        self._run_until_answered()
        self._result.delay = self.now - self._ends
        while self._waiting:
            self._run_next()
        return self._result

    def _ask(self, name: str, resource: dict[str, Any]) -> None:
        """Invokes the function as CloudFormation does."""
        self._result.answers[name] = {}
        properties = self._resolved(resource["Properties"])
        event = {
            "RequestType": "Create",
            "RequestId": name,
            "ResponseURL": self._url,
            "ResourceType": resource["Type"],
            "LogicalResourceId": name,
            "StackId": STACK,
            "ResourceProperties": properties,
        }
        self._invoke(event)

    def _resolved(self, value: Any) -> Any:  # noqa: ANN401 - a template has anything
        """A value of the template as CloudFormation sends it: references resolved, scalars as texts."""
        if isinstance(value, list):
            return [self._resolved(part) for part in value]
        if not isinstance(value, dict):
            return value if isinstance(value, str) else json.dumps(value)
        if "Ref" in value:
            answered = self._result.answers.get(value["Ref"])
            return answered["PhysicalResourceId"] if answered else f"arn:aws:states:{REGION}:{ACCOUNT}:{value['Ref']}"
        if "Fn::GetAtt" in value:
            return f"arn:aws:iam::{ACCOUNT}:role/{value['Fn::GetAtt'][0]}"
        if "Fn::Join" in value:
            separator, parts = value["Fn::Join"]
            return str(separator).join(self._resolved(parts))
        return {name: self._resolved(part) for name, part in value.items()}

    def _run_until_answered(self) -> None:
        while not self._put:
            self._run_next()
        answer = self._put.pop()
        if answer["Status"] != "SUCCESS":
            raise RuntimeError(f"the deployment failed: {answer['Reason']}")
        self._result.answers[answer["LogicalResourceId"]] = answer

    # --- Step Functions ---

    def _run_next(self) -> None:
        """Goes on with the execution whose wait ends first, until it waits again or ends."""
        self.now, _, execution, state, data = heapq.heappop(self._waiting)
        while True:
            definition = self._steps["States"][state]
            self._result.transitions += 1
            kind = definition["Type"]
            if kind == "Task":
                known = {"$": data, "$$.Execution.Name": execution, "$$.State.RetryCount": 0}
                given = definition["Parameters"].items()
                event = {
                    name.removesuffix(".$"): known[value] if name.endswith(".$") else value for name, value in given
                }
                data = json.loads(json.dumps(self._invoke(event)))
                state = definition["Next"]
            elif kind == "Choice":
                found = (one["Next"] for one in definition["Choices"] if one["StringEquals"] == data["next"])
                state = next(found, definition["Default"])
            elif kind == "Wait":
                return self._wait(data["wait"], execution, definition["Next"], data)
            else:
                return None

    def _wait(self, seconds: float, execution: str, state: str, data: dict[str, Any]) -> None:
        self._number += 1
        heapq.heappush(self._waiting, (self.now + seconds, self._number, execution, state, data))

    def _invoke(self, event: dict[str, Any]) -> Any:  # noqa: ANN401 - what the step gives
        self._result.calls += 1
        return self._handle(event, SimpleNamespace(invoked_function_arn=FUNCTION))

    # --- the calls of the function ---

    def answer(self, request: Any, **_: object) -> AWSResponse:  # noqa: ANN401 - botocore's
        """Answers a call instead of sending it."""
        body = request.body.decode() if isinstance(request.body, bytes) else str(request.body or "")
        target = request.headers.get("X-Amz-Target", b"")
        name = target.decode() if isinstance(target, bytes) else str(target)
        operation = name.rpartition(".")[2] or urllib.parse.parse_qs(body)["Action"][0]
        content = _STACKS if operation == "DescribeStacks" else json.dumps(self._operation(operation, json.loads(body)))
        return AWSResponse(request.url, 200, {"Content-Type": "application/x-amz-json-1.1"}, _Raw(content.encode()))

    def _operation(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        if operation == "StartExecution":
            self._wait(0, asked["name"], self._steps["StartAt"], json.loads(asked["input"]))
            return {
                "executionArn": f"arn:aws:states:{REGION}:{ACCOUNT}:execution:m:{asked['name']}",
                "startDate": self.now,
            }
        arn = f"arn:aws:personalize:{REGION}:{ACCOUNT}:dataset-import-job/{asked.get('jobName')}"
        if operation == "CreateDatasetImportJob":
            self._ends = self.now + self._seconds
            self._job = {**asked, "datasetImportJobArn": arn, "creationDateTime": self.now}
            return {"datasetImportJobArn": arn}
        if operation == "DescribeDatasetImportJob":
            status = "ACTIVE" if self.now >= self._ends else "CREATE IN_PROGRESS"
            return {"datasetImportJob": {**self._job, "lastUpdatedDateTime": self.now, "status": status}}
        raise RuntimeError(f"the function is not expected to call {operation}")

    # --- CloudFormation's end of the ResponseURL ---

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Takes answers."""
        put = self._put

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                put.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Stays quiet."""

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        self._url = f"http://127.0.0.1:{server.server_port}/answer"
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class _Raw(io.BytesIO):
    """A body as botocore reads it."""

    def stream(self, **_: object) -> Iterator[bytes]:
        """Yields it."""
        yield self.read()
