"""Schemas, and what they describe."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import RemovalPolicy
from aws_cdk import aws_personalize as cdk_personalize
from aws_cdk.assertions import Annotations, Match, Template

from cdk_data_jobs.personalize import DatasetType, Domain, Field, Schema, SchemaDefinition
from cdk_data_jobs_check.schema_rules import DATASETS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aws_cdk import Stack

FACTORIES = {
    DatasetType.ITEMS: Schema.items,
    DatasetType.USERS: Schema.users,
    DatasetType.INTERACTIONS: Schema.interactions,
    DatasetType.ACTIONS: Schema.actions,
    DatasetType.ACTION_INTERACTIONS: Schema.action_interactions,
}


def fields(definition: SchemaDefinition, domain: Domain | None = None) -> dict[str, Any]:
    """Returns the types of the fields, with `!` before those that are categorical."""
    return {
        field["name"]: "category" if field.get("categorical") else field["type"]
        for field in json.loads(definition.to_json(domain))["fields"]
    }


def schema_of(stack: Stack) -> dict[str, Any]:
    (resource,) = Template.from_stack(stack).find_resources("AWS::Personalize::Schema").values()
    return dict(resource)


def test_a_schema_has_the_required_fields_first_and_then_those_given() -> None:
    definition = Schema.items(GENRE=Field.categorical(nullable=True), PRICE=Field.float(), NOTE=Field.textual())

    assert json.loads(definition.to_json()) == {
        "type": "record",
        "name": "Items",
        "namespace": "com.amazonaws.personalize.schema",
        "fields": [
            {"name": "ITEM_ID", "type": "string"},
            {"name": "GENRE", "type": ["null", "string"], "categorical": True},
            {"name": "PRICE", "type": "float"},
            {"name": "NOTE", "type": "string", "textual": True},
        ],
        "version": "1.0",
    }


@pytest.mark.parametrize("dataset_type", DatasetType)
@pytest.mark.parametrize("domain", [None, *Domain])
def test_required_fields_are_those_of_the_type_and_the_domain(dataset_type: DatasetType, domain: Domain | None) -> None:
    rules = DATASETS[domain and domain.value].get(dataset_type.value)
    definition = FACTORIES[dataset_type](NOTE=Field.string())
    if rules is None:
        with pytest.raises(
            ValueError, match=f"must be for one of Interactions, Users, Items, got one for {dataset_type.value}"
        ):
            definition.to_json(domain)
        return

    assert list(fields(definition, domain)) == [*rules.required, "NOTE"]


def test_a_domain_has_categories() -> None:
    assert fields(Schema.items(), Domain.ECOMMERCE) == {
        "ITEM_ID": "string",
        "PRICE": "float",
        "CATEGORY_L1": "category",
    }
    assert fields(Schema.items(), Domain.VIDEO_ON_DEMAND) == {
        "ITEM_ID": "string",
        "CREATION_TIMESTAMP": "long",
        "GENRES": "category",
    }


def test_a_required_field_may_be_given() -> None:
    assert fields(Schema.items(CREATION_TIMESTAMP=Field.float(), BRAND=Field.string()), Domain.ECOMMERCE) == {
        "ITEM_ID": "string",
        "PRICE": "float",
        "CATEGORY_L1": "category",
        "CREATION_TIMESTAMP": "float",
        "BRAND": "string",
    }


@pytest.mark.parametrize("kind", ["string", "int", "long", "float", "double", "boolean"])
def test_a_field_has_a_type(kind: str) -> None:
    make: Callable[..., Field] = getattr(Field, kind)

    assert make().to_avro("X") == {"name": "X", "type": kind}
    assert make(nullable=True).to_avro("X") == {"name": "X", "type": ["null", kind]}


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        (Schema.items(), "a schema of Items must have one more field than ITEM_ID"),
        (Schema.items(ITEM_ID=Field.int(), A=Field.int()), "ITEM_ID must be of type string"),
        (Schema.users(NOTE=Field.textual()), "textual"),
        (Schema.items(**{"A-B": Field.string()}), "A-B"),
    ],
)
def test_what_the_service_would_refuse_is_refused(stack: Stack, definition: SchemaDefinition, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        Schema(stack, "Schema", definition=definition)


def test_a_field_must_be_a_field() -> None:
    with pytest.raises(ValueError, match="GENRE must be a Field, got str"):
        Schema.items(GENRE="string")  # type: ignore[arg-type]


def test_what_the_guide_advises_against_is_a_warning(stack: Stack, tmp_path: Path) -> None:
    path = tmp_path / "schema.json"
    record = json.loads(Schema.users(AGE=Field.int()).to_json())
    path.write_text(json.dumps({**record, "name": "users"}))
    Schema(stack, "Schema", definition=Schema.from_file(path))

    Annotations.from_stack(stack).has_warning("/Shop/Schema", Match.string_like_regexp("the schema is accepted, but"))


def test_the_name_holds_a_digest_of_the_content(stack: Stack) -> None:
    names = []
    for number, (definition, domain) in enumerate(
        [
            (Schema.users(AGE=Field.int()), None),
            (Schema.users(AGE=Field.int()), None),
            (Schema.users(AGE=Field.long()), None),
            (Schema.users(AGE=Field.int()), Domain.ECOMMERCE),
        ]
    ):
        Schema(stack, f"Schema{number}", definition=definition, domain=domain, schema_name="users")
        resource = stack.node.find_child(f"Schema{number}").node.default_child
        assert isinstance(resource, cdk_personalize.CfnSchema)
        assert resource.domain == (domain and domain.value)
        names.append(resource.name)

    assert all(re.fullmatch(r"users-[0-9a-f]{8}", name) for name in names)
    assert names[0] == names[1]
    assert len(set(names)) == 3


def test_by_default_the_name_is_of_the_path_and_it_is_retained(stack: Stack) -> None:
    Schema(stack, "Users", definition=Schema.users(AGE=Field.int()))
    resource = schema_of(stack)

    assert resource["Properties"]["Name"].startswith("Shop-Users-")
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_it_may_be_deleted(stack: Stack) -> None:
    Schema(stack, "Users", definition=Schema.users(AGE=Field.int()), removal_policy=RemovalPolicy.DESTROY)

    assert schema_of(stack)["DeletionPolicy"] == "Delete"


@pytest.mark.parametrize("name", ["", "-users", "users!", "u" * 55])
def test_a_name_that_the_service_refuses_is_refused(stack: Stack, name: str) -> None:
    with pytest.raises(ValueError, match="schema_name must have 1 to 54 letters, digits, hyphens and underscores"):
        Schema(stack, "Users", definition=Schema.users(AGE=Field.int()), schema_name=name)


def test_a_file_is_used_as_it_is(stack: Stack, tmp_path: Path) -> None:
    document = {**json.loads(Schema.action_interactions().to_json()), "doc": "of the shop"}
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(document, indent=2))
    definition = Schema.from_file(path)
    Schema(stack, "Schema", definition=definition)

    assert definition.dataset_type is DatasetType.ACTION_INTERACTIONS
    assert json.loads(schema_of(stack)["Properties"]["Schema"]) == document


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "a schema must be a JSON file in UTF-8, got"),
        (b"\xff", "a schema must be a JSON file in UTF-8, got"),
        (b"[" * 100_000, "a schema must be a JSON file in UTF-8, got"),
        (b"[]", "a schema's name must be one of Interactions, Items, Users, Actions, ActionInteractions, got None"),
        (b'{"name": "Books"}', "got 'Books'"),
    ],
)
def test_a_file_that_is_no_schema_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "schema.json"
    path.write_bytes(content)

    with pytest.raises(ValueError, match=re.escape(message)):
        Schema.from_file(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"got .*none\.json.*: not found$"):
        Schema.from_file(tmp_path / "none.json")


def test_an_existing_schema_is_a_reference(stack: Stack) -> None:
    arn = "arn:aws:personalize:eu-west-1:111122223333:schema/users"
    schema = Schema.from_schema_arn(stack, "Schema", arn)

    assert (schema.schema_arn, schema.schema_ref.schema_arn, schema.dataset_type) == (arn, arn, None)
    with pytest.raises(ValueError, match="schema_arn must be like arn:aws:personalize"):
        Schema.from_schema_arn(stack, "Other", "users")


def test_its_arn_is_that_of_the_resource(stack: Stack) -> None:
    schema = Schema(stack, "Users", definition=Schema.users(AGE=Field.int()))

    assert stack.resolve(schema.schema_arn) == {"Ref": stack.get_logical_id(schema.node.default_child)}  # type: ignore[arg-type]
