"""Deploys scenarios to an offline AWS that enforces IAM, as CloudFormation does, and tells how it went."""

from __future__ import annotations

import contextlib
import io
import json
import time
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from least_privilege.surroundings import SEED
from least_privilege.use import Use

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from least_privilege.mutations import Mutation, Template
    from least_privilege.scenario import Scenario

    from cdk_data_jobs_local import OfflineAws

_WAIT = 600
_ATTEMPTS = 3
_ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
_HANDLER = """
import json, urllib.request, boto3
def handler(event, context):
    s3, properties = boto3.resource("s3").Bucket(event["ResourceProperties"]["Bucket"]), event["ResourceProperties"]
    if event["RequestType"] == "Delete":
        s3.object_versions.delete()
    else:
        for key, text in json.loads(properties["Files"]).items():
            s3.put_object(Key=key, Body=text.encode())
    names = ("StackId", "RequestId", "LogicalResourceId")
    response = {"Status": "SUCCESS", "PhysicalResourceId": "files", **{name: event[name] for name in names}}
    body = json.dumps(response).encode()
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], body, {"Content-Type": ""}, method="PUT"))
"""


@dataclass
class Outcome:
    """How a scenario went.

    Attributes:
        failed: The step that did not do what it should: create, update or delete; empty if all did.
        stack: The name of the last stack.
        reasons: Why, in the words of CloudFormation's events or of who looked.
        denied: The actions that somebody of the scenario was denied, with who and why.
    """

    failed: str = ""
    stack: str = ""
    reasons: list[str] = field(default_factory=list)
    denied: list[dict[str, str]] = field(default_factory=list)

    def names(self, action: str) -> bool:
        """Whether it tells of an action."""
        return any(action in reason for reason in self.reasons) or any(one["action"] == action for one in self.denied)


