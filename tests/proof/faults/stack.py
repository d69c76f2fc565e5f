"""A stack of the matrix: deployed through CloudFormation's API, with a function that has a network of its own."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from faults.network import NETWORK_TIMEOUT, RESPONSE, Network
from faults.template import template
from faults.waiting import until

if TYPE_CHECKING:
    from faults.network import Call, CallFault, Loop

    from cdk_data_jobs_local import OfflineAws

FUNCTION, MACHINE = "DataJobRunnerFunction", "DataJobRunnerStateMachine"
"""What the logical ids of the runner's resources begin with."""


@dataclass(frozen=True)
class Environment:
    """What all stacks share.

    Attributes:
        aws: The offline AWS.
        templates: The templates, by kind.
        loop: What the networks run in.
    """

    aws: OfflineAws
    templates: dict[str, dict[str, Any]]
    loop: Loop
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """A client of a service, which all share: it takes long to make one."""
        with _MAKING:
            if service not in self._clients:
                self._clients[service] = self.aws.client(service, retries={"total_max_attempts": 5})
            return self._clients[service]


_MAKING = threading.Lock()


class DeployedStack:
    """A stack, its network, and what was seen of them."""

    def __init__(self, environment: Environment, kind: str, name: str, *, short_timeout: bool = False) -> None:
        """Create one; nothing is deployed yet.

        Args:
            environment: Where it is deployed.
            kind: The kind of its job.
            name: Its name, and that of its jobs.
            short_timeout: Whether its function does not wait a real minute for the network.
        """
        self.short_timeout = short_timeout
        self.environment, self.kind, self.name = environment, kind, name
        self.cloudformation = environment.client("cloudformation")
        self.network = Network(
            environment.loop, environment.aws.endpoint_url, self.kill, speed=environment.aws.server.clock.speed
        )
        self.changes: dict[str, Any] = {}
        self.application = self._application() if kind == "nameless" else ""
        self.stack_id = ""
        self.faulty = False
        self.foreign: set[str] = set()
        self.rested_at = 0.0

    def close(self) -> None:
        """Delete the stack and close the network."""
        with contextlib.suppress(self.cloudformation.exceptions.ClientError):
            self.cloudformation.delete_stack(StackName=self.name)
        self.network.close()

    # --- faults ---

    def fail_for(self, seconds: float, call: str, fault: CallFault) -> None:
        """Let every call of an operation fail for some of the services' seconds."""
        self.network.fail(call, fault, times=None, seconds=seconds / self.environment.aws.server.clock.speed)

    def fail_invocations(self, step: str, error: str, **fault: Any) -> None:
        """Let the state machine's invocations of the function for a step fail."""
        self.faulty = True
        self.environment.aws.invocation_fault(f"{self.name}-", error=error, payload={"step": step}, **fault)

    def kill(self) -> None:
        """Kill the function, whatever it does."""
        for process in self.environment.aws.lambda_processes(self.physical_id(FUNCTION)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def deliver(self, request: dict[str, Any]) -> None:
        """Send the function a request, as CloudFormation delivers it."""
        self.faulty = True
        function = self.physical_id(FUNCTION)
        client = self.environment.client("lambda")
        client.invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(request).encode())

    # --- what a deployment does ---

    def create(self, **changes: Any) -> str:
        """Create the stack; returns its status at the end."""
        self.start_create(**changes)
        return self.wait()

    def start_create(self, **changes: Any) -> None:
        options = changes.pop("options", {})
        self.changes = changes
        self.stack_id = self.cloudformation.create_stack(
            StackName=self.name, TemplateBody=self.template(), Capabilities=["CAPABILITY_IAM"], **options
        )["StackId"]

    def update(self, **changes: Any) -> str:
        """Update the stack; returns its status at the end."""
        self.start_update(**changes)
        return self.wait()

    def start_update(self, **changes: Any) -> None:
        options = changes.pop("options", {})
        self.changes = self.changes | changes
        self.cloudformation.update_stack(
            StackName=self.name, TemplateBody=self.template(), Capabilities=["CAPABILITY_IAM"], **options
        )

    def delete(self) -> str:
        """Delete the stack; returns its status at the end."""
        self.cloudformation.delete_stack(StackName=self.stack_id)
        return self.wait()

    def next_deploy(self) -> str:
        """Deploy again as a user would after what happened; returns the status at the end."""
        status = self.status
        if status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"):
            status = self.delete()
        elif status == "UPDATE_ROLLBACK_FAILED":
            self.cloudformation.continue_update_rollback(StackName=self.stack_id)
            status = self.wait()
        if status.endswith("FAILED"):
            return status
        # A job stays where it was moved to; waiting resources, or another job, stay in the template.
        self.changes = {name: value for name, value in self.changes.items() if name in ("moved", "kind")}
        deploy = self.create if status == "DELETE_COMPLETE" else self.update
        return deploy(Trigger="the next deploy")

    def template(self) -> str:
        """The template, with this stack's names and what was changed."""
        return template(
            self.environment.templates,
            self.changes,
            kind=self.kind,
            name=self.name,
            application=self.application,
            environment=self.variables,
        )

    @property
    def variables(self) -> dict[str, str]:
        """The variables that lead the function's calls over the network."""
        hangs = {"CDK_DATA_JOBS_LOCAL_NETWORK_SECONDS": str(NETWORK_TIMEOUT)} if self.short_timeout else {}
        return {"AWS_ENDPOINT_URL": self.network.url, "http_proxy": self.network.url, **hangs}

    # --- what can be seen ---

    @property
    def status(self) -> str:
        return str(self.cloudformation.describe_stacks(StackName=self.stack_id)["Stacks"][0]["StackStatus"])

    def wait(self, *, seconds: float = 150) -> str:
        """Wait until the stack is at rest."""
        until(lambda: not self.status.endswith("IN_PROGRESS"), seconds, lambda: f"{self.name} is {self.status}")
        self.rested_at = time.time()
        return self.status

    def settle(self) -> None:
        """Wait until every run has ended; what it does after its response belongs to it."""
        machine = self.physical_id(MACHINE)
        states = self.environment.client("stepfunctions")

        def running() -> list[Any]:
            return list(states.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"])

        if machine:
            # What has just begun is not listed yet.
            time.sleep(self.environment.aws.server.clock.real_seconds(self.environment.aws.settings()["listing_lag"]))
            until(lambda: not running(), 60, lambda: f"runs go on: {running()}")

    def physical_id(self, start: str) -> str:
        """The physical id of the resource whose logical id begins like this, if it is there."""
        ids = self.logical_ids
        return ids[min(matching, key=len)] if (matching := [name for name in ids if name.startswith(start)]) else ""

    @property
    def logical_ids(self) -> dict[str, str]:
        """The physical ids of the resources, by their logical ids."""
        found = self.cloudformation.describe_stack_resources(StackName=self.stack_id)["StackResources"]
        return {one["LogicalResourceId"]: one.get("PhysicalResourceId", "") for one in found}

    @property
    def staged(self) -> list[str]:
        """What is in the staging bucket."""
        bucket = self.physical_id("DataJobStaging")
        listed = self.environment.client("s3").list_objects_v2(Bucket=bucket) if bucket else {}
        return [found["Key"] for found in listed.get("Contents", [])]

    @property
    def jobs(self) -> list[dict[str, Any]]:
        """The jobs of this stack."""
        if self.kind == "nameless":
            return [job for job in self.environment.aws.pinpoint.jobs() if job["ApplicationId"] == self.application]
        kind = "DatasetExportJob" if self.kind in ("export", "schedule") else "DatasetImportJob"
        return [
            job for job in self.environment.aws.personalize.jobs(kind) if job["jobName"].startswith(f"{self.name}-")
        ]

    @property
    def requests(self) -> dict[str, dict[str, Any]]:
        """The requests of CloudFormation that the function started runs for, by their id."""
        found = {}
        for call in self.network.made("StartExecution"):
            request = json.loads(call.body["input"])["request"]
            if request["RequestType"] == "Run":
                continue
            found[request["RequestId"]] = request
        return found

    @property
    def responses(self) -> dict[str, list[Call]]:
        """The responses, by the request's id."""
        found: dict[str, list[Call]] = {}
        for call in self.network.made(RESPONSE):
            found.setdefault(call.body["RequestId"], []).append(call)
        return found

    def jobs_by_request(self) -> Counter[str]:
        """How many jobs each request created, by the names of the jobs if they have names."""
        ids = {hashlib.sha256(request.encode()).hexdigest()[:8]: request for request in self.requests}
        own = [job["jobName"] for job in self.jobs if "jobName" in job and job["jobName"] not in self.foreign]
        parts = [part[1] if (part := re.search(r"-([0-9a-f]{8})(-\d+)?$", name)) else name for name in own]
        return Counter(ids.get(part, "another") for part in parts)

    def failure_reasons(self) -> str:
        """The reasons of failures in the stack's events."""
        return "\n".join(
            event["ResourceStatusReason"]
            for event in self.environment.aws.stack_events(self.stack_id)
            if event["ResourceStatus"].endswith("FAILED") and event.get("ResourceStatusReason")
        )

    def _application(self) -> str:
        made = self.environment.client("pinpoint").create_app(CreateApplicationRequest={"Name": self.name})
        return str(made["ApplicationResponse"]["Id"])
