"""docs/data-rules.md has all rules, and each rule of Personalize is found in a file or a schema.

Those of Pinpoint and SES are in `cdk_data_jobs_check/test_pinpoint_rules.py` and `test_ses_rules.py`.
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from cdk_data_jobs_check import RULES, Confidence, DataFile, Mode, Schema, SchemaError, Severity, check_files

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))
import data_rules

ID, STRING = {"name": "USER_ID", "type": "string"}, {"type": ["string", "null"]}
USERS: dict[str, Any] = {
    "type": "record",
    "name": "Users",
    "fields": [
        ID,
        {"name": "AGE", "type": ["int", "null"]},
        {"name": "SCORE", "type": ["float", "null"]},
        {"name": "NOTE", **STRING},
        {"name": "KIND", "categorical": True, **STRING},
    ],
}
EVENTS: dict[str, Any] = {
    "type": "record",
    "name": "Interactions",
    "fields": [
        ID,
        {"name": "ITEM_ID", "type": "string"},
        {"name": "TIMESTAMP", "type": "long"},
        {"name": "EVENT_TYPE", "type": "string"},
    ],
}
ITEM_KIND = {"name": "KIND", "type": "string", "categorical": True}
ITEMS: dict[str, Any] = {
    "type": "record",
    "name": "Items",
    "fields": [{"name": "ITEM_ID", "type": "string"}, {"name": "ABOUT", "textual": True, **STRING}],
}

SCHEMAS: dict[str, dict[str, Any]] = {
    "avro": {**USERS, "type": "enum"},
    "schema-length": {**USERS, "doc": "x" * 20_000},
    "template-schema-length": {**USERS, "doc": "x" * 10_000},
    "record-name": {**USERS, "name": "Readers"},
    "record-name-case": {**USERS, "name": "users"},
    "field-name": {**USERS, "fields": [ID, {"name": "A_B", "type": "int"}, {"name": "AB", "type": "int"}]},
    "required-field": {**USERS, "fields": USERS["fields"][1:]},
    "no-optional-field": {**USERS, "fields": [ID]},
    "avro-name": {**USERS, "fields": [ID, {"name": "1ST", "type": "int"}]},
    "nested-type": {**USERS, "fields": [ID, {"name": "AGE", "type": {"type": "int"}}]},
    "metadata-kind": {**USERS, "fields": [ID, {"name": "NAME", "type": "string"}]},
    "field-type": {**USERS, "fields": [{**ID, "type": "long"}, *USERS["fields"][1:]]},
    "reserved-category": {**USERS, "fields": [{**ID, "categorical": True}, *USERS["fields"][1:]]},
    "reserved-null": {**EVENTS, "fields": [*EVENTS["fields"][:3], {"name": "EVENT_TYPE", **STRING}]},
    "attribute-value": {**USERS, "fields": [ID, {"name": "KIND", "type": "string", "categorical": "true"}]},
    "categorical-type": {**USERS, "fields": [ID, {"name": "KIND", "type": "int", "categorical": True}]},
    "conflicting-attributes": {**ITEMS, "fields": [{**ITEMS["fields"][0], "textual": True}, ITEM_KIND]},
    "textual-field": {**USERS, "fields": [ID, {"name": "BIO", "type": "string", "textual": True}]},
    "metadata-fields": {**USERS, "fields": [ID, *({"name": f"F{n}", "type": "int"} for n in range(26))]},
}
HEADER, EVENT_HEADER = "USER_ID,AGE,SCORE,NOTE,KIND\n", "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\n"
FILES: dict[str, tuple[dict[str, Any], str | bytes]] = {
    "file-format": (USERS, b"\x1f\x8b\x08"),
    "too-few-rows": (EVENTS, EVENT_HEADER + "u1,i1,1735690635,view\n"),
    "empty-file": (USERS, ""),
    "no-rows": (USERS, HEADER),
    "utf-8": (USERS, (HEADER + "ü,1,,,\n").encode("latin-1")),
    "byte-order-mark": (USERS, "\ufeff" + HEADER + "u1,1,,,\n"),
    "header": (USERS, "u1,1,,,\n"),
    "quoted-header": (USERS, HEADER.replace("AGE", '"AGE"') + "u1,1,,,\n"),
    "header-spaces": (USERS, HEADER.replace("AGE", " AGE") + "u1,1,,,\n"),
    "missing-column": (USERS, "USER_ID\nu1\n"),
    "duplicate-column": (USERS, HEADER.replace("\n", ",AGE\n") + "u1,1,,,,1\n"),
    "column-order": (USERS, "AGE,USER_ID,SCORE,NOTE,KIND\n1,u1,,,\n"),
    "extra-column": (USERS, HEADER.replace("\n", ",MORE\n") + "u1,1,,,,1\n"),
    "line-end": (USERS, HEADER.replace("\n", "\r") + "u1,1,,,\r"),
    "line-length": (USERS, HEADER + "u1," + "0" * 2_000_000 + ",,,\n"),
    "line-break": (USERS, HEADER + 'u1,1,,"a\nb",\n'),
    "repeated-header": ({**USERS, "fields": [ID, {"name": "KIND", "type": "string"}]}, "USER_ID,KIND\n" * 2),
    "blank-line": (USERS, HEADER + "\nu1,1,,,\n"),
    "number-of-values": (USERS, HEADER + "u1,1\n"),
    "unclosed-quote": (USERS, HEADER + 'u1,1,,"a,\n'),
    "doubled-quote": (USERS, HEADER + 'u1,1,,"a ""b""",\n'),
    "stray-quote": (USERS, HEADER + 'u1,1,,a "b",\n'),
    "backslash": (USERS, HEADER + "u1,1,,a\\,b,\n"),
    "carriage-return": (USERS, HEADER + "u1,1,,a\rb,\n"),
    "nul": (USERS, HEADER + "u1,1,,a\0b,\n"),
    "empty": (USERS, HEADER + ",1,,,\n"),
    "type": (USERS, HEADER + "u1,old,,,\n"),
    "range": (USERS, HEADER + "u1,3000000000,,,\n"),
    "float-range": (USERS, HEADER + "u1,1,1e39,,\n"),
    "boolean-case": (
        {**USERS, "fields": [ID, {"name": "ACTIVE", "type": "boolean"}]},
        "USER_ID,ACTIVE\nu1,True\n",
    ),
    "not-a-number": (USERS, HEADER + "u1,1,nan,,\n"),
    "timestamp": (EVENTS, EVENT_HEADER + "u1,i1,2025-01-01,view\n" * 1000),
    "milliseconds": (EVENTS, EVENT_HEADER + "u1,i1,1735690635000,view\n" * 1000),
    "implausible-time": (EVENTS, EVENT_HEADER + "u1,i1,17356,view\n" * 1000),
    "id-spaces": (USERS, HEADER + " u1,1,,,\n"),
    "id-length": (USERS, HEADER + "u" * 257 + ",1,,,\n"),
    "event-types": (EVENTS, EVENT_HEADER + "".join(f"u1,i1,1735690635,kind{n % 10}\n" for n in range(1000))),
    "event-type-length": (EVENTS, EVENT_HEADER + f"u1,i1,1735690635,{'v' * 257}\n" * 1000),
    "category-length": (USERS, HEADER + f"u1,1,,,{'k' * 1001}\n"),
    "text-length": (ITEMS, f"ITEM_ID,ABOUT\ni1,{'a' * 20_001}\n"),
    "string-length": (USERS, HEADER + f"u1,1,,{'n' * 1001},\n"),
}
FOLDERS = {
    "no-files": {"a.parquet": ""},
    "ignored-file": {"a.csv": HEADER + "u1,1,,,\n", "_SUCCESS": ""},
    "hidden-file": {"a.csv": HEADER + "u1,1,,,\n", ".b.csv": HEADER + "u2,1,,,\n"},
    "different-header": {"a.csv": HEADER + "u1,1,,,\n", "b.csv": HEADER.replace("\n", ",MORE\n") + "u2,1,,,,\n"},
}


