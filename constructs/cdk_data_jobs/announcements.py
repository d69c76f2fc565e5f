"""What a run tells of a job's end: events and metrics (lambda/data_jobs/announcements.py sends them)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import jsii
from aws_cdk import Duration, IAnyProducer, IResolveContext, aws_events
from constructs import Construct, IValidation

from cdk_data_jobs.asked import stack_of
from cdk_data_jobs.dead_letters import dead_letters_of_rules
from cdk_data_jobs.review import acknowledge

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch

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


class EndRule(aws_events.Rule):
    """A rule for the end of a job's runs: what a target could not be told is not lost."""

    def __init__(self, scope: Construct, id: str, **options: Any) -> None:  # noqa: ANN401 - as the base class
        """Makes a rule without targets.

        Args:
            scope: The construct that it belongs to.
            id: Its id in it.
            **options: Arguments of `aws_events.Rule`.
        """
        super().__init__(scope, id, **options)
        self.has_target = False
        """Whether there is somebody to tell."""
        self.node.add_validation(cast("IValidation", _Silent(self)))

    def add_target(self, target: aws_events.IRuleTarget | None = None) -> None:
        """Adds a target, for which the stack's queue takes what could not be delivered, if it names no other.

        Args:
            target: What is invoked.
        """
        self.has_target = self.has_target or target is not None
        super().add_target(cast("aws_events.IRuleTarget", _Target(target)) if target else None)


@jsii.implements(aws_events.IRuleTarget)
class _Target:
    def __init__(self, target: aws_events.IRuleTarget) -> None:
        self._target = target

    def bind(self, rule: aws_events.IRule, id: str | None = None) -> aws_events.RuleTargetConfig:
        bound = self._target.bind(rule, id)
        if bound.dead_letter_config:
            return bound
        queue = dead_letters_of_rules(cast("Construct", rule))
        letters = aws_events.CfnRule.DeadLetterConfigProperty(arn=queue.queue_arn)
        return aws_events.RuleTargetConfig(**{**bound._values, "dead_letter_config": letters})  # noqa: SLF001 - to copy it


@jsii.implements(IValidation)
class _Silent:
    def __init__(self, rule: EndRule) -> None:
        self._rule = rule

    def validate(self) -> list[str]:
        if not self._rule.has_target:
            acknowledge(self._rule, "It has no target, so there is nothing that could not be delivered.", "EventBusDLQ")
        return []


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
    rule = EndRule(
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
