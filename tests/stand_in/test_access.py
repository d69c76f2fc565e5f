"""The emulator in a running MiniStack: may it assume the role, and may it read the bucket?"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from cdk_data_jobs_local import OfflineAws

SCHEMA = json.dumps(
    {
        "type": "record",
        "name": "Items",
        "fields": [{"name": "ITEM_ID", "type": "string"}, {"name": "PRICE", "type": "float"}],
    }
)
ANYBODY = {"Effect": "Allow", "Principal": {"Service": "personalize.amazonaws.com"}}


class Shop:
    """A dataset, a bucket with its data and a role, with policies as the service's guides show them."""

    def __init__(self, aws: OfflineAws) -> None:
        self.aws, self.name = aws, f"shop-{uuid.uuid4().hex[:8]}"
        self.arns = [f"arn:aws:s3:::{self.name}", f"arn:aws:s3:::{self.name}/*"]
        personalize, s3 = aws.client("personalize"), aws.client("s3")
        aws.personalize.durations(creating=0)
        schema = personalize.create_schema(name=self.name, schema=SCHEMA)["schemaArn"]
        group = personalize.create_dataset_group(name=self.name)["datasetGroupArn"]
        made = personalize.create_dataset(name="items", schemaArn=schema, datasetGroupArn=group, datasetType="Items")
        self.dataset = made["datasetArn"]
        s3.create_bucket(Bucket=self.name, CreateBucketConfiguration={"LocationConstraint": aws.region})
        s3.put_object(Bucket=self.name, Key="in/items.csv", Body=b"ITEM_ID,PRICE\na,1\n")
        condition = {
            "StringEquals": {"aws:SourceAccount": aws.account},
            "StringLike": {"aws:SourceArn": f"arn:aws:personalize:{aws.region}:{aws.account}:*"},
        }
        trust = {"Statement": [{**ANYBODY, "Action": "sts:AssumeRole", "Condition": condition}]}
        role = aws.client("iam").create_role(RoleName=self.name, AssumeRolePolicyDocument=json.dumps(trust))
        self.role = role["Role"]["Arn"]
        self.role_policy({"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": self.arns})
        self.bucket_policy({**ANYBODY, "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": self.arns})

    def role_policy(self, *statements: dict[str, Any]) -> None:
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        self.aws.client("iam").put_role_policy(RoleName=self.name, PolicyName="data", PolicyDocument=document)

    def bucket_policy(self, *statements: dict[str, Any]) -> None:
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        self.aws.client("s3").put_bucket_policy(Bucket=self.name, Policy=document)

    def trust(self, statement: dict[str, Any]) -> None:
        document = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Action": "sts:AssumeRole"}]})
        self.aws.client("iam").update_assume_role_policy(RoleName=self.name, PolicyDocument=document)

    def start_import(self) -> str:
        job: str = self.aws.client("personalize").create_dataset_import_job(
            jobName=f"job-{uuid.uuid4().hex}",
            datasetArn=self.dataset,
            dataSource={"dataLocation": f"s3://{self.name}/in/"},
            roleArn=self.role,
        )["datasetImportJobArn"]
        return job

    def refusal(self) -> str:
        with pytest.raises(ClientError) as refused:
            self.start_import()
        assert refused.value.response["Error"]["Code"] == "InvalidInputException"
        return str(refused.value)


@pytest.fixture
def shop(aws: OfflineAws) -> Shop:
    aws.personalize.durations(pending=1, in_progress=1)
    return Shop(aws)


def test_the_documented_policies_suffice(shop: Shop) -> None:
    shop.start_import()


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}},
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Condition": {"Bool": {"aws:PrincipalIsAWSService": "false"}}},
        {**ANYBODY, "Condition": {"StringEquals": {"aws:SourceAccount": "999999999999"}}},
        {**ANYBODY, "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:personalize:*:*:dataset-export-job/*"}}},
        {**ANYBODY, "Effect": "Deny"},
    ],
)
def test_a_role_that_does_not_trust_the_service_for_this_job_cannot_be_assumed(
    shop: Shop, statement: dict[str, Any]
) -> None:
    shop.trust(statement)

    assert f"Provided role {shop.role} cannot be assumed: its trust policy" in shop.refusal()


def test_a_role_that_does_not_exist_cannot_be_assumed(shop: Shop) -> None:
    shop.role += "-gone"

    assert "cannot be assumed: it does not exist" in shop.refusal()


@pytest.mark.parametrize("missing", ["s3:GetObject", "s3:ListBucket"])
@pytest.mark.parametrize("whose", ["role", "bucket"])
def test_role_and_bucket_must_both_allow_both_actions(shop: Shop, whose: str, missing: str) -> None:
    action = ({"s3:GetObject", "s3:ListBucket"} - {missing}).pop()
    if whose == "role":
        shop.role_policy({"Effect": "Allow", "Action": action, "Resource": shop.arns})
    else:
        shop.bucket_policy({**ANYBODY, "Action": action, "Resource": shop.arns})

    refusal = shop.refusal()
    assert "Insufficient privileges for accessing data in S3." in refusal
    assert f"fix bucket policy on {shop.name}" in refusal


def test_conditions_of_the_bucket_policy_count(shop: Shop) -> None:
    allow = {**ANYBODY, "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": shop.arns}
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": shop.arns, "Condition": insecure}
    shop.bucket_policy({**allow, "Condition": {"StringEquals": {"aws:SourceAccount": shop.aws.account}}}, deny)
    shop.start_import()
    shop.bucket_policy(
        {**allow, "Action": "s3:GetObject"}, {**allow, "Condition": {"StringLike": {"s3:prefix": "x/*"}}}
    )

    assert "Insufficient privileges" in shop.refusal()


def test_a_deny_of_the_bucket_policy_for_the_role_counts(shop: Shop) -> None:
    allow = {**ANYBODY, "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": shop.arns}
    deny = {"Effect": "Deny", "Principal": {"AWS": shop.role}, "Action": "s3:GetObject", "Resource": shop.arns}
    shop.bucket_policy(allow, deny)

    assert "Insufficient privileges" in shop.refusal()


def test_an_encrypted_objects_key_must_be_open_to_service_and_role(shop: Shop) -> None:
    kms, s3 = shop.aws.client("kms"), shop.aws.client("s3")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    s3.put_object(
        Bucket=shop.name,
        Key="in/items.csv",
        Body=b"ITEM_ID,PRICE\na,1\n",
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=key,
    )
    service = {**ANYBODY, "Action": "kms:Decrypt", "Resource": "*"}
    role = {"Effect": "Allow", "Principal": {"AWS": shop.role}, "Action": "kms:Decrypt", "Resource": "*"}

    def key_policy(*statements: dict[str, Any]) -> None:
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=document)

    for statement in (service, role):
        key_policy(statement)
        assert "Insufficient privileges" in shop.refusal()
    key_policy(service, role)
    shop.start_import()


def test_what_the_role_loses_while_the_job_waits_fails_it(shop: Shop) -> None:
    arn = shop.start_import()
    shop.role_policy({"Effect": "Allow", "Action": "s3:ListBucket", "Resource": shop.arns})
    personalize = shop.aws.client("personalize")
    status = ""
    while status not in ("ACTIVE", "CREATE FAILED"):
        job = personalize.describe_dataset_import_job(datasetImportJobArn=arn)["datasetImportJob"]
        status = job["status"]

    assert (status, "Insufficient privileges" in job["failureReason"]) == ("CREATE FAILED", True)
