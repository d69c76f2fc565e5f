"""How a kind of job is created and watched, as data: a row of the table, or what the resource itself says."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jmespath

if TYPE_CHECKING:
    from collections.abc import Iterator


@cache
def table() -> dict[str, dict[str, Any]]:
    """The kinds of job that this version knows."""
    return dict(json.loads(Path(__file__).with_name("definitions.json").read_bytes()))


def definition_of(kind: str, properties: dict[str, Any]) -> dict[str, Any]:
    """How a kind of job is created and watched: what the resource itself says, else its row of the table.

    Raises:
        ValueError: If the kind is unknown.
    """
    definition = properties.get("Definition") or table().get(kind)
    if not isinstance(definition, dict):
        raise ValueError(f"unknown kind of job: {kind}; this version knows {', '.join(sorted(table()))}")
    return definition


def checked_definition(kind: str, properties: dict[str, Any]) -> dict[str, Any]:
    """A definition with which a run can go its way to the end: no job may begin that can never be looked at.

    Raises:
        ValueError: If the kind is unknown, or its definition makes no sense.
    """
    definition = definition_of(kind, properties)
    try:
        for path in _paths(definition):
            jmespath.compile(path)
        for name in ("succeeded", "failed", "not_identity", "busy", "denied"):
            _check_texts(name, definition.get(name, []))
        if "name" in definition:
            definition["name"]["arn"].format(partition="", region="", account="", name="")
            int(definition["name"]["max_length"])
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise ValueError(f"the job's definition makes no sense: {type(error).__name__}: {error}") from error
    return definition


def _paths(definition: dict[str, Any]) -> Iterator[Any]:
    """Every JMESPath of a definition."""
    create, describe = definition["create"], definition["describe"]
    yield from (definition["status"], definition["reason"], create["id"], describe["job"])
    yield from (*describe["parameters"].values(), *definition["attributes"].values())
    yield from (definition[name] for name in ("created", "failures") if name in definition)
    if "find" in definition:
        find = definition["find"]
        yield from (find["jobs"], find["id"], find["created"], find["as_parameters"], find["next"]["path"])
        yield from find["parameters"].values()


def _check_texts(name: str, texts: object) -> None:
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise TypeError(f"{name} must be a list of texts")
    if name == "failed" and not texts:
        raise ValueError(f"{name} must not be empty")
