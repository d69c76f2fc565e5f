"""The list of runs that `data-jobs runs` prints in a terminal."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from cdk_data_jobs_cli.display.run_list import render_runs

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdk_data_jobs_cli.aws.job_state import JobState

NOW = dt.datetime(2026, 1, 1, 13, 30, tzinfo=dt.timezone.utc)
LINK = "https://eu-west-1.console.aws.amazon.com/states/home"
REASON = " ".join(["The first row of each file must have the names of all columns."] * 5)


def printed(state: JobState, *, is_terminal: bool = False) -> str:
    """Returns the list of this run in a terminal of 80 characters."""
    output = io.StringIO()
    console = Console(file=output, width=80, force_terminal=is_terminal, legacy_windows=False)
    console.print(render_runs([("schedule", state)], NOW, 80))
    return output.getvalue()


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Import", "Import"),
        ("Catalog/ImportItems", "Catalog/ImportItems"),
        ("Loading/OfAllShops/ImportInteractions", "…lShops/ImportInteractions"),
    ],
)
def test_a_run_is_one_line_of_at_most_80_characters_with_the_end_of_the_jobs_path(
    failed: Callable[..., JobState], name: str, label: str
) -> None:
    _header, run, _progress = printed(failed(name)).splitlines()

    assert f"  0a1b2c3d  {label}  schedule  failed  1m 03s" in run
    assert len(run.rstrip()) <= 80


def test_a_reason_has_the_whole_width(failed: Callable[..., JobState]) -> None:
    _header, _run, *reason = printed(failed("Import", REASON)).splitlines()

    assert all(line.startswith("  ") for line in reason)
    assert " ".join(" ".join(reason).split()) == REASON
    assert max(len(line.rstrip()) for line in reason) > 70


def test_a_run_without_a_reason_shows_its_progress(failed: Callable[..., JobState]) -> None:
    assert printed(failed("Import")).splitlines()[-1].rstrip() == "  3/8 pieces"


def test_a_jobs_name_links_to_its_run_in_the_console(failed: Callable[..., JobState]) -> None:
    output = printed(failed("Import", link=LINK), is_terminal=True)

    assert f";{LINK}\x1b\\\x1b[4mImport\x1b[0m" in output
