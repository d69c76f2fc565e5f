"""The app that `data-jobs init` writes, and the guide shows, passes its test, deploys and imports its data."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cdk_data_jobs_local import OfflineAws

HOME = Path(__file__).parents[2]
GUIDE = HOME / "docs" / "guides" / "first-app.md"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that `data-jobs init` writes."""
    folder = tmp_path / "shop"
    subprocess.run([sys.executable, "-m", "cdk_data_jobs_cli", "init", str(folder)], check=True)  # noqa: S603 - ours
    monkeypatch.setenv("CDK_DATA_JOBS_CDK", str(HOME / "node_modules" / ".bin" / "cdk"))
    return folder


def test_the_guide_shows_the_files_that_init_writes(folder: Path) -> None:
    shown = dict(
        re.findall(r"^`([\w.]+)`:\n\n```\w+\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    )

    assert sorted(shown) == ["app.py", "cdk.json", "items.csv"]
    assert shown == {name: (folder / name).read_text(encoding="utf-8") for name in shown}


def test_the_app_passes_its_test_deploys_and_runs_again_when_its_file_changes(
    folder: Path, offline_aws: OfflineAws
) -> None:
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert tested.returncode == 0, tested.stdout
    assert "1 passed" in tested.stdout

    offline_aws.bootstrap(cwd=folder)
    offline_aws.personalize.durations(pending=30, in_progress=60, creating=10)
    deployed = offline_aws.cdk("deploy", "--require-approval", "never", cwd=folder)
    assert deployed.returncode == 0, deployed.stdout
    assert "Shop.Status = ACTIVE" in deployed.stdout
    [job] = jobs(offline_aws)
    assert len(offline_aws.personalize.rows(job["datasetArn"])) == 3

    file = folder / "items.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("12.5", "11.5"), encoding="utf-8")
    planned = plan(folder, offline_aws)
    again = offline_aws.cdk("deploy", "--require-approval", "never", cwd=folder)

    assert planned.returncode == 10, planned.stderr
    assert "Group/Items/Import runs: items.csv has changed" in planned.stdout
    assert again.returncode == 0, again.stdout
    assert len(jobs(offline_aws)) == 2
    assert offline_aws.personalize.rows(job["datasetArn"])[0]["PRICE"] == "11.5"


def plan(folder: Path, offline_aws: OfflineAws) -> "subprocess.CompletedProcess[str]":
    """Runs `data-jobs plan`, which synthesizes the app with the CDK CLI."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    path = os.pathsep.join([str(Path(sys.executable).parent), str(HOME / "node_modules" / ".bin"), os.environ["PATH"]])
    command = [sys.executable, "-m", "cdk_data_jobs_cli", "plan", "Shop"]
    environment = {**own, **offline_aws.environment, "PATH": path}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603


def jobs(offline_aws: OfflineAws) -> list[dict[str, Any]]:
    return [job for job in offline_aws.personalize.jobs() if job["jobName"].startswith("Shop-")]