@pytest.mark.parametrize("rule", SCHEMAS)
def test_a_rule_for_schemas_is_applied(rule: str) -> None:
    try:
        violations = Schema.parse(json.dumps(SCHEMAS[rule])).warnings
    except SchemaError as error:
        violations = error.violations

    assert [one.rule for one in violations] == [rule]


@pytest.mark.parametrize("rule", FILES)
def test_a_rule_for_files_is_applied(rule: str, tmp_path: Path) -> None:
    schema, content = FILES[rule]
    path = tmp_path / "a.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)

    assert [one.rule for one in check_files([path], Schema.parse(json.dumps(schema))).findings] == [rule]


@pytest.mark.parametrize("rule", FOLDERS)
def test_a_rule_for_folders_is_applied(rule: str, tmp_path: Path) -> None:
    for name, content in FOLDERS[rule].items():
        (tmp_path / name).write_text(content)

    assert rule in check_files([tmp_path], Schema.parse(json.dumps(USERS))).violation_counts


def test_the_rule_for_sizes_is_applied(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("header\n")
    with path.open("r+b") as file:
        file.truncate(2**30 + 1)

    assert "size" in check_files([path], Schema.parse(json.dumps(USERS)), mode=Mode.INCREMENTAL).violation_counts


def test_the_rule_for_sizes_that_a_quota_allows_is_applied() -> None:
    too_big = DataFile("s3://data/a.csv", PurePosixPath("a.csv"), 2**38, lambda: io.BytesIO(EVENT_HEADER.encode()))

    assert "size-quota" in check_files([too_big], Schema.parse(json.dumps(EVENTS))).violation_counts


def test_every_rule_of_personalize_is_tried_here() -> None:
    tried = {*SCHEMAS, *FILES, *FOLDERS, "size", "size-quota"}

    assert tried == {name for name in RULES if not name.startswith(("pinpoint-", "ses-"))}


def test_an_error_is_documented_or_recorded() -> None:
    inferred = [rule.name for rule in RULES.values() if rule.confidence is Confidence.INFERRED]

    assert [name for name in inferred if RULES[name].severity is Severity.ERROR] == []


def test_the_page_is_made_from_the_rules() -> None:
    assert data_rules.PAGE.read_text(encoding="utf-8") == data_rules.page()
