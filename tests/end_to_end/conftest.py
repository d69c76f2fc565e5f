"""Deploys the shop with the real CDK CLI."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_local import OfflineAws

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent


@dataclass
class Shop:
    """A stack of the shop, and what the services know of it."""

    aws: OfflineAws
    folder: Path
    stack: str
    app: str = "shop.py"
    wanted: dict[str, Any] = field(default_factory=dict)

    def write(self, rows: int, *, columns: tuple[str, ...] = ("USER_ID", "ITEM_ID", "TIMESTAMP")) -> None:
        """Write the interactions that are deployed next."""
        values = {"USER_ID": "user-{}", "ITEM_ID": "item-{}", "TIMESTAMP": "17000{:05}"}
        lines = [",".join(values[column].format(row) for column in columns) for row in range(rows)]
        (self.folder / "interactions.csv").write_text("\n".join([",".join(columns), *lines, ""]))

    def deploy(self, *, fails: bool = False, **changes: Any) -> str:
        """`cdk deploy`, with changes to what was wanted before, and what it prints."""
        self.wanted |= changes
        return self.cdk("deploy", "--require-approval", "never", fails=fails)

    def destroy(self) -> str:
        """`cdk destroy`, and what it prints."""
        return self.cdk("destroy", "--force")

    def cdk(self, *arguments: str, fails: bool = False) -> str:
        """The CDK CLI, which must end with 0, or with 1 if it is to fail."""
        wanted = {"stack": self.stack, "file": str(self.folder / "interactions.csv"), **self.wanted}
        app = f"{sys.executable} {HERE / self.app}"
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SHOP", json.dumps(wanted))
            done = self.aws.cdk(*arguments, cwd=HERE, app=app, outdir=self.folder / "cdk.out")
        assert done.returncode == fails, done.stdout
        return done.stdout

    @property
    def dataset_arn(self) -> str:
        return f"arn:aws:personalize:{self.aws.region}:{self.aws.account}:dataset/{self.stack}/INTERACTIONS"

    @property
    def dataset_group_exists(self) -> bool:
        """Whether the dataset group is still there."""
        groups = self.aws.client("personalize").list_dataset_groups()["datasetGroups"]
        return self.stack in [group["name"] for group in groups]

    @property
    def rows(self) -> int:
        """How many rows the dataset holds."""
        return self.aws.personalize.row_count(self.dataset_arn)

    @property
    def jobs(self) -> list[dict[str, Any]]:
        """The dataset's import jobs."""
        return [job for job in self.aws.personalize.jobs() if job["datasetArn"] == self.dataset_arn]

    @property
    def status(self) -> str:
        """What CloudFormation says of the stack."""
        stacks = self.aws.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"]
        return str(stacks[0]["StackStatus"])

    @property
    def types(self) -> Counter[str]:
        """How many resources of each type the stack has."""
        pages = self.aws.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=self.stack)
        return Counter(entry["ResourceType"] for page in pages for entry in page["StackResourceSummaries"])

    def output(self, name: str) -> str:
        """What the stack gives out."""
        [stack] = self.aws.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"]
        return {output["OutputKey"]: str(output["OutputValue"]) for output in stack["Outputs"]}[name]

    @property
    def reasons(self) -> str:
        """What the stack's events say of failures."""
        return "\n".join(event.get("ResourceStatusReason", "") for event in self.aws.stack_events(self.stack))

    def resource(self, resource_type: str) -> dict[str, Any]:
        """The only resource of a type, as CloudFormation tells it."""
        resources = self.aws.client("cloudformation").list_stack_resources(StackName=self.stack)
        [found] = [
            resource for resource in resources["StackResourceSummaries"] if resource["ResourceType"] == resource_type
        ]
        return dict(found)

    def physical_id(self, resource_type: str) -> str:
        """The physical id of the only resource of a type."""
        return str(self.resource(resource_type)["PhysicalResourceId"])


@pytest.fixture(scope="module")
def aws(offline_aws: OfflineAws) -> OfflineAws:
    """The offline AWS, bootstrapped."""
    offline_aws.bootstrap()
    return offline_aws


@pytest.fixture
def shop(aws: OfflineAws, tmp_path: Path, request: pytest.FixtureRequest) -> Shop:
    """A stack that no other test uses."""
    aws.personalize.durations(pending=30, in_progress=60)
    name = "".join(part.capitalize() for part in request.node.name.removeprefix("test_").split("_"))
    return Shop(aws, tmp_path, name[:40])


@pytest.fixture(scope="module")
def deployed_shop(aws: OfflineAws, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A deployed stack with one import, for all tests of a file."""
    aws.personalize.durations(pending=30, in_progress=60)
    shop = Shop(aws, tmp_path_factory.mktemp("shop"), "DeployedShop")
    shop.write(1000)
    shop.deploy()
    return shop


@pytest.fixture(scope="module")
def open_shop(aws: OfflineAws, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Shop]:
    """Opens a stack for all tests of a file: its name, its app, and what is wanted of it."""

    def open_one(stack: str, app: str, **wanted: Any) -> Shop:
        return Shop(aws, tmp_path_factory.mktemp(stack), stack, app, wanted)

    return open_one


@pytest.fixture
def guarded_shop(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Shop]:
    """A stack where everybody needs permission for everything."""
    name = "".join(part.capitalize() for part in request.node.name.removeprefix("test_").split("_"))
    with OfflineAws(speed=60, enforce_iam=True) as aws:
        aws.bootstrap()
        yield Shop(aws, tmp_path, name[:40])
