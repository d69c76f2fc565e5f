from __future__ import annotations

import json
from typing import Any

import pytest

from cdk_data_jobs_local.services.core.errors import ServiceError


def schema(name: str = "Items", *fields: Any) -> str:
    fields = fields or ({"name": "ITEM_ID", "type": "string"}, {"name": "PRICE", "type": ["null", "float"]})
    return json.dumps({"type": "record", "name": name, "fields": fields, "version": "1.0"})


def test_arns_have_the_services_form(call: Any) -> None:
    dataset = call.dataset()

    schemas = call("ListSchemas")["schemas"]
    assert dataset == "arn:aws:personalize:eu-west-1:111122223333:dataset/shop/ITEMS"
    assert [one["schemaArn"] for one in schemas] == ["arn:aws:personalize:eu-west-1:111122223333:schema/items"]


def test_a_dataset_group_becomes_active_in_time(call: Any, clock: Any) -> None:
    arn = call("CreateDatasetGroup", name="shop")["datasetGroupArn"]
    states = []
    for _ in range(3):
        states.append(call("DescribeDatasetGroup", datasetGroupArn=arn)["datasetGroup"]["status"])
        clock.advance(15)

    assert states == ["CREATE PENDING", "CREATE IN_PROGRESS", "ACTIVE"]


def test_a_dataset_of_a_group_that_is_not_active_is_refused(call: Any) -> None:
    schema_arn = call("CreateSchema", name="items", schema=call.ITEMS)["schemaArn"]
    group_arn = call("CreateDatasetGroup", name="shop")["datasetGroupArn"]

    with pytest.raises(ServiceError, match="not ACTIVE") as refused:
        call("CreateDataset", name="a", schemaArn=schema_arn, datasetGroupArn=group_arn, datasetType="ITEMS")

    assert refused.value.code == "ResourceInUseException"


@pytest.mark.parametrize(
    "one", [{"kmsKeyArn": "arn:aws:kms:eu-west-1:111122223333:key/1"}, {"roleArn": "arn:aws:iam::111122223333:role/r"}]
)
def test_a_dataset_group_has_a_key_and_a_role_or_neither(call: Any, one: dict[str, str]) -> None:
    with pytest.raises(ServiceError, match="kmsKeyArn and roleArn must be given together"):
        call("CreateDatasetGroup", name="shop", **one)


def test_a_dataset_of_no_type_is_refused(call: Any) -> None:
    call.dataset()
    group_arn = call("ListDatasetGroups")["datasetGroups"][0]["datasetGroupArn"]
    schema_arn = call("ListSchemas")["schemas"][0]["schemaArn"]

    with pytest.raises(ServiceError, match=r"datasetType must be one of INTERACTIONS, .*, got Things"):
        call("CreateDataset", name="a", schemaArn=schema_arn, datasetGroupArn=group_arn, datasetType="Things")


def test_names_are_unique(call: Any) -> None:
    call("CreateDatasetGroup", name="shop")

    with pytest.raises(ServiceError) as refused:
        call("CreateDatasetGroup", name="shop")

    assert refused.value.code == "ResourceAlreadyExistsException"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "a schema must be JSON"),
        ('{"type": "enum"}', "Avro record"),
        (schema("Things"), "one of Interactions, .*, got 'Things'"),
        ('{"type": "record", "name": "Items", "fields": []}', "must have a list of fields"),
        (schema("Items", {"name": "ITEM_ID", "type": "string"}), "one more field than ITEM_ID"),
        (schema("Items", {"name": "PRICE", "type": "float"}), "must have the fields ITEM_ID"),
        (schema("Items", {"name": "ITEM_ID", "type": "bytes"}), "the type of a field must be one of"),
        (schema("Items", {"name": "ITEM_ID"}), "must have a name and a type"),
        (schema("Items", *[{"name": "ITEM_ID", "type": "string"}] * 2), "must be unique, .*, got ITEM_ID, ITEM_ID"),
    ],
)
def test_a_schema_that_the_service_would_not_take_is_refused(call: Any, text: str, message: str) -> None:
    with pytest.raises(ServiceError, match=message) as refused:
        call("CreateSchema", name="schema", schema=text)

    assert refused.value.code == "InvalidInputException"


