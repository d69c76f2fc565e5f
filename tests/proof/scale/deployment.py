"""CloudFormation in virtual time: creates the custom resources of a synthesized stack at once, and deletes them."""

from __future__ import annotations

import contextlib
import io
import json
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import boto3
from botocore.retries.quota import RetryQuota
from scale.cloud import ACCOUNT, Cloud, Stack
from scale.functions import Functions
from scale.machine import Machine
from scale.timeline import Timeline

from cdk_data_jobs_local.account_settings import QUOTAS, AccountSettings
from cdk_data_jobs_local.services.core.client import ServiceClient
from data_jobs.handler import handler

if TYPE_CHECKING:
    from collections.abc import Iterator

LAMBDA = Path(__file__).parents[3] / "lambda"
START = 1_800_000_000.0
"""When the virtual time begins, in seconds since 1970: any."""

HOUR = 3600
GROUP, DATASET_TYPE = "shop", "INTERACTIONS"
SCHEMA = {
    "type": "record",
    "name": "Interactions",
    "namespace": "shop",
    "fields": [{"name": name, "type": kind} for name, kind in (("USER_ID", "string"), ("ITEM_ID", "string"))]
    + [{"name": "TIMESTAMP", "type": "long"}],
    "version": "1.0",
}


@dataclass(frozen=True)
class Calls:
    """How often an operation was called.

    Attributes:
        made: All together, attempts of the SDK included.
        throttled: Of these.
    """

    made: int
    throttled: int


@dataclass(frozen=True)
class Phase:
    """What a creation or a deletion took.

    Attributes:
        seconds: From the requests until every resource had answered.
        job_hours: Hours from each request to its response, all together.
        calls: How often each operation was called.
        busiest: How often each was called in its busiest minute.
        functions: How many functions ran at once, at most.
        busy: How many functions ran at once, on average.
    """

    seconds: float
    job_hours: float
    calls: dict[str, Calls]
    busiest: dict[str, int]
    functions: int
    busy: float


