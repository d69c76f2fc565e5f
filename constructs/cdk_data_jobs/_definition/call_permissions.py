"""The IAM actions of a job's calls, and whether policies allow them."""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING

from cdk_data_jobs._definition.service_model import operation_model, service_model
from cdk_data_jobs._support.tokens import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aws_cdk import aws_iam

    from cdk_data_jobs.definitions import JobDefinition

SERVICES_WITH_OTHER_ACTIONS = frozenset(
    {"apigateway", "apigatewayv2", "bedrock-runtime", "keyspaces", "lambda", "neptunedata", "s3"}
)
"""The services whose actions have not the names of their operations (Service Authorization Reference)."""


def missing_actions(
    definition: JobDefinition, statements: Iterable[aws_iam.PolicyStatement], granted: Iterable[str]
) -> list[str]:
    """Returns the IAM actions of a job's calls that nothing allows; none if statements hold actions not known yet.

    Args:
        definition: The definition of the job.
        statements: The statements of the function's policy.
        granted: The IAM actions that the function may do besides.
    """
    allowed = [*granted]
    for statement in statements:
        if statement.not_actions or any(re.search(PLACEHOLDER, action) for action in statement.actions):
            return []
        if statement.effect.name == "ALLOW":
            allowed += statement.actions
    patterns = [action.lower() for action in allowed]
    return [
        action
        for action in dict.fromkeys(_actions(definition))
        if not any(fnmatch.fnmatchcase(action.lower(), pattern) for pattern in patterns)
    ]


def action_of(service: str, operation: str) -> str | None:
    """Returns the IAM action of an operation: its name after the name by which requests are signed.

    Args:
        service: The service's name in the SDK for Python, e.g. `sesv2`.
        operation: The operation's name there, e.g. `create_import_job`.

    Returns:
        The action, e.g. `ses:CreateImportJob`; None if it is not known.
    """
    model, called = service_model(service), operation_model(service, operation)
    if model is None or called is None or service in SERVICES_WITH_OTHER_ACTIONS:
        return None
    return f"{model.metadata.get('signingName') or model.metadata['endpointPrefix']}:{called.name}"


def _actions(definition: JobDefinition) -> Iterator[str]:
    operations = [definition.create.operation, definition.describe.operation]
    if definition.find:
        operations.append(definition.find.operation)
    for operation in operations:
        if action := action_of(definition.service, operation):
            yield action
