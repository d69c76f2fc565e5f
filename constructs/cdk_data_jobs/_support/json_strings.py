"""Strings of JSON with tokens in them, whose values CloudFormation escapes when the stack is deployed."""

import functools
import json
import re
from collections.abc import Mapping
from typing import Any, cast

import jsii
from aws_cdk import CfnResource, IAnyProducer, IResolveContext, Lazy, Token, aws_iam
from constructs import Construct

from cdk_data_jobs._support.memo import stack_of
from cdk_data_jobs._support.tokens import PLACEHOLDER, holds_tokens, is_unresolved, target_of

_TOKEN = re.compile(PLACEHOLDER)
_PSEUDO_PARAMETER_OR_LOGICAL_ID = re.compile(r"\$\{Token\[(AWS(\.|::)|.*\.LogicalID\.)")
_WITH_VALUES = ("AWS::CloudFormation::", "AWS::SSM::")
"""The types of resources that have attributes with any text: custom resources, nested stacks, parameters."""

# The backslash is the first, because the others are escaped with one.
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_QUOTE = re.compile(r'\\.|"', re.DOTALL)


def to_json_string(scope: Construct, value: object) -> str:
    """Returns a value as JSON: a token if it holds tokens, and otherwise what it is, so that it can be validated.

    `Stack.to_json_string` does not escape the values of tokens, so that one with a quote in it adds members to objects.
    No token is resolved before the synthesis: one may stand for what the app has not declared yet.

    Args:
        scope: A construct of the stack.
        value: The value, which may hold tokens.
    """
    text = stack_of(scope).to_json_string(value)
    if not holds_tokens(value.to_json() if isinstance(value, aws_iam.PolicyDocument) else value):
        return cast("str", stack_of(scope).resolve(text))
    return escaped(text) if may_need_escapes(value) else text


def escaped(text: str) -> str:
    """Returns a token for JSON in which CloudFormation escapes the values.

    Args:
        text: What `Stack.to_json_string` has returned.
    """
    return Token.as_string(Lazy.uncached_any(cast("IAnyProducer", _EscapedJson(text))))


def may_need_escapes(value: object) -> bool:
    """Returns whether a value holds tokens whose values may have quotes: not the names and ARNs that AWS gives.

    Args:
        value: The value, which may hold tokens.
    """
    if isinstance(value, aws_iam.PolicyDocument):
        return may_need_escapes(value.to_json())
    if isinstance(value, Mapping):
        return any(may_need_escapes(part) for part in (*value, *value.values()))
    if isinstance(value, list | tuple):
        return any(map(may_need_escapes, value))
    if isinstance(value, str):
        return any(_is_any_text(found[0]) for found in _TOKEN.finditer(value))
    return is_unresolved(value) and not isinstance(value, float) and _is_any_text(Token.as_string(value))


@functools.lru_cache
def _is_any_text(token: str) -> bool:
    target = target_of(token)
    kind = target.cfn_resource_type if isinstance(target, CfnResource) else ""
    is_name = kind.startswith("AWS::") and not kind.startswith(_WITH_VALUES)
    return not is_name and not _PSEUDO_PARAMETER_OR_LOGICAL_ID.match(token)


@jsii.implements(IAnyProducer)
class _EscapedJson:
    def __init__(self, text: str) -> None:
        self._text = text

    def produce(self, context: IResolveContext) -> Any:  # noqa: ANN401 - JSON
        """Returns the function of CloudFormation that makes the string.

        Args:
            context: What resolves the tokens.
        """
        return _escape_values(context.resolve(self._text))


def _escape_values(joined: Any) -> Any:  # noqa: ANN401 - JSON
    """Returns what CDK makes of JSON with tokens, in which the values that are in strings are escaped."""
    match joined:
        case {"Fn::Join": ["", list(parts)]}:
            is_in_string, escaped = False, []
            for part in parts:
                if isinstance(part, str):
                    is_in_string ^= _QUOTE.findall(part).count('"') % 2 == 1
                escaped.append(_escape(_unquote(part)) if is_in_string and not isinstance(part, str) else part)
            return {"Fn::Join": ["", escaped]}
    return joined


def _escape(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Returns the function that escapes a value. There is none for that, but there are some to split and to join."""
    if str(value.get("Ref", "")).startswith("AWS::"):
        return value
    for character, escape in _ESCAPES.items():
        value = {"Fn::Join": [escape, {"Fn::Split": [character, value]}]}
    return value


def _unquote(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Returns a function of CloudFormation, whose strings CDK has escaped as they must be in JSON, as it was."""
    if isinstance(value, dict):
        return {_unquote(name): _unquote(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_unquote(item) for item in value]
    return json.loads(f'"{value}"') if isinstance(value, str) else value
