"""Reads the definitions of kinds of jobs: how a job is created and described."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jmespath


@cache
def table() -> dict[str, dict[str, Any]]:
    """Returns the library's own definitions, by kind of job."""
    return dict(json.loads(Path(__file__).with_name("definitions.json").read_bytes()))


def definition_of(kind: str, properties: dict[str, Any]) -> dict[str, Any]:
    """Returns the resource's own definition, else that of its kind.

    Raises:
        ValueError: If the kind is unknown.
    """
    definition = properties.get("Definition") or table().get(kind)
    if not isinstance(definition, dict):
        raise ValueError(f"unknown kind of job: {kind}; this version knows {', '.join(sorted(table()))}")
    return definition


def job_status(definition: dict[str, Any], job: dict[str, Any]) -> str:
    """Returns a job's status: the first of the failed ones if it has failed in spite of its own."""
    status = str(jmespath.search(definition["status"], job))
    is_failed = status in definition["succeeded"] and jmespath.search(definition.get("failed_if", "`false`"), job)
    return str(definition["failed"][0]) if is_failed else status


def validated_definition(kind: str, properties: dict[str, Any]) -> dict[str, Any]:
    """Returns the same definition if it is valid: no job may be created that can never be described.

    Raises:
        ValueError: If the kind is unknown, or its definition invalid.
    """
    definition = definition_of(kind, properties)
    try:
        for path in _paths(definition):
            jmespath.compile(path)
        for name in ("succeeded", "failed", "not_identity", "busy", "denied", "token_taken"):
            _validate_strings(name, definition.get(name, []))
        if "name" in definition:
            definition["name"]["arn"].format(partition="", region="", account="", name="")
            int(definition["name"]["max_length"])
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise ValueError(f"the job's definition is invalid: {type(error).__name__}: {error}") from error
    return definition


def _paths(definition: dict[str, Any]) -> Iterator[Any]:
    """Yields every JMESPath of a definition."""
    create, describe = definition["create"], definition["describe"]
    yield from (definition["status"], definition["reason"], create["id"], describe["job"])
    yield from (*describe["parameters"].values(), *definition["attributes"].values())
    yield from (definition[name] for name in ("created", "failures", "failed_if") if name in definition)
    yield from (call["next"]["path"] for call in (describe, definition.get("find", {})) if "next" in call)
    if "reason" in create:
        yield create["reason"]
    if "find" in definition:
        find = definition["find"]
        yield from (find["jobs"], find["id"], find["created"], find["as_parameters"], *find["parameters"].values())


def _validate_strings(name: str, strings: object) -> None:
    if not isinstance(strings, list) or not all(isinstance(string, str) for string in strings):
        raise TypeError(f"{name} must be a list of strings")
    if name == "failed" and not strings:
        raise ValueError(f"{name} must not be empty")
