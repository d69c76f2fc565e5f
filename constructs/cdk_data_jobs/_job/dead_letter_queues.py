"""Dead-letter queues for requests for runs, and events of their ends, that could not be delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import jsii
from aws_cdk import Duration, IAnyProducer, Lazy, Names, aws_iam, aws_sqs

from cdk_data_jobs._support.construct_paths import shared_scope
from cdk_data_jobs._support.memo import stack_of
from cdk_data_jobs._support.nag_acknowledgments import acknowledge

if TYPE_CHECKING:
    from aws_cdk import IResolveContext, Stack, aws_events
    from constructs import Construct

    from cdk_data_jobs._job.job_condition import JobCondition

_ID = "DeadLetters"
_FOR_RULES_ID = "DeadLettersOfRules"


def stack_dead_letter_queue(scope: Construct) -> aws_sqs.IQueue:
    """Returns the stack's dead-letter queue for schedules and rules, created on first use.

    Args:
        scope: A construct of the stack.
    """
    shared = shared_scope(stack_of(scope))
    found = shared.node.try_find_child(_ID)
    if isinstance(found, aws_sqs.Queue):
        return found
    queue = aws_sqs.Queue(
        shared,
        _ID,
        enforce_ssl=True,
        encryption=aws_sqs.QueueEncryption.SQS_MANAGED,
        retention_period=Duration.days(14),
    )
    acknowledge(queue, "It is the queue for dead letters itself.", "SQS3", "SQSRedrivePolicy")
    return queue


def dead_letter_queue_for_rules(scope: Construct) -> aws_sqs.IQueue:
    """Returns the stack's queue for the targets of rules, to which all rules may send.

    Args:
        scope: A construct of the stack.
    """
    stack, queue = stack_of(scope), stack_dead_letter_queue(scope)
    shared = shared_scope(stack)
    found = shared.node.try_find_child(_FOR_RULES_ID)
    if found:
        return cast("aws_sqs.IQueue", found)
    # One statement for all rules: a queue's policy takes 20 (Amazon SQS Developer Guide, "Policy quotas").
    return _allow_rules(shared, _FOR_RULES_ID, queue, _any_rule(stack))


def dead_letter_queue_for_rule(
    rule: aws_events.Rule, queue: aws_sqs.IQueue, job_condition: JobCondition
) -> aws_sqs.IQueue:
    """Returns a user's queue for the target of a rule, to which that rule may send.

    Args:
        rule: The rule of a job.
        queue: The queue.
        job_condition: The condition of the job, which the rule has, too.
    """
    rule_arn = Lazy.uncached_any(cast("IAnyProducer", _RuleArn(rule, job_condition)))
    return _allow_rules(rule, _ID, queue, rule_arn, sid=f"AllowEventRule{Names.node_unique_id(rule.node)}")


def _allow_rules(
    scope: Construct, id_: str, queue: aws_sqs.IQueue, rule_arn: object, *, sid: str | None = None
) -> aws_sqs.IQueue:
    """Allows rules to send to a queue, and returns a reference to it, so that targets do not extend its policy."""
    queue.add_to_resource_policy(
        aws_iam.PolicyStatement(
            sid=sid,
            actions=["sqs:SendMessage"],
            principals=[aws_iam.ServicePrincipal("events.amazonaws.com")],
            resources=[queue.queue_arn],
            conditions={
                "StringEquals": {"aws:SourceAccount": stack_of(scope).account},
                "ArnLike": {"aws:SourceArn": rule_arn},
            },
        )
    )
    return aws_sqs.Queue.from_queue_arn(scope, id_, queue.queue_arn)


def _any_rule(stack: Stack) -> str:
    return stack.format_arn(service="events", resource="rule", resource_name="*")


@jsii.implements(IAnyProducer)
class _RuleArn:
    """The ARN of a rule; or of any rule, if the rule has a condition: nothing may refer to a rule that is left out."""

    def __init__(self, rule: aws_events.Rule, job_condition: JobCondition) -> None:
        self._rule = rule
        self._job_condition = job_condition

    def produce(self, context: IResolveContext) -> str:  # noqa: ARG002 - jsii's interface
        return _any_rule(stack_of(self._rule)) if self._job_condition.value else self._rule.rule_arn
