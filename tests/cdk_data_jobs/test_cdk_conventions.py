"""What an organisation applies to all constructs of its apps reaches those of the library."""

from typing import Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import (
    aws_cloudwatch,
    aws_events,
    aws_iam,
    aws_lambda,
    aws_logs,
    aws_s3,
    aws_scheduler,
    aws_sns,
    aws_sqs,
    aws_stepfunctions,
)
from aws_cdk.aws_s3.mixins import BucketVersioning

from cdk_data_jobs import DataBucket, DataJobs, DataSource, personalize

RESOURCES = (
    aws_cloudwatch.Alarm,
    aws_events.Rule,
    aws_iam.Policy,
    aws_iam.Role,
    aws_lambda.Function,
    aws_logs.LogGroup,
    aws_s3.Bucket,
    aws_scheduler.Schedule,
    aws_sqs.Queue,
    aws_stepfunctions.StateMachine,
)


@jsii.implements(cdk.IPropertyInjector)
class Injector:
    """Changes the properties of all constructs of a class, and keeps the ids of those that it saw."""

    def __init__(self, class_: Any, **changes: Any) -> None:
        self.class_ = class_
        self.changes = changes
        self.seen: list[str] = []

    @property
    @jsii.member(jsii_name="constructUniqueId")
    def construct_unique_id(self) -> str:
        return str(self.class_.PROPERTY_INJECTION_ID)

    @jsii.member(jsii_name="inject")
    def inject(self, original_props: Any, *, id: str, scope: Any) -> Any:  # noqa: ARG002 - jsii's interface
        self.seen.append(id)
        return {**(original_props or {}), **self.changes}


@pytest.fixture
def declared(stack: cdk.Stack, import_job: Any) -> None:
    """One of everything that the library creates for jobs."""
    DataBucket(stack, "Mine")
    job = import_job(source=DataSource.from_bucket(DataBucket(stack, "In"), "users/"))
    job.run_on_schedule(aws_scheduler.ScheduleExpression.rate(cdk.Duration.days(1)))
    job.on_failed("Failed")
    dataset = personalize.Dataset.from_dataset_arn(stack, "More", "arn:aws:personalize:eu-west-1:1:dataset/shop/ITEMS")
    personalize.DatasetExportJob(stack, "Export", dataset=dataset)
    DataJobs.of(stack).alarm_on_failure(aws_sns.Topic(stack, "Topic"))


@pytest.fixture
def injectors(app: cdk.App) -> dict[Any, Injector]:
    found = {class_: Injector(class_) for class_ in RESOURCES}
    found[aws_s3.Bucket].changes = {"transferAcceleration": True}
    found[aws_lambda.Function].changes = {"memorySize": 512}
    cdk.PropertyInjectors.of(app).add(*found.values())
    return found


@pytest.mark.usefixtures("injectors", "declared")
def test_injectors_reach_all_that_the_library_creates(
    injectors: dict[Any, Injector], stack: cdk.Stack, resources: Any
) -> None:
    buckets = resources(stack, "AWS::S3::Bucket")
    [runner] = [one for name, one in resources(stack, "AWS::Lambda::Function").items() if "DataJobRunner" in name]

    assert [class_.__name__ for class_, injector in injectors.items() if not injector.seen] == []
    assert {one["Properties"]["AccelerateConfiguration"]["AccelerationStatus"] for one in buckets.values()} == {
        "Enabled"
    }
    assert {"In", "Mine", "Bucket"} <= {*injectors[aws_s3.Bucket].seen}
    assert runner["Properties"]["MemorySize"] == 512


@pytest.mark.usefixtures("declared")
def test_mixins_reach_the_buckets_of_the_library(stack: cdk.Stack, resources: Any) -> None:
    cdk.Mixins.of(stack).apply(BucketVersioning(False))

    found = [one["Properties"]["VersioningConfiguration"] for one in resources(stack, "AWS::S3::Bucket").values()]
    assert found == [{"Status": "Suspended"}] * len(found)


def test_a_bucket_of_the_first_level_is_referred_to_as_the_cdk_does(
    stack: cdk.Stack, import_job: Any, resources: Any
) -> None:
    bucket = aws_s3.CfnBucket(stack, "Plain")
    import_job(source=DataSource.from_bucket(aws_s3.Bucket.from_cfn_bucket(bucket), "users/"))

    [policy] = resources(stack, "AWS::S3::BucketPolicy").values()
    assert policy["Properties"]["Bucket"] == {"Ref": "Plain"}
