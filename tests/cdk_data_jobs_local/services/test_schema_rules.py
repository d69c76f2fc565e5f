"""The service's rules for schemas, with and without a domain, and for replacing the schema of a dataset."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdk_data_jobs_local.services.core.errors import ServiceError

GROUP = "arn:aws:personalize:eu-west-1:111122223333:dataset-group/shop"
CATEGORY = {"type": "string", "categorical": True}
EVENT = {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"}
ITEMS: dict[str, dict[str, Any]] = {
    "ECOMMERCE": {"ITEM_ID": "string", "PRICE": "float", "CATEGORY_L1": CATEGORY},
    "VIDEO_ON_DEMAND": {"ITEM_ID": "string", "CREATION_TIMESTAMP": "long", "GENRES": CATEGORY},
}


def schema(name: str, fields: dict[str, Any]) -> str:
    listed = [{"name": key, **(kind if isinstance(kind, dict) else {"type": kind})} for key, kind in fields.items()]
    return json.dumps({"type": "record", "name": name, "fields": listed, "version": "1.0"})


def create(call: Any, name: str, fields: dict[str, Any], domain: str | None = None, called: str = "schema") -> str:
    given = {"domain": domain} if domain else {}
    arn: str = call("CreateSchema", name=called, schema=schema(name, fields), **given)["schemaArn"]
    return arn


def refusal(call: Any, *arguments: Any) -> str:
    with pytest.raises(ServiceError) as error:
        create(call, *arguments)
    assert error.value.code == "InvalidInputException"
    return str(error.value)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("Interactions", EVENT),
        ("interactions", {**EVENT, "EVENT_TYPE": "string", "EVENT_VALUE": ["float", "null"], "PLACE": CATEGORY}),
        ("Users", {"USER_ID": "string", "AGE": "int"}),
        ("Items", {"ITEM_ID": "string", "CREATION_TIMESTAMP": ["null", "long"]}),
        ("Items", {"ITEM_ID": ["string"], "ABOUT": {"type": ["null", "string"], "textual": True}}),
        ("Actions", {"ACTION_ID": "string", "VALUE": ["long", "null"]}),
        (
            "ActionInteractions",
            {"USER_ID": "string", "ACTION_ID": "string", "EVENT_TYPE": "string", "TIMESTAMP": "long"},
        ),
    ],
)
def test_what_the_guide_allows_is_accepted(call: Any, name: str, fields: dict[str, Any]) -> None:
    assert create(call, name, fields).endswith(":schema/schema")


@pytest.mark.parametrize(
    ("name", "fields", "message"),
    [
        ("Interactions", {**EVENT, "TIMESTAMP": "string"}, "TIMESTAMP must be of type long, got string"),
        (
            "Interactions",
            {**EVENT, "USER_ID": ["string", "null"]},
            "USER_ID must be of type string, got null and string",
        ),
        ("Interactions", {**EVENT, "EVENT_TYPE": CATEGORY}, "EVENT_TYPE must not be categorical"),
        (
            "Interactions",
            {**EVENT, "EVENT_VALUE": "string"},
            "EVENT_VALUE must be of type float, or a list of it and null, got string",
        ),
        ("Users", {"USER_ID": CATEGORY, "AGE": "int"}, "USER_ID must not be categorical"),
        (
            "Items",
            {"ITEM_ID": "string", "GENRES_1": "string", "GENRES1": "string"},
            "must be unique, also without their underscores, got GENRES_1, GENRES1",
        ),
        (
            "Items",
            {"ITEM_ID": "string", "MAIN-GENRE": "string"},
            "must have letters, digits and underscores alone, got 'MAIN-GENRE'",
        ),
        (
            "Users",
            {"USER_ID": "string", "BIO": {"type": "string", "textual": True}},
            "a schema of Users must have at most 0 textual fields, got BIO",
        ),
        (
            "Items",
            {"ITEM_ID": "string", "A": {"type": "int", "textual": True}},
            "a textual field must be a string, got int for A",
        ),
        ("Users", {"USER_ID": "string", **{f"F{n}": "int" for n in range(26)}}, "at most 25 fields of its own, got 26"),
        ("Interactions", {**EVENT, **{f"F{n}": "int" for n in range(6)}}, "at most 5 fields of its own, got 6"),
        (
            "Actions",
            {"ACTION_ID": "string", "VALUE": "string"},
            "VALUE must be of type long, or a list of it and null, got string",
        ),
    ],
)
def test_what_the_guide_forbids_is_refused(call: Any, name: str, fields: dict[str, Any], message: str) -> None:
    assert message in refusal(call, name, fields)


@pytest.mark.parametrize("domain", ["ECOMMERCE", "VIDEO_ON_DEMAND"])
def test_a_domain_requires_more(call: Any, domain: str) -> None:
    create(call, "Items", ITEMS[domain], domain, "items")
    create(call, "Interactions", {**EVENT, "EVENT_TYPE": "string"}, domain, "interactions")
    create(call, "Users", {"USER_ID": "string", "AGE": "int"}, domain, "users")
    first, *others = ITEMS[domain]

    assert refusal(call, "Items", {first: "string", "A": "int"}, domain).startswith(
        f"The schema is invalid: a schema of Items must have the fields {', '.join([first, *others])}, got"
    )
    assert refusal(call, "Interactions", EVENT, domain).endswith(
        "TIMESTAMP, EVENT_TYPE, got USER_ID, ITEM_ID, TIMESTAMP"
    )
    assert (
        f"must be a dataset type of the domain {domain}, one of Interactions, Users, Items, got 'Actions'"
        in refusal(call, "Actions", {"ACTION_ID": "string", "VALUE": "long"}, domain)
    )


@pytest.mark.parametrize(
    ("domain", "field", "kind", "message"),
    [
        ("ECOMMERCE", "CATEGORY_L1", "string", "CATEGORY_L1 must be categorical"),
        ("ECOMMERCE", "PRICE", "int", "PRICE must be of type float, got int"),
        (
            "ECOMMERCE",
            "CREATION_TIMESTAMP",
            "string",
            "CREATION_TIMESTAMP must be of type long or float, or a list of it and null, got string",
        ),
        ("VIDEO_ON_DEMAND", "GENRES", "string", "GENRES must be categorical"),
        (
            "VIDEO_ON_DEMAND",
            "CREATION_TIMESTAMP",
            "string",
            "CREATION_TIMESTAMP must be of type long or float, got string",
        ),
        ("VIDEO_ON_DEMAND", "CONTENT_OWNER", "string", "CONTENT_OWNER must be categorical"),
    ],
)
def test_a_domain_has_its_own_reserved_fields(call: Any, domain: str, field: str, kind: str, message: str) -> None:
    assert message in refusal(call, "Items", {**ITEMS[domain], field: kind}, domain)


@pytest.mark.parametrize(("of_schema", "of_group"), [("ECOMMERCE", None), (None, "ECOMMERCE")])
def test_a_schema_must_be_of_the_dataset_groups_domain(
    call: Any, clock: Any, of_schema: str | None, of_group: str | None
) -> None:
    arn = create(call, "Items", ITEMS["ECOMMERCE"], of_schema)
    call("CreateDatasetGroup", name="shop", **({"domain": of_group} if of_group else {}))
    clock.advance(30)

    with pytest.raises(ServiceError, match=f"schema is {of_schema}, and that of the dataset group is {of_group}"):
        call("CreateDataset", name="items", schemaArn=arn, datasetGroupArn=GROUP, datasetType="Items")


def dataset(call: Any, arn: str) -> dict[str, Any]:
    described: dict[str, Any] = call("DescribeDataset", datasetArn=arn)["dataset"]
    return described


def test_a_dataset_gets_another_schema_in_time(call: Any, account: Any, clock: Any, personalize: Any) -> None:
    arn = call.dataset(call.USERS)
    account.write("s3://data/users.csv", "USER_ID,AGE\nann,1\n")
    call.finish_import(arn, "s3://data/users.csv", name="before")
    new = create(call, "Users", {"USER_ID": "string", "AGE": ["null", "int"], "PLACE": ["null", "string"]})
    began = clock.now()
    response = call("UpdateDataset", datasetArn=arn, schemaArn=new)
    states = []
    for after in (53, 1, 53, 1):
        described = dataset(call, arn)
        states.append((described["status"], described["latestDatasetUpdate"]["status"]))
        clock.advance(after)
    done = dataset(call, arn)
    account.write("s3://data/users.csv", "PLACE,USER_ID,AGE\nhere,bob,2\n")
    call.finish_import(arn, "s3://data/users.csv", name="after", importMode="INCREMENTAL")

    assert response == {"datasetArn": arn}
    assert states == [(status, status) for status in ["UPDATE PENDING"] * 2 + ["UPDATE IN_PROGRESS"] * 2]
    assert (done["status"], done["schemaArn"], done["lastUpdatedDateTime"]) == ("ACTIVE", new, began + 108)
    assert done["latestDatasetUpdate"] == {
        "schemaArn": new,
        "status": "ACTIVE",
        "creationDateTime": began,
        "lastUpdatedDateTime": began + 108,
    }
    assert personalize.rows(arn) == [
        {"USER_ID": "ann", "AGE": "1", "PLACE": ""},
        {"USER_ID": "bob", "AGE": "2", "PLACE": "here"},
    ]


def test_the_rows_have_the_columns_of_the_new_schema_at_once(call: Any, account: Any) -> None:
    arn = call.dataset(call.USERS)
    account.write("s3://data/users.csv", "USER_ID,AGE\nann,1\n")
    call.finish_import(arn, "s3://data/users.csv")
    new = create(call, "Users", {"PLACE": ["null", "string"], "USER_ID": "string", "AGE": ["null", "int"]})
    call("UpdateDataset", datasetArn=arn, schemaArn=new)
    call.clock.advance(108)
    call.finish(call.start_export(arn))

    assert account.read("s3://out/all/export.csv") == "PLACE,USER_ID,AGE\n,ann,1\n"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"USER_ID": "string", "PLACE": ["null", "string"]}, "must keep the fields AGE as they are"),
        ({"USER_ID": "string", "AGE": "int"}, "must keep the fields AGE as they are"),
        ({"USER_ID": "string", "AGE": ["null", "int"], "PLACE": "string"}, "fields PLACE must support null data"),
    ],
)
def test_a_schema_that_loses_or_changes_fields_is_refused(call: Any, fields: dict[str, Any], message: str) -> None:
    arn = call.dataset(call.USERS)
    new = create(call, "Users", fields)

    with pytest.raises(ServiceError, match=message) as error:
        call("UpdateDataset", datasetArn=arn, schemaArn=new)
    assert error.value.code == "InvalidInputException"
    assert dataset(call, arn)["schemaArn"] != new


def test_the_schema_of_interactions_cannot_be_replaced(call: Any) -> None:
    arn = call.dataset(call.INTERACTIONS)
    new = create(call, "Interactions", {**EVENT, "PLACE": ["null", "string"]})

    with pytest.raises(ServiceError, match="type Interactions cannot be replaced"):
        call("UpdateDataset", datasetArn=arn, schemaArn=new)


def test_the_schema_must_be_of_the_same_type(call: Any) -> None:
    items, users = call.dataset(call.ITEMS), call.dataset(call.USERS)
    schema_arn = dataset(call, items)["schemaArn"]

    with pytest.raises(ServiceError, match="not for a dataset of type USERS"):
        call("UpdateDataset", datasetArn=users, schemaArn=schema_arn)


def test_a_dataset_with_an_import_is_not_updated_and_one_with_an_update_not_imported(call: Any, clock: Any) -> None:
    arn = call.dataset(call.ITEMS)
    schema_arn = dataset(call, arn)["schemaArn"]
    call.start_import(arn)
    with pytest.raises(ServiceError) as early:
        call("UpdateDataset", datasetArn=arn, schemaArn=schema_arn)
    clock.advance(300)
    call("UpdateDataset", datasetArn=arn, schemaArn=schema_arn)
    with pytest.raises(ServiceError) as late:
        call.start_import(arn, name="other")

    assert {early.value.code, late.value.code} == {"ResourceInUseException"}
