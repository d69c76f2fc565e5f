"""What a condition on a job's own resource takes with it: whatever is of that job alone."""

from collections.abc import Iterator
from typing import cast

import jsii
from aws_cdk import (
    CfnCondition,
    CfnResource,
    Fn,
    IAnyProducer,
    ICfnConditionExpression,
    IResolveContext,
    Lazy,
    Names,
    aws_events,
    aws_iam,
    aws_sqs,
)
from constructs import Construct, IValidation

from cdk_data_jobs.asked import path_of, stack_of

_BOTH_ID = "WithJob"


@jsii.implements(IValidation)
class Companions:
    """What refers to a job's own resource, or would run the job without it.

    Its condition is looked up at synthesis, because a user sets it when the job is made:
    `job.node.default_child.cfn_options.condition`. What jobs share stays.
    """

    def __init__(self) -> None:
        """There is none yet."""
        self._job: CfnResource | None = None
        self._found: list[Construct] = []

    def follow(self, job: CfnResource) -> None:
        """Lets them follow a job's own resource.

        Args:
            job: The resource.
        """
        self._job = job
        if self._found:
            job.node.add_validation(cast("IValidation", self))

    def add(self, companion: Construct) -> None:
        """Adds a companion, with what is in it.

        Args:
            companion: The companion.
        """
        if self._job and not self._found:
            self._job.node.add_validation(cast("IValidation", self))
        self._found.append(companion)

    @property
    def condition(self) -> CfnCondition | None:
        """The condition of the job's own resource."""
        return self._job.cfn_options.condition if self._job else None

    def validate(self) -> list[str]:
        """Gives them the condition, when all are declared."""
        if condition := self.condition:
            for resource in self._resources():
                resource.cfn_options.condition = _with(condition, resource)
        return []

    def _resources(self) -> Iterator[CfnResource]:
        for companion in self._found:
            yield from (one for one in companion.node.find_all() if isinstance(one, CfnResource))


def _with(condition: CfnCondition, resource: CfnResource) -> CfnCondition:
    """Returns a condition for a resource that may have one of its own."""
    own = resource.cfn_options.condition
    if own is None or path_of(own) == path_of(condition):
        return condition
    if resource.node.try_find_child(_BOTH_ID):
        return own
    both = cast("tuple[ICfnConditionExpression, ...]", (condition, own))
    return CfnCondition(resource, _BOTH_ID, expression=Fn.condition_and(*both))


def let_rule_send(rule: aws_events.Rule, queue: aws_sqs.IQueue, companions: Companions) -> None:
    """Lets a rule send to a queue what it cannot deliver, also if a condition decides whether there is such a rule.

    Args:
        rule: The rule of a job.
        queue: The queue, whose policy cannot refer to a rule that may not be there.
        companions: The companions of the job, of which the rule is one.
    """
    source = Lazy.uncached_any(cast("IAnyProducer", _Source(rule, companions)))
    queue.add_to_resource_policy(
        aws_iam.PolicyStatement(
            sid=f"AllowEventRule{Names.node_unique_id(rule.node)}",
            principals=[aws_iam.ServicePrincipal("events.amazonaws.com")],
            actions=["sqs:SendMessage"],
            resources=[queue.queue_arn],
            conditions={"ArnEquals": {"aws:SourceArn": source}},
        )
    )


@jsii.implements(IAnyProducer)
class _Source:
    def __init__(self, rule: aws_events.Rule, companions: Companions) -> None:
        self._rule = rule
        self._companions = companions

    def produce(self, context: IResolveContext) -> str:  # noqa: ARG002 - jsii's interface
        if self._companions.condition is None:
            return self._rule.rule_arn
        # ArnEquals takes patterns (IAM User Guide, "IAM JSON policy elements: Condition operators").
        return stack_of(self._rule).format_arn(service="events", resource="rule", resource_name="*")
