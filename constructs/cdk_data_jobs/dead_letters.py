"""Where requests for runs go that could not be delivered, so that none is lost without a trace."""

from aws_cdk import Duration, Stack, aws_sqs
from constructs import Construct

from cdk_data_jobs.places import shared_scope
from cdk_data_jobs.review import acknowledge

_ID = "DeadLetters"


def dead_letters(scope: Construct) -> aws_sqs.IQueue:
    """Returns the stack's queue for the requests that schedules and uploads could not deliver, made on first use.

    Args:
        scope: A construct of the stack.
    """
    shared = shared_scope(Stack.of(scope))
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
