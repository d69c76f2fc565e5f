"""Policies as JSON, in which strings stand for CloudFormation's functions."""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from aws_cdk import Stack, aws_iam
from aws_cdk.region_info import RegionInfo

from cdk_data_jobs._support.memo import environment_of
from cdk_data_jobs._support.tokens import is_unresolved


def statements_json(stack: Stack, statements: Iterable[aws_iam.PolicyStatement]) -> str:
    """Returns statements as the JSON that a person adds to a policy by hand.

    Args:
        stack: The stack that resolves the statements' tokens.
        statements: The statements.
    """
    format_reference = reference_formatter(stack)
    documents = [
        flatten_intrinsics(stack.resolve(statement.to_statement_json()), format_reference) for statement in statements
    ]
    return json.dumps(documents, indent=2)


def reference_formatter(stack: Stack) -> Callable[[str], str]:
    """Returns a function that turns a reference into its value, or into `${Reference}` if that is not known yet.

    Args:
        stack: The stack that the references are in.
    """
    environment = {part: "" if is_unresolved(value) else value for part, value in environment_of(stack).items()}
    known = {
        "AWS::Partition": (environment["region"] and RegionInfo.get(environment["region"]).partition) or "aws",
        "AWS::AccountId": environment["account"],
        "AWS::Region": environment["region"],
    }
    return lambda reference: known.get(reference) or f"${{{reference}}}"


def flatten_intrinsics(value: Any, format_reference: Callable[[str], str]) -> Any:  # noqa: ANN401 - JSON
    """Returns a resolved value in which strings stand for CloudFormation's functions.

    Args:
        value: The value, as JSON.
        format_reference: Returns the string for a reference: a logical id, with an attribute after a dot.
    """
    if isinstance(value, list):
        return [flatten_intrinsics(item, format_reference) for item in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"Fn::Join": [str(delimiter), list(items)]}:
            return delimiter.join(str(flatten_intrinsics(item, format_reference)) for item in items)
        case {"Fn::GetAtt": [str(logical_id), str(attribute)]}:
            return format_reference(f"{logical_id}.{attribute}")
        case {"Fn::Sub": str(template)}:
            return re.sub(r"\$\{([^{}!]+)\}", lambda match: format_reference(match[1]), template)
        case {"Fn::ImportValue": exported}:
            return flatten_intrinsics(exported, format_reference)
        case {"Ref": str(logical_id)}:
            return format_reference(logical_id)
    if any(key.startswith("Fn::") for key in value):
        return json.dumps(value, separators=(",", ":"))
    return {key: flatten_intrinsics(item, format_reference) for key, item in value.items()}
