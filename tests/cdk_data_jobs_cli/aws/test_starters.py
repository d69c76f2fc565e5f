"""The schedules and rules that start runs of jobs, as the constructs declare them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aws_cdk import App, Duration, Stack, TimeZone, aws_events, aws_s3, aws_sqs
from aws_cdk.assertions import Template
from aws_cdk.aws_events_targets import SqsQueue
from aws_cdk.aws_scheduler import CfnSchedule, ScheduleExpression

from cdk_data_jobs import DataSource, personalize
from cdk_data_jobs_cli.aws.client import AwsClient
from cdk_data_jobs_cli.aws.stack import Stack as DeployedStack
from cdk_data_jobs_cli.aws.starters import list_starters

if TYPE_CHECKING:
    from collections.abc import Callable

STACK = "arn:aws:cloudformation:eu-west-1:111122223333:stack/Shop/1"
DATASET = "arn:aws:personalize:eu-west-1:111122223333:dataset/shop/ITEMS"


def started_by(declare: Callable[[personalize.DatasetImportJob], object]) -> list[str]:
    """Returns what starts a job, with `*` for the id of the job's resource."""
    stack = Stack(App(), "Shop")
    bucket = aws_s3.Bucket.from_bucket_name(stack, "Known", "shop-data")
    job = personalize.DatasetImportJob(
        stack,
        "Import",
        dataset=personalize.Dataset.from_dataset_arn(stack, "Items", DATASET),
        source=DataSource.from_bucket(bucket, "items/"),
        import_mode=personalize.ImportMode.INCREMENTAL,
    )
    declare(job)
    deployed = DeployedStack(AwsClient(), {"StackId": STACK, "StackName": "Shop"})
    deployed._template = Template.from_stack(stack).to_json()  # noqa: SLF001 - as if it had been read
    deployed._summaries = {}  # noqa: SLF001 - nothing has been created yet
    [found] = deployed.jobs

    starters = [*list_starters(deployed)]
    assert {starter.logical_id for starter in starters} <= {found.logical_id}
    return [str(starter) for starter in starters]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (ScheduleExpression.rate(Duration.days(1)), "schedule rate(1 day) Etc/UTC"),
        (
            ScheduleExpression.cron(minute="30", hour="3", time_zone=TimeZone.EUROPE_BERLIN),
            "schedule cron(30 3 * * ? *) Europe/Berlin",
        ),
    ],
)
def test_a_schedule_has_its_expression_and_its_time_zone(schedule: ScheduleExpression, expected: str) -> None:
    assert started_by(lambda job: job.run_on_schedule(schedule)) == [expected]


def test_a_disabled_schedule_says_so() -> None:
    def declare(job: personalize.DatasetImportJob) -> None:
        resource = job.run_on_schedule(ScheduleExpression.rate(Duration.hours(2))).node.default_child
        assert isinstance(resource, CfnSchedule)
        resource.state = "DISABLED"

    assert started_by(declare) == ["schedule rate(2 hours) Etc/UTC (disabled)"]


def test_an_upload_has_the_keys_of_its_files() -> None:
    assert started_by(lambda job: job.run_on_upload()) == ["upload s3://shop-data/items/*.csv"]
    assert started_by(lambda job: job.run_on_upload(prefix="", suffix=".gz")) == ["upload s3://shop-data/*.gz"]


def test_what_is_not_known_before_the_deployment_is_a_question_mark() -> None:
    def declare(job: personalize.DatasetImportJob) -> None:
        queue = aws_sqs.Queue(job, "Queue")
        job.run_on_upload(prefix=f"{queue.queue_name}/items/")

    assert started_by(declare) == ["upload s3://shop-data/?/items/*.csv"]


def test_rules_that_start_no_run_are_left_out() -> None:
    def declare(job: personalize.DatasetImportJob) -> None:
        queue = aws_sqs.Queue(job, "Queue")
        job.on_failed("Failed", target=SqsQueue(queue))
        pattern = aws_events.EventPattern(source=["aws.s3"])
        aws_events.Rule(job, "Own", event_pattern=pattern, targets=[SqsQueue(queue)])

    assert started_by(declare) == []
