"""The stack of `apps/planned_jobs.py`: what `data-jobs plan` says before a deployment, and what that runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apps.planned_jobs
from deployed.stack import FOLDER, DeployedStack

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_cdk import App, Stack

HOME = Path(__file__).parents[3]
KINDS = ("DatasetImportJob", "DatasetExportJob")


@dataclass
class PlannedStack(DeployedStack):
    """The stack, deployed as it was planned."""

    app: Callable[[App, dict[str, Any]], Stack] = apps.planned_jobs.PlannedJobs

    def write(self, name: str, *lines: str) -> None:
        """Write a file of items that the next deployment imports."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(["ITEM_ID,PRICE", *lines, ""]))

    def deploy_as_planned(self, *, fails: bool = False, **options: Any) -> dict[str, str]:
        """Plan and deploy, and compare what ran; returns what the plan says of each job and each notice.

        Args:
            fails: Whether the deployment must fail, which the plan must say.
            **options: Options that change from now on.
        """
        self.options |= options
        directory = self._synthesize()
        before = self.job_names
        plan, code = self.plan(directory)
        done = self.aws.cdk("deploy", "--require-approval", "never", cwd=FOLDER, app=directory)
        self._ids.clear()
        assert done.returncode == fails, done.stdout
        planned = sorted(job["job"] for job in plan["jobs"] if job["result"] == "runs")
        ran = sorted(name.rpartition("-")[0].removeprefix(f"{self.name}-") for name in self.job_names - before)
        assert ran == [name.replace("/", "-") for name in planned]
        is_harmful = any(notice["kind"] != "note" for notice in plan["notices"])
        assert code == (1 if is_harmful else 10 if planned else 0)
        assert fails == any(notice["kind"] == "fails" for notice in plan["notices"])
        said = {job["job"]: f"{job['result']}: {job['reason']}" for job in plan["jobs"]}
        return said | {notice["resource"]: f"{notice['kind']}: {notice['message']}" for notice in plan["notices"]}

    def plan(self, directory: str) -> tuple[dict[str, Any], int]:
        """Run `data-jobs plan` on a synthesized app; returns its stack's plan and the exit code."""
        done = self._data_jobs("plan", "--app", directory, "--json")
        assert done.returncode in (0, 1, 10), done.stderr
        [stack] = json.loads(done.stdout)["stacks"]
        return stack, done.returncode

    def data_jobs(self, *arguments: str, code: int) -> str:
        """Run `data-jobs`, which must end with this exit code; returns its output."""
        done = self._data_jobs(*arguments)
        assert done.returncode == code, done.stderr
        return done.stdout

    def _data_jobs(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return subprocess.run(  # noqa: S603 - ours
            [sys.executable, "-m", "cdk_data_jobs_cli", *arguments],
            env={**own, **self.aws.environment, "PYTHONPATH": os.pathsep.join([f"{HOME}/cli", f"{HOME}/check"])},
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def job_names(self) -> set[str]:
        """The names of the jobs of all runs of the stack, and of the stacks nested in it."""
        names = [job["jobName"] for kind in KINDS for job in self.aws.personalize.jobs(kind)]
        return {name for name in names if name.startswith(f"{self.name}-")}