class Lab:
    """An offline AWS with what the scenarios need to be there."""

    def __init__(self, aws: OfflineAws) -> None:
        self.aws = aws
        self._assets = f"cdk-hnb659fds-assets-{aws.account}-{aws.region}"
        self._cloudformation = aws.client("cloudformation", retries={"mode": "standard"})
        self._s3 = aws.client("s3")
        self._logs = aws.client("logs")
        aws.personalize.durations(pending=5, in_progress=5, creating=0)
        aws.pinpoint.durations(pending=5, in_progress=5)
        # The quotas are not what is proven here, and the scenarios share them.
        quotas = ("imports", "batch_inference", "batch_segments")
        aws.personalize.settings(**{f"concurrent_{kind}": 10_000 for kind in quotas})
        aws.personalize.settings(pending_deletions=10_000, dataset_groups=10_000, schemas=10_000)
        self._make_seed()
        self._make_solution()

    def _make_seed(self) -> None:
        trusted = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        iam = self.aws.client("iam")
        role = iam.create_role(RoleName=SEED, AssumeRolePolicyDocument=json.dumps({"Statement": [trusted]}))
        iam.attach_role_policy(RoleName=SEED, PolicyArn=_ADMINISTRATOR)
        self.aws.client("lambda").create_function(
            FunctionName=SEED,
            Runtime="python3.14",
            Handler="seed.handler",
            Role=role["Role"]["Arn"],
            Code={"ZipFile": _zipped({"seed.py": _HANDLER.encode()})},
            Timeout=60,
        )

    def _make_solution(self) -> None:
        personalize = self.aws.client("personalize")
        group = personalize.create_dataset_group(name="proof")["datasetGroupArn"]
        solution = personalize.create_solution(
            name="proof", datasetGroupArn=group, recipeArn="arn:aws:personalize:::recipe/aws-user-personalization"
        )["solutionArn"]
        personalize.create_solution_version(solutionArn=solution, name="latest")

    def upload(self, folder: Path) -> None:
        """Put the assets of a synthesized app where its functions expect them.

        Args:
            folder: Where it was synthesized to.
        """
        for manifest in folder.glob("*.assets.json"):
            for asset in json.loads(manifest.read_text(encoding="utf-8"))["files"].values():
                source = folder / asset["source"]["path"]
                content = _folder(source) if asset["source"]["packaging"] == "zip" else source.read_bytes()
                for destination in asset["destinations"].values():
                    self._s3.put_object(Bucket=self._assets, Key=destination["objectKey"], Body=content)

    def run(
        self,
        one: Scenario,
        name: str,
        steps: list[list[Template]],
        mutation: Mutation | None = None,
        *,
        stays: bool = False,
    ) -> Outcome:
        """Create, update and delete a scenario's stacks, until something fails.

        What fails although nobody was denied anything is tried again: a machine that has much else to do may be too
        slow for services whose hours are minutes.

        Args:
            one: The scenario.
            name: What its stacks are called.
            steps: The templates of its stacks, in the order of their deployment, for creation and for update.
            mutation: What is taken away; by default nothing.
            stays: Whether it is left there.
        """
        for attempt in range(_ATTEMPTS):
            outcome = self._run(one, f"{name}x{attempt}" if attempt else name, steps, mutation, stays=stays)
            if not outcome.failed or outcome.denied:
                break
        return outcome

    def _abandon(self, stacks: list[str]) -> None:
        """End what would go on in stacks that nobody needs any more, which is quicker than deleting them."""
        ends: dict[str, Callable[[str], Any]] = {
            "AWS::Scheduler::Schedule": lambda name: self.aws.client("scheduler").delete_schedule(Name=name),
            "AWS::StepFunctions::StateMachine": lambda arn: self.aws.client("stepfunctions").delete_state_machine(
                stateMachineArn=arn
            ),
            "AWS::Lambda::Function": lambda name: self.aws.client("lambda").delete_function(FunctionName=name),
        }
        resources = [one for stack in stacks for one in self._resources(stack)]
        for kind, end in ends.items():
            for one in resources:
                if one["ResourceType"] == kind and one["ResourceStatus"].endswith("COMPLETE"):
                    with contextlib.suppress(ClientError):
                        end(one["PhysicalResourceId"])

    def _run(
        self, one: Scenario, name: str, steps: list[list[Template]], mutation: Mutation | None, *, stays: bool
    ) -> Outcome:
        outcome = Outcome()
        outcome.stack = name
        stacks: list[str] = []
        for verb, templates in zip(("create", "update"), steps, strict=False):
            mutated = mutation.apply(templates) if mutation else templates
            for number, template in enumerate(mutated):
                text = json.dumps(template).replace(one.name, name)
                stack = f"{name}{'Home' if number < len(mutated) - 1 else ''}"
                outcome.reasons = self._deploy(verb, stack, text)
                stacks = [*dict.fromkeys((*stacks, stack))]
                if outcome.reasons:
                    break
            if not outcome.reasons:
                used = getattr(Use(self, name), one.use)() if one.use and verb == "create" else []
                outcome.reasons = used or self._look(stacks, has_log=not one.use)
            if outcome.reasons:
                outcome.failed = verb
            if outcome.reasons or one.is_broken:
                break
        keys = self._keys(stacks)
        if not (outcome.failed or stays or one.is_broken):
            outcome.reasons = [reason for stack in reversed(stacks) for reason in self._delete(stack)]
            outcome.failed = "delete" if outcome.reasons else ""
        outcome.denied = self.denied(name, *keys)
        if (outcome.failed or one.is_broken) and not stays:
            self._abandon(stacks)
        return outcome

    def denied(self, *names: str) -> list[dict[str, str]]:
        """What was denied to somebody, or on something, whose ARN has one of these names in it."""
        return [
            denial
            for denial in self.aws.denials()
            if any(name.lower() in f"{denial['principal']} {denial['resource']}".lower() for name in names)
        ]

    def _deploy(self, verb: str, stack: str, text: str) -> list[str]:
        options = {"StackName": stack, "TemplateBody": text, "Capabilities": ["CAPABILITY_NAMED_IAM"]}
        if verb == "create":
            stack_id = self._cloudformation.create_stack(**options, OnFailure="DO_NOTHING")["StackId"]
        else:
            try:
                stack_id = self._cloudformation.update_stack(**options)["StackId"]
            except self._cloudformation.exceptions.ClientError as error:
                if "No updates" in str(error):
                    return []
                raise
        status = self._wait(stack_id)
        return [] if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE") else self._reasons(stack_id)

    def _delete(self, stack: str) -> list[str]:
        stack_id = self._cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackId"]
        self._cloudformation.delete_stack(StackName=stack)
        return [] if self._wait(stack_id) == "DELETE_COMPLETE" else self._reasons(stack_id)

    def _wait(self, stack_id: str) -> str:
        deadline = time.monotonic() + _WAIT
        while time.monotonic() < deadline:
            [stack] = self._cloudformation.describe_stacks(StackName=stack_id)["Stacks"]
            if not stack["StackStatus"].endswith("IN_PROGRESS"):
                return str(stack["StackStatus"])
            time.sleep(0.1)
        raise TimeoutError(f"{stack_id} is {stack['StackStatus']} after {_WAIT} s")

    def _reasons(self, stack_id: str) -> list[str]:
        return [
            event["ResourceStatusReason"]
            for event in self.aws.stack_events(stack_id)
            if event["ResourceStatus"].endswith("FAILED")
            and "cancelled" not in event.get("ResourceStatusReason", "cancelled")
        ]

    def _resources(self, stack: str) -> list[dict[str, Any]]:
        pages = self._cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
        return [one for page in pages for one in page["StackResourceSummaries"]]

    def _keys(self, stacks: list[str]) -> list[str]:
        """The ids of the keys of stacks, which are not named after them."""
        return [
            one["PhysicalResourceId"]
            for stack in stacks
            for one in self._resources(stack)
            if one["ResourceType"] == "AWS::KMS::Key" and one.get("PhysicalResourceId")
        ]

    def _look(self, stacks: list[str], *, has_log: bool) -> list[str]:
        """What a deployment that succeeded should have left and has not."""
        found = []
        for one in (resource for stack in stacks for resource in self._resources(stack)):
            kind, physical_id = one["ResourceType"], one["PhysicalResourceId"]
            if has_log and kind == "AWS::Logs::LogGroup" and not self._has_events(physical_id):
                found.append("the function's log is empty")
            if kind == "AWS::S3::Bucket" and "staging" in physical_id and not self._is_emptied(physical_id):
                found.append("the copies of local files are left in the staging bucket")
        return found

    def _has_events(self, group: str) -> bool:
        return _soon(lambda: bool(self._logs.filter_log_events(logGroupName=group, limit=1)["events"]))

    def _is_emptied(self, bucket: str) -> bool:
        return _soon(lambda: not self._s3.list_objects_v2(Bucket=bucket).get("Contents"))


def _soon(is_so: Any, seconds: float = 8.0) -> bool:
    """Whether something is so, or soon is: a run cleans up after it has answered."""
    deadline = time.monotonic() + seconds
    while not (now := bool(is_so())) and time.monotonic() < deadline:
        time.sleep(0.1)
    return now


def _zipped(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def _folder(folder: Path) -> bytes:
    return _zipped({str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()})
