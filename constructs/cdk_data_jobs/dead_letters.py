"""Where requests for runs and events of their ends go that could not be delivered, so that none is lost silently."""

from typing import cast

from aws_cdk import Duration, aws_iam, aws_sqs
from constructs import Construct

from cdk_data_jobs.asked import stack_of
from cdk_data_jobs.places import shared_scope
from cdk_data_jobs.review import acknowledge

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
    queue.add_to_resource_policy(
        aws_iam.PolicyStatement(
            actions=["sqs:SendMessage"],
            principals=[aws_iam.ServicePrincipal("events.amazonaws.com")],
            resources=[queue.queue_arn],
            conditions={
                "StringEquals": {"aws:SourceAccount": stack.account},
                "ArnLike": {"aws:SourceArn": stack.format_arn(service="events", resource="rule", resource_name="*")},
            },
        )
    )
    # A reference, to whose policy the target adds nothing.
    return aws_sqs.Queue.from_queue_arn(shared, _OF_RULES_ID, queue.queue_arn)
