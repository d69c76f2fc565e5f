"""What the library warns of, in words in which nobody meets a token."""

from collections.abc import Sequence

from aws_cdk import Annotations, aws_iam
from constructs import Construct

from cdk_data_jobs.asked import stack_of
from cdk_data_jobs.policy_text import as_text, statements_to_add


def add_warning(construct: Construct, id_: str, text: str) -> None:
    """Warns of something at synthesis.

    Args:
        construct: What it is about.
        id_: The warning's id, by which it can be acknowledged.
        text: The warning; what is not known yet is called by its logical id in it, as in a template.
    """
    Annotations.of(construct).add_warning_v2(f"cdk-data-jobs:{id_}", as_text(stack_of(construct), text))


def warn_of_policy(job: Construct, id_: str, what: str, statements: Sequence[aws_iam.PolicyStatement]) -> None:
    """Warns that a policy cannot be changed from this app, and prints the statements that it must have.

    Args:
        job: The job that needs them.
        id_: The warning's id, by which it can be acknowledged.
        what: The policy.
        statements: The statements.
    """
    stack = stack_of(job)
    beginning = as_text(stack, f"{what} cannot be changed from this app, so make sure that it has these statements:")
    add_warning(job, id_, f"{beginning}\n{statements_to_add(stack, statements)}")
