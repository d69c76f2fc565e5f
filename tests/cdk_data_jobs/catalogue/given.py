"""What the refusals refer to, besides what every entry of the catalogue has."""

from functools import cached_property
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from catalogue.jobs import import_users
from catalogue.shop import DATASET_ARN, Shop

from cdk_data_jobs import DataJobRunner, DataSource
from cdk_data_jobs.personalize import Dataset


class Given(Shop):
    """A `Shop` with values that are not known yet, and with data that a job cannot have."""

    @cached_property
    def text(self) -> str:
        """The value of a parameter of the template."""
        return cdk.CfnParameter(self.stack, "Text").value_as_string

    @cached_property
    def number(self) -> float:
        """The value of a parameter of the template."""
        return cdk.CfnParameter(self.stack, "Number", type="Number").value_as_number

    @property
    def imported_value(self) -> str:
        """An output of another stack."""
        return cdk.Fn.import_value("shared")

    @property
    def part_of_list(self) -> str:
        """The first part of the value of a parameter of the template."""
        return cdk.Fn.select(0, cdk.Fn.split(",", self.text))

    @cached_property
    def role(self) -> iam.IRole:
        """A role outside the app, whose ARN is not known yet."""
        return iam.Role.from_role_arn(self.stack, "Role", self.text)

    def named(self, name: str) -> s3.IBucket:
        """Refers to a bucket outside the app."""
        return s3.Bucket.from_bucket_name(self.stack, "Named", name)

    def bucket_with_alias(self) -> s3.IBucket:
        """Makes a bucket whose key is known by its alias alone."""
        alias = kms.Alias.from_alias_name(self.stack, "Alias", "alias/data")
        return s3.Bucket(self.stack, "WithAlias", encryption_key=alias)

    def imported_bucket_with_key(self) -> s3.IBucket:
        """Refers to a bucket outside the app that has a key."""
        return s3.Bucket.from_bucket_attributes(self.stack, "B", bucket_name="data", encryption_key=self.key)

    def asset(self, name: str = "users.csv", **options: Any) -> DataSource:
        """Writes a local file."""
        return DataSource.from_asset(self.write(name), **options)

    def asset_folder(self, *names: str) -> DataSource:
        """Writes local files into a folder."""
        for name in names:
            self.write(f"data/{name}")
        return DataSource.from_asset(self.folder / "data")

    def runner_of(self, region: str) -> DataJobRunner:
        """Makes a runner in a Region."""
        stack = cdk.Stack(cdk.App.of(self.stack), "There", env=cdk.Environment(region=region))
        return DataJobRunner.of(stack)

    def in_region(self, region: str) -> dict[str, Any]:
        """Returns the arguments of a job in a Region."""
        stack = cdk.Stack(cdk.App.of(self.stack), "Here", env=cdk.Environment(region=region))
        source = DataSource.from_bucket(s3.Bucket(stack, "Data"), "users/")
        return {"scope": stack, "dataset": Dataset.from_dataset_arn(stack, "Users", DATASET_ARN), "source": source}


def upload_to_staging(it: Given, key: str, **options: Any) -> None:
    """Declares a job that runs on what is uploaded to the staging bucket."""
    bucket = it.bucket
    runner = DataJobRunner(it.stack, "Runner", staging_bucket=bucket)
    import_users(it, source=DataSource.from_bucket(bucket, key), runner=runner).run_on_upload(**options)
