"""A stack of the matrix: deployed through CloudFormation's API, with a function that has a network of its own."""

from __future__ import annotations

import contextlib
import copy
import hashlib
import json
import os
import signal
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from faults.app import APPLICATION, NAME
from faults.network import ANSWER, PATIENCE, Network

if TYPE_CHECKING:
    from collections.abc import Callable

    from faults.network import Call, Loop, Wrong

    from cdk_data_jobs_local import OfflineAws


@dataclass(frozen=True)
class Lab:
    """What all stacks share.

    Attributes:
        aws: The offline AWS.
        templates: The templates, by kind.
        loop: What the networks run in.
    """

    aws: OfflineAws
    templates: dict[str, dict[str, Any]]
    loop: Loop


class FaultyStack:
    """A stack, its network, and what was seen of them."""

    def __init__(self, lab: Lab, kind: str, name: str, *, impatient: bool = False) -> None:
        """Make one; nothing is deployed yet.

        Args:
            lab: Where.
            kind: The kind of its job.
            name: Its name, and that of its jobs.
            impatient: Whether its function does not wait a real minute for the network.
        """
        self.impatient = impatient
        self.lab, self.kind, self.name = lab, kind, name
        self.cloudformation = lab.aws.client("cloudformation", retries={"total_max_attempts": 5})
        self.network = Network(lab.loop, lab.aws.endpoint_url, self.kill)
        self.changes: dict[str, Any] = {}
        self.application = self._application() if kind == "nameless" else ""
        self.stack_id = ""
        self.faulty = False
        self.foreign: set[str] = set()

    def close(self) -> None:
        """Give everything back."""
        with contextlib.suppress(self.cloudformation.exceptions.ClientError):
            self.cloudformation.delete_stack(StackName=self.name)
        self.network.close()

    # --- what goes wrong ---

    def fail_for(self, seconds: float, call: str, wrong: Wrong) -> None:
        """Let every call of an operation go wrong for some of the services' seconds."""
        self.network.fail(call, wrong, times=None, seconds=seconds / self.lab.aws.server.clock.speed)

    def fail_invocations(self, step: str, error: str, **fault: Any) -> None:
        """Let the state machine's invocations of the function for a step go wrong."""
        self.faulty = True
        self.lab.aws.invocation_fault(f"{self.name}-", error=error, payload={"step": step}, **fault)

    def kill(self) -> None:
        """Kill the function, whatever it does."""
        for process in self.lab.aws.lambda_processes(self.physical_id("AWS::Lambda::Function")):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def deliver(self, request: dict[str, Any]) -> None:
        """Let the function have a request, as CloudFormation delivers it."""
        self.faulty = True
        function = self.physical_id("AWS::Lambda::Function")
        client = self.lab.aws.client("lambda")
        client.invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(request).encode())

    # --- what a deployment does ---

    def create(self, **changes: Any) -> str:
        """Create the stack, and tell how that ended."""
        self.start_create(**changes)
        return self.wait()

    def start_create(self, **changes: Any) -> None:
        options = changes.pop("options", {})
        self.changes = changes
        self.stack_id = self.cloudformation.create_stack(
            StackName=self.name, TemplateBody=self.template(), Capabilities=["CAPABILITY_IAM"], **options
        )["StackId"]

    def update(self, **changes: Any) -> str:
        """Update the stack, and tell how that ended."""
        self.start_update(**changes)
        return self.wait()

    def start_update(self, **changes: Any) -> None:
        options = changes.pop("options", {})
        self.changes = self.changes | changes
        self.cloudformation.update_stack(
            StackName=self.name, TemplateBody=self.template(), Capabilities=["CAPABILITY_IAM"], **options
        )

    def delete(self) -> str:
        """Delete the stack, and tell how that ended."""
        self.cloudformation.delete_stack(StackName=self.stack_id)
        return self.wait()

    def next_deploy(self) -> str:
        """Deploy again as a person would after what happened, and tell how that ended."""
        status = self.status
        if status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"):
            status = self.delete()
        elif status == "UPDATE_ROLLBACK_FAILED":
            self.cloudformation.continue_update_rollback(StackName=self.stack_id)
            status = self.wait()
        if status.endswith("FAILED"):
            return status
        self.changes = {}
        deploy = self.create if status == "DELETE_COMPLETE" else self.update
        return deploy(Trigger="the next deploy")

    def template(self) -> str:
        """The template, with this stack's names and what was changed.

        That is properties of the job by their names; its `tags`; properties of the `function`; and whether there is a
        `broken` job, which fails at once, `in_turn` after the other one or together with it.
        """
        template = copy.deepcopy(self.lab.templates[self.kind])
        changes = dict(self.changes)
        broken: dict[str, Any] | None = None
        for name, resource in template["Resources"].items():
            if resource["Type"] == "AWS::Lambda::Function":
                resource["Properties"]["Environment"] = {"Variables": self.environment}
                resource["Properties"].update(changes.pop("function", {}))
            if resource["Type"].startswith("Custom::"):
                own = resource["Properties"]
                own.update({key: value for key, value in changes.items() if key[0].isupper()})
                if changes.pop("broken", False):
                    broken = copy.deepcopy(resource)
                    broken["Properties"]["Parameters"]["datasetArn"] += "-that-is-not"
                    broken["DependsOn"] = [*broken["DependsOn"], *([name] if changes.pop("in_turn", False) else [])]
                if "tags" in changes:
                    own["Tags"] = [{"Key": key, "Value": value} for key, value in changes["tags"].items()]
        if broken:
            template["Resources"]["Broken"] = broken
        text = json.dumps(template)
        return text.replace(NAME, self.name).replace(APPLICATION, self.application or "none")

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead the function's calls over the network."""
        hangs = {"CDK_DATA_JOBS_LOCAL_NETWORK_SECONDS": str(PATIENCE)} if self.impatient else {}
        return {"AWS_ENDPOINT_URL": self.network.url, "http_proxy": self.network.url, **hangs}

    # --- what can be seen ---

    @property
    def status(self) -> str:
        return str(self.cloudformation.describe_stacks(StackName=self.stack_id)["Stacks"][0]["StackStatus"])

    def wait(self, *, seconds: float = 150) -> str:
        """Wait until the stack is at rest."""
        until(lambda: not self.status.endswith("IN_PROGRESS"), seconds, lambda: f"{self.name} is {self.status}")
        return self.status

    def settle(self) -> None:
        """Wait until every run has ended; what it does after its answer belongs to it."""
        machine = self.physical_id("AWS::StepFunctions::StateMachine")
        states = self.lab.aws.client("stepfunctions")

        def running() -> list[Any]:
            return list(states.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"])

        if machine:
            # What has just begun is not listed yet.
            time.sleep(self.lab.aws.server.clock.real_seconds(self.lab.aws.settings()["listing_lag"]))
            until(lambda: not running(), 60, lambda: f"runs go on: {running()}")

    def physical_id(self, resource_type: str) -> str:
        found = self.cloudformation.describe_stack_resources(StackName=self.stack_id)["StackResources"]
        return next((one["PhysicalResourceId"] for one in found if one["ResourceType"] == resource_type), "")

    @property
    def jobs(self) -> list[dict[str, Any]]:
        """The jobs of this stack."""
        if self.kind == "nameless":
            return [job for job in self.lab.aws.pinpoint.jobs() if job["ApplicationId"] == self.application]
        kind = "DatasetImportJob" if self.kind == "import" else "DatasetExportJob"
        return [job for job in self.lab.aws.personalize.jobs(kind) if job["jobName"].startswith(f"{self.name}-")]

    @property
    def requests(self) -> dict[str, dict[str, Any]]:
        """The requests of CloudFormation that the function started runs for, by their id."""
        found = {}
        for call in self.network.made("StartExecution"):
            request = json.loads(call.body["input"])["request"]
            found[request["RequestId"]] = request
        return found

    @property
    def answers(self) -> dict[str, list[Call]]:
        """The answers, by the request's id."""
        found: dict[str, list[Call]] = {}
        for call in self.network.made(ANSWER):
            found.setdefault(call.body["RequestId"], []).append(call)
        return found

    def jobs_by_request(self) -> Counter[str]:
        """How many jobs each request made, where jobs have names: these tell."""
        ids = {hashlib.sha256(request.encode()).hexdigest()[:8]: request for request in self.requests}
        own = [job["jobName"] for job in self.jobs if "jobName" in job and job["jobName"] not in self.foreign]
        parts = [name.removeprefix(f"{self.name}-").split("-")[0] for name in own]
        return Counter(ids.get(part, "another") for part in parts)

    def told(self) -> str:
        """What the stack's events say of failures."""
        return "\n".join(
            event["ResourceStatusReason"]
            for event in self.lab.aws.stack_events(self.stack_id)
            if event["ResourceStatus"].endswith("FAILED") and event.get("ResourceStatusReason")
        )

    def _application(self) -> str:
        made = self.lab.aws.client("pinpoint").create_app(CreateApplicationRequest={"Name": self.name})
        return str(made["ApplicationResponse"]["Id"])


def until(condition: Callable[[], bool], seconds: float, what: Callable[[], str]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not in time: {what()}"
        time.sleep(0.15)
