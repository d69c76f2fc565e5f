"""Rules for the events that report the end of a job's runs, and the metrics. The function sends both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import jsii
from aws_cdk import Duration, IAnyProducer, IResolveContext, aws_events
from constructs import Construct, IValidation

from cdk_data_jobs._job.dead_letter_queues import dead_letter_queue_for_rules
from cdk_data_jobs._support.memo import stack_of
from cdk_data_jobs._support.nag_acknowledgments import acknowledge

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch

EVENT_SOURCE = "cdk-data-jobs"
METRIC_NAMESPACE = "DataJobs"


@jsii.implements(IAnyProducer)
class EventsFlag:
    """Whether a job's runs send events, which is known at synthesis, when all rules are declared."""

    def __init__(self) -> None:
        """Creates the flag, which is off."""
        self.enabled = False

    def produce(self, context: IResolveContext) -> bool | None:  # noqa: ARG002 - jsii's interface
        """Returns True, or None, which leaves the property out."""
        return self.enabled or None


class JobEndRule(aws_events.Rule):
    """A rule for the end of a job's runs, whose targets have a dead-letter queue."""

    def __init__(self, scope: Construct, id: str, **options: Any) -> None:  # noqa: ANN401 - as the base class
        """Creates a rule without targets.

        Args:
            scope: The construct that it belongs to.
            id: The construct's id in that scope.
            **options: Arguments of `aws_events.Rule`.
        """
        super().__init__(scope, id, **options)
        self.has_target = False
        """Whether the rule has a target."""
        self.node.add_validation(cast("IValidation", _NoTargetAcknowledgment(self)))

    def add_target(self, target: aws_events.IRuleTarget | None = None) -> None:
        """Adds a target. It gets the stack's dead-letter queue, unless it has another.

        Args:
            target: What is invoked.
        """
        self.has_target = self.has_target or target is not None
        super().add_target(cast("aws_events.IRuleTarget", _TargetWithDeadLetterQueue(target)) if target else None)


@jsii.implements(aws_events.IRuleTarget)
class _TargetWithDeadLetterQueue:
    def __init__(self, target: aws_events.IRuleTarget) -> None:
        self._target = target

    def bind(self, rule: aws_events.IRule, id: str | None = None) -> aws_events.RuleTargetConfig:
        bound = self._target.bind(rule, id)
        if bound.dead_letter_config:
            return bound
        queue = dead_letter_queue_for_rules(cast("Construct", rule))
        config = aws_events.CfnRule.DeadLetterConfigProperty(arn=queue.queue_arn)
        return aws_events.RuleTargetConfig(**{**bound._values, "dead_letter_config": config})  # noqa: SLF001 - to copy it


@jsii.implements(IValidation)
class _NoTargetAcknowledgment:
    def __init__(self, rule: JobEndRule) -> None:
        self._rule = rule

    def validate(self) -> list[str]:
        if not self._rule.has_target:
            acknowledge(self._rule, "It has no target, so there is nothing that could not be delivered.", "EventBusDLQ")
        return []


def create_end_rule(
    job: Construct,
    id: str,
    *,
    logical_id: str,
    detail_type: str,
    target: aws_events.IRuleTarget | None,
    description: str | None,
    rule_name: str | None,
) -> aws_events.Rule:
    """Creates a rule for the end of a job's runs.

    Args:
        job: The job.
        id: The rule's id in it.
        logical_id: The logical id of its custom resource.
        detail_type: The events' type, which says how the job ended.
        target: What is invoked; None if nothing yet.
        description: The rule's description.
        rule_name: The rule's name.
    """
    rule = JobEndRule(
        job,
        id,
        rule_name=rule_name,
        description=description,
        event_pattern=aws_events.EventPattern(
            source=[EVENT_SOURCE],
            detail_type=[detail_type],
            detail={"stack": [stack_of(job).stack_name], "job": [logical_id]},
        ),
    )
    if target:
        rule.add_target(target)
    return rule


def create_metric(
    scope: Construct, name: str, statistic: str, *, logical_id: str | None, options: dict[str, Any]
) -> aws_cloudwatch.Metric:
    """Creates a metric of the runs of a job, or of all jobs of a stack.

    Args:
        scope: The job, or another construct of its stack.
        name: The metric's name.
        statistic: Its default statistic.
        logical_id: The logical id of the job's custom resource; None for all jobs of the stack.
        options: Arguments of `aws_cloudwatch.Metric`, which override the defaults.
    """
    from aws_cdk import aws_cloudwatch  # noqa: PLC0415 - it takes long to load, and few apps need it

    defaults: dict[str, Any] = {"statistic": statistic, "period": Duration.minutes(5)}
    return aws_cloudwatch.Metric(
        namespace=METRIC_NAMESPACE,
        metric_name=name,
        dimensions_map={"Stack": stack_of(scope).stack_name, **({"Job": logical_id} if logical_id else {})},
        **(defaults | options),
    )
