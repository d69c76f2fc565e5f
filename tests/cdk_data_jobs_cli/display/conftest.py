"""States of jobs, as if AWS had reported them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from cdk_data_jobs_cli.aws.client import AwsClient
from cdk_data_jobs_cli.aws.executions import Execution
from cdk_data_jobs_cli.aws.job_state import JobState
from cdk_data_jobs_cli.aws.run_state import RunState
from cdk_data_jobs_cli.aws.stack import Job, Stack

if TYPE_CHECKING:
    from collections.abc import Callable

STACK = "arn:aws:cloudformation:eu-west-1:111122223333:stack/Shop/1"
STARTED = dt.datetime(2026, 1, 1, 12, 30, tzinfo=dt.timezone.utc)


@pytest.fixture
def failed() -> Callable[..., JobState]:
    """Returns the state of a run that has failed after 63 seconds, given the job's name, the reason and a link."""

    def state(name: str, reason: str = "", link: str = "") -> JobState:
        job = Job(
            stack=Stack(AwsClient(), {"StackId": STACK, "StackName": "Shop"}),
            stack_id=STACK,
            logical_id="Import1",
            resource_type="Custom::PersonalizeDatasetImportJob",
            path=f"Shop/{name}",
            name=name,
            service_token="runner",  # noqa: S106 - no token
        )
        execution = Execution(
            arn="arn",
            name="name",
            id="0a1b2c3d",
            request="update",
            status="FAILED",
            started=STARTED,
            ended=STARTED + dt.timedelta(seconds=63),
            console_url=link,
        )
        run_state = RunState(reason=reason, attributes={"totalPieces": "8", "completedPieces": "3"})
        return JobState(job=job, status="failed", execution=execution, run_state=run_state)

    return state
