"""The table that `data-jobs watch` redraws in a terminal, and prints at the end."""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from cdk_data_jobs_cli.aws.job_state import StackSnapshot
from cdk_data_jobs_cli.display.table import render

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdk_data_jobs_cli.aws.job_state import JobState
    from conftest import Offline


def test_the_table_is_redrawn_while_jobs_run_and_printed_at_the_end(shop: Offline) -> None:
    def change_trigger(resources: dict[str, dict[str, dict[str, str]]]) -> None:
        [late] = [one for name, one in resources.items() if name.startswith("ImportLate") and "Trigger" in str(one)]
        late["Properties"]["Trigger"] += " in a terminal"

    shop.aws.personalize.durations(in_progress=120)
    shop.update("Shop", change_trigger)
    run = shop.run_in_terminal("watch", "Shop", "--interval", "0.1")
    shop.aws.personalize.durations(in_progress=20)
    shown, written = run.text, run.output
    last = shown[shown.rindex("Shop  UPDATE_COMPLETE") :].splitlines()

    assert run.code == 0
    assert re.search(r"[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] +ImportLate +running +\d[\dms ]* +it is still CREATE (PENDING|IN_PROGRESS)", shown)
    assert len(set(re.findall(r"ImportLate +running +(\d[\dms ]*?) +it is", shown))) > 1
    assert re.fullmatch(r"Shop  UPDATE_COMPLETE  \d[\dms ]*  2 of 2 jobs done", last[0])
    assert any(re.match(r"✔ +ImportLate +succeeded +[\dms ]+$", line.rstrip()) for line in last)
    assert "\x1b[?25h" in written[written.rindex("\x1b[?25l") :]
    assert "ResponseURL" not in written


def test_the_full_reasons_are_printed_below_the_table(offline: Offline) -> None:
    offline.deploy("Broken")
    run = offline.run_in_terminal("watch", "Broken", "--wait", "0", width=60)
    shown = run.text

    assert run.code == 1
    assert "✘" in shown
    below = " ".join(shown[shown.rindex("Broken/ImportBad") :].split())
    assert below.endswith("the header of every CSV file must name all columns of the dataset's schema.")


def test_more_jobs_than_there_are_lines_are_summed_up(shop: Offline) -> None:
    run = shop.run_in_terminal("watch", "Shop", "--wait", "1", "--interval", "0.2", height=8)

    assert re.search(r"and 1 more: 1 \w+", run.text)


def printed(*states: JobState, width: int, is_terminal: bool = False) -> str:
    """Returns the table of these jobs in a terminal of this width."""
    snapshot = StackSnapshot(stack="Shop", status="X", jobs=states, is_in_progress=False, succeeded=False)
    output = io.StringIO()
    console = Console(file=output, width=width, force_terminal=is_terminal, legacy_windows=False)
    console.print(render(snapshot, dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc), width))
    return output.getvalue()


@pytest.mark.parametrize("name", ["Import", "Catalog/ImportItems", "Loading/Catalogs/OfAllShops/ImportInteractions"])
def test_at_80_columns_no_name_is_cut_and_nothing_is_wrapped(failed: Callable[..., JobState], name: str) -> None:
    lines = printed(failed(name, "The bucket has no files. " * 9), failed("Other"), width=80).splitlines()
    rows = [line for line in lines if line.startswith("✘")]

    assert re.match(rf"✘ +{name} +failed +1m 03s", rows[0])
    assert re.match(r"✘ +Other +failed +1m 03s", rows[1])
    assert [line for line in lines[3:] if line.strip() and line not in rows] == [lines[3]]
    assert max(map(len, lines)) <= 80


def test_where_there_is_less_room_a_name_is_cut_at_its_beginning(failed: Callable[..., JobState]) -> None:
    output = printed(failed("Loading/Catalogs/OfAllShops/ImportInteractions"), width=50)

    assert re.search(r"✘ +…\S*/ImportInteractions +failed +1m 03s\n", output)


def test_a_jobs_name_links_to_its_run_in_the_console(failed: Callable[..., JobState]) -> None:
    link = "https://eu-west-1.console.aws.amazon.com/states/home"

    assert re.search(
        rf";{link}\x1b\\\x1b\[4mImport\x1b", printed(failed("Import", link=link), width=80, is_terminal=True)
    )
