"""Schemas, and files that are checked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_check import Mode, Report, Schema, check_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def avro(name: str, **types: Any) -> str:
    """Returns a schema as JSON; the type of a field is an Avro type, or a dict of its attributes besides its name."""
    fields = [{"name": key, **(value if isinstance(value, dict) else {"type": value})} for key, value in types.items()]
    return json.dumps({"type": "record", "name": name, "fields": fields, "version": "1.0"})


OPTIONAL_STRING = ["null", "string"]
INTERACTIONS = avro("Interactions", USER_ID="string", ITEM_ID="string", TIMESTAMP="long", EVENT_TYPE="string")
ITEMS = avro(
    "Items",
    ITEM_ID="string",
    GENRE={"type": OPTIONAL_STRING, "categorical": True},
    PRICE=["null", "float"],
    PAGES="int",
    DESCRIPTION={"type": OPTIONAL_STRING, "textual": True},
)
USERS = avro("Users", USER_ID="string", AGE=["null", "int"], MEMBER=["null", "boolean"], NOTE=OPTIONAL_STRING)


@pytest.fixture
def interactions() -> Schema:
    return Schema.parse(INTERACTIONS)


@pytest.fixture
def items() -> Schema:
    return Schema.parse(ITEMS)


@pytest.fixture
def users() -> Schema:
    return Schema.parse(USERS)


@pytest.fixture
def make_schema() -> Callable[..., Schema]:
    """Creates a schema from a dataset type and the types of its fields."""
    return lambda name, **types: Schema.parse(avro(name, **types))


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file below a temporary folder, and returns its path."""

    def make(content: str | bytes, name: str = "data.csv") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return make


@pytest.fixture
def check_content(write: Callable[..., Path], users: Schema) -> Callable[..., Report]:
    """Checks one file, of users unless a schema is given."""

    def make(content: str | bytes, schema: Schema = users, mode: Mode = Mode.FULL) -> Report:
        return check_files([write(content)], schema, mode=mode)

    return make


@pytest.fixture
def summarize() -> Callable[[Report], list[tuple[Any, ...]]]:
    """Returns the line, character, column, severity and rule of each finding."""
    return lambda report: [
        (one.line, one.character, one.column, one.severity.value, one.rule) for one in report.findings
    ]
