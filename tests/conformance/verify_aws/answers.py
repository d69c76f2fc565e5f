"""What AWS answered, without what differs from account to account and from call to call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

# In this order: a name may hold what looks like an id, and an id digits that look like an account.
_PATTERNS = {
    # Which of the run's own roles was refused is part of the answer; who has assumed it is not.
    r"(arn:[\w-]+:sts::)\d{12}(:assumed-role/<name>[\w+=,.@-]*)/[\w+=,.@-]*[\w+=@-]": r"\1<account>\2/<session>",
    # Hidden as a whole: it is who runs the command, and the names of people and of an account's roles are nobody's
    # business. It says nothing about AWS, either.
    r"arn:[\w-]+:(?:iam|sts)::\d{12}:(?:user|assumed-role|federated-user|root)\b[^\s\"',;)]*": "<caller>",
    r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b": "<uuid>",
    r"\b\d{4}-\d\d-\d\dT\d\d:\d\d[\d:.]*(?:Z|[+-]\d\d:?\d\d)?": "<time>",
    r"(?<!\d)\d{12}(?!\d)": "<account>",
    r"\b[0-9a-f]{32}\b": "<id>",
    # What CloudFormation adds to a logical id that ends with a hash, and to one that was cut off: only a digit, or a
    # capital after a small letter, then tells it from a word. And what the library adds to the name of a job.
    r"(<name>[\w-]*?[0-9A-Fa-f]{8})-[A-Za-z0-9]{12,13}(?![\w-])": r"\1-<id>",
    r"(<name>[\w-]*?)-(?=[A-Za-z]*(?:\d|[a-z][A-Z]))[A-Za-z0-9]{12,13}(?![\w-])": r"\1-<id>",
    r"(<name>[\w-]*?)-(?=[a-f]*\d)[0-9a-f]{6,10}\b": r"\1-<hash>",
}


def normalized(value: Any, *, account: str, region: str, name: str) -> Any:
    """Returns an answer with placeholders for accounts, Regions, names, ids and times, so that two can be compared.

    Args:
        value: The answer, as boto3 has it.
        account: The account's id.
        region: The Region's name.
        name: What the names of everything begin with that this run made.
    """

    def of(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {of(key): of(one) for key, one in value.items() if key != "ResponseMetadata"}
        if isinstance(value, (list, tuple)):
            return [of(one) for one in value]
        if isinstance(value, datetime):
            return "<time>"
        if value is None or isinstance(value, (bool, int, float)):
            return value
        return _without_ids(str(value), account=account, region=region, name=name)

    return of(value)


def _without_ids(text: str, *, account: str, region: str, name: str) -> str:
    for pattern, placeholder in _PATTERNS.items():
        if "<name>" in pattern:
            text = text.replace(name, "<name>")
        text = re.sub(pattern, placeholder, text)
    return text.replace(account, "<account>").replace(region, "<region>")


def response_or_error(call: Callable[[], Any]) -> Any:
    """Returns what a call returns, or, if AWS refuses it, the error's code, HTTP status and message."""
    try:
        return call()
    except ClientError as error:
        response = error.response
        return {
            "error": response["Error"]["Code"],
            "status": response["ResponseMetadata"]["HTTPStatusCode"],
            "message": response["Error"]["Message"],
        }


def matches(expected: Any, answer: Any) -> bool:
    """Returns whether an answer is as expected.

    Args:
        expected: A dictionary, of which the answer's may have more members; a regular expression, which a whole string
            must match; or the value itself. `...` stands for any value.
        answer: The answer, normalized.
    """
    if expected is ...:
        return True
    if isinstance(expected, re.Pattern):
        return isinstance(answer, str) and expected.fullmatch(answer) is not None
    if isinstance(expected, dict):
        return isinstance(answer, dict) and all(
            key in answer and matches(value, answer[key]) for key, value in expected.items()
        )
    if isinstance(expected, list):
        return isinstance(answer, list) and len(expected) == len(answer) and all(map(matches, expected, answer))
    return type(expected) is type(answer) and bool(expected == answer)


def to_json(expected: Any) -> Any:
    """Returns an expectation as JSON can hold it."""
    if expected is ...:
        return "..."
    if isinstance(expected, re.Pattern):
        return f"/{expected.pattern}/"
    if isinstance(expected, dict):
        return {key: to_json(value) for key, value in expected.items()}
    return [to_json(value) for value in expected] if isinstance(expected, list) else expected
