"""What the tests of conversions share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_check import Schema
from cdk_data_jobs_cli.conversion.convert import convert_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdk_data_jobs_cli.conversion.report import Report


@pytest.fixture
def schema() -> Schema:
    """A schema of users, with a field of each type."""
    types: dict[str, Any] = {
        "USER_ID": "string",
        "AGE": ["null", "int"],
        "SCORE": ["float", "null"],
        "OLD": ["boolean", "null"],
        "SINCE": "long",
        "NOTE": ["string", "null"],
    }
    fields = [{"name": name, "type": type_} for name, type_ in types.items()]
    return Schema.parse(json.dumps({"type": "record", "name": "Users", "fields": fields}))


@pytest.fixture
def events() -> Schema:
    """A schema of interactions."""
    types = {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"}
    fields = [{"name": name, "type": type_} for name, type_ in types.items()]
    return Schema.parse(json.dumps({"type": "record", "name": "Interactions", "fields": fields}))


@pytest.fixture
def convert(tmp_path: Path) -> Callable[..., tuple[str, Report]]:
    """Converts the content of a file; returns what is written, or an empty string, and the report."""

    def convert(content: str | bytes, schema: Schema, **options: Any) -> tuple[str, Report]:
        source, output = tmp_path / "given", tmp_path / "out.csv"
        output.unlink(missing_ok=True)
        source.write_bytes(content.encode() if isinstance(content, str) else content)
        report = convert_files([str(source)], output, schema, **options)
        assert {path.name for path in tmp_path.iterdir()} - {"out.csv"} == {"given"}
        return output.read_text(encoding="utf-8") if output.exists() else "", report

    return convert
