"""Stage a: what Amazon Personalize says when it refuses a create call."""

from __future__ import annotations

import json
import re
from functools import cached_property
from typing import Any

from verify_aws.answers import response_or_error
from verify_aws.data import COLUMNS, MIN_INTERACTIONS, interactions, schema
from verify_aws.stage import Stage, step
from verify_aws.target import TAG

_READ = ["s3:GetObject", "s3:ListBucket"]
_WRITE = ["s3:PutObject"]
_PROPAGATION = 60
"""For how many seconds a new role is given time to be known everywhere; official notebooks wait as long."""


class Refusals(Stage):
    """Creates a dataset group with a dataset, two buckets and two roles, and jobs that are refused."""

    key = "a"
    makes = "a dataset group, a dataset, a schema, 2 buckets, 2 roles; jobs that are refused"
    minutes = 20
    jobs = 8  # none, unless AWS accepts what should be refused
    dollars = 0.01
    needs_bootstrap = False

    # --- what the steps need ---

    @property
    def personalize(self) -> Any:
        """A client."""
        return self.target.client("personalize")

    @cached_property
    def group(self) -> str:
        """The ARN of an active dataset group."""
        name = self.target.name
        arn = self.personalize.create_dataset_group(name=name)["datasetGroupArn"]
        describe = self.personalize.describe_dataset_group
        self.target.wait(
            lambda: describe(datasetGroupArn=arn)["datasetGroup"]["status"] == "ACTIVE", seconds=600, every=10
        )
        return str(arn)

    @cached_property
    def schema(self) -> str:
        """The ARN of a schema of interactions."""
        return str(self.personalize.create_schema(name=self.target.name, schema=schema())["schemaArn"])

    @cached_property
    def dataset(self) -> str:
        """The ARN of an active dataset of interactions."""
        arn = self.personalize.create_dataset(
            name=self.target.name, datasetType="Interactions", datasetGroupArn=self.group, schemaArn=self.schema
        )["datasetArn"]
        describe = self.personalize.describe_dataset
        self.target.wait(lambda: describe(datasetArn=arn)["dataset"]["status"] == "ACTIVE", seconds=600, every=10)
        return str(arn)

    @cached_property
    def bucket(self) -> str:
        """A bucket that lets Amazon Personalize read and write."""
        bucket = self._bucket("open")
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "personalize.amazonaws.com"},
            "Action": [*_READ, *_WRITE],
            "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.target.client("s3").put_bucket_policy(Bucket=bucket, Policy=policy)
        return bucket

    @cached_property
    def bucket_without_policy(self) -> str:
        """A bucket that lets nobody in."""
        return self._bucket("closed")

    def _bucket(self, name: str) -> str:
        bucket, s3 = f"{self.target.name}-{name}", self.target.client("s3")
        where = {} if self.target.region == "us-east-1" else {"LocationConstraint": self.target.region}
        s3.create_bucket(Bucket=bucket, **({"CreateBucketConfiguration": where} if where else {}))
        s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": TAG, "Value": self.target.name}]})
        s3.put_object(Bucket=bucket, Key="good.csv", Body=interactions().encode())
        s3.put_object(Bucket=bucket, Key="no-items.csv", Body=interactions(columns=("USER_ID", "TIMESTAMP")).encode())
        return bucket

    @cached_property
    def role(self) -> str:
        """The ARN of a role that Amazon Personalize may assume, with access to all buckets of the run."""
        return self._role("good", "personalize.amazonaws.com")

    @cached_property
    def untrusting_role(self) -> str:
        """The ARN of a role that only another service may assume."""
        return self._role("wrong", "ec2.amazonaws.com")

    def _role(self, name: str, principal: str) -> str:
        iam, role = self.target.client("iam"), f"{self.target.name}-{name}"
        trust = {"Effect": "Allow", "Principal": {"Service": principal}, "Action": "sts:AssumeRole"}
        buckets = f"arn:aws:s3:::{self.target.name}-*"
        access = {"Effect": "Allow", "Action": [*_READ, *_WRITE], "Resource": [buckets, f"{buckets}/*"]}
        created = iam.create_role(
            RoleName=role,
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
            Tags=[{"Key": TAG, "Value": self.target.name}],
            **({"PermissionsBoundary": self.target.boundary} if self.target.boundary else {}),
        )
        policy = json.dumps({"Version": "2012-10-17", "Statement": [access]})
        iam.put_role_policy(RoleName=role, PolicyName="data", PolicyDocument=policy)
        self.target.clock.sleep(_PROPAGATION)
        return str(created["Role"]["Arn"])

    def create_import(self, name: str, **changes: Any) -> Any:
        """Calls CreateDatasetImportJob with parameters that are right, but for these."""
        parameters = {
            "jobName": f"{self.target.name}-{name}",
            "datasetArn": self.dataset,
            "dataSource": {"dataLocation": f"s3://{self.bucket}/good.csv"},
            "roleArn": self.role,
        }
        return self.personalize.create_dataset_import_job(**parameters | changes)

    def create_export(self, name: str, **destination: Any) -> Any:
        """Calls CreateDatasetExportJob with parameters that are right, but for these of the destination."""
        return self.personalize.create_dataset_export_job(
            jobName=f"{self.target.name}-{name}",
            datasetArn=self.dataset,
            roleArn=self.role,
            jobOutput={"s3DataDestination": {"path": f"s3://{self.bucket}/exports/", **destination}},
        )

    # --- the steps ---

    @step
    def used_name(self) -> None:
        """A name that is in use."""
        assert self.group
        self.observe(
            "a dataset group's name that is in use",
            lambda: self.personalize.create_dataset_group(name=self.target.name),
            facts=("PER-3",),
            expected={
                "error": "ResourceAlreadyExistsException",
                "status": 400,
                "message": re.compile(r"Another resource with Arn arn:\S+:dataset-group/<name> already exists\."),
            },
        )
        assert self.schema
        self.observe(
            "a schema's name that is in use",
            lambda: self.personalize.create_schema(name=self.target.name, schema=schema()),
            facts=("PER-3",),
            expected={"error": "ResourceAlreadyExistsException", "status": 400},
        )

    @step
    def missing_resources(self) -> None:
        """ARNs that name nothing."""
        arn = f"arn:aws:personalize:{self.target.region}:{self.target.account}"
        self.observe(
            "a dataset group that does not exist",
            lambda: self.personalize.describe_dataset_group(
                datasetGroupArn=f"{arn}:dataset-group/{self.target.name}-none"
            ),
            facts=("PER-1",),
            expected={
                "error": "ResourceNotFoundException",
                "status": 400,
                "message": re.compile(r"The given dataset group does not exist: arn:\S+"),
            },
        )
        self.observe(
            "an import into a dataset that does not exist",
            lambda: self.create_import("none", datasetArn=f"{arn}:dataset/{self.target.name}-none/INTERACTIONS"),
            facts=("PER-2",),
            expected={"error": "ResourceNotFoundException", "status": 400},
        )
        self.observe(
            "a job that does not exist",
            lambda: self.personalize.describe_dataset_import_job(
                datasetImportJobArn=f"{arn}:dataset-import-job/{self.target.name}-none"
            ),
            facts=("PER-2",),
            expected={"error": "ResourceNotFoundException", "status": 400},
        )

    @step
    def wrong_roles(self) -> None:
        """Roles that cannot be assumed."""
        self.observe(
            "an import with a role that does not trust the service",
            lambda: self.create_import("untrusted", roleArn=self.untrusting_role),
            facts=("IAM-12",),
            expected={"error": "InvalidInputException", "status": 400},
        )
        self.observe(
            "an import with a role that does not exist",
            lambda: self.create_import(
                "no-role", roleArn=f"arn:aws:iam::{self.target.account}:role/{self.target.name}-none"
            ),
            facts=("IAM-12",),
            expected={"error": "InvalidInputException", "status": 400},
        )

    @step
    def no_bucket_policy(self) -> None:
        """A bucket whose policy does not name the service."""
        self.observe(
            "an import from a bucket without a policy",
            lambda: self.create_import(
                "no-policy", dataSource={"dataLocation": f"s3://{self.bucket_without_policy}/good.csv"}
            ),
            facts=("PER-54",),
            expected={
                "error": "InvalidInputException",
                "status": 400,
                "message": re.compile(
                    r"Insufficient privileges for accessing data in S3\. Please look at https://\S+ "
                    r"and fix bucket policy on <name>-closed\."
                ),
            },
        )

    @step
    def missing_column(self) -> None:
        """A file that lacks a column."""
        self.observe(
            "an import of a file that lacks a column",
            lambda: self.create_import("column", dataSource={"dataLocation": f"s3://{self.bucket}/no-items.csv"}),
            facts=("PER-59",),
            expected={
                "error": "InvalidInputException",
                "status": 400,
                "message": "Input csv is missing the following columns: [ITEM_ID]",
            },
            rows=MIN_INTERACTIONS,
        )

    @step
    def bad_locations(self) -> None:
        """Locations with nothing there."""
        for name, location in {
            "an import of an object that does not exist": f"s3://{self.bucket}/none.csv",
            "an import of a folder without files": f"s3://{self.bucket}/none/",
            "an import from a bucket that does not exist": f"s3://{self.target.name}-none/good.csv",
        }.items():
            self.observe(
                name,
                lambda location=location: self.create_import("location", dataSource={"dataLocation": location}),
                facts=("PER-58",),
                expected={"error": "InvalidInputException", "status": 400},
            )

    @step
    def unknown_key(self) -> None:
        """A KMS key that does not exist."""
        key = f"arn:aws:kms:{self.target.region}:{self.target.account}:key/00000000-0000-0000-0000-000000000000"
        self.observe(
            "an export that is encrypted with a key that does not exist",
            lambda: self.create_export("key", kmsKeyArn=key),
            facts=("PER-86",),
            expected={"error": "InvalidInputException", "status": 400},
        )

    @step
    def broken_patterns(self) -> None:
        """Parameters that botocore lets through, and the service does not."""
        self.observe(
            "a name with a forbidden character",
            lambda: self.personalize.create_dataset_group(name=f"{self.target.name}.none"),
            facts=("PER-5",),
            expected={
                "error": re.compile("InvalidInputException|ValidationException"),
                "status": 400,
                "message": re.compile(
                    r"1 validation error detected: Value '<name>\.none' at 'name' failed to satisfy constraint: "
                    r"Member must satisfy regular expression pattern: .*"
                ),
            },
        )

    @step
    def schemas(self) -> None:
        """Schemas that lack what their type of dataset, or their domain, requires, and those that have it."""
        self._observe_schemas("interactions", required=("ITEM_ID",), columns=COLUMNS)
        shop = {**COLUMNS, "EVENT_TYPE": "string"}
        self._observe_schemas("ECOMMERCE interactions", required=("EVENT_TYPE",), columns=shop, domain="ECOMMERCE")
        self._observe_schemas(
            "ECOMMERCE items",
            required=("PRICE", "CATEGORY_L1"),
            columns={"ITEM_ID": "string", "COLOR": "string", "PRICE": "float", "CATEGORY_L1": "string"},
            domain="ECOMMERCE",
        )

    def _observe_schemas(
        self, what: str, *, required: tuple[str, ...], columns: dict[str, str], domain: str = ""
    ) -> None:
        without = {name: type_ for name, type_ in columns.items() if name not in required}
        type_ = what.rpartition(" ")[2].capitalize()

        def create(suffix: str, columns: dict[str, str]) -> Any:
            name = f"{self.target.name}-{what.lower().replace(' ', '-')}-{suffix}"
            options = {"domain": domain} if domain else {}
            return response_or_error(
                lambda: self.personalize.create_schema(name=name, schema=schema(type_, columns), **options)
            )

        # Only the second answer shows that the first was for want of these fields.
        self.observe(
            f"schemas of {what} without and with {' and '.join(required)}",
            lambda: {"without": create("without", without), "with": create("with", columns)},
            facts=("PER-26",),
            expected={
                "without": {"error": "InvalidInputException", "status": 400},
                "with": {"schemaArn": re.compile(r"arn:\S+:schema/<name>-\S+-with")},
            },
        )
