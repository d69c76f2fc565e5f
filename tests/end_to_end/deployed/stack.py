"""A stack of an app of this folder, deployed to the offline AWS with the real CDK CLI."""

from __future__ import annotations

import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from apps.interactions_import import InteractionsImport
from aws_cdk import App
from deployed.waiting import until

from cdk_data_jobs._job import wait_chain

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_cdk import Stack

    from cdk_data_jobs_local import OfflineAws

FOLDER = Path(__file__).parent
CONTEXT = {"aws:cdk:enable-path-metadata": True, "aws:cdk:enable-asset-metadata": True}
"""What the CDK CLI gives to an app that it synthesizes."""


@dataclass
class DeployedStack:
    """A stack, its options, and its state in the services.

    Attributes:
        aws: The offline AWS.
        folder: Where its data and its synthesized app are.
        name: The stack's name.
        app: Its class, one of those in `apps/`.
        options: What the class gets, beside the stack's name and the path of its data.
        segment_seconds: How long a segment of a wait chain is.
    """

    aws: OfflineAws
    folder: Path
    name: str
    app: Callable[[App, dict[str, Any]], Stack] = InteractionsImport
    options: dict[str, Any] = field(default_factory=dict)
    segment_seconds: int = wait_chain.MAX_SEGMENT_SECONDS
    _clients: dict[str, Any] = field(default_factory=dict, repr=False)
    _ids: dict[str, str] = field(default_factory=dict, repr=False)

    def client(self, service: str) -> Any:
        """A boto3 client, made once: that takes longer than most calls."""
        if service not in self._clients:
            self._clients[service] = self.aws.client(service)
        return self._clients[service]

    # --- deploy ---

    def write_interactions(self, rows: int, *, columns: tuple[str, ...] = ("USER_ID", "ITEM_ID", "TIMESTAMP")) -> None:
        """Write the interactions that the next deployment imports."""
        values = {"USER_ID": "user-{}", "ITEM_ID": "item-{}", "TIMESTAMP": "17000{:05}"}
        lines = [",".join(values[column].format(row) for column in columns) for row in range(rows)]
        (self.folder / "interactions.csv").write_text("\n".join([",".join(columns), *lines, ""]))

    def deploy(self, *arguments: str, fails: bool = False, **options: Any) -> str:
        """Run `cdk deploy`; returns its output.

        Args:
            *arguments: More arguments of the command.
            fails: Whether it must fail.
            **options: Options that change from now on.
        """
        self.options |= options
        return self.cdk("deploy", "--require-approval", "never", *arguments, fails=fails)

    def destroy(self) -> None:
        """Run `cdk destroy`."""
        self.cdk("destroy", "--force")

    def cdk(self, *arguments: str, fails: bool = False) -> str:
        """Synthesize the app and run the CDK CLI, which must end with 0, or with 1 if it is to fail."""
        done = self.aws.cdk(*arguments, cwd=FOLDER, app=self._synthesize())
        self._ids.clear()
        assert done.returncode == fails, done.stdout
        return done.stdout

    def _synthesize(self) -> str:
        """Synthesize the app, in this process: to start jsii for each deployment takes longer than all else."""
        # A folder for each, because the CDK computes the hash of an asset only once in a folder.
        app = App(outdir=tempfile.mkdtemp(prefix="cdk.out-", dir=self.folder), context=CONTEXT)
        options = {"stack": self.name, "file": str(self.folder / "interactions.csv"), **self.options}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(wait_chain, "MAX_SEGMENT_SECONDS", self.segment_seconds)
            self.app(app, options)
            return app.synth().directory

    def cancel_when(self, condition: Callable[[], object], **options: Any) -> None:
        """Deploy, and cancel the update when a condition is true."""
        with ThreadPoolExecutor(1) as pool:
            deploying = pool.submit(self.deploy, fails=True, **options)
            until(condition)
            self.client("cloudformation").cancel_update_stack(StackName=self.name)
            deploying.result()

    # --- CloudFormation ---

    @property
    def status(self) -> str:
        """The stack's status."""
        return str(self._describe()["StackStatus"])

    @property
    def resources(self) -> list[dict[str, Any]]:
        """The stack's resources, as ListStackResources gives them."""
        pages = self.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=self.name)
        return [resource for page in pages for resource in page["StackResourceSummaries"]]

    @property
    def resource_types(self) -> Counter[str]:
        """How many resources of each type the stack has."""
        return Counter(resource["ResourceType"] for resource in self.resources)

    def resource(self, resource_type: str) -> dict[str, Any]:
        """The only resource of a type."""
        [found] = [resource for resource in self.resources if resource["ResourceType"] == resource_type]
        return found

    def physical_id(self, resource_type: str) -> str:
        """The physical id of the only resource of a type."""
        return str(self.resource(resource_type)["PhysicalResourceId"])

    @property
    def ids(self) -> dict[str, str]:
        """The physical ids by logical id, read when they are first needed after a command."""
        if not self._ids:
            self._ids.update({one["LogicalResourceId"]: one.get("PhysicalResourceId", "") for one in self.resources})
        return self._ids

    def logical_id(self, start: str) -> str:
        """The shortest logical id that begins like this."""
        return min((id_ for id_ in self.ids if id_.startswith(start)), key=len)

    def physical_id_of(self, start: str) -> str:
        """The physical id of the resource with the shortest logical id that begins like this."""
        return self.ids[self.logical_id(start)]

    def output(self, name: str) -> str:
        """An output of the stack."""
        return {output["OutputKey"]: str(output["OutputValue"]) for output in self._describe()["Outputs"]}[name]

    def resources_that_were(self, status: str) -> list[str]:
        """The logical ids of the resources that were ever in a status."""
        events = self.aws.stack_events(self.name)
        ids = [event["LogicalResourceId"] for event in events if event["ResourceStatus"] == status]
        return [id_ for id_ in ids if id_ != self.name]

    @property
    def status_reasons(self) -> str:
        """The reasons in the stack's events."""
        return "\n".join(event.get("ResourceStatusReason", "") for event in self.aws.stack_events(self.name))

    def _describe(self) -> dict[str, Any]:
        [stack] = self.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"]
        return dict(stack)

    # --- Amazon Personalize ---

    @property
    def dataset_arn(self) -> str:
        return f"arn:aws:personalize:{self.aws.region}:{self.aws.account}:dataset/{self.name}/INTERACTIONS"

    @property
    def dataset_group_exists(self) -> bool:
        groups = self.client("personalize").list_dataset_groups()["datasetGroups"]
        return self.name in [group["name"] for group in groups]

    @property
    def rows(self) -> int:
        """The number of rows in the dataset."""
        return self.aws.personalize.row_count(self.dataset_arn)

    @property
    def jobs(self) -> list[dict[str, Any]]:
        """The dataset's import jobs, oldest first."""
        return [job for job in self.aws.personalize.jobs() if job["datasetArn"] == self.dataset_arn]

    # --- the runner ---

    def executions(self, part: str = "") -> dict[str, dict[str, Any]]:
        """The executions of the runner's state machine with this in their names, by name, oldest first."""
        client = self.client("stepfunctions")
        machine = self.physical_id_of("DataJobRunnerStateMachine")
        pages = client.get_paginator("list_executions").paginate(stateMachineArn=machine)
        found = sorted((one for page in pages for one in page["executions"]), key=lambda one: one["startDate"])
        return {one["name"]: one for one in found if part in one["name"]}

    @property
    def staged_objects(self) -> list[str]:
        """The keys in the staging bucket."""
        listed = self.client("s3").list_objects_v2(Bucket=self.physical_id_of("DataJobStaging"))
        return [entry["Key"] for entry in listed.get("Contents", [])]
