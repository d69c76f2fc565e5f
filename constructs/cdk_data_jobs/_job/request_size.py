"""Validation of the size of a job's requests."""

import json
from collections.abc import Mapping
from typing import Any, cast

import jsii
from aws_cdk import Stack
from constructs import Construct, IValidation

from cdk_data_jobs._support.memo import stack_of
from cdk_data_jobs._support.policy_json import flatten_intrinsics
from cdk_data_jobs._support.tokens import holds_tokens
from cdk_data_jobs._support.validation import ValidationError

_MAX_BYTES = 80_000  # the function takes requests of 170,000, which have the old properties, too
_NEVER_TOO_LONG = 20_000  # with the values of tokens, each of which is shorter than an ARN
_TYPICAL_VALUE = "-" * 40


def validate_size(job: Construct, properties: Mapping[str, Any]) -> None:
    """Validates that the function can take a request to change a job.

    The values of tokens are estimated at synthesis, where one may have become a long text.

    Args:
        job: The job.
        properties: The properties of its resource.

    Raises:
        ValidationError: If they are too long whatever the values of their tokens are.
    """
    size = len(json.dumps(properties, default=lambda _: _TYPICAL_VALUE))
    for problem in _problems(size):
        raise ValidationError(problem)
    # The parameters of kinds of the table have names and places only.
    has_text = properties.get("Definition") or holds_tokens(properties.get("Trigger"))
    if (has_text or size > _NEVER_TOO_LONG) and holds_tokens(properties):
        job.node.add_validation(cast("IValidation", _Size(stack_of(job), properties)))


@jsii.implements(IValidation)
class _Size:
    def __init__(self, stack: Stack, properties: Mapping[str, Any]) -> None:
        self._stack = stack
        self._properties = properties

    def validate(self) -> list[str]:
        resolved = flatten_intrinsics(self._stack.resolve(self._properties), lambda _: _TYPICAL_VALUE)
        return _problems(len(json.dumps(resolved, default=str)))


def _problems(size: int) -> list[str]:
    message = (
        f"the parameters, files and trigger of a job must take at most {_MAX_BYTES:,} bytes, because the request to "
        f"change it has the old ones, too, got {size:,}; put long values into a file in S3, many files into a bucket, "
        "and SQL into several jobs"
    )
    return [message] if size > _MAX_BYTES else []