def test_what_something_else_needs_cannot_be_deleted(call: Any, account: Any, clock: Any) -> None:
    dataset = call.dataset()
    group_arn = call("ListDatasetGroups")["datasetGroups"][0]["datasetGroupArn"]
    schema_arn = call("ListSchemas")["schemas"][0]["schemaArn"]
    call.start_import(dataset)
    deletions = [
        ("DeleteDataset", {"datasetArn": dataset}),
        ("DeleteDatasetGroup", {"datasetGroupArn": group_arn}),
        ("DeleteSchema", {"schemaArn": schema_arn}),
    ]

    for operation, parameters in deletions:
        with pytest.raises(ServiceError) as refused:
            call(operation, **parameters)
        assert refused.value.code == "ResourceInUseException"
    clock.advance(1000)
    for operation, parameters in deletions:
        assert call(operation, **parameters) == {}
        with pytest.raises(ServiceError) as refused:
            call(operation, **parameters)
        assert refused.value.code == "ResourceNotFoundException"
    assert account.assumed


def test_lists_come_in_pages(call: Any) -> None:
    for number in range(5):
        call("CreateDatasetGroup", name=f"group-{number}")
    names: list[str] = []
    token: dict[str, str] = {}
    pages = 0
    while pages == 0 or token:
        response = call("ListDatasetGroups", maxResults=2, **token)
        names += [group["name"] for group in response["datasetGroups"]]
        token = {"nextToken": response["nextToken"]} if "nextToken" in response else {}
        pages += 1

    assert pages == 3
    assert names == [f"group-{number}" for number in range(5)]


def test_a_page_has_a_hundred_entries(call: Any) -> None:
    for number in range(101):
        call("CreateSchema", name=f"schema-{number}", schema=call.ITEMS)
    first = call("ListSchemas")
    second = call("ListSchemas", nextToken=first["nextToken"])

    assert (len(first["schemas"]), len(second["schemas"]), "nextToken" in second) == (100, 1, False)


@pytest.mark.parametrize("token", ["nonsense", "bm9uc2Vuc2U="])
def test_a_foreign_token_is_refused(call: Any, token: str) -> None:
    with pytest.raises(ServiceError) as refused:
        call("ListDatasetGroups", nextToken=token)

    assert refused.value.code == "InvalidNextTokenException"


def test_tags_are_added_replaced_and_removed(call: Any) -> None:
    arn = call("CreateDatasetGroup", name="a", tags=[{"tagKey": "a", "tagValue": "1"}])["datasetGroupArn"]
    call("TagResource", resourceArn=arn, tags=[{"tagKey": "a", "tagValue": "2"}, {"tagKey": "b", "tagValue": ""}])
    call("UntagResource", resourceArn=arn, tagKeys=["b", "c"])

    assert call("ListTagsForResource", resourceArn=arn)["tags"] == [{"tagKey": "a", "tagValue": "2"}]


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ([f"key-{number}" for number in range(51)], "TooManyTagsException"),
        (["aws:mine"], "InvalidInputException"),
        (["a", "a"], "InvalidInputException"),
    ],
)
def test_tags_that_the_service_would_not_take_are_refused(call: Any, keys: list[str], code: str) -> None:
    with pytest.raises(ServiceError) as refused:
        call("CreateDatasetGroup", name="a", tags=[{"tagKey": key, "tagValue": ""} for key in keys])

    assert refused.value.code == code


def test_a_resource_has_fifty_tags_of_which_as_many_are_removed_at_once(call: Any) -> None:
    keys = [f"key-{number}" for number in range(50)]
    tags = [{"tagKey": key, "tagValue": ""} for key in keys]
    arn = call("CreateDatasetGroup", name="a", tags=tags)["datasetGroupArn"]
    with pytest.raises(ServiceError, match="A resource can have at most 50 tags"):
        call("TagResource", resourceArn=arn, tags=[{"tagKey": "one-more", "tagValue": ""}])
    with pytest.raises(ServiceError, match="At most 50 tags can be removed at once"):
        call("UntagResource", resourceArn=arn, tagKeys=[*keys, "one-more"])
    call("UntagResource", resourceArn=arn, tagKeys=keys)

    assert call("ListTagsForResource", resourceArn=arn)["tags"] == []
