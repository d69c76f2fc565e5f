"""The attributes of jobs, which deployments, tasks and events have."""

import sys
from pathlib import Path

import pytest
from catalogue.everything import KINDS
from catalogue.shop import Shop

from cdk_data_jobs import AwsJob, DataJob, definitions

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))
import attributes_page

READY_MADE = [name for name in definitions.__all__ if isinstance(getattr(definitions, name), definitions.JobDefinition)]
KINDS_OF_JOBS = [kind for service in attributes_page.SERVICES for kind in attributes_page.jobs_of(service)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_task_gets_all_attributes_of_its_job_and_the_jobs_id(kind: str, shop: Shop) -> None:
    KINDS[kind](shop)

    jobs = [one for one in shop.stack.node.find_all() if isinstance(one, DataJob) and not isinstance(one, AwsJob)]
    for job in jobs:
        assert {*attributes_page.attributes_of(type(job)).values()} <= {*job._definition.attributes}  # noqa: SLF001 - what the function is told


@pytest.mark.parametrize("kind", KINDS_OF_JOBS, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_the_status_and_the_reason_of_a_failure_have_the_same_names_everywhere(kind: type[DataJob]) -> None:
    names = {*attributes_page.attributes_of(kind)}

    assert "status" in names
    assert names & {"failure_reason", "failures"}


@pytest.mark.parametrize("name", READY_MADE)
def test_a_job_that_was_never_created_has_its_reason(name: str) -> None:
    definition = getattr(definitions, name)

    assert definition.attributes.get("failureReason", definition.reason) == definition.reason
