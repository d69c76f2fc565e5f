"""Imports of contacts: what the service is told and may read, and what a check finds in local files."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match
from catalogue.sesv2_kinds import CONTACTS, contact_import_job
from catalogue.shop import Shop

from cdk_data_jobs import DataSource, sesv2
from cdk_data_jobs._support.validation import ValidationError

Resources = Callable[..., dict[str, Any]]
TYPE = "Custom::AwsSesContactImportJob"


def of_service(policy: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the statements of a policy that are for the service."""
    return [one for one in policy["Statement"] if one["Principal"] == {"Service": "ses.amazonaws.com"}]


@pytest.mark.parametrize(
    ("key", "data_format"), [("a.csv", "CSV"), ("a.CSV", "CSV"), ("a.json", "JSON"), ("a.jsonl", "JSON")]
)
def test_the_name_of_the_file_says_its_format(
    key: str, data_format: str, shop: Shop, stack: cdk.Stack, resources: Resources
) -> None:
    contact_import_job(shop, source=DataSource.from_bucket(shop.bucket, key))

    (job,) = resources(stack, TYPE).values()
    assert job["Properties"]["Parameters"]["ImportDataSource"]["DataFormat"] == data_format
    destination = job["Properties"]["Parameters"]["ImportDestination"]["ContactListDestination"]
    assert destination == {"ContactListName": "readers", "ContactListImportAction": "PUT"}


def test_bucket_and_key_let_the_service_read_this_file_for_this_account(
    shop: Shop, stack: cdk.Stack, resources: Resources
) -> None:
    contact_import_job(shop, source=DataSource.from_bucket(shop.encrypted, "contacts.csv"))

    [(name, policy)] = [
        (name, one)
        for name, one in resources(stack, "AWS::S3::BucketPolicy").items()
        if of_service(one["Properties"]["PolicyDocument"])
    ]
    [objects] = of_service(policy["Properties"]["PolicyDocument"])
    assert objects["Action"] == "s3:GetObject"
    assert objects["Resource"]["Fn::Join"][1][-1] == "/contacts.csv"
    assert objects["Condition"] == {"StringEquals": {"aws:Referer": {"Ref": "AWS::AccountId"}}}
    (key,) = resources(stack, "AWS::KMS::Key").values()
    assert [one["Action"] for one in of_service(key["Properties"]["KeyPolicy"])] == ["kms:Decrypt"]
    (job,) = resources(stack, TYPE).values()
    assert name in job["DependsOn"]


def test_a_bucket_and_a_key_of_another_app_get_warnings(shop: Shop, stack: cdk.Stack) -> None:
    key = kms.Key.from_key_arn(stack, "ImportedKey", "arn:aws:kms:eu-west-1:111122223333:key/1")
    bucket = s3.Bucket.from_bucket_attributes(stack, "Imported", bucket_name="theirs", encryption_key=key)
    contact_import_job(shop, source=DataSource.from_bucket(bucket, "contacts.csv"))

    found = [
        str(one.entry.data).partition(" cannot")[0]
        for one in Annotations.from_stack(stack).find_warning("*", Match.any_value())
    ]
    assert found == ["the policy of the bucket theirs", f"the policy of the key {key.key_arn}"]


def test_a_local_file_is_copied_to_where_the_service_may_read_it(
    shop: Shop, stack: cdk.Stack, resources: Resources
) -> None:
    contact_import_job(shop, source=DataSource.from_asset(shop.write("contacts.csv", CONTACTS)))

    (job,) = resources(stack, TYPE).values()
    [copied] = job["Properties"]["Files"]
    assert copied["Target"] == job["Properties"]["Parameters"]["ImportDataSource"]["S3Url"]


def test_a_local_file_that_the_service_would_refuse_is_an_error(shop: Shop) -> None:
    source = DataSource.from_asset(shop.write("contacts.csv", "emailAddress\nada\n"))

    with pytest.raises(ValueError, match=r"(?s)the data of Shop/Job would be refused, got 1 error:.*ses-invalid-addr"):
        contact_import_job(shop, source=source)


def test_it_is_none_without_the_check(shop: Shop, stack: cdk.Stack, resources: Resources) -> None:
    contact_import_job(shop, source=DataSource.from_asset(shop.write("c.csv", "emailAddress\nada\n"), check=False))

    assert len(resources(stack, TYPE)) == 1


def test_what_is_probably_a_mistake_is_a_warning(shop: Shop, stack: cdk.Stack) -> None:
    contact_import_job(shop, source=DataSource.from_asset(shop.write("contacts.csv", f"{CONTACTS}ada@example.com,\n")))

    [warning] = Annotations.from_stack(stack).find_warning("*", Match.any_value())
    assert "ses-doubled-address" in str(warning.entry.data)


@pytest.mark.parametrize("data_format", [*sesv2.DataFormat])
def test_a_folder_is_no_file_whatever_its_format(data_format: sesv2.DataFormat, shop: Shop) -> None:
    (shop.folder / "contacts").mkdir()
    for name in ("a.csv", "b.csv"):
        (shop.folder / "contacts" / name).write_text("emailAddress\na@example.com\n")

    contact_list = sesv2.ContactList.from_contact_list_name(shop.stack, "Readers", "readers")
    sources = {
        "Bucket": DataSource.from_bucket(shop.bucket, "a/"),
        "Asset": DataSource.from_asset(shop.folder / "contacts"),
    }
    for name, source in sources.items():
        with pytest.raises(ValidationError, match="source must be one file"):
            contact_import_job(shop, name, source=source, contact_list=contact_list, data_format=data_format)


def test_a_local_file_has_the_format_of_its_name(shop: Shop) -> None:
    file = shop.write("contacts.csv", '{"emailAddress": "a@example.com"}\n')

    with pytest.raises(ValidationError, match=r"got DataFormat.JSON for 'contacts.csv'"):
        contact_import_job(shop, source=DataSource.from_asset(file), data_format=sesv2.DataFormat.JSON)


def test_of_a_key_that_is_a_token_one_object_may_be_read(shop: Shop, stack: cdk.Stack, resources: Resources) -> None:
    key = cdk.CfnParameter(stack, "ObjectKey").value_as_string
    source = DataSource.from_bucket(shop.bucket, key)
    contact_import_job(shop, source=source, data_format=sesv2.DataFormat.CSV)

    policies = resources(stack, "AWS::S3::BucketPolicy").values()
    [statement] = [one for policy in policies for one in of_service(policy["Properties"]["PolicyDocument"])]
    assert statement["Resource"]["Fn::Join"][1][-1] == {"Ref": "ObjectKey"}


@pytest.mark.parametrize("may_run_twice", [True, False])
def test_what_happens_if_the_response_is_lost_is_chosen(
    shop: Shop, stack: cdk.Stack, resources: Resources, *, may_run_twice: bool
) -> None:
    contact_import_job(shop, may_run_twice=may_run_twice)

    (job,) = resources(stack, TYPE).values()
    assert job["Properties"]["Definition"].get("lost") == (None if may_run_twice else "fail")