class Deployment:
    """A stack in an account of its own.

    Attributes:
        responses: The last response for each resource.
    """

    def __init__(self, template: dict[str, Any], *, region: str, quotas: str, seconds: float) -> None:
        """Create the account.

        Args:
            template: The stack's template.
            region: The Region.
            quotas: Whose quotas hold: `established` or `new`.
            seconds: How long a job takes.
        """
        self._template, self._region = template, region
        self._timeline = Timeline(START)
        settings = AccountSettings(**QUOTAS[quotas])  # type: ignore[arg-type]
        self.cloud = Cloud(self._timeline, region, settings)
        arn = f"arn:aws:{{}}:{region}:{ACCOUNT}:{{}}:runner"
        function = arn.format("lambda", "function")
        self.functions = Functions(self._timeline, handler, function, int(settings.concurrent_executions))
        definition = json.loads((LAMBDA / "state_machine.asl.json").read_text(encoding="utf-8"))
        machine = arn.format("states", "stateMachine")
        self.machine = self.cloud.machine = Machine(self._timeline, self.functions, machine, definition)
        self.responses: dict[str, dict[str, Any]] = {}
        self._responses = 0
        self._open = contextlib.ExitStack()
        self._url = self._open.enter_context(self._listening())
        self._make_dataset(seconds)

    def create(self, within: float = HOUR) -> Phase:
        """Create the stack's custom resources.

        Args:
            within: The seconds after which CloudFormation stops waiting for responses.
        """
        now = self._timeline.now()
        arn = f"arn:aws:cloudformation:{self._region}:{ACCOUNT}:stack/Many/5f0c"
        self.cloud.stack = Stack(arn, "CREATE_IN_PROGRESS", now)
        phase = self._request_all("Create", within)
        self.cloud.stack.status = "CREATE_COMPLETE"
        return phase

    def delete(self) -> Phase:
        """Delete them."""
        self.cloud.stack.status = "DELETE_IN_PROGRESS"
        return self._request_all("Delete", HOUR)

    def close(self) -> None:
        """Delete the data."""
        self._open.close()
        self.cloud.personalize.close()

    def settle(self) -> None:
        """Let all executions end."""
        with self._simulated():
            running = self.machine.executions.values
            self._timeline.run_until(lambda: all(one.status != "RUNNING" for one in running()))

    @property
    def statuses(self) -> Counter[str]:
        """How many responses CloudFormation got last, by status; `again` counts those after the first of a resource."""
        statuses = Counter(str(response["Status"]) for response in self.responses.values())
        again = self._responses - len(self.responses)
        return statuses + Counter({"again": again})

    @property
    def jobs(self) -> list[dict[str, Any]]:
        """The imports that were made."""
        return self.cloud.personalize.jobs("DatasetImportJob")

    @property
    def copies(self) -> list[str]:
        """What is in the staging bucket."""
        return [key for bucket, key in self.cloud.objects if bucket.startswith("datajobstaging")]

    # --- CloudFormation ---

    def _request_all(self, request_type: str, within: float) -> Phase:
        resources = self._custom_resources
        began, before = self._timeline.now(), self.cloud.quotas.calls()
        self.functions.max_running, self.functions.busy = 0, 0.0
        self.cloud.minutes.clear()
        known = self.responses
        self.responses, self._responses = {}, 0
        with self._simulated():
            for name, resource in resources.items():
                # CloudFormation makes up an id for a resource without a response.
                made_up = f"Many-{name}-1ABCDEF" if request_type == "Delete" else ""
                self._request(request_type, name, resource, known.get(name, {}).get("PhysicalResourceId", made_up))
            late = began + within
            self._timeline.run_until(lambda: len(self.responses) == len(resources) or self._timeline.now() > late)
        seconds = self._timeline.now() - began
        hours = sum(response["at"] - began for response in self.responses.values()) / HOUR
        calls = {
            name: Calls(
                made=sum(counts.values()) - sum(before[name].values()),
                throttled=counts["throttled"] - before[name]["throttled"],
            )
            for name, counts in self.cloud.quotas.calls().items()
        }
        busiest = {
            name: max((n for (op, _), n in self.cloud.minutes.items() if op == name), default=0) for name in calls
        }
        return Phase(seconds, hours, calls, busiest, self.functions.max_running, self.functions.busy / seconds)

    @property
    def _custom_resources(self) -> dict[str, dict[str, Any]]:
        return {n: one for n, one in self._template["Resources"].items() if one["Type"].startswith("Custom::")}

    def _request(self, request_type: str, name: str, resource: dict[str, Any], physical_id: str) -> None:
        state = "CREATE_IN_PROGRESS" if request_type == "Create" else "DELETE_IN_PROGRESS"
        self.cloud.stack.resources[name] = physical_id, state
        signed = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self._timeline.now()))
        event = {
            "RequestType": request_type,
            "RequestId": f"{request_type}-{name}",
            "ResponseURL": f"{self._url}/{request_type}-{name}?X-Amz-Date={signed}",
            "ResourceType": resource["Type"],
            "LogicalResourceId": name,
            "StackId": self.cloud.stack.id,
            "ResourceProperties": self._resolved(resource["Properties"]),
            **({"PhysicalResourceId": physical_id} if physical_id else {}),
        }
        self.functions.send(event)

    def _answered(self, response: dict[str, Any]) -> None:
        name, deletes = response["LogicalResourceId"], self.cloud.stack.status == "DELETE_IN_PROGRESS"
        if deletes and not response["RequestId"].startswith("Delete"):
            return  # to what CloudFormation has cancelled
        self._responses += 1
        self.responses[name] = {**response, "at": self._timeline.now()}
        done = "DELETE_COMPLETE" if deletes else "CREATE_COMPLETE"
        self.cloud.stack.resources[name] = response["PhysicalResourceId"], done

    def _resolved(self, value: Any) -> Any:
        """A value of the template as CloudFormation sends it: references resolved, scalars as texts."""
        if isinstance(value, list):
            return [self._resolved(part) for part in value]
        if not isinstance(value, dict):
            return value if isinstance(value, str) else json.dumps(value)
        if "Ref" in value:
            properties = self._template["Resources"][value["Ref"]].get("Properties", {})
            return properties.get("BucketName", value["Ref"].lower())
        if "Fn::GetAtt" in value:
            return f"arn:aws:iam::{ACCOUNT}:role/{value['Fn::GetAtt'][0]}"
        if "Fn::Sub" in value:
            known = {"AWS::AccountId": ACCOUNT, "AWS::Region": self._region}
            return re.sub(r"\$\{([^}]+)\}", lambda found: known[found[1]], value["Fn::Sub"])
        if "Fn::Join" in value:
            separator, parts = value["Fn::Join"]
            return str(separator).join(self._resolved(parts))
        return {name: self._resolved(part) for name, part in value.items()}

    # --- the account ---

    def _make_dataset(self, seconds: float) -> None:
        self.cloud.personalize.change_settings(creating=0, pending=0, in_progress=seconds, minimum_interactions=1)
        call = ServiceClient("personalize", self.cloud.personalize.respond)
        schema = call("CreateSchema", {"name": "any", "schema": json.dumps(SCHEMA)})["schemaArn"]
        group = call("CreateDatasetGroup", {"name": GROUP})["datasetGroupArn"]
        made = {"name": "any", "schemaArn": schema, "datasetGroupArn": group, "datasetType": DATASET_TYPE}
        call("CreateDataset", made)

    def put_files(self, body: bytes) -> None:
        """Write the file that each job reads: where its run copies it from, if it does."""
        for resource in self._custom_resources.values():
            properties = self._resolved(resource["Properties"])
            folder = properties["Parameters"]["dataSource"]["dataLocation"]
            files = [file["Source"] for file in properties.get("Files", [])] or [f"{folder}interactions.csv"]
            for file in files:
                bucket, _, key = file.removeprefix("s3://").partition("/")
                self.cloud.objects[bucket, key] = body

    @contextlib.contextmanager
    def _simulated(self) -> Iterator[None]:
        session = boto3.session.Session("id", "secret", region_name=self._region)
        session.events.register("before-send", self.cloud.respond)
        # Each invocation has clients of its own, but to make them takes more time than all else. Only what a client
        # may try again is counted in it, and one invocation never gets so far.
        clients: dict[str, Any] = {}

        def client(service: str, *, config: Any) -> Any:
            if service not in clients:
                clients[service] = session.client(service, config=config)
            return clients[service]

        with (
            self._timeline.governing(),
            mock.patch.object(boto3, "client", client),
            mock.patch.object(RetryQuota, "acquire", lambda _, amount: amount),
            contextlib.redirect_stdout(_DiscardedOutput()),
        ):
            yield

    @contextlib.contextmanager
    def _listening(self) -> Iterator[str]:
        """Take responses at the ResponseURLs."""
        receive = self._answered

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                receive(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Stay quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()


class _DiscardedOutput(io.StringIO):
    """Discards the output of the function."""

    def write(self, text: str) -> int:
        """Discard it."""
        return len(text)
