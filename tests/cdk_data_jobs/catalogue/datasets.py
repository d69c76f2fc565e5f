"""Entries: dataset groups, datasets and schemas, with the jobs on them."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from catalogue.shop import ARN, Shop

from cdk_data_jobs.personalize import Dataset, DatasetGroup, DatasetType, Domain, Field, Schema


def datasets_of_a_group(shop: Shop) -> None:
    group = DatasetGroup(shop.stack, "Books")
    items = group.add_dataset(
        "Items",
        schema=Schema.items(GENRE=Field.categorical(nullable=True), PRICE=Field.float(nullable=True)),
        dataset_name="books",
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    events = group.add_dataset("Events", schema=Schema.interactions(EVENT_TYPE=Field.string()))
    events.import_from(shop.source)
    items.import_from(shop.source, id="Import", import_mode=None)
    items.export_to(shop.destination, id="Export", job_name="books")
    group.delete_users(shop.source, id="Forget", trigger="1")


def a_group_with_a_domain_and_a_key(shop: Shop) -> None:
    role = iam.Role(shop.stack, "Theirs", assumed_by=iam.ServicePrincipal("personalize.amazonaws.com"))
    group = DatasetGroup(
        shop.stack,
        "Books",
        dataset_group_name="books",
        domain=Domain.ECOMMERCE,
        encryption_key=shop.key,
        role=role,
        order_imports=False,
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    schema = Schema.users(AGE=Field.int(nullable=True), CLUB=Field.boolean(nullable=True))
    group.add_dataset("Users", schema=schema).import_from(shop.source)


def a_schema_of_its_own(shop: Shop) -> None:
    definition = Schema.users(SCORE=Field.double(nullable=True), SINCE=Field.long(nullable=True))
    path = shop.write("users.avsc", definition.to_json(domain=None))
    schema = Schema(
        shop.stack,
        "Schema",
        definition=Schema.from_file(path),
        domain=None,
        schema_name="readers",
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    Dataset(
        shop.stack,
        "Readers",
        dataset_group=shop.dataset_group,
        schema=schema,
        dataset_type=DatasetType.USERS,
        dataset_name="readers",
        removal_policy=cdk.RemovalPolicy.DESTROY,
    ).import_from(shop.source)


def a_dataset_in_a_group_that_exists(shop: Shop) -> None:
    arn = f"{ARN}:dataset-group/actions"
    group = DatasetGroup.from_dataset_group_arn(shop.stack, "Existing", arn, domain=None, order_imports=True)
    schema = Schema.from_schema_arn(shop.stack, "ExistingSchema", f"{ARN}:schema/items")
    group.add_dataset("Items", schema=schema, dataset_type=DatasetType.ITEMS).import_from(shop.source)
    about = Field.string(nullable=True)
    group.add_dataset("Actions", schema=Schema.actions(ABOUT=about))
    group.add_dataset("Taken", schema=Schema.action_interactions(PLACE=Field.string()))
    texts = Field.textual(nullable=True)
    Schema(shop.stack, "Texts", definition=Schema.items(DESCRIPTION=texts))
