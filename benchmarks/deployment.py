"""How long does `cdk deploy` take?"""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING

from benchmarks.assemblies import NAMES
from benchmarks.offline import account
from benchmarks.results import Section, Table, Target, in_turns, ratio

if TYPE_CHECKING:
    from pathlib import Path

JOBS = (1, 10)
SPEED, PENDING, IN_PROGRESS = 10, 5, 15
CASES = {
    f"{app} {jobs}": (app, jobs)
    for jobs in JOBS
    for app in ("ours", "provider_each", "provider_shared", "l1_only")
    if (app, jobs) != ("provider_each", 1)  # the same as one that is shared
}
_TEXT = f"""\
The wall clock of `cdk deploy`, with the real CDK CLI, from its start to its end: synthesis, upload, and the creation of
everything but the bucket, in a stack of its own each time. Jobs take {PENDING + IN_PROGRESS} s, time passes {SPEED}
times as fast for the services, and as many jobs may run at a time as want to."""


def measure(folder: Path, runs: int) -> Section:
    """Measures.

    Args:
        folder: Where cloud assemblies go.
        runs: How many times.
    """
    numbers = itertools.count()
    with account(folder, SPEED) as here:
        here.aws.personalize.durations(pending=PENDING, in_progress=IN_PROGRESS)

        def deploy(case: str) -> float:
            app, jobs = CASES[case]
            stack = f"Stack{next(numbers)}"
            here.prepare(app, stack, jobs)
            began = time.monotonic()
            here.deploy(app, stack, jobs)
            return time.monotonic() - began

        seconds = in_turns(runs, CASES, deploy)
    rows, targets = [], []
    for jobs in JOBS:
        ours = seconds[f"ours {jobs}"]
        for app in dict.fromkeys(app for app, _ in CASES.values()):
            if f"{app} {jobs}" in CASES:
                sample = seconds[f"{app} {jobs}"]
                rows.append([NAMES[app], jobs, ratio(sample.median, ours.median), f"{sample:.1f}"])
        other = seconds[f"provider_shared {jobs}"]
        targets.append(
            Target(
                figure=f"seconds of `cdk deploy` with {jobs} short job{'s' * (jobs > 1)}",
                wanted=f"under the shared `Provider`'s {other.median:.1f}",
                got=f"{ours:.1f}",
                met=ours.median < other.median,
                because=f"it takes {ratio(ours.median, other.median)}, and the `Provider` took {other:.1f}",
            )
        )
    table = Table(["", "jobs", "x ours", "seconds"], rows)
    return Section(title="Deployment", text=_TEXT, targets=targets, tables=[table])
