"""How long does CloudFormation wait for an answer after a job has ended?"""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from benchmarks.engine import poll_interval
from benchmarks.offline import account
from benchmarks.results import Sample, Section, Table, Target, ratio

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.offline import Account

JOBS = {"10 s": (10, 1), "2 min": (120, 6), "15 min": (900, 30), "1 h": (3600, 60)}
"""Jobs: how many seconds they take, and how many times as fast time passes."""

STACKS = {
    "this library": ("ours", None),
    "`Provider`, every 5 s": ("provider_shared", 5),
    "`Provider`, every 30 s": ("provider_shared", 30),
}
"""What is compared: the app, and the seconds between two polls."""

_OURS = "this library"
_MAX_PROVIDER_SECONDS = 3300
_TEXT = """\
The time from the end of a job until the event of its resource's completion, in seconds of the emulated clock. Jobs are
deployed to the offline AWS, on which time passes faster: as many jobs in each stack as there are runs, and all stacks
at once. The time that this machine needs for a step is multiplied too, for all alike: at 60 x, 0.1 s counts as 6 s.
The table below has only what follows from the time between two polls. A `Provider` cannot wait an hour for a job."""
_WORST = """\
The longest time from the end of a job until the next poll: computed from the function's `poll_interval`, for jobs of
every whole second."""


def measure(folder: Path, runs: int, jobs: dict[str, tuple[int, int]]) -> Section:
    """Measures.

    Args:
        folder: Where cloud assemblies go.
        runs: How many jobs there are in each stack.
        jobs: Which of `JOBS`.
    """
    delays: dict[tuple[str, str], Sample] = {}
    for name, (seconds, speed) in jobs.items():
        with account(folder, speed) as here:
            here.aws.personalize.durations(pending=0, in_progress=seconds)
            titles = [title for title in STACKS if title == _OURS or seconds <= _MAX_PROVIDER_SECONDS]
            with ThreadPoolExecutor(len(titles)) as pool:
                measured = {title: pool.submit(_delays, here, title, seconds, runs) for title in titles}
                delays |= {(title, name): found.result() for title, found in measured.items()}
    return Section(
        title="From the job's end to the answer",
        text=_TEXT,
        targets=[_target(name, seconds, speed, delays[_OURS, name]) for name, (seconds, speed) in jobs.items()],
        tables=[_table(delays, list(jobs)), _worst()],
    )


def _delays(here: Account, title: str, seconds: int, runs: int) -> Sample:
    app, interval = STACKS[title]
    stack = f"{app.title().replace('_', '')}{interval or ''}"
    here.prepare(app, stack, runs)
    timeout = 66 if seconds > _MAX_PROVIDER_SECONDS else None
    here.deploy_synthesized(app, stack, runs, interval=interval, timeout=timeout)
    completed = here.completed(stack)
    return Sample(tuple(completed[job["datasetImportJobArn"]] - job["ended"] for job in here.jobs(stack)))


def _target(name: str, seconds: int, speed: int, delay: Sample) -> Target:
    most, unseen_for = max(delay.values), unseen(seconds)
    return Target(
        figure=f"seconds from the end of a job of {name} to the answer, at most",
        wanted=f"10 % of the job's time or 60 s: {max(seconds / 10, 60):g}",
        got=f"{most:.1f} at {speed} x time, {most / seconds:.1%} of the job's time",
        met=most <= max(seconds / 10, 60),
        because=f"the next look was {unseen_for} s away; the rest are the machine's steps, at {speed} x time",
    )


def _table(delays: dict[tuple[str, str], Sample], names: list[str]) -> Table:
    rows = []
    for title in STACKS:
        found = [delays.get((title, name)) for name in names]
        ratios = [
            ratio(sample.median, delays[_OURS, name].median) if sample else "cannot"
            for name, sample in zip(names, found, strict=True)
        ]
        rows.append([title, *ratios, *(f"{sample:.1f}" if sample else "cannot" for sample in found)])
    return Table(["seconds", *(f"x ours, {name}" for name in names), *names], rows)


def polls() -> Iterator[int]:
    """When the function polls a job, in seconds since its creation."""
    now = 0
    while True:
        now += poll_interval(now)
        yield now


def unseen(seconds: int) -> int:
    """How many seconds after the end of a job, which takes so many, the function polls it."""
    return next(poll for poll in polls() if poll >= seconds) - seconds


def _worst() -> Table:
    rows = []
    for shortest, longest in itertools.pairwise((1, 50, 600, 3300)):
        delays = {seconds: unseen(seconds) for seconds in range(shortest, longest + 1)}
        share = max(delay / seconds for seconds, delay in delays.items())
        rows.append([f"{shortest}-{longest} s", max(delays.values()), f"{share:.1%}"])
    return Table(["jobs of", "at most, in seconds", "at most, of the job's time"], rows, _WORST)
