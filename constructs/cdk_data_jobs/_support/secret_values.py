"""Values of secrets, which must not be in the parameters of a job."""

import json
import re
from typing import Any

from constructs import Construct

from cdk_data_jobs._support.memo import stack_of
from cdk_data_jobs._support.policy_json import flatten_intrinsics
from cdk_data_jobs._support.validation import ValidationError

_SECURE_REFERENCE = re.compile(r"\{\{resolve:(?!ssm:)([^:}]*)")
"""A dynamic reference to anything but a plain parameter, whose service may be a reference, too."""


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
    has_tokens = "Token[" in json.dumps(value, default=lambda _: "Token[")
    resolved = _with_joins(stack_of(job).resolve(value) if has_tokens else value)
    flat = flatten_intrinsics(resolved, lambda reference: f"<{reference}>")
    if found := _SECURE_REFERENCE.search(json.dumps(flat, default=str)):
        raise ValidationError(
            f"{argument} must not have the value of a secret, which anyone who may describe the job could read, got "
            f"a reference {{{{resolve:{found[1]}:...}}}}; {instead}"
        )


def _with_joins(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Returns a resolved value in which a join stands for each substitution that has values of its own."""
    if isinstance(value, list):
        return [_with_joins(item) for item in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"Fn::Sub": [str(template), dict(values)]}:
            literals_and_names = enumerate(re.split(r"\$\{([^{}!]+)\}", template))
            parts = [values.get(part, {"Ref": part}) if number % 2 else part for number, part in literals_and_names]
            return {"Fn::Join": ["", _with_joins(parts)]}
    return {key: _with_joins(item) for key, item in value.items()}
