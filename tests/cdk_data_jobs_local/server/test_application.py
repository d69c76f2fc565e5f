"""What each response of a service has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cdk_data_jobs_local import OfflineAws


@pytest.mark.parametrize(
    ("service", "operation"), [("cloudformation", "describe_stacks"), ("personalize", "list_schemas")]
)
def test_each_response_names_the_clock(aws: OfflineAws, service: str, operation: str) -> None:
    response = getattr(aws.client(service), operation)()

    base, _, speed = response["ResponseMetadata"]["HTTPHeaders"]["x-cdk-data-jobs-clock"].partition(":")
    assert (float(base), float(speed)) == (aws.server.clock.base, 120)
