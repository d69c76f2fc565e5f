"""Stacks on the offline AWS, deployed with the real CDK CLI."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for the modules of deployed/, because this folder is no package

from deployed.stack import DeployedStack
from deployed.triggered_jobs import TriggeredJobs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk_data_jobs_local import OfflineAws


@pytest.fixture(scope="module")
def aws(offline_aws: OfflineAws) -> OfflineAws:
    """The offline AWS, bootstrapped; the stacks that are not destroyed have a dataset group each."""
    offline_aws.bootstrap()
    offline_aws.personalize.settings(dataset_groups=1000)
    return offline_aws


@pytest.fixture
def stack_name(request: pytest.FixtureRequest) -> str:
    """A name that no other test of the file uses."""
    name = "".join(part.capitalize() for part in request.node.originalname.removeprefix("test_").split("_"))[:30]
    parameters = request.node.callspec.id if hasattr(request.node, "callspec") else ""
    return name + parameters.title().replace(" ", "")


@pytest.fixture
def stack(aws: OfflineAws, tmp_path: Path, stack_name: str) -> Iterator[DeployedStack]:
    """A stack that no other test uses."""
    aws.personalize.durations(pending=30, in_progress=60, creating=10)
    yield DeployedStack(aws, tmp_path, stack_name)
    aws.personalize.clear_faults()


@pytest.fixture(scope="session")
def shared_triggered_jobs(offline_aws: OfflineAws, tmp_path_factory: pytest.TempPathFactory) -> TriggeredJobs:
    """The stack of `apps/triggered_jobs.py`, deployed once."""
    offline_aws.bootstrap()
    # A job that fails after the deployment must not have failed when its creation is reported.
    offline_aws.personalize.durations(pending=30, in_progress=150, creating=0)
    stack = TriggeredJobs(offline_aws, tmp_path_factory.mktemp("triggered-jobs"), "Triggered")
    stack.deploy_first()
    return stack


@pytest.fixture
def triggered_jobs(shared_triggered_jobs: TriggeredJobs) -> Iterator[TriggeredJobs]:
    """The stack that the tests of triggers share: each of them counts from what is there when it begins."""
    shared_triggered_jobs.aws.personalize.durations(pending=10, in_progress=20, creating=0)
    yield shared_triggered_jobs
    shared_triggered_jobs.aws.personalize.clear_faults()
