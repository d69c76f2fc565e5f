"""Roles that are so new that Amazon Personalize does not know them yet."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk_data_jobs_local import OfflineAws
    from conftest import AccountBuilder

SERVICE = "personalize.amazonaws.com"
READS = ("s3:GetObject", "s3:ListBucket")
SCHEMA = json.dumps(
    {
        "type": "record",
        "name": "Items",
        "fields": [{"name": "ITEM_ID", "type": "string"}, {"name": "PRICE", "type": "float"}],
    }
)
# At the speed of these tests, three real seconds.
PROPAGATION = 360


class Shop:
    def __init__(self, builder: AccountBuilder) -> None:
        self.builder, self.aws = builder, builder.aws
        self.client = builder.aws.client("personalize")
        name, s3 = builder.name("shop"), builder.aws.client("s3")
        schema = self.client.create_schema(name=name, schema=SCHEMA)["schemaArn"]
        group = self.client.create_dataset_group(name=name)["datasetGroupArn"]
        made = self.client.create_dataset(name=name, schemaArn=schema, datasetGroupArn=group, datasetType="Items")
        self.dataset, self.url = made["datasetArn"], f"s3://{name}/items.csv"
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": builder.aws.region})
        s3.put_object(Bucket=name, Key="items.csv", Body=b"ITEM_ID,PRICE\na,1\n")
        arns = [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
        statement = {"Effect": "Allow", "Principal": {"Service": SERVICE}, "Action": READS, "Resource": arns}
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Statement": [statement]}))

    def start(self, name: str, role: str) -> str:
        arn: str = self.client.create_dataset_import_job(
            jobName=self.builder.name(name),
            datasetArn=self.dataset,
            dataSource={"dataLocation": self.url},
            roleArn=role,
        )["datasetImportJobArn"]
        return arn

    def finish(self, job: str) -> dict[str, Any]:
        while True:
            found = self.client.describe_dataset_import_job(datasetImportJobArn=job)["datasetImportJob"]
            if found["status"] in ("ACTIVE", "CREATE FAILED"):
                return dict(found)
            time.sleep(0.02)

    @property
    def refusal(self) -> Any:
        error = self.client.exceptions.InvalidInputException
        return pytest.raises(error, match="Insufficient privileges for accessing data in S3")


@pytest.fixture
def shop(aws: OfflineAws, builder: AccountBuilder) -> Iterator[Shop]:
    aws.personalize.durations(creating=0)
    shop = Shop(builder)
    builder.role("old", SERVICE, *READS)
    aws.settings(propagation=PROPAGATION)
    # Whoever begins to watch takes what is there for old.
    time.sleep(0.2)
    yield shop
    aws.settings(propagation=0)
    aws.personalize.settings(late_access=False)


def test_a_new_role_is_refused_until_it_is_known_and_an_old_one_is_not(shop: Shop) -> None:
    new = shop.builder.role("new", SERVICE, *READS)
    made = shop.aws.now()
    with shop.refusal:
        shop.start("early", new)
    by_old = shop.start("old", new.replace("-new", "-old"))
    while shop.aws.now() < made + PROPAGATION + 30:
        time.sleep(0.1)

    assert shop.finish(by_old)["status"] == "ACTIVE"
    assert shop.finish(shop.start("late", new))["status"] == "ACTIVE"
    assert not [one for one in shop.aws.denials() if shop.builder.prefix in one["principal"]]


def test_a_new_policy_of_an_old_role_is_new(shop: Shop) -> None:
    name = shop.builder.name("old")
    policy = {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    shop.aws.client("iam").put_role_policy(RoleName=name, PolicyName="more", PolicyDocument=json.dumps(policy))

    with shop.refusal:
        shop.start("early", f"arn:aws:iam::{shop.aws.account}:role/{name}")


def test_a_job_with_a_new_role_may_be_accepted_and_fail(shop: Shop) -> None:
    shop.aws.personalize.settings(late_access=True)
    new = shop.builder.role("new", SERVICE, *READS)
    job = shop.finish(shop.start("early", new))

    assert job["status"] == "CREATE FAILED"
    assert job["failureReason"] == "Insufficient privileges for accessing data in Amazon S3."
