"""Dataset groups, their datasets, and the jobs on them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import RemovalPolicy, aws_iam, aws_kms
from aws_cdk import aws_personalize as cdk_personalize
from aws_cdk.assertions import Annotations, Match, Template

from cdk_data_jobs import DataBucket, DataDestination, DataSource, personalize
from cdk_data_jobs.personalize import Dataset, DatasetGroup, DatasetType, Domain, Field, Schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GROUP_ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset-group/shop"
ITEMS_ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset/shop/ITEMS"
ITEMS = Schema.items(PRICE=Field.float())
USERS = Schema.users(AGE=Field.int())
INTERACTIONS = Schema.interactions()
ACTIONS = Schema.actions(COST=Field.float())
ACTION_INTERACTIONS = Schema.action_interactions()


@pytest.fixture
def source(stack: cdk.Stack) -> DataSource:
    return DataSource.from_bucket(DataBucket(stack, "Data"), "data/")


@pytest.fixture
def group(stack: cdk.Stack) -> DatasetGroup:
    return DatasetGroup(stack, "Books")


def properties(stack: cdk.Stack, kind: str) -> dict[str, Any]:
    (resource,) = Template.from_stack(stack).find_resources(f"AWS::Personalize::{kind}").values()
    return dict(resource["Properties"])


def jobs_before(stack: cdk.Stack) -> dict[str, set[str]]:
    """Returns, for each job, the jobs that are deployed before it: by their paths in the stack."""
    template = Template.from_stack(stack).to_json()["Resources"]
    jobs = {name: one for name, one in template.items() if one["Type"].startswith("Custom::Personalize")}
    paths = {
        stack.get_logical_id(one): one.node.path for one in stack.node.find_all() if isinstance(one, cdk.CfnElement)
    }

    def name(logical_id: str) -> str:
        return paths[logical_id].removeprefix("Shop/Books/").removesuffix("/Resource/Default").removesuffix("/Resource")

    return {name(job): {name(other) for other in one["DependsOn"] if other in jobs} for job, one in jobs.items()}


def test_a_dataset_is_of_its_group_with_a_schema_of_its_own(stack: cdk.Stack, group: DatasetGroup) -> None:
    dataset = group.add_dataset("Items", schema=ITEMS)
    template = Template.from_stack(stack)

    template.has_resource_properties("AWS::Personalize::DatasetGroup", {"Name": "Shop-Books"})
    template.has_resource_properties(
        "AWS::Personalize::Schema", {"Name": Match.string_like_regexp("^Shop-Books-Items-Schema-[0-9a-f]{8}$")}
    )
    template.has_resource_properties(
        "AWS::Personalize::Dataset",
        {
            "Name": "Shop-Books-Items",
            "DatasetType": "Items",
            "DatasetGroupArn": stack.resolve(group.dataset_group_arn),
            "SchemaArn": {"Ref": Match.string_like_regexp("BooksItemsSchema")},
        },
    )
    assert stack.resolve(dataset.dataset_arn) == stack.resolve(dataset.dataset_ref.dataset_arn)
    assert dataset.dataset_type is DatasetType.ITEMS


@pytest.mark.parametrize("construct", [DatasetGroup, Dataset, Schema])
def test_the_resource_is_the_default_child(group: DatasetGroup, construct: type) -> None:
    dataset = group.add_dataset("Items", schema=ITEMS)
    of = {DatasetGroup: group, Dataset: dataset, Schema: dataset.node.find_child("Schema")}[construct]

    assert type(of.node.default_child).__name__ == f"Cfn{construct.__name__}"


def test_names_may_be_given(stack: cdk.Stack) -> None:
    group = DatasetGroup(stack, "Books", dataset_group_name="books")
    group.add_dataset("Items", schema=ITEMS, dataset_name="books-items")

    assert properties(stack, "DatasetGroup")["Name"] == "books"
    assert properties(stack, "Dataset")["Name"] == "books-items"


@pytest.mark.parametrize("name", ["", "_books", "böoks", "b" * 64])
def test_a_name_that_the_service_refuses_is_refused(stack: cdk.Stack, group: DatasetGroup, name: str) -> None:
    with pytest.raises(
        ValueError, match="dataset_group_name must have 1 to 63 letters, digits, hyphens and underscores"
    ):
        DatasetGroup(stack, "Other", dataset_group_name=name)
    with pytest.raises(ValueError, match="dataset_name must have 1 to 63 letters, digits, hyphens and underscores"):
        group.add_dataset("Items", schema=ITEMS, dataset_name=name)


def test_a_domain_decides_on_the_required_fields(stack: cdk.Stack) -> None:
    DatasetGroup(stack, "Books", domain=Domain.ECOMMERCE).add_dataset("Items", schema=Schema.items())

    assert properties(stack, "DatasetGroup")["Domain"] == "ECOMMERCE"
    assert properties(stack, "Schema")["Domain"] == "ECOMMERCE"
    assert "CATEGORY_L1" in properties(stack, "Schema")["Schema"]


def test_the_domain_of_a_declared_or_an_existing_group_is_known(stack: cdk.Stack) -> None:
    declared = cdk_personalize.CfnDatasetGroup(stack, "Declared", name="d", domain="ECOMMERCE")
    Dataset(stack, "Items", dataset_group=declared, schema=Schema.items())
    assert "CATEGORY_L1" in properties(stack, "Schema")["Schema"]

    other = cdk.Stack(cdk.App(), "Shop")
    existing = DatasetGroup.from_dataset_group_arn(other, "Existing", GROUP_ARN, domain=Domain.VIDEO_ON_DEMAND)
    existing.add_dataset("Items", schema=Schema.items())
    assert "GENRES" in properties(other, "Schema")["Schema"]
    assert properties(other, "Dataset")["DatasetGroupArn"] == GROUP_ARN


def test_a_group_has_one_dataset_of_each_type(group: DatasetGroup) -> None:
    group.add_dataset("Items", schema=ITEMS)

    message = (
        "got Shop/Books/More of the type Items, which Shop/Books/Items has; use one of them, or another dataset group"
    )
    with pytest.raises(ValueError, match=message):
        group.add_dataset("More", schema=ITEMS)


def test_a_schema_may_exist_already(stack: cdk.Stack, group: DatasetGroup) -> None:
    arn = "arn:aws:personalize:eu-west-1:111122223333:schema/items"
    schema = Schema.from_schema_arn(stack, "Schema", arn)
    group.add_dataset("Items", schema=schema, dataset_type=DatasetType.ITEMS)

    assert properties(stack, "Dataset")["SchemaArn"] == arn
    with pytest.raises(ValueError, match=r"must have a type, got none; name it: dataset_type=DatasetType\.ITEMS"):
        group.add_dataset("Users", schema=schema)


def test_a_schema_may_be_shared(stack: cdk.Stack) -> None:
    schema = Schema(stack, "Schema", definition=ITEMS)
    for name in ("A", "B"):
        DatasetGroup(stack, name).add_dataset("Items", schema=schema)

    assert len(Template.from_stack(stack).find_resources("AWS::Personalize::Schema")) == 1


def test_a_type_other_than_the_schemas_is_refused(group: DatasetGroup) -> None:
    with pytest.raises(ValueError, match="of a dataset of type Users must be for that type, got one for Items"):
        group.add_dataset("Items", schema=ITEMS, dataset_type=DatasetType.USERS)


@pytest.mark.parametrize("schema", ["items", None])
def test_a_schema_must_be_one(group: DatasetGroup, schema: Any) -> None:
    with pytest.raises(ValueError, match=re.escape("schema must be a Schema.items(...) or an ISchemaRef")):
        group.add_dataset("Items", schema=schema)


def test_all_is_retained_unless_the_first_deployment_fails(stack: cdk.Stack, group: DatasetGroup) -> None:
    group.add_dataset("Items", schema=ITEMS)
    resources = Template.from_stack(stack).to_json()["Resources"].values()

    assert {(one["DeletionPolicy"], one["UpdateReplacePolicy"]) for one in resources} == {
        ("RetainExceptOnCreate", "Retain")
    }


def test_datasets_are_removed_as_their_group_is(stack: cdk.Stack) -> None:
    group = DatasetGroup(stack, "Books", removal_policy=RemovalPolicy.DESTROY)
    group.add_dataset("Items", schema=ITEMS)
    group.add_dataset("Users", schema=USERS, removal_policy=RemovalPolicy.RETAIN)
    resources = Template.from_stack(stack).to_json()["Resources"]
    policies = {name: one["DeletionPolicy"] for name, one in resources.items()}

    assert {policy for name, policy in policies.items() if "Users" in name} == {"Retain"}
    assert {policy for name, policy in policies.items() if "Users" not in name} == {"Delete"}
    assert len(policies) == 5


def test_tags_reach_all_resources(stack: cdk.Stack, group: DatasetGroup) -> None:
    group.add_dataset("Items", schema=ITEMS)
    cdk.Tags.of(group).add("team", "books")

    for kind in ("DatasetGroup", "Dataset", "Schema"):
        assert properties(stack, kind)["Tags"] == [{"Key": "team", "Value": "books"}]


# --- keys ---


def test_a_key_comes_with_a_role_and_policies(stack: cdk.Stack) -> None:
    key = aws_kms.Key(stack, "Key")
    DatasetGroup(stack, "Books", encryption_key=key)
    template = Template.from_stack(stack)
    (group,) = template.find_resources("AWS::Personalize::DatasetGroup").values()
    ((role_id, role),) = template.find_resources("AWS::IAM::Role").items()
    ((policy_id, policy),) = template.find_resources("AWS::IAM::Policy").items()
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    (key_resource,) = template.find_resources("AWS::KMS::Key").values()
    _, *of_key = key_resource["Properties"]["KeyPolicy"]["Statement"]

    assert group["Properties"]["KmsKeyArn"] == stack.resolve(key.key_arn)
    assert group["Properties"]["RoleArn"] == {"Fn::GetAtt": [role_id, "Arn"]}
    assert policy_id in group["DependsOn"]
    (trusted,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trusted["Principal"] == {"Service": "personalize.amazonaws.com"}
    assert trusted["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    actions = {"kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey", "kms:ListGrants"}
    assert set(statement["Action"]) == actions
    assert {name for one in of_key for name in one["Principal"]} == {"AWS", "Service"}
    assert all(set(one["Action"]) == {*actions, "kms:CreateGrant"} for one in of_key)


def test_a_role_may_be_given(stack: cdk.Stack) -> None:
    role = aws_iam.Role(stack, "Role", assumed_by=aws_iam.ServicePrincipal("personalize.amazonaws.com"))
    DatasetGroup(stack, "Books", encryption_key=aws_kms.Key(stack, "Key"), role=role)

    assert properties(stack, "DatasetGroup")["RoleArn"] == stack.resolve(role.role_arn)


def test_a_role_without_a_key_is_refused(stack: cdk.Stack) -> None:
    role = aws_iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::111122223333:role/key")

    with pytest.raises(ValueError, match="role must be given together with encryption_key, got a role without a key"):
        DatasetGroup(stack, "Books", role=role)


def test_an_alias_is_refused(stack: cdk.Stack) -> None:
    alias = aws_kms.Alias.from_alias_name(stack, "Alias", "alias/key")

    with pytest.raises(ValueError, match="alias"):
        DatasetGroup(stack, "Books", encryption_key=alias)


def test_an_export_may_use_the_key_of_its_group(stack: cdk.Stack) -> None:
    group = DatasetGroup(stack, "Books", encryption_key=aws_kms.Key(stack, "Key"))
    group.add_dataset("Items", schema=ITEMS).export_to(deploy_time=False)

    assert "kms:GenerateDataKeyWithoutPlaintext" in str(Template.from_stack(stack).find_resources("AWS::IAM::Policy"))


# --- jobs ---


def test_the_jobs_take_all_arguments(stack: cdk.Stack, group: DatasetGroup, source: DataSource) -> None:
    dataset = group.add_dataset("Items", schema=ITEMS)
    imported = dataset.import_from(source, import_mode=personalize.ImportMode.INCREMENTAL, job_name="items")
    destination = DataDestination.from_bucket(DataBucket(stack, "Exports"), "out/")
    exported = dataset.export_to(destination, ingestion_mode=personalize.IngestionMode.ALL)
    deleted = group.delete_users(source, trigger="again")
    template = Template.from_stack(stack)

    assert [type(job).__name__ for job in (imported, exported, deleted)] == [
        "DatasetImportJob",
        "DatasetExportJob",
        "DataDeletionJob",
    ]
    arn = stack.resolve(dataset.dataset_arn)
    template.has_resource_properties(
        "Custom::PersonalizeDatasetImportJob",
        {"JobName": "items", "Parameters": {"datasetArn": arn, "importMode": "INCREMENTAL"}},
    )
    template.has_resource_properties(
        "Custom::PersonalizeDatasetExportJob",
        {"JobName": "Shop-Books-Items-Export", "Parameters": {"datasetArn": arn, "ingestionMode": "ALL"}},
    )
    template.has_resource_properties(
        "Custom::PersonalizeDataDeletionJob",
        {"Trigger": "again", "Parameters": {"datasetGroupArn": stack.resolve(group.dataset_group_arn)}},
    )


def test_a_second_job_needs_an_id(group: DatasetGroup, source: DataSource) -> None:
    dataset = group.add_dataset("Items", schema=ITEMS)
    dataset.import_from(source)
    dataset.import_from(source, id="More")
    message = (
        "each job of Shop/Books/Items must have an id of its own, got 'Import' again; name it: import_from(..., id="
    )

    with pytest.raises(ValueError, match=re.escape(message)):
        dataset.import_from(source)
    dataset.export_to()
    with pytest.raises(ValueError, match="got 'Export' again"):
        dataset.export_to()
    group.delete_users(source)
    with pytest.raises(ValueError, match="got 'DeleteUsers' again"):
        group.delete_users(source)


def test_imports_of_a_dataset_run_one_after_the_other(
    stack: cdk.Stack, group: DatasetGroup, source: DataSource
) -> None:
    dataset = group.add_dataset("Items", schema=ITEMS)
    for number in range(3):
        dataset.import_from(source, id=f"Import{number}")

    assert jobs_before(stack) == {
        "Items/Import0": set(),
        "Items/Import1": {"Items/Import0"},
        "Items/Import2": {"Items/Import0", "Items/Import1"},
    }


def test_so_do_those_of_an_existing_dataset(stack: cdk.Stack, source: DataSource) -> None:
    books = cdk.Stack(stack, "Books")
    dataset = Dataset.from_dataset_arn(books, "Items", ITEMS_ARN)
    dataset.import_from(source, id="First")
    dataset.import_from(source, id="Second")

    assert dataset.dataset_type is DatasetType.ITEMS
    assert (dataset.dataset_arn, dataset.dataset_ref.dataset_arn) == (ITEMS_ARN, ITEMS_ARN)


@pytest.mark.parametrize("names", [("Items", "Users", "Interactions"), ("Interactions", "Users", "Items")])
def test_interactions_are_imported_after_items_and_users(
    stack: cdk.Stack, group: DatasetGroup, source: DataSource, names: tuple[str, ...]
) -> None:
    schemas = {"Items": ITEMS, "Users": USERS, "Interactions": INTERACTIONS}
    for name in names:
        group.add_dataset(name, schema=schemas[name]).import_from(source)

    assert jobs_before(stack) == {
        "Items/Import": set(),
        "Users/Import": set(),
        "Interactions/Import": {"Items/Import", "Users/Import"},
    }


def test_interactions_with_actions_are_imported_after_actions_and_users(
    stack: cdk.Stack, group: DatasetGroup, source: DataSource
) -> None:
    schemas = {"Taken": ACTION_INTERACTIONS, "Items": ITEMS, "Actions": ACTIONS, "Users": USERS}
    for name, schema in schemas.items():
        group.add_dataset(name, schema=schema).import_from(source)

    assert jobs_before(stack) == {
        "Taken/Import": {"Actions/Import", "Users/Import"},
        "Items/Import": set(),
        "Actions/Import": set(),
        "Users/Import": set(),
    }


@pytest.mark.parametrize("existing", [False, True])
def test_the_order_can_be_switched_off(stack: cdk.Stack, source: DataSource, existing: bool) -> None:
    if existing:
        group = DatasetGroup.from_dataset_group_arn(stack, "Books", GROUP_ARN, order_imports=False)
    else:
        group = DatasetGroup(stack, "Books", order_imports=False)
    group.add_dataset("Items", schema=ITEMS).import_from(source)
    interactions = group.add_dataset("Interactions", schema=INTERACTIONS)
    interactions.import_from(source)
    interactions.import_from(source, id="More")

    assert jobs_before(stack) == {
        "Items/Import": set(),
        "Interactions/Import": set(),
        "Interactions/More": {"Interactions/Import"},
    }


def test_order_imports_is_a_flag(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match="order_imports must be True or False"):
        DatasetGroup(stack, "Books", order_imports="no")  # type: ignore[arg-type]


def test_rows_are_checked_against_the_schema(group: DatasetGroup, write: Callable[..., Path]) -> None:
    dataset = group.add_dataset("Items", schema=ITEMS)
    path = write("items.csv", "ITEM_ID,PRICE\ni1,cheap\n")

    with pytest.raises(ValueError, match="PRICE must be of type float, got 'cheap'"):
        dataset.import_from(DataSource.from_asset(str(path)))


def test_a_schema_of_another_domain_than_the_groups_is_warned_about(stack: cdk.Stack) -> None:
    shop = DatasetGroup(stack, "Books", domain=Domain.ECOMMERCE)
    films = Schema(stack, "Films", definition=USERS, domain=Domain.VIDEO_ON_DEMAND)
    users = shop.add_dataset("Users", schema=films)
    users.import_from(DataSource.from_bucket(DataBucket(stack, "Data"), "users/"))
    shop.add_dataset("Items", schema=Schema(stack, "Wares", definition=ITEMS, domain=Domain.ECOMMERCE))
    arn = "arn:aws:personalize:eu-west-1:111122223333:schema/events"
    events = Schema.from_schema_arn(stack, "Events", arn)
    shop.add_dataset("Events", schema=events, dataset_type=DatasetType.INTERACTIONS)

    warnings = Annotations.from_stack(stack).find_warning(
        "*", Match.string_like_regexp("a schema should have the domain")
    )
    assert [one.id for one in warnings] == ["/Shop/Books/Users"]
    assert "got VIDEO_ON_DEMAND for the schema and ECOMMERCE for the group" in str(warnings[0].entry.data)


def test_what_the_guide_advises_against_is_said_once(
    stack: cdk.Stack, group: DatasetGroup, source: DataSource, tmp_path: Path
) -> None:
    path = tmp_path / "users.avsc"
    path.write_text(USERS.to_json().replace('"Users"', '"users"'))
    users = group.add_dataset("Users", schema=Schema.from_file(path))
    users.import_from(source)
    users.import_from(source, id="Again")

    warnings = Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp("the schema is accepted, but"))
    assert [one.id for one in warnings] == ["/Shop/Books/Users/Schema"]


def test_exports_and_deletions_run_after_the_imports_that_are_declared_before(
    stack: cdk.Stack, group: DatasetGroup, source: DataSource
) -> None:
    items, users = group.add_dataset("Items", schema=ITEMS), group.add_dataset("Users", schema=USERS)
    items.export_to(id="Before")
    items.import_from(source)
    users.import_from(source)
    items.export_to()
    group.delete_users(source)
    users.import_from(source, id="After")

    before = jobs_before(stack)
    assert before["Items/Before"] == set()
    assert before["Items/Export"] == {"Items/Import"}
    assert before["DeleteUsers"] == {"Items/Import", "Users/Import"}


@pytest.mark.parametrize("has_role", [False, True])
def test_what_a_retained_group_uses_its_key_with_is_retained_too(stack: cdk.Stack, *, has_role: bool) -> None:
    role = aws_iam.Role(stack, "Theirs", assumed_by=aws_iam.ServicePrincipal("personalize.amazonaws.com"))
    DatasetGroup(stack, "Kept", encryption_key=aws_kms.Key(stack, "Key"), role=role if has_role else None)

    template = Template.from_stack(stack)
    resources = {**template.find_resources("AWS::IAM::Policy"), **template.find_resources("AWS::IAM::Role")}
    policies = {name: resource.get("DeletionPolicy") for name, resource in resources.items()}
    theirs = {name for name in policies if name.startswith("Theirs")}
    assert {policies[name] for name in theirs} == {None}
    assert {policy for name, policy in policies.items() if name not in theirs} == {"RetainExceptOnCreate"}


def test_what_a_group_uses_its_key_with_is_deleted_with_it(stack: cdk.Stack) -> None:
    key = aws_kms.Key(stack, "Key")
    DatasetGroup(stack, "Gone", encryption_key=key, removal_policy=RemovalPolicy.DESTROY)

    template = Template.from_stack(stack)
    assert {one.get("DeletionPolicy") for one in template.find_resources("AWS::IAM::Role").values()} == {None}
