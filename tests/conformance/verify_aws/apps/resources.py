"""What the stacks of the stages have in common. Nothing in them outlives the stack: an account is asked, not used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy
from aws_cdk import aws_personalize as cfn
from verify_aws.data import schema

from cdk_data_jobs import DataBucket

if TYPE_CHECKING:
    from aws_cdk import Stack
    from constructs import Construct

IMPORT = "Custom::PersonalizeDatasetImportJob"


def bucket(scope: Construct, id_: str = "Bucket") -> DataBucket:
    """Returns a bucket that goes with its stack, as soon as it is empty."""
    return DataBucket(scope, id_, versioned=False, removal_policy=RemovalPolicy.DESTROY)


class DatasetGroupWithDatasets:
    """A dataset group of a stack, and its datasets."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.group = cfn.CfnDatasetGroup(stack, "Group", name=stack.stack_name)

    def dataset(self, type_: str = "Interactions", columns: dict[str, str] | None = None) -> cfn.CfnDataset:
        """Returns a dataset."""
        name = f"{self.stack.stack_name}-{type_}".lower()
        avro = cfn.CfnSchema(self.stack, f"{type_}Schema", name=name, schema=schema(type_, columns))
        return cfn.CfnDataset(
            self.stack,
            type_,
            name=name,
            dataset_type=type_,
            dataset_group_arn=self.group.attr_dataset_group_arn,
            schema_arn=avro.attr_schema_arn,
        )
