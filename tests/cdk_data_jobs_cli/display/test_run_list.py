"""The list of runs that `data-jobs runs` prints in a terminal."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace

import pytest
from rich.console import Console

from cdk_data_jobs_cli.aws.client import AwsClient
from cdk_data_jobs_cli.aws.executions import Execution
from cdk_data_jobs_cli.aws.job_state import JobState
from cdk_data_jobs_cli.aws.run_state import RunState
from cdk_data_jobs_cli.aws.stack import Job, Stack
from cdk_data_jobs_cli.display.run_list import render_runs

STACK = "arn:aws:cloudformation:eu-west-1:111122223333:stack/Shop/1"
STARTED = dt.datetime(2026, 1, 1, 12, 30, tzinfo=dt.timezone.utc)
LINK = "https://eu-west-1.console.aws.amazon.com/states/home"
REASON = " ".join(["The first row of each file must have the names of all columns."] * 5)


def state(name: str, **changes: object) -> JobState:
    """Returns the state of a run that has failed."""
    job = Job(
        stack=Stack(AwsClient(), {"StackId": STACK, "StackName": "Shop"}),
        stack_id=STACK,
        logical_id="Import1",
        resource_type="Custom::PersonalizeDatasetImportJob",
        path=f"Shop/{name}",
        name=name,
        service_token="runner",  # noqa: S106 - no token
    )
    execution = Execution(
        arn="arn",
        name="name",
        id="0a1b2c3d",
        request="update",
        status="FAILED",
        started=STARTED,
        ended=STARTED + dt.timedelta(seconds=63),
        console_url="",
    )
    failed = JobState(job=job, status="failed", execution=execution, run_state=RunState(reason=REASON), failure="The")
    return replace(failed, **changes)  # type: ignore[arg-type]


def shown(*names: str, width: int = 80) -> list[str]:
    """Returns the lines of a list of runs of these jobs in a terminal of this width."""
    console = Console(file=io.StringIO(), width=width)
    console.print(render_runs([("schedule", state(name)) for name in names], STARTED, width))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    return [line.rstrip() for line in text.splitlines()]


@pytest.mark.parametrize("name", ["Import", "Loading/Interactions", "Loading/Catalogs/OfAllShops/ImportInteractions"])
def test_a_run_is_one_line_of_at_most_80_characters_with_the_end_of_the_jobs_path(name: str) -> None:
    header, run, *_ = shown(name)
    column = header.index("Job")
    label = run[column : header.index("By")].rstrip()

    assert len(run) <= 80
    assert label == name or (label.startswith("…") and name.endswith(label[1:]))
    assert label.endswith(name.rpartition("/")[2][-10:])
    assert run.endswith("schedule  failed  1m 03s")


def test_a_reason_has_the_whole_width() -> None:
    _header, _run, *reason = shown("Import")

    assert all(line.startswith("  ") for line in reason)
    assert " ".join(" ".join(reason).split()) == REASON
    assert max(map(len, reason)) > 70


def test_a_jobs_name_links_to_its_run_in_the_console() -> None:
    run = state("Import")
    assert run.execution
    linked = replace(run, execution=replace(run.execution, console_url=LINK))
    console = Console(file=io.StringIO(), width=80, force_terminal=True, legacy_windows=False)
    console.print(render_runs([("update", linked)], STARTED, 80))

    assert f";{LINK}\x1b\\\x1b[4mImport\x1b[0m" in console.file.getvalue()  # type: ignore[attr-defined]
