"""The table of definitions of the library's own kinds of jobs, and its spelling.

The function reads most of it too; what only the synthesis needs is in a file of its own, which is not deployed.
"""

import dataclasses
import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cdk_data_jobs._support.lambda_directory import lambda_directory
from cdk_data_jobs.definitions import CreateCall, DescribeCall, FindCall, JobDefinition, JobNaming, NextPage, TagCalls

_ONLY_AT_SYNTHESIS = ("role", "source_arn", "permissions", "tag_permissions", "excluded_parameters")
_SPELLINGS = {
    "access_denied_messages": "denied",
    "client_token": "token",
    "ignored_changes": "not_identity",
    "job_id": "arn",
    "name_taken_errors": "taken",
    "retryable_errors": "busy",
    "token_used_errors": "token_taken",
}
"""The names of attributes that the table spells otherwise, and so do the properties of jobs that are deployed."""

_NESTED = {"create": CreateCall, "describe": DescribeCall, "name": JobNaming, "tags": TagCalls}


@functools.cache
def definition_of(resource_type: str) -> JobDefinition:
    """Returns the definition of one of the library's own kinds of jobs.

    Args:
        resource_type: The type of its custom resource, e.g. `Custom::PersonalizeDatasetImportJob`.

    Raises:
        KeyError: If the table has no such row.
    """
    row = _arguments(JobDefinition, read_table()[resource_type])
    row |= {key: nested(**_arguments(nested, row[key])) for key, nested in _NESTED.items() if key in row}
    if find := row.get("find"):
        parameters = {name: f"parameters.{path}" for name, path in find["parameters"].items()}
        row["find"] = FindCall(**{**find, "parameters": parameters, "next": NextPage(**find["next"])})
    return JobDefinition(**row)


def _arguments(dataclass_type: type, row: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the arguments of a dataclass that a row has."""
    spellings = {field.name: _SPELLINGS.get(field.name, field.name) for field in dataclasses.fields(dataclass_type)}
    return {name: row[spelling] for name, spelling in spellings.items() if spelling in row}


def as_row(definition: JobDefinition) -> dict[str, Any]:
    """Returns a definition in the spelling of the table, without what only the synthesis needs.

    Args:
        definition: The definition.
    """
    row = {key: value for key, value in dataclasses.asdict(definition).items() if key not in _ONLY_AT_SYNTHESIS}
    if row.pop("may_run_twice") is False and not (definition.name or definition.client_token or definition.find):
        row["lost"] = "fail"
    if definition.find:
        row["find"]["parameters"] = {name: _bare(path) for name, path in definition.find.parameters.items()}
    row["reason"] = definition.reason or "`null`"
    row["ignored_changes"] = [*dict.fromkeys([*definition.ignored_changes, *filter(None, [definition.role])])]
    required = ("ignored_changes", "succeeded", "failed", "attributes")
    row = {key: _as_json(value) for key, value in row.items() if value or key in required}
    if "name" in row:
        row["name"] = _spell(row["name"])
    return _spell(row)


def _bare(path: str) -> str:
    """Returns a path in the create call's parameters, at which the table's paths of a `FindCall` begin."""
    return path.removeprefix("parameters.")


def _spell(row: Mapping[str, Any]) -> dict[str, Any]:
    return {_SPELLINGS.get(name, name): value for name, value in row.items()}


@functools.cache
def read_table() -> dict[str, Any]:
    """Returns the table: the type of each custom resource to its row."""
    files = (lambda_directory() / "data_jobs" / "definitions.json", Path(__file__).with_name("permissions.json"))
    table, permissions = (json.loads(file.read_text(encoding="utf-8")) for file in files)
    return {kind: {**row, **permissions[kind]} for kind, row in table.items()}


def _as_json(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, Mapping):
        return {key: _as_json(item) for key, item in value.items() if item is not None}
    return value if isinstance(value, str | int) else [_as_json(item) for item in value]
