"""The table that `data-jobs watch` redraws in a terminal, and prints at the end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
    assert re.fullmatch(r"Shop  UPDATE_COMPLETE  \d+s  2 of 2 jobs done", last[0])
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
