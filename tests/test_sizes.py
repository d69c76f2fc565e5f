"""A guard: what a deployment consists of, and what it takes to wait, does not grow unnoticed."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from benchmarks.assemblies import app_environment, command, synthesize
from benchmarks.sizes import ACCESS, MOST_BYTES_PER_JOB, MOST_RESOURCES, Counts, count
from benchmarks.virtual_time import deploy
from benchmarks.waiting import Effort, of_ours, of_provider

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.assemblies import Synthesized


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sizes")


@pytest.fixture(scope="module")
def one_job(folder: Path) -> Synthesized:
    return synthesize("ours", folder / "1", jobs=1)


@pytest.fixture(scope="module")
def one(one_job: Synthesized) -> Counts:
    return count(one_job)


@pytest.fixture(scope="module")
def ten(folder: Path) -> Counts:
    return count(synthesize("ours", folder / "10", jobs=10))


def test_one_job_takes_few_resources(one: Counts) -> None:
    assert one.resources - ACCESS <= MOST_RESOURCES
    assert one.functions == 1


def test_each_further_job_is_one_resource(one: Counts, ten: Counts) -> None:
    assert ten.resources - one.resources == 9
    assert ten.functions == 1


def test_each_further_job_is_a_small_part_of_the_template(one: Counts, ten: Counts) -> None:
    # Of them, 66 are the dataset's ARN, which is the user's, and 3 x 8 the folder.
    assert (ten.template - one.template) / 9 <= MOST_BYTES_PER_JOB


def test_the_functions_code_is_small(one: Counts) -> None:
    # More than the benchmarks' target, which is missed; it must not be missed by more. A module costs some 300 bytes, a
    # kind of job 170.
    assert one.asset <= 53_300


def test_each_further_job_asks_nodejs_a_few_times(folder: Path) -> None:
    def requests(jobs: int) -> int:
        environment = {**app_environment(jobs=jobs), "CDK_OUTDIR": str(folder / f"requests-{jobs}"), "JSII_DEBUG": "1"}
        done = subprocess.run(command("ours"), env=environment, capture_output=True, text=True, check=True)  # noqa: S603 - an app of the benchmarks
        return sum(line.startswith("> {") for line in done.stderr.splitlines())

    # Each takes half a millisecond or more. Two of them are the app's own, for the dataset and the bucket.
    assert 0 < requests(11) - requests(1) < 10 * 14


def test_no_statement_allows_more_than_it_must(ten: Counts) -> None:
    assert (ten.wildcard_actions, ten.all_resources, ten.managed_policies) == (0, 0, 0)
    # The folders' objects for the service; creating and describing jobs, and reading executions, whose names are those
    # of runs.
    assert ten.patterns == 4


@pytest.mark.parametrize(
    ("seconds", "most"), [(900, Effort(45, 131)), (3600, Effort(125, 370)), (43_200, Effort(1230, 3620))]
)
def test_waiting_takes_few_calls(folder: Path, seconds: int, most: Effort) -> None:
    ours = of_ours(folder, seconds)

    assert ours.calls <= most.calls
    assert ours.transitions <= most.transitions
    assert ours.calls < of_provider(seconds, interval=30).calls


@pytest.mark.parametrize("seconds", [10, 48, 119, 901, 3000])
def test_the_response_comes_soon_after_the_end(one_job: Synthesized, seconds: int) -> None:
    assert deploy(one_job.template, seconds).delay <= max(5, min(60, seconds / 10))
