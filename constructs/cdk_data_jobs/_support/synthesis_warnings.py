"""Warnings at synthesis, in which tokens are written as in the template."""

from collections.abc import Sequence

from aws_cdk import Annotations, Stack, aws_iam
from constructs import Construct

from cdk_data_jobs._support.memo import stack_of
from cdk_data_jobs._support.policy_json import flatten_intrinsics, reference_formatter, statements_json
from cdk_data_jobs._support.tokens import is_unresolved


def add_warning(construct: Construct, id_: str, message: str) -> None:
    """Adds a warning to a construct.

    Args:
        construct: The construct that it is about.
        id_: The warning's id, by which it can be acknowledged.
        message: The warning. Its tokens become references with logical ids, as in the template.
    """
    Annotations.of(construct).add_warning_v2(f"cdk-data-jobs:{id_}", _resolve(stack_of(construct), message))


def warn_unchangeable_policy(
    job: Construct, id_: str, policy: str, statements: Sequence[aws_iam.PolicyStatement]
) -> None:
    """Warns that a policy cannot be changed from this app, and prints the statements that it must have.

    Args:
        job: The job that needs them.
        id_: The warning's id, by which it can be acknowledged.
        policy: The policy, for the message.
        statements: The statements.
    """
    introduction = f"{policy} cannot be changed from this app, so make sure that it has these statements:"
    add_warning(job, id_, f"{introduction}\n{statements_json(stack_of(job), statements)}")


def _resolve(stack: Stack, message: str) -> str:
    """Returns a message with its tokens written as in the statements that a person adds by hand."""
    if is_unresolved(message):
        message = str(flatten_intrinsics(stack.resolve(message), reference_formatter(stack)))
    return message
