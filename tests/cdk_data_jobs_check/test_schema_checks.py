"""Which violations the fields of a schema have."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdk_data_jobs_check import Schema, SchemaError

STRING = {"type": "string"}
EVENT = {"USER_ID": STRING, "ITEM_ID": STRING, "TIMESTAMP": {"type": "long"}}
ACTION = {"USER_ID": STRING, "ACTION_ID": STRING, "EVENT_TYPE": STRING, "TIMESTAMP": {"type": "long"}}


def schema(name: str, fields: dict[str, Any]) -> str:
    listed = [{"name": field, **attributes} for field, attributes in fields.items()]
    return json.dumps({"type": "record", "name": name, "fields": listed})


def violated(name: str, fields: dict[str, Any], domain: str | None = None) -> list[tuple[str, str]]:
    """Returns the severities and rules of the violations in a schema."""
    try:
        violations = Schema.parse(schema(name, fields), domain).warnings
    except SchemaError as error:
        violations = error.violations
    return [(violation.severity.value, violation.rule) for violation in violations]


@pytest.mark.parametrize(
    ("attributes", "rules"),
    [
        ({"type": "string", "categorical": True}, []),
        ({"type": ["null", "string"], "categorical": True}, []),
        ({"type": "string", "categorical": False}, [("warning", "metadata-kind")]),
        ({"type": "string", "categorical": "true"}, [("warning", "attribute-value")]),
        ({"type": "string", "categorical": None}, [("warning", "attribute-value"), ("warning", "metadata-kind")]),
        ({"type": "int", "categorical": True}, [("warning", "categorical-type")]),
        ({"type": ["int", "string"], "categorical": True}, []),
        ({"type": "string", "textual": True}, []),
        ({"type": "int", "textual": True}, [("error", "textual-field")]),
        ({"type": "string", "categorical": True, "textual": True}, [("warning", "conflicting-attributes")]),
    ],
)
def test_the_attributes_of_a_field_fit_it_and_each_other(
    attributes: dict[str, Any], rules: list[tuple[str, str]]
) -> None:
    assert violated("Items", {"ITEM_ID": STRING, "GENRE": attributes}) == rules


def test_an_id_is_not_textual() -> None:
    fields = {"ITEM_ID": {**STRING, "textual": True}, "PRICE": {"type": "float"}}

    assert violated("Items", fields) == [("warning", "conflicting-attributes")]


def test_a_reserved_category_in_quotes_counts_as_one() -> None:
    fields = {
        "ITEM_ID": STRING,
        "CREATION_TIMESTAMP": {"type": "long"},
        "GENRES": {**STRING, "categorical": "true"},
    }

    assert violated("Items", fields, "VIDEO_ON_DEMAND") == [("warning", "attribute-value")]


@pytest.mark.parametrize(
    ("name", "attributes", "message"),
    [
        ("ITEM_ID", {"categorical": True}, "ITEM_ID must not be categorical; remove the attribute"),
        ("GENRES", {}, 'GENRES must be categorical; set "categorical": true'),
    ],
)
def test_a_known_field_is_categorical_exactly_where_the_guide_says_so(
    name: str, attributes: dict[str, Any], message: str
) -> None:
    fields = {
        "ITEM_ID": STRING,
        "CREATION_TIMESTAMP": {"type": "long"},
        "GENRES": {**STRING, "categorical": True},
    }
    document = schema("Items", {**fields, name: {**STRING, **attributes}})

    with pytest.raises(SchemaError) as error:
        Schema.parse(document, "VIDEO_ON_DEMAND")
    assert [f"{one.message}; {one.hint} [{one.rule}]" for one in error.value.violations] == [
        f"{message} [reserved-category]"
    ]


@pytest.mark.parametrize(
    ("domain", "expected"),
    [(None, [("warning", "reserved-null")]), ("ECOMMERCE", [("error", "field-type")])],
)
def test_an_event_type_is_not_null(domain: str | None, expected: list[tuple[str, str]]) -> None:
    assert violated("Interactions", {**EVENT, "EVENT_TYPE": {"type": ["null", "string"]}}, domain) == expected


@pytest.mark.parametrize(
    ("name", "required", "limit"),
    [("Interactions", EVENT, 5), ("Action_Interactions", ACTION, 5), ("Users", {"USER_ID": STRING}, 25)],
)
def test_a_schema_has_only_so_many_fields_of_its_own(name: str, required: dict[str, Any], limit: int) -> None:
    own = {f"FIELD_{number}": {"type": "int"} for number in range(limit + 1)}

    assert violated(name, {**required, **own}) == [("error", "metadata-fields")]
    own.popitem()
    assert violated(name, {**required, **own}) == []


@pytest.mark.parametrize(
    ("dataset_type", "domain", "fields", "is_enough"),
    [
        ("Users", None, {"USER_ID": STRING, "NAME": STRING}, False),
        ("Users", None, {"USER_ID": STRING, "MEMBER": {"type": "boolean"}}, False),
        ("Users", None, {"USER_ID": STRING, "AGE": {"type": ["null", "int"]}}, True),
        ("Users", None, {"USER_ID": STRING, "KIND": {**STRING, "categorical": True}}, True),
        ("Users", "VIDEO_ON_DEMAND", {"USER_ID": STRING, "SUBSCRIPTION_MODEL": {**STRING, "categorical": True}}, True),
        ("Items", None, {"ITEM_ID": STRING, "CREATION_TIMESTAMP": {"type": "long"}}, False),
        ("Items", None, {"ITEM_ID": STRING, "ABOUT": {**STRING, "textual": True}}, True),
        ("Actions", None, {"ACTION_ID": STRING, "VALUE": {"type": "long"}}, False),
    ],
)
def test_a_field_of_its_own_is_of_a_kind_that_the_guide_asks_for(
    dataset_type: str, domain: str | None, fields: dict[str, Any], is_enough: bool
) -> None:
    assert violated(dataset_type, fields, domain) == ([] if is_enough else [("warning", "metadata-kind")])
