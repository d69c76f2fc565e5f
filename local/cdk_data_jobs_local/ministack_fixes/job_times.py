"""Times of the jobs of services that MiniStack emulates, such as the creation of a task of Amazon ECS.

A service has one clock for all that it does. MiniStack 1.5.33 knows the real time only, so a job that was just created
seemed to be older than the request for it, on an offline AWS on which time passes faster. Waits stay real.

Needed as long as this test fails without it:
`test_job_times.py::test_a_job_was_created_when_it_was_asked_for`.
"""

import time
from typing import Any

from ministack.services import athena, bedrock_agent, codebuild, dynamodb, ecs, glue

from cdk_data_jobs_local.clock import Clock, iso


class _Time:
    """The module `time` with the time of a clock."""

    def __init__(self, clock: Clock) -> None:
        self.time = clock.now

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - what ministack takes from the module
        return getattr(time, name)


def patch(clock: Clock) -> None:
    """Makes the times of jobs those of this clock."""
    for service in (athena, codebuild, dynamodb, ecs, glue):
        service.time = _Time(clock)
    ecs.now_iso = bedrock_agent._now_iso = lambda: iso(clock.now())  # noqa: SLF001 - what ministack does not document
