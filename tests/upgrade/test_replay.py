"""Runs that an earlier version began end as they would have, once the function is today's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from recorded.replay import machine, points, replay
from recorded.stage import stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from recorded.replay import Ended, Point

POINTS = points("0.1")
AT_ONCE = 6


@pytest.fixture(scope="module")
def replays(request: pytest.FixtureRequest) -> Iterator[dict[str, Future[Ended]]]:
    """The runs that the selected tests want to see, some at a time."""
    wanted: list[Point] = [item.callspec.params["point"] for item in request.session.items if item.path == request.path]
    with stage(speed=60) as shared, ThreadPoolExecutor(AT_ONCE) as pool:
        shared.aws.personalize.durations(pending=5, in_progress=10)
        shared.aws.pinpoint.durations(pending=5, in_progress=10)
        shared.deploy_machine(machine("0.1"), {}, "data_jobs.handler.handler")
        yield {point.name: pool.submit(replay, shared, point) for point in wanted}


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
def test_a_run_of_an_earlier_version_ends_as_it_would_have(replays: dict[str, Future[Ended]], point: Point) -> None:
    ended = replays[point.name].result()
    recording = point.recording

    assert ended.execution["status"] == recording["status"], ended.execution
    assert ended.answers == point.answers
    assert ended.task == recording["task"]
    assert len(ended.jobs) == recording["jobs"]
    assert ended.copies == []
    assert ended.execution["status"] == "SUCCEEDED" or ended.execution["cause"]
