"""What `data-jobs plan` says before a deployment is what the deployment does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from deployed.planned_jobs import PlannedStack

if TYPE_CHECKING:
    from pathlib import Path

    from cdk_data_jobs_local import OfflineAws

NOTHING = "does not run: nothing of it has changed"
NEVER = "does not run: no deployment runs it"


@pytest.fixture
def stack(aws: OfflineAws, tmp_path: Path, stack_name: str) -> PlannedStack:
    aws.personalize.durations(pending=5, in_progress=10, creating=0)
    stack = PlannedStack(aws, tmp_path, stack_name)
    stack.write("items.csv", "book,1.5")
    stack.write("more/a.csv", "lamp,2.5")
    stack.write("more/b.csv", "chair,3.5")
    return stack


def test_the_jobs_that_it_says_run(stack: PlannedStack) -> None:
    new = "runs: it is new"
    never = "does not run: it is new, and no deployment runs it"
    assert stack.deploy_as_planned() == {"ImportItems": new, "Inner/ImportMore": new, "Export": never, "Old": new}
    unchanged = {"ImportItems": NOTHING, "Inner/ImportMore": NOTHING, "Export": NEVER, "Old": NOTHING}
    assert stack.deploy_as_planned() == unchanged

    stack.write("items.csv", "book,1.75")
    assert stack.deploy_as_planned() == unchanged | {"ImportItems": "runs: items.csv has changed"}

    assert stack.deploy_as_planned(role="OwnRole", team="books", timeout_minutes=60, versioned=True) == unchanged | {
        "ImportItems": "does not run: only its role and tags have changed",
        "Inner/ImportMore": "does not run: only its tags and timeout have changed",
    }

    stack.write("more/c.csv", "table,4.5")
    (stack.folder / "more" / "b.csv").unlink()
    assert stack.deploy_as_planned(exports=True, is_met=False) == unchanged | {
        "Inner/ImportMore": "runs: c.csv has been added, b.csv has been removed",
        "Export": "runs: it now runs when it is deployed",
        "Old": "is removed: if its job is running, it is waited for",
    }

    said = stack.deploy_as_planned(export="Renamed", bucket=f"{stack.name.lower()}-data", old=False, trigger="1")
    del unchanged["Old"], unchanged["Export"]
    assert said == unchanged | {
        "ImportItems": "runs: its trigger has changed",
        "Renamed": "runs: it is new",
        "Export": "is removed: if its job is running, it is waited for",
    }

    said = stack.deploy_as_planned(bucket=f"{stack.name.lower()}-moved", exports=True)
    assert said == unchanged | {"Renamed": "runs: its path has changed"}


def test_a_dataset_that_cannot_be_replaced(stack: PlannedStack) -> None:
    stack.deploy_as_planned()

    said = stack.deploy_as_planned(field="GENRE", fails=True)
    assert said["ImportItems"] == "does not run: the deployment fails before"
    assert said["Items"].startswith("fails: a change of SchemaArn replaces it, which fails, because a dataset group")
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    watched = stack.data_jobs("watch", stack.name, "--wait", "0", "--json", code=1).splitlines()[-1]
    [failure] = json.loads(watched)["failures"]
    assert "already exists" in failure["reason"]
    assert "so CloudFormation cannot replace it: keep the schema in the app, and add nullable" in failure["reason"]

    # A second group has a dataset of its own; the first one is deleted.
    said = stack.deploy_as_planned(group=f"{stack.name}-second", field="")
    assert said["ImportItems"] == "runs: its dataset is replaced"
    assert (
        said["Items"]
        == "deletes data: a change of DatasetGroupArn replaces it, and the old one is deleted with its data"
    )
