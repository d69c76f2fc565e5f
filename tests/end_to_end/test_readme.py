"""What the README shows works as it stands there."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, CfnOutput, Stack, aws_s3
from aws_cdk.assertions import Template

from cdk_data_jobs import DataSource, personalize

if TYPE_CHECKING:
    from cdk_data_jobs_local import OfflineAws

HOME = Path(__file__).parent.parent.parent
BLOCKS = re.findall(r"```python\n(.*?)```", (HOME / "README.md").read_text(encoding="utf-8"), re.DOTALL)
DATASET = "arn:aws:personalize:eu-west-1:111122223333:dataset/bookshop/{}"


@pytest.mark.parametrize("block", [block for block in BLOCKS if "    self,\n" in block])
def test_its_jobs_are_synthesized(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HOME)
    stack = Stack(App(), "Readme")
    dataset = personalize.Dataset.from_dataset_arn(stack, "Interactions", DATASET.format("INTERACTIONS"))
    bucket = aws_s3.Bucket(stack, "Bucket")
    names: dict[str, Any] = {
        "self": stack,
        "bucket": bucket,
        "dataset": dataset,
        "items": personalize.Dataset.from_dataset_arn(stack, "Items", DATASET.format("ITEMS")),
        "CfnOutput": CfnOutput,
        "import_interactions": personalize.DatasetImportJob(
            stack, "Other", dataset=dataset, source=DataSource.from_bucket(bucket, "other/")
        ),
    }

    exec(block, names)  # noqa: S102 - it is ours

    jobs = [kind for kind in Template.from_stack(stack).to_json()["Resources"].values() if is_job(kind["Type"])]
    assert len(jobs) == 2


def is_job(kind: str) -> bool:
    return kind.startswith("Custom::") and kind != "Custom::DataJobWait"


def test_its_test_of_an_app_of_ones_own_passes(aws: OfflineAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HOME)
    names: dict[str, Any] = {}
    exec(next(block for block in BLOCKS if "offline_aws" in block), names)  # noqa: S102 - it is ours

    names["test_my_data_is_imported"](aws)

    aws.cdk("destroy", "--force")


def test_the_demo_shows_what_was_imported_and_leaves_nothing_running() -> None:
    demo = subprocess.run(  # noqa: S603 - it is ours
        [sys.executable, HOME / "examples" / "demo.py"], capture_output=True, text=True, check=False, timeout=300
    )

    assert demo.returncode == 0, demo.stdout + demo.stderr
    for name, rows in (("items", "80"), ("users", "150"), ("interactions", "1,500")):
        assert re.search(rf"bookshop-{name} .*ACTIVE .* {rows} ", demo.stdout), demo.stdout
    assert "npx cdk deploy" in demo.stdout
    port = re.search(r"http://127.0.0.1:(\d+)", demo.stdout)
    assert port
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(port[1])))


def test_its_links_lead_somewhere() -> None:
    assert not [link for link in re.findall(r"\]\(([^)#]+)\)", (HOME / "README.md").read_text()) if not known(link)]


def known(link: str) -> bool:
    return link.startswith("https://") or (HOME / link).exists()
