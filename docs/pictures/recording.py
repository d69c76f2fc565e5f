"""What happens in one deployment? The function's own code runs here, step by step as the state machine says it.

AWS is the only thing that is not there: its answers are those that a job gets which succeeds.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import boto3

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CLOUDFORMATION, FUNCTION, MACHINE = "CloudFormation", "Lambda function", "State machine"
SERVICES = {"personalize": "Amazon Personalize", "s3": "Amazon S3", "cloudformation": CLOUDFORMATION, "sfn": MACHINE}
STATUSES = ["CREATE PENDING", "CREATE IN_PROGRESS", "ACTIVE"]
ARN = "arn:aws:{}:eu-west-1:111122223333:{}"
EPOCH = 1_700_000_000.0
CREATED = dt.datetime.fromtimestamp(EPOCH, dt.timezone.utc)


@dataclass(frozen=True)
class Message:
    """What one tells another; to itself, what it does for a while."""

    sender: str
    receiver: str
    text: str


@dataclass
class Recorder:
    """The AWS that the function sees, and what is told it."""

    messages: list[Message] = field(default_factory=list)
    now: float = EPOCH
    looks: int = 0
    document: str = ""

    def answer(self, model: Any, params: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:  # noqa: ANN401
        """Answer a call, as botocore's event before-call wants it."""
        service, operation = model.service_model.service_id.hyphenize(), model.name
        answers: dict[str, Callable[[], dict[str, Any]]] = {
            "StartExecution": dict,
            "ListExecutions": lambda: {"executions": []},
            "DescribeStacks": lambda: {"Stacks": [{"StackStatus": "CREATE_IN_PROGRESS", "CreationTime": CREATED}]},
            "HeadObject": lambda: {"ContentLength": 53_741, "ETag": '"e"'},
            "CopyObject": lambda: {"CopyObjectResult": {"ETag": '"e"'}},
            "DeleteObject": dict,
            "CreateDatasetImportJob": lambda: {
                "datasetImportJobArn": ARN.format("personalize", "dataset-import-job/x")
            },
            "DescribeDatasetImportJob": self._look,
        }
        if operation not in answers:  # no error that the function could catch
            raise SystemExit(f"the function calls {operation}: say in docs/pictures/recording.py what AWS answers")
        parsed = answers[operation]()
        if operation == "StartExecution":
            self.document = json.loads(params["body"])["input"]
        if operation != "HeadObject":  # a part of the SDK's copying
            status = parsed.get("datasetImportJob", {}).get("status", "")
            text = f"{operation}: {status}" if status else operation
            self.messages.append(Message(FUNCTION, SERVICES[service], text))
        return SimpleNamespace(status_code=200), parsed

    def _look(self) -> dict[str, Any]:
        status = STATUSES[min(self.looks, len(STATUSES) - 1)]
        self.looks += 1
        return {"datasetImportJob": {"status": status, "creationDateTime": CREATED}}


def record(home: Path) -> list[Message]:
    """Runs one creation to its end; returns what was told, in order."""
    recorder = Recorder()
    session = boto3.Session("id", "secret", region_name="eu-west-1")
    session.events.register("before-call", recorder.answer)
    from data_jobs.handler import handler  # noqa: PLC0415 - draw.py has put it on the path

    server = HTTPServer(("127.0.0.1", 0), _answering(recorder))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    # The function's log is no part of the picture.
    quiet, clock = contextlib.redirect_stdout(io.StringIO()), patch("time.time", lambda: recorder.now)
    with patch("boto3.client", session.client), clock, quiet:
        run(recorder, handler, home, f"http://127.0.0.1:{server.server_port}/")
    server.shutdown()
    server.server_close()
    return recorder.messages


def run(recorder: Recorder, handler: Callable[..., Any], home: Path, url: str) -> None:
    """Deliver a request, then do what the state machine does."""
    context = SimpleNamespace(invoked_function_arn=ARN.format("lambda", "function:runner"))
    recorder.messages.append(Message(CLOUDFORMATION, FUNCTION, "Create of the custom resource"))
    handler(request(url), context)
    states = json.loads((home / "lambda" / "state_machine.asl.json").read_text(encoding="utf-8"))
    document, name = json.loads(recorder.document), states["StartAt"]
    while True:
        state = states["States"][name]
        if state["Type"] == "Task":
            recorder.messages.append(Message(MACHINE, FUNCTION, name))
            document = handler({"step": state["Parameters"]["step"], "run": document, "execution": "e"}, context)
        elif state["Type"] == "Wait":
            recorder.now += document["wait"]
            if document["wait"]:
                recorder.messages.append(Message(MACHINE, MACHINE, f"waits {document['wait']} s"))
        elif state["Type"] != "Choice":
            recorder.messages.append(Message(MACHINE, MACHINE, name.lower()))
            return
        chosen = [one["Next"] for one in state.get("Choices", []) if one["StringEquals"] == document["next"]]
        name = state["Next"] if "Next" in state else [*chosen, state["Default"]][0]


def request(url: str) -> dict[str, Any]:
    """What CloudFormation asks for: an import of a local file."""
    staging = "s3://staging/interactions.csv"
    return {
        "RequestType": "Create",
        "RequestId": "request",
        "ResponseURL": url,
        "ResourceType": "Custom::PersonalizeDatasetImportJob",
        "LogicalResourceId": "Import",
        "StackId": ARN.format("cloudformation", "stack/Shop/1"),
        "ResourceProperties": {
            "JobName": "Shop-Import",
            "Parameters": {
                "datasetArn": ARN.format("personalize", "dataset/shop/INTERACTIONS"),
                "dataSource": {"dataLocation": staging},
                "roleArn": "arn:aws:iam::111122223333:role/service-role",
            },
            "Files": [{"Source": "s3://assets/interactions.csv", "Target": staging}],
        },
    }


def _answering(recorder: Recorder) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            answer = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            recorder.messages.append(Message(FUNCTION, CLOUDFORMATION, f"PUT: {answer['Status']}, the attributes"))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    return Handler
