"""The schema of an import's dataset is checked whenever it is known, whatever the import reads."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_personalize as cdk_personalize

from cdk_data_jobs import DataSource, personalize
from cdk_data_jobs.personalize._dataset_schemas import find_schema

Declare = Callable[..., personalize.DatasetImportJob]
Write = Callable[..., Path]

ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset/shop/"


def document(name: str, columns: dict[str, Any], own: int = 0, **attributes: object) -> str:
    """Returns a schema with columns of certain types, and some of its own."""
    fields = [{"name": column, "type": type_} for column, type_ in columns.items()]
    more = [{"name": f"OWN{number}", "type": "float", **attributes} for number in range(own)]
    return json.dumps({"type": "record", "name": name, "fields": fields + more})


USERS = document("Users", {"USER_ID": "string", "AGE": ["null", "int"]})
NUMBER_AS_ID = document("Users", {"USER_ID": "long", "AGE": "int"})
INTERACTIONS = document("Interactions", {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"})
SHOP_ITEMS = document(
    "Items",
    {
        "ITEM_ID": "string",
        "PRICE": "float",
        "CREATION_TIMESTAMP": "long",
        "PRODUCT_DESCRIPTION": "string",
    },
    98,
)
"""Of the domain ECOMMERCE alone: in others it has too many columns of its own."""
SHOP_ITEMS = SHOP_ITEMS.replace(
    '"fields": [', '"fields": [{"name": "CATEGORY_L1", "type": "string", "categorical": true}, '
)


@pytest.fixture
def dataset_of(stack: cdk.Stack) -> Callable[..., cdk_personalize.CfnDataset]:
    """Declares a dataset with its schema."""

    def make(text: str | None, dataset_type: str = "Users", group: str = "arn", **options: Any) -> Any:
        schema = text and cdk_personalize.CfnSchema(stack, "S", name="s", schema=text, **options).attr_schema_arn
        return cdk_personalize.CfnDataset(
            stack,
            "D",
            name="d",
            dataset_type=dataset_type,
            dataset_group_arn=group,
            schema_arn=schema or cdk.Fn.import_value("schema"),
        )

    return make


@pytest.fixture
def sources(write: Write) -> dict[str, dict[str, Any]]:
    """All kinds of sources: what an import has besides its dataset."""
    path = write("data/a.csv") / "data"
    return {
        "bucket": {},
        "rows": {"source": DataSource.from_asset(path)},
        "headers": {"source": DataSource.from_asset(path, check=False)},
    }


KINDS = pytest.mark.parametrize("kind", ["bucket", "rows", "headers"])


@KINDS
def test_a_schema_that_the_service_would_refuse_is_refused(
    import_job: Declare, dataset_of: Callable[..., Any], sources: dict[str, Any], kind: str
) -> None:
    with pytest.raises(ValueError, match=r"the schema of Shop/D would be refused:\n  USER_ID must be of type string"):
        import_job(dataset=dataset_of(NUMBER_AS_ID), **sources[kind])


@KINDS
def test_the_schema_must_be_for_the_type_of_the_dataset(
    import_job: Declare, dataset_of: Callable[..., Any], sources: dict[str, Any], kind: str
) -> None:
    with pytest.raises(ValueError, match="of a dataset of type Items must be for that type, got one for Users for"):
        import_job(dataset=dataset_of(USERS, "Items"), **sources[kind])


@pytest.mark.parametrize("text", ["[]", "{"])
def test_any_literal_is_read_as_a_schema(dataset_of: Callable[..., Any], text: str) -> None:
    with pytest.raises(ValueError, match="the schema of Shop/D would be refused:\n  a schema must be"):
        find_schema(dataset_of(text), None)


@pytest.mark.parametrize("check", [None, False])
def test_a_schema_in_a_file_is_checked_too(import_job: Declare, write: Write, check: bool | None) -> None:
    schema = write("users.avsc", NUMBER_AS_ID) / "users.avsc"
    source = DataSource.from_asset(write("a.csv") / "a.csv", check=check, schema=schema)

    with pytest.raises(ValueError, match=r"the schema of Shop/Users would be refused:\n  .*users\.avsc: USER_ID must"):
        import_job(source=source)


@pytest.mark.parametrize("text", [None, cdk.Token.as_string({"Ref": "Schema"})], ids=["another app's", "a token"])
def test_a_schema_that_the_app_does_not_know_is_left_to_the_service(
    dataset_of: Callable[..., Any], text: str | None
) -> None:
    assert find_schema(dataset_of(text), None) is None


@pytest.mark.parametrize(
    ("arn", "is_refused"),
    [
        (f"{ARN}USERS", False),
        (f"{ARN}INTERACTIONS", True),
        (f"{ARN}ACTION_INTERACTIONS", True),
        (f"arn:aws:personalize:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}:dataset/shop/ITEMS", True),
        (f"{ARN}NEWER_TYPE", False),
        (f"{ARN}{cdk.Aws.STACK_NAME}", False),
        (cdk.Fn.import_value("dataset"), False),
    ],
    ids=["the same", "another", "another of two words", "another of any account", "unknown", "a token", "all a token"],
)
def test_the_schema_must_be_for_the_type_that_an_arn_ends_in(
    stack: cdk.Stack, write: Write, arn: str, is_refused: bool
) -> None:
    dataset = personalize.Dataset.from_dataset_arn(stack, "Imported", arn)
    file = write("users.avsc", USERS) / "users.avsc"

    try:
        find_schema(dataset, file)
    except ValueError as error:
        assert is_refused
        assert f"of type {arn.rpartition('/')[2].title().replace('_', '_')} must be" in str(error)  # noqa: PT017
    else:
        assert not is_refused


@pytest.mark.parametrize(
    ("domain", "message"),
    [
        ("ECOMMERCE", "must have the fields .* EVENT_TYPE"),
        (None, None),
        (cdk.Fn.import_value("domain"), None),
        ("TOYS", "a domain must be ECOMMERCE, VIDEO_ON_DEMAND, got 'TOYS'"),
    ],
    ids=["the domain's", "no domain", "a token", "no such domain"],
)
def test_the_schema_is_checked_for_its_domain(
    dataset_of: Callable[..., Any], domain: str | None, message: str | None
) -> None:
    dataset = dataset_of(INTERACTIONS, "Interactions", domain=domain)

    if message:
        with pytest.raises(ValueError, match=message):
            find_schema(dataset, None)
    else:
        assert find_schema(dataset, None)


def test_a_schema_in_a_file_may_be_of_any_domain(dataset: personalize.Dataset, stack: cdk.Stack, write: Write) -> None:
    items = personalize.Dataset.from_dataset_arn(stack, "Items", f"{ARN}ITEMS")
    schema = find_schema(items, write("items.avsc", SHOP_ITEMS) / "items.avsc")

    assert schema is not None
    assert schema.domain == "ECOMMERCE"
    with pytest.raises(ValueError, match="USER_ID must be of type string"):
        find_schema(dataset, write("users.avsc", NUMBER_AS_ID) / "users.avsc")


def test_a_schema_in_a_file_is_of_the_domain_of_the_apps_dataset_group(
    stack: cdk.Stack, dataset_of: Callable[..., Any], write: Write
) -> None:
    group = cdk_personalize.CfnDatasetGroup(stack, "G", name="g", domain="VIDEO_ON_DEMAND")
    items = dataset_of(None, "Items", group.attr_dataset_group_arn)

    with pytest.raises(ValueError, match=r"must have the fields .* GENRES"):
        find_schema(items, write("items.avsc", SHOP_ITEMS) / "items.avsc")


def test_a_file_must_have_the_schema_that_the_app_has(dataset_of: Callable[..., Any], write: Write) -> None:
    users = dataset_of(USERS)
    same = find_schema(users, write("users.avsc", json.dumps(json.loads(USERS), indent=2)) / "users.avsc")

    assert same == find_schema(users, None)
    with pytest.raises(ValueError, match=r"must be the one that this app declares, got another one in .*users\.avsc"):
        find_schema(users, write("users.avsc", USERS.replace("AGE", "YEARS")) / "users.avsc")
