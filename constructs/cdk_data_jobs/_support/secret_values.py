"""Values of secrets, which must not be in the parameters of a job."""

import json
import re
from typing import Any, cast

import jsii
from aws_cdk import CfnDynamicReference, SecretValue, Stack, Token, Tokenization
from constructs import Construct, IValidation

from cdk_data_jobs._support.memo import stack_of
from cdk_data_jobs._support.policy_json import flatten_intrinsics
from cdk_data_jobs._support.tokens import PLACEHOLDER, holds_tokens
from cdk_data_jobs._support.validation import ValidationError

_SECURE_REFERENCE = re.compile(r"\{\{resolve:(?!ssm:)([^:}]*)")
"""A dynamic reference to anything but a plain parameter, whose service may be a reference, too."""


def validate_no_secrets(job: Construct, value: object, argument: str, instead: str) -> None:
    """Validates that CloudFormation puts no secret's value into an argument (CloudFormation, "Dynamic references").

    Templates hide it, but the properties of custom resources, executions of state machines and the service's own
    history of jobs show it. Tokens other than secrets of CDK's are resolved at synthesis: they may stand for what the
    app has not declared yet.

    Args:
        job: The job.
        value: The argument's value, any JSON with tokens.
        argument: The argument's name, for the message.
        instead: What to do, for the end of the message.

    Raises:
        ValidationError: If it has a dynamic reference to AWS Secrets Manager or to a secure parameter.
    """
    stack = stack_of(job)
    validation = _NoSecrets(stack, value, argument, instead)
    text = json.dumps(value, default=lambda one: Token.as_string(one) if holds_tokens(one) else str(one))
    known = re.sub(PLACEHOLDER, lambda found: _secret_or_nothing(stack, found[0]), text)
    for message in validation.problems(known):
        raise ValidationError(message)
    if holds_tokens(value):
        job.node.add_validation(cast("IValidation", validation))


@jsii.implements(IValidation)
class _NoSecrets:
    def __init__(self, stack: Stack, value: object, argument: str, instead: str) -> None:
        self._stack = stack
        self._value = value
        self._argument = argument
        self._instead = instead

    def validate(self) -> list[str]:
        resolved = _with_joins(self._stack.resolve(self._value))
        return self.problems(json.dumps(flatten_intrinsics(resolved, lambda reference: f"<{reference}>"), default=str))

    def problems(self, text: str) -> list[str]:
        return [
            f"{self._argument} must not have the value of a secret, which anyone who may describe the job could read, "
            f"got a reference {{{{resolve:{found[1]}:...}}}}; {self._instead}"
            for found in [_SECURE_REFERENCE.search(text)]
            if found
        ]


def _secret_or_nothing(stack: Stack, token: str) -> str:
    reference = Tokenization.reverse_string(token).first_token if token.startswith("$") else None
    return str(stack.resolve(token)) if isinstance(reference, SecretValue | CfnDynamicReference) else ""


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
