"""Runs that an earlier version began end as they would have, once the function is today's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from recorded.environment import environment
from recorded.replay import RECORDINGS, machine, points, replay

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from recorded.replay import Ended, Point

POINTS = [point for folder in sorted(RECORDINGS.iterdir()) for point in points(folder.name)]
AT_ONCE = 6


@pytest.fixture(scope="module")
def replays(request: pytest.FixtureRequest) -> Iterator[dict[str, Future[Ended]]]:
    """The runs that the selected tests want to see, some at a time; each version has an AWS of its own."""
    wanted: list[Point] = [item.callspec.params["point"] for item in request.session.items if item.path == request.path]
    pool, found = ThreadPoolExecutor(AT_ONCE), {}
    with ExitStack() as environments:
        for version in sorted({point.version for point in wanted}):
            one = environments.enter_context(environment(speed=60))
            one.aws.personalize.durations(pending=5, in_progress=10)
            one.aws.pinpoint.durations(pending=5, in_progress=10)
            one.deploy_machine(machine(version), {}, "data_jobs.handler.handler")
            found |= {str(point): pool.submit(replay, one, point) for point in wanted if point.version == version}
        # Of a session that ends at its first failure, the other replays are not waited for.
        environments.callback(pool.shutdown, cancel_futures=True)
        yield found


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_a_run_of_an_earlier_version_ends_as_it_would_have(replays: dict[str, Future[Ended]], point: Point) -> None:
    ended = replays[str(point)].result()
    recording = point.recording

    assert ended.execution["status"] == recording["status"], ended.execution
    assert ended.answers == point.answers
    assert ended.task == recording["task"]
    assert len(ended.jobs) == recording["jobs"]
    assert ended.copies == []
    assert ended.execution["status"] == "SUCCEEDED" or ended.execution["cause"]
