"""How much does waiting take: invocations, state transitions, dollars?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.assemblies import synthesize
from benchmarks.results import Section, Table, Target, ratio
from benchmarks.virtual_time import deploy

if TYPE_CHECKING:
    from pathlib import Path

JOBS = {"15 min": 900, "1 h": 3600, "12 h": 43_200}
"""Jobs, and how many seconds they take."""

INTERVALS = {"`Provider`, every 5 s, its default": 5, "`Provider`, every 30 s": 30}
OURS, MAX_CLOUDFORMATION_SECONDS = "this library", 3600

DOLLARS_PER_TRANSITION = 0.025 / 1000
DOLLARS_PER_CALL = 0.20 / 1_000_000
DOLLARS_PER_GB_SECOND = {"arm64": 0.000_013_333_4, "x86_64": 0.000_016_666_7}
SECONDS_PER_CALL = 0.3

_TEXT = """\
This library's are counted in virtual time: the function's code runs the steps of the state machine's definition, and
calls of AWS are answered by a simulation. One job is deployed with a `timeout` of a tenth more than the job takes; 1 h
and 12 h need a chain of 2 and 15 resources. The `Provider` polls when its state machine starts and then at every
interval. Each poll is two invocations, its own function and the user's `is_complete`, and so is the start. It cannot
wait for an hour or longer: what it would take then is in brackets. Each entry into a state is a transition, and so is
each retry; the `Provider` polls by retrying. `AwsCustomResource` takes one invocation and does not wait."""
_COST = f"""\
An hour of waiting for one job, in dollars, computed from the counts for 1 h by AWS' prices for US East (N. Virginia),
without the free tier. $0.025 for 1,000 state transitions of Standard Workflows, each retry being one more:
[AWS Step Functions Pricing](https://aws.amazon.com/step-functions/pricing/), a copy of which was read on 2026-11-22.
$0.20 for 1,000,000 requests, and for a GB-second $0.0000133334 on arm64 and $0.0000166667 on x86_64:
[AWS Lambda Pricing](https://aws.amazon.com/lambda/pricing/), whose table is not in copies of the page; read on the same
day in two that quote it, [Cloudchipr](https://cloudchipr.com/blog/aws-lambda-pricing) and the table of prices in
[artillery 2.0.28](https://app.unpkg.com/artillery@2.0.28/files/lib/platform/aws-lambda/prices.js). Every invocation is
taken to last {SECONDS_PER_CALL} s: ours with 256 MB on arm64; the `Provider`'s own with 128 MB on x86_64, the user's
with 128 MB on arm64."""


@dataclass(frozen=True)
class Effort:
    """What it takes to wait for a job.

    Attributes:
        calls: Invocations of Lambda functions.
        transitions: State transitions.
    """

    calls: int
    transitions: int


def of_ours(folder: Path, seconds: int) -> Effort:
    """What this library takes.

    Args:
        folder: Where the cloud assembly goes.
        seconds: How long the job takes.
    """
    minutes = math.ceil(seconds * 1.1 / 60)
    app = synthesize("ours", folder / f"waiting-{seconds}", jobs=1, timeout=max(minutes, 55))
    done = deploy(app.template, seconds)
    return Effort(done.calls, done.transitions)


def of_provider(seconds: int, interval: int) -> Effort:
    """What a CDK Provider takes: it polls at once, and then at every interval until the job has ended."""
    polls = math.ceil(seconds / interval) + 1
    return Effort(calls=2 + 2 * polls, transitions=polls)


def measure(folder: Path) -> Section:
    """Counts.

    Args:
        folder: Where the cloud assemblies go.
    """
    efforts = {(OURS, job): of_ours(folder, seconds) for job, seconds in JOBS.items()}
    for title, interval in INTERVALS.items():
        efforts |= {(title, job): of_provider(seconds, interval) for job, seconds in JOBS.items()}
    dollars = {title: _dollars(title, efforts[title, "1 h"]) for title in (OURS, *INTERVALS)}
    return Section(
        title="Waiting",
        text=_TEXT,
        targets=[_target(efforts, title, job) for job in JOBS for title in INTERVALS],
        tables=[
            _table(efforts, "calls", "Invocations."),
            _table(efforts, "transitions", "Transitions."),
            _cost(dollars),
        ],
    )


def _target(efforts: dict[tuple[str, str], Effort], title: str, job: str) -> Target:
    ours, other = efforts[OURS, job].calls, efforts[title, job].calls
    impossible = JOBS[job] >= MAX_CLOUDFORMATION_SECONDS
    return Target(
        figure=f"invocations for a job of {job}",
        wanted=f"fewer than {title}: {'[' if impossible else ''}{other:,}{']' if impossible else ''}",
        got=f"{ours:,}",
        met=ours < other,
    )


def _table(efforts: dict[tuple[str, str], Effort], name: str, text: str) -> Table:
    rows = []
    for title in (OURS, *INTERVALS):
        values = {job: getattr(efforts[title, job], name) for job in JOBS}
        ratios = [ratio(values[job], getattr(efforts[OURS, job], name)) for job in JOBS]
        counts = [
            f"[{value:,}]" if title != OURS and JOBS[job] >= MAX_CLOUDFORMATION_SECONDS else f"{value:,}"
            for job, value in values.items()
        ]
        rows.append([title, *ratios, *counts])
    return Table(["", *(f"x ours, {job}" for job in JOBS), *JOBS], rows, text)


def _dollars(title: str, effort: Effort) -> float:
    gb_seconds = effort.calls * SECONDS_PER_CALL / 1024
    if title == OURS:
        compute = gb_seconds * 256 * DOLLARS_PER_GB_SECOND["arm64"]
    else:
        compute = gb_seconds * 128 * sum(DOLLARS_PER_GB_SECOND.values()) / 2
    return effort.transitions * DOLLARS_PER_TRANSITION + effort.calls * DOLLARS_PER_CALL + compute


def _cost(dollars: dict[str, float]) -> Table:
    rows = [[title, ratio(amount, dollars[OURS]), f"{amount:.4f}"] for title, amount in dollars.items()]
    return Table(["", "x ours", "dollars"], rows, _COST)
