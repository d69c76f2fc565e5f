"""Policies as text: what a person adds to one by hand, and what others call its parts."""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from aws_cdk import Stack, aws_iam
from aws_cdk.region_info import RegionInfo

from cdk_data_jobs.asked import environment_of
from cdk_data_jobs.tokens import is_unresolved


def statements_to_add(stack: Stack, statements: Iterable[aws_iam.PolicyStatement]) -> str:
    """Returns statements as the JSON that a person adds to a policy by hand.

    Args:
        stack: The stack in which the statements' tokens mean something.
        statements: The statements.
    """
    name = _names(stack)
    documents = [flatten(stack.resolve(statement.to_statement_json()), name) for statement in statements]
    return json.dumps(documents, indent=2)


def as_text(stack: Stack, text: str) -> str:
    """Returns a text with its tokens written as in the statements that a person adds by hand.

    Args:
        stack: The stack in which the tokens mean something.
        text: The text.
    """
    return str(flatten(stack.resolve(text), _names(stack))) if is_unresolved(text) else text


def _names(stack: Stack) -> Callable[[str], str]:
    """Returns what is written for a reference: its value where it is known, or else the reference."""
    here = {part: "" if is_unresolved(value) else value for part, value in environment_of(stack).items()}
    known = {
        "AWS::Partition": (here["region"] and RegionInfo.get(here["region"]).partition) or "aws",
        "AWS::AccountId": here["account"],
        "AWS::Region": here["region"],
    }
    return lambda reference: known.get(reference) or f"${{{reference}}}"


def flatten(value: Any, name: Callable[[str], str]) -> Any:  # noqa: ANN401 - JSON
    """Returns a resolved value with CloudFormation's functions written as text.

    Args:
        value: The value, as JSON.
        name: Returns what is written for a reference: a logical id, with an attribute after a dot.
    """
    if isinstance(value, list):
        return [flatten(item, name) for item in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"Fn::Join": [str(delimiter), list(items)]}:
            return delimiter.join(flatten(item, name) for item in items)
        case {"Fn::GetAtt": [str(logical_id), str(attribute)]}:
            return name(f"{logical_id}.{attribute}")
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{([^{}!]+)\}", lambda match: name(match[1]), text)
        case {"Fn::ImportValue": exported}:
            return flatten(exported, name)
        case {"Ref": str(logical_id)}:
            return name(logical_id)
    if any(key.startswith("Fn::") for key in value):
        return json.dumps(value, separators=(",", ":"))
    return {key: flatten(item, name) for key, item in value.items()}
