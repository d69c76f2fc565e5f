"""How often a run polls its job."""

from __future__ import annotations

import pytest

from data_jobs.context import poll_interval


@pytest.mark.parametrize(
    ("waited", "deployment", "nobody"), [(0, 5, 5), (59, 5, 5), (100, 10, 10), (3000, 60, 300), (86_400, 60, 600)]
)
def test_a_quick_failure_is_reported_quickly_and_a_long_job_costs_little(
    waited: int, deployment: int, nobody: int
) -> None:
    assert (poll_interval(waited), poll_interval(waited, is_awaited=False)) == (deployment, nobody)
