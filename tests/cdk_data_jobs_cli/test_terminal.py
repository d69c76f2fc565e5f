"""The output in a terminal: a table that is redrawn, and stays at the end."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Offline

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\]8;[^\x1b]*\x1b\\")


def in_terminal(offline: Offline, *arguments: str, width: int = 110, height: int = 30) -> tuple[int, str]:
    """Run `data-jobs` in a terminal of its own; returns its exit code and all that it wrote there."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
    process = subprocess.Popen(  # noqa: S603 - ours
        offline.command(*arguments),
        env={**offline.environment, "TERM": "xterm-256color"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    written = b""
    try:
        while chunk := os.read(ours, 65536):
            written += chunk
    except OSError:  # how Linux reports that nobody holds the other end any more
        pass
    os.close(ours)
    return process.wait(timeout=60), written.decode()


def plain(written: str) -> str:
    return ESCAPES.sub("", written).replace("\r", "")


def test_the_table_counts_while_the_jobs_run_and_stays_in_the_end(shop: Offline) -> None:
    def again(resources: dict[str, dict[str, dict[str, str]]]) -> None:
        [late] = [made for name, made in resources.items() if name.startswith("ImportLate") and "Trigger" in str(made)]
        late["Properties"]["Trigger"] += " in a terminal"

    shop.aws.personalize.durations(in_progress=120)
    shop.update("Shop", again)
    code, written = in_terminal(shop, "watch", "Shop", "--interval", "0.1")
    shop.aws.personalize.durations(in_progress=20)
    shown = plain(written)
    last = shown[shown.rindex("Shop  UPDATE_COMPLETE") :].splitlines()

    assert code == 0
    assert re.search(r"[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] +ImportLate +running +\d[\dms ]* +it is CREATE (PENDING|IN_PROGRESS)", shown)
    assert len(set(re.findall(r"ImportLate +running +(\d[\dms ]*?) +it is", shown))) > 1
    assert re.fullmatch(r"Shop  UPDATE_COMPLETE  \d+s  2 of 2 jobs done", last[0])
    assert any(re.match(r"✔ +ImportLate +succeeded +[\dms ]+$", line.rstrip()) for line in last)
    assert re.search(r"\x1b\]8;[^;]*;https://eu-west-1\.console\.aws\.amazon\.com/states/\S+-update-\S+\x1b\\", written)
    assert "\x1b[?25h" in written[written.rindex("\x1b[?25l") :]
    assert "ResponseURL" not in written


def test_the_full_reasons_are_printed_below_the_table(offline: Offline) -> None:
    offline.ready("Broken")
    code, written = in_terminal(offline, "watch", "Broken", "--wait", "0", width=60)
    shown = plain(written)

    assert code == 1
    assert "✘" in shown
    below = " ".join(shown[shown.rindex("Broken/ImportBad") :].split())
    assert below.endswith("the header of every CSV file must name all columns of the dataset's schema.")


def test_more_jobs_than_there_are_lines_are_summed_up(shop: Offline) -> None:
    _code, written = in_terminal(shop, "watch", "Shop", "--wait", "1", "--interval", "0.2", height=8)

    assert re.search(r"and 1 more: 1 \w+", plain(written))


def test_the_list_of_runs_is_a_table(shop: Offline) -> None:
    code, written = in_terminal(shop, "runs", "Shop")

    assert code == 0
    assert re.search(r"Started +Job +By +Result +Took +Reason", plain(written))
    assert re.search(r"\d\d:\d\d:\d\d +ImportEarly +create +succeeded +\d[\dms ]*\n", plain(written))
