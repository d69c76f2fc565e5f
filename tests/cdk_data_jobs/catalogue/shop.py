"""The stack that the catalogue declares jobs in, with the resources that they refer to."""

from functools import cached_property
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from cdk_data_jobs import DataBucket, DataDestination, DataSource, personalize, pinpoint

ACCOUNT, REGION = "111122223333", "eu-west-1"
ARN = f"arn:aws:personalize:{REGION}:{ACCOUNT}"
DATASET_ARN = f"{ARN}:dataset/shop/USERS"
SOLUTION_VERSION_ARN = f"{ARN}:solution/shop/1"
LAYER_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:boto3:1"


class Shop:
    """A stack with buckets and a key of its own, and references to what exists outside the app.

    Attributes:
        stack: The stack.
        folder: Where local files are written.
    """

    def __init__(self, stack: cdk.Stack, folder: Path) -> None:
        self.stack = stack
        self.folder = folder
        self.dataset = personalize.Dataset.from_dataset_arn(stack, "Users", DATASET_ARN)
        self.filter = personalize.Filter.from_filter_arn(stack, "Filter", f"{ARN}:filter/shop")
        self.application = pinpoint.App.from_application_id(stack, "Application", "0123456789abcdef")
        self.key = kms.Key(stack, "Key", enable_key_rotation=True)
        logs = DataBucket(stack, "Logs")
        self.bucket = DataBucket(stack, "Data", server_access_logs_bucket=logs)
        self.encrypted = DataBucket(stack, "Encrypted", encryption_key=self.key, server_access_logs_bucket=logs)
        self.source = DataSource.from_bucket(self.bucket, "in/")
        self.input = DataSource.from_bucket(self.bucket, "in/users.json")
        self.destination = DataDestination.from_bucket(self.bucket, "out/")
        self.solution_version_arn = SOLUTION_VERSION_ARN

    @cached_property
    def solution(self) -> personalize.Solution:
        """A solution outside the app."""
        return personalize.Solution.from_solution_arn(self.stack, "Solution", f"{ARN}:solution/shop")

    @cached_property
    def dataset_group(self) -> personalize.DatasetGroup:
        """A dataset group outside the app."""
        arn = f"{ARN}:dataset-group/shop"
        return personalize.DatasetGroup.from_dataset_group_arn(self.stack, "Group", arn)

    @cached_property
    def layer(self) -> lambda_.ILayerVersion:
        """A layer with an SDK that is newer than the one of the Lambda runtime."""
        return lambda_.LayerVersion.from_layer_version_arn(self.stack, "Sdk", LAYER_ARN)

    @cached_property
    def vpc(self) -> ec2.IVpc:
        """A VPC outside the app, with private subnets."""
        return ec2.Vpc.from_vpc_attributes(
            self.stack,
            "Vpc",
            vpc_id="vpc-0123456789abcdef0",
            availability_zones=["eu-west-1a", "eu-west-1b"],
            private_subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        )

    def queue(self, name: str = "Queue") -> sqs.IQueue:
        """Refers to a queue outside the app."""
        return sqs.Queue.from_queue_arn(self.stack, name, f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")

    def write(self, name: str, content: str | bytes = "USER_ID,AGE\n1,20\n") -> Path:
        """Writes a local file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path
