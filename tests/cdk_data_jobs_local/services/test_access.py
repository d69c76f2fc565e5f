"""The emulator in a running MiniStack: may it assume the role, and may it read the bucket?"""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdk_data_jobs_local import OfflineAws

SCHEMA = json.dumps(
    {
        "type": "record",
        "name": "Items",
        "fields": [{"name": "ITEM_ID", "type": "string"}, {"name": "PRICE", "type": "float"}],
    }
)
READING, WRITING = ["s3:GetObject", "s3:ListBucket"], ["s3:PutObject", "s3:ListBucket"]
# Developer guide, "Giving Amazon Personalize permission to use your AWS KMS key".
ASKED_FOR = ["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey", "kms:ListGrants", "kms:CreateGrant"]
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
        self.allow(READING)

    def allow(self, role: list[str], bucket: list[str] | None = None) -> None:
        self.role_policy({"Effect": "Allow", "Action": role, "Resource": self.arns})
        self.bucket_policy({**ANYBODY, "Action": role if bucket is None else bucket, "Resource": self.arns})

    def make_key(self) -> str:
        key: str = self.aws.client("kms").create_key()["KeyMetadata"]["Arn"]
        return key

    def key_policy(self, key: str, *, service: bool, role: bool, less: str = "") -> None:
        actions = [action for action in ASKED_FOR if action != less]
        own = {"Effect": "Allow", "Principal": {"AWS": self.role}, "Action": actions, "Resource": "*"}
        both = [({**ANYBODY, "Action": actions, "Resource": "*"}, service), (own, role)]
        document = json.dumps({"Version": "2012-10-17", "Statement": [one for one, wanted in both if wanted]})
        self.aws.client("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=document)

    def encrypt(self, **default: str) -> None:
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", **default}}
        self.aws.client("s3").put_bucket_encryption(
            Bucket=self.name, ServerSideEncryptionConfiguration={"Rules": [rule]}
        )

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

    def start_export(self, **destination: str) -> str:
        job: str = self.aws.client("personalize").create_dataset_export_job(
            jobName=f"job-{uuid.uuid4().hex}",
            datasetArn=self.dataset,
            ingestionMode="ALL",
            jobOutput={"s3DataDestination": {"path": f"s3://{self.name}/out/", **destination}},
            roleArn=self.role,
        )["datasetExportJobArn"]
        return job

    def start_deletion(self) -> str:
        personalize = self.aws.client("personalize")
        group = personalize.describe_dataset(datasetArn=self.dataset)["dataset"]["datasetGroupArn"]
        job: str = personalize.create_data_deletion_job(
            jobName=f"job-{uuid.uuid4().hex}",
            datasetGroupArn=group,
            dataSource={"dataLocation": f"s3://{self.name}/gone/"},
            roleArn=self.role,
        )["dataDeletionJobArn"]
        return job

    def refusal(self, start: Callable[..., str] | None = None, **parameters: str) -> str:
        with pytest.raises(ClientError) as refused:
            (start or self.start_import)(**parameters)
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
    key = shop.make_key()
    shop.aws.client("s3").put_object(
        Bucket=shop.name,
        Key="in/items.csv",
        Body=b"ITEM_ID,PRICE\na,1\n",
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=key,
    )
    for whose in ("service", "role"):
        shop.key_policy(key, service=whose == "service", role=whose == "role")
        assert "Insufficient privileges" in shop.refusal()
    shop.key_policy(key, service=True, role=True)
    shop.start_import()


@pytest.mark.parametrize("missing", ASKED_FOR)
def test_a_key_must_allow_what_the_guide_asks_for(shop: Shop, missing: str) -> None:
    shop.allow(WRITING)
    key = shop.make_key()
    shop.key_policy(key, service=True, role=True, less=missing)
    refusal = shop.refusal(shop.start_export, kmsKeyArn=key)
    denial = shop.aws.denials()[-1]

    assert "Insufficient privileges" in refusal
    assert (denial["principal"], denial["action"], denial["resource"]) == ("personalize.amazonaws.com", missing, key)
    page = 'required by "Giving Amazon Personalize permission to use your AWS KMS key"'
    assert denial["because"].endswith(page) == (missing != "kms:GenerateDataKey")


def test_an_export_from_a_group_with_a_key_uses_that_key(shop: Shop) -> None:
    shop.allow(WRITING)
    key, personalize = shop.make_key(), shop.aws.client("personalize")
    group = personalize.create_dataset_group(name=f"{shop.name}-k", kmsKeyArn=key, roleArn=shop.role)
    schema = personalize.create_schema(name=f"{shop.name}-k", schema=SCHEMA)["schemaArn"]
    shop.dataset = personalize.create_dataset(
        name="items", schemaArn=schema, datasetGroupArn=group["datasetGroupArn"], datasetType="Items"
    )["datasetArn"]
    shop.key_policy(key, service=True, role=True)

    assert "Insufficient privileges" in shop.refusal(shop.start_export)
    assert shop.aws.denials()[-1]["action"] == "kms:GenerateDataKeyWithoutPlaintext"


def test_what_the_role_loses_while_the_job_waits_fails_it(shop: Shop) -> None:
    shop.aws.personalize.durations(pending=240)
    arn = shop.start_import()
    shop.role_policy({"Effect": "Allow", "Action": "s3:ListBucket", "Resource": shop.arns})
    personalize = shop.aws.client("personalize")
    status = ""
    while status not in ("ACTIVE", "CREATE FAILED"):
        job = personalize.describe_dataset_import_job(datasetImportJobArn=arn)["datasetImportJob"]
        status = job["status"]

    assert (status, "Insufficient privileges" in job["failureReason"]) == ("CREATE FAILED", True)


def test_an_export_needs_to_write_and_nothing_else(shop: Shop) -> None:
    shop.allow(WRITING)
    arn = shop.start_export()
    s3 = shop.aws.client("s3")
    # Nobody asks about the job, and its file is there when it is due.
    while not (found := s3.list_objects_v2(Bucket=shop.name, Prefix="out/").get("Contents")):
        time.sleep(0.02)

    assert [one["Key"] for one in found] == [f"out/{arn.rpartition('/')[2]}.csv"]


@pytest.mark.parametrize("missing", WRITING)
@pytest.mark.parametrize("whose", ["role", "bucket"])
def test_role_and_bucket_must_both_allow_an_export(shop: Shop, whose: str, missing: str) -> None:
    less = [action for action in WRITING if action != missing]
    shop.allow(less if whose == "role" else WRITING, less if whose == "bucket" else WRITING)

    assert "Insufficient privileges" in shop.refusal(shop.start_export)


def test_the_key_of_an_export_must_be_open_to_service_and_role_and_encrypts_the_file(shop: Shop) -> None:
    shop.allow(WRITING)
    key = shop.make_key()
    for whose in ("service", "role"):
        shop.key_policy(key, service=whose == "service", role=whose == "role")
        assert "Insufficient privileges" in shop.refusal(shop.start_export, kmsKeyArn=key)
    shop.key_policy(key, service=True, role=True)
    arn = shop.start_export(kmsKeyArn=key)
    while shop.aws.personalize.jobs("DatasetExportJob")[-1]["status"] != "ACTIVE":
        time.sleep(0.02)
    written = shop.aws.client("s3").head_object(Bucket=shop.name, Key=f"out/{arn.rpartition('/')[2]}.csv")

    assert (written["ServerSideEncryption"], written["SSEKMSKeyId"]) == ("aws:kms", key)


def test_the_key_of_the_bucket_counts_where_the_export_names_none(shop: Shop) -> None:
    shop.allow(WRITING)
    key = shop.make_key()
    shop.encrypt(KMSMasterKeyID=key)
    shop.key_policy(key, service=False, role=True)

    assert "Insufficient privileges" in shop.refusal(shop.start_export)


def test_a_deletion_from_a_bucket_that_encrypts_with_a_key_is_refused(shop: Shop) -> None:
    shop.aws.client("s3").put_object(Bucket=shop.name, Key="gone/users.csv", Body=b"USER_ID\nann\n")
    shop.start_deletion()
    shop.encrypt()

    assert "uses an AWS KMS key" in shop.refusal(shop.start_deletion)
