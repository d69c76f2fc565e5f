"""The console's pages of executions."""

from __future__ import annotations

import pytest

from cdk_data_jobs_cli.aws.executions import console_url

ARN = "arn:{}:states:{}:111122223333:execution:machine:name"


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        ("aws", "eu-west-1", "https://eu-west-1.console.aws.amazon.com/"),
        ("aws-cn", "cn-north-1", "https://cn-north-1.console.amazonaws.cn/"),
        ("aws-us-gov", "us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/"),
    ],
)
def test_the_console_page_is_in_the_partition_and_region_of_the_execution(
    partition: str, region: str, host: str
) -> None:
    arn = ARN.format(partition, region)

    assert console_url(arn) == f"{host}states/home?region={region}#/v2/executions/details/{arn}"


def test_a_partition_without_a_public_console_has_no_console_page() -> None:
    assert console_url(ARN.format("aws-iso", "us-iso-east-1")) == ""
