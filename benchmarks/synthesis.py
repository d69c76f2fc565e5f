"""How long does `python app.py` take?"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from benchmarks.assemblies import NAMES, synthesize
from benchmarks.results import Section, Table, Target, in_turns, ratio

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from benchmarks.results import Sample

JOBS = {1: 1.10, 10: None, 100: 1.25}
"""How many jobs, and how many times as long as the limit it may take."""

_APPS = ("ours", "l1_only")
_TEXT = """\
`python app.py`, from the start of the interpreter to its end, against the same with L1 constructs written by hand:
without CDK's validation of templates (`CDK_VALIDATION=false`), and with it, as it is by default, which takes the same
time for both and so hides the difference. The targets are for the default."""


def measure(folder: Path, runs: int) -> Section:
    """Measures.

    Args:
        folder: Where cloud assemblies go.
        runs: How many times.
    """
    numbers = itertools.count()
    cases = {
        f"{app} {jobs} {validation}": (app, jobs, validation)
        for validation in (False, True)
        for jobs in JOBS
        for app in _APPS
    }

    def run(case: str) -> float:
        app, jobs, validation = cases[case]
        return synthesize(app, folder / f"synth-{next(numbers)}", jobs=jobs, validation=validation).seconds

    seconds = in_turns(runs, cases, run)
    rows, targets = [], []
    for validation in (True, False):
        for jobs, most in JOBS.items():
            ours, limit = (seconds[f"{app} {jobs} {validation}"] for app in _APPS)
            what = "with validation" if validation else "without validation"
            rows.append([what, jobs, ratio(ours.median, limit.median), f"{ours:.2f}", f"{limit:.2f}"])
            if most and validation:
                targets.append(
                    Target(
                        figure=f"`python app.py` with {jobs} job{'s' * (jobs > 1)}, against L1 only",
                        wanted=f"at most {most:.2f} x",
                        got=f"{ratio(ours.median, limit.median)}: {ours:.2f} s",
                        met=ours.median <= most * limit.median,
                        because=f"without CDK's validation it is {_without_validation(seconds, jobs)}",
                    )
                )
    table = Table(["", "jobs", "ratio", "this library, seconds", f"{NAMES['l1_only']}, seconds"], rows)
    return Section(title="Synthesis", text=_TEXT, targets=targets, tables=[table])


def _without_validation(seconds: Mapping[str, Sample], jobs: int) -> str:
    ours, limit = (seconds[f"{app} {jobs} False"].median for app in _APPS)
    return f"{ratio(ours, limit)}: {ours:.2f} s, {ours - limit:+.2f} s"
