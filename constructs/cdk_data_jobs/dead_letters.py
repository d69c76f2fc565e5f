"""Where requests for runs and events of their ends go that could not be delivered, so that none is lost silently."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import jsii
from aws_cdk import Duration, IAnyProducer, Lazy, Names, aws_iam, aws_sqs

from cdk_data_jobs.asked import stack_of
from cdk_data_jobs.places import shared_scope
from cdk_data_jobs.review import acknowledge

if TYPE_CHECKING:
    from aws_cdk import IResolveContext, Stack, aws_events
    from constructs import Construct

    from cdk_data_jobs.conditions import JobOnlyResources

_ID = "DeadLetters"
_OF_RULES_ID = "DeadLettersOfRules"


def dead_letters(scope: Construct) -> aws_sqs.IQueue:
    """Returns the stack's queue for what schedules and rules could not deliver, made on first use.

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


def dead_letters_of_rules(scope: Construct) -> aws_sqs.IQueue:
    """Returns the same queue for a target of a rule, which may send to it.

    Args:
        scope: A construct of the stack.
    """
    stack, queue = stack_of(scope), dead_letters(scope)
    shared = shared_scope(stack)
    found = shared.node.try_find_child(_OF_RULES_ID)
    if found:
        return cast("aws_sqs.IQueue", found)
    # One statement for all rules: a queue's policy takes 20 (Amazon SQS Developer Guide, "Policy quotas").
    return _let_rules_send(shared, _OF_RULES_ID, queue, _any_rule(stack))


def dead_letters_of_rule(rule: aws_events.Rule, queue: aws_sqs.IQueue, job_only: JobOnlyResources) -> aws_sqs.IQueue:
    """Returns a user's queue for a target of a rule, which may send to it, if there is such a rule.

    Args:
        rule: The rule of a job.
        queue: The queue.
        job_only: What has the condition of the job, of which the rule is a part.
    """
    source = Lazy.uncached_any(cast("IAnyProducer", _Source(rule, job_only)))
    return _let_rules_send(rule, _ID, queue, source, sid=f"AllowEventRule{Names.node_unique_id(rule.node)}")


def _let_rules_send(
    scope: Construct, id_: str, queue: aws_sqs.IQueue, source: object, *, sid: str | None = None
) -> aws_sqs.IQueue:
    """Lets rules send to a queue, and returns a reference to it, to whose policy a target adds nothing."""
    queue.add_to_resource_policy(
        aws_iam.PolicyStatement(
            sid=sid,
            actions=["sqs:SendMessage"],
            principals=[aws_iam.ServicePrincipal("events.amazonaws.com")],
            resources=[queue.queue_arn],
            conditions={
                "StringEquals": {"aws:SourceAccount": stack_of(scope).account},
                "ArnLike": {"aws:SourceArn": source},
            },
        )
    )
    return aws_sqs.Queue.from_queue_arn(scope, id_, queue.queue_arn)


def _any_rule(stack: Stack) -> str:
    return stack.format_arn(service="events", resource="rule", resource_name="*")


@jsii.implements(IAnyProducer)
class _Source:
    """The ARN of a rule; of any rule if a condition decides whether there is this one, which nothing may name then."""

    def __init__(self, rule: aws_events.Rule, job_only: JobOnlyResources) -> None:
        self._rule = rule
        self._job_only = job_only

    def produce(self, context: IResolveContext) -> str:  # noqa: ARG002 - jsii's interface
        return _any_rule(stack_of(self._rule)) if self._job_only.condition else self._rule.rule_arn
