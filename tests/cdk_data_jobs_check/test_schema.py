"""How schemas are parsed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_check import Schema, SchemaError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ID, AGE = {"name": "USER_ID", "type": "string"}, {"name": "AGE", "type": "int"}


def test_a_schema_has_its_columns_in_their_order(items: Schema) -> None:
    description = items.columns[-1]

    assert items.dataset_type == "Items"
    assert items.names == ("ITEM_ID", "GENRE", "PRICE", "PAGES", "DESCRIPTION")
    assert (description.textual, description.categorical, description.types) == (True, False, {"null", "string"})
    assert items.columns[1].categorical


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "must be JSON"),
        ("[]", "must be an Avro record"),
        ('{"type": "map"}', "must be an Avro record"),
        ({"name": "Readers", "fields": [ID, AGE]}, "must be a dataset type, one of Interactions, .*, got 'Readers'"),
        ({"name": {}, "fields": [ID, AGE]}, "must be a dataset type"),
        ({"name": "Users"}, "must have a list of fields"),
        ({"name": "Users", "fields": []}, "must have a list of fields"),
        ({"name": "Users", "fields": [ID, 1]}, "must have a name and a type, got '1'"),
        ({"name": "Users", "fields": [ID, {"name": "AGE"}]}, "must have a name and a type"),
        (
            {"name": "Users", "fields": [ID, AGE | {"type": "date"}]},
            'list of different ones, with or without null, got "date"',
        ),
        ({"name": "Users", "fields": [ID, AGE | {"type": ["null"]}]}, "a list of different ones"),
        ({"name": "Users", "fields": [ID, AGE | {"type": {"type": "array"}}]}, "a list of different ones"),
        ({"name": "Users", "fields": [ID, AGE | {"type": ["int", "int"]}]}, "a list of different ones"),
        ('{"a":' * 100_000, 'must be a flat Avro record, got one that is nested too deeply: \'{"a":'),
        ({"name": "Users", "fields": [ID, AGE], "doc": "x" * 20_000}, "must have at most 20,000 characters, got 20,"),
        ({"name": "Users", "fields": [ID, AGE, AGE]}, "must be unique, also without their underscores, got AGE, AGE"),
        ({"name": "Users", "fields": [AGE]}, "must have the fields USER_ID, got AGE; add USER_ID"),
        ({"name": "Users", "fields": [ID]}, "must have one more field than USER_ID"),
        ({"name": "ActionInteractions", "fields": [ID]}, "add ACTION_ID, EVENT_TYPE, TIMESTAMP"),
    ],
)
def test_a_schema_that_the_service_would_refuse_is_refused(document: Any, message: str) -> None:
    schema = document if isinstance(document, str) else json.dumps({"type": "record", **document})

    with pytest.raises(SchemaError, match=message):
        Schema.parse(schema)


def test_a_domain_that_does_not_exist_is_refused() -> None:
    schema = json.dumps({"type": "record", "name": "Users", "fields": [ID, AGE]})

    with pytest.raises(SchemaError, match="a domain must be ECOMMERCE, VIDEO_ON_DEMAND, got 'FASHION'; correct it"):
        Schema.parse(schema, "FASHION")


def test_a_field_may_have_several_types() -> None:
    schema = json.dumps({"type": "record", "name": "Users", "fields": [ID, AGE | {"type": ["int", "null", "string"]}]})

    assert Schema.parse(schema).columns[1].types == {"int", "null", "string"}


@pytest.mark.parametrize("declared", [{"type": "int"}, ["null", {"type": "int"}]], ids=["alone", "in-a-list"])
def test_a_type_in_an_object_is_accepted_with_a_warning(declared: Any) -> None:
    schema = Schema.parse(json.dumps({"type": "record", "name": "Users", "fields": [ID, AGE | {"type": declared}]}))

    assert [warning.rule for warning in schema.warnings] == ["nested-type"]
    assert schema.columns[1].types - {"null"} == {"int"}


@pytest.mark.parametrize(("name", "rules"), [("1ST", ["avro-name"]), ("_1ST", []), ("A1", [])])
def test_a_name_that_begins_with_a_digit_gets_a_warning(name: str, rules: list[str]) -> None:
    schema = Schema.parse(json.dumps({"type": "record", "name": "Users", "fields": [ID, AGE | {"name": name}]}))

    assert [warning.rule for warning in schema.warnings] == rules


def test_a_schema_too_long_for_a_template_is_accepted_with_a_warning() -> None:
    document = {"type": "record", "name": "Users", "fields": [ID, AGE], "doc": "x" * 15_000}

    (warning,) = Schema.parse(json.dumps(document)).warnings
    assert (warning.rule, warning.severity.value) == ("template-schema-length", "warning")


def test_a_deeply_nested_field_is_refused() -> None:
    deep = '{"a":' * 900 + "1" + "}" * 900

    with pytest.raises(SchemaError, match=r"must have a name and a type|nested too deeply"):
        Schema.parse(f'{{"type": "record", "name": "Users", "fields": [{deep}]}}')


def test_a_refused_file_is_named(write: Callable[..., Path]) -> None:
    path = write("{}", "users.avsc")

    with pytest.raises(SchemaError, match=r"users\.avsc: a schema must be an Avro record"):
        Schema.read(path)


def test_a_file_in_another_encoding_is_named(write: Callable[..., Path]) -> None:
    with pytest.raises(SchemaError, match=r"users\.avsc: a schema must be encoded in UTF-8"):
        Schema.read(write("Größe".encode("latin-1"), "users.avsc"))


def test_a_file_may_have_a_byte_order_mark(write: Callable[..., Path]) -> None:
    schema = json.dumps({"type": "record", "name": "Users", "fields": [ID, AGE]})

    assert Schema.read(write(b"\xef\xbb\xbf" + schema.encode())).names == ("USER_ID", "AGE")
