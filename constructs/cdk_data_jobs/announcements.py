"""What a run tells of a job's end: events and metrics (lambda/data_jobs/announcements.py sends them)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsii
from aws_cdk import Duration, IAnyProducer, IResolveContext, aws_events

from cdk_data_jobs.asked import stack_of

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch
    from constructs import Construct

SOURCE = "cdk-data-jobs"
NAMESPACE = "DataJobs"


@jsii.implements(IAnyProducer)
class Wanted:
    """Whether somebody wants the events of a job, which is known at synthesis."""

    def __init__(self) -> None:
        """Nobody does yet."""
        self.is_so = False

    def produce(self, context: IResolveContext) -> bool | None:  # noqa: ARG002 - jsii's interface
        """Returns whether it is so, or nothing, which leaves the property out."""
        return self.is_so or None


def make_rule(
    job: Construct,
    id: str,
    *,
    logical_id: str,
    detail_type: str,
    target: aws_events.IRuleTarget | None,
    description: str | None,
    rule_name: str | None,
) -> aws_events.Rule:
    """Makes a rule for the end of a job's runs.

    Args:
        job: The job.
        id: The rule's id in it.
        logical_id: The logical id of its custom resource.
        detail_type: Which end.
        target: What is invoked.
        description: What the rule is for.
        rule_name: Its name.
    """
    rule = aws_events.Rule(
        job,
        id,
        rule_name=rule_name,
        description=description,
        event_pattern=aws_events.EventPattern(
            source=[SOURCE],
            detail_type=[detail_type],
            detail={"stack": [stack_of(job).stack_name], "job": [logical_id]},
        ),
    )
    if target:
        rule.add_target(target)
    return rule


def make_metric(
    job: Construct, name: str, statistic: str, *, logical_id: str, options: dict[str, Any]
) -> aws_cloudwatch.Metric:
    """Makes a metric of a job's runs.

    Args:
        job: The job.
        name: The metric's name.
        statistic: What is shown of it.
        logical_id: The logical id of the job's custom resource.
        options: What the caller wants otherwise, as `aws_cloudwatch.Metric` names it.
    """
    from aws_cdk import aws_cloudwatch  # noqa: PLC0415 - it takes long to load, and few apps need it

    defaults: dict[str, Any] = {"statistic": statistic, "period": Duration.minutes(5)}
    return aws_cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={"Stack": stack_of(job).stack_name, "Job": logical_id},
        **(defaults | options),
    )
