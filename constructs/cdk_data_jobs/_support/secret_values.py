"""Values of secrets, which must not be in the parameters of a job."""

import json
import re

from constructs import Construct

from cdk_data_jobs._support.memo import stack_of
from cdk_data_jobs._support.validation import ValidationError

_SECURE_REFERENCE = re.compile(r"\{\{resolve:(secretsmanager|ssm-secure):")


def validate_no_secrets(job: Construct, value: object, argument: str, instead: str) -> None:
    """Validates that CloudFormation puts no secret's value into an argument (CloudFormation, "Dynamic references").

    Templates hide it, but the properties of custom resources, executions of state machines and the service's own
    history of jobs show it.

    Args:
        job: The job.
        value: The argument's value, any JSON with tokens.
        argument: The argument's name, for the message.
        instead: What to do, for the end of the message.

    Raises:
        ValidationError: If it has a dynamic reference to AWS Secrets Manager or to a secure parameter.
    """
    if found := _SECURE_REFERENCE.search(json.dumps(stack_of(job).resolve(value), default=str)):
        raise ValidationError(
            f"{argument} must not have the value of a secret, which anyone who may describe the job could read, got "
            f"a reference {{{{resolve:{found[1]}:...}}}}; {instead}"
        )
