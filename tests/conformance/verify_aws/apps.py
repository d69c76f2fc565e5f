"""The stacks that the stages deploy. Nothing in them outlives the stack: an account is asked, not used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import ArnFormat, CfnOutput, RemovalPolicy, Stack, aws_lambda, aws_sns
from aws_cdk import aws_personalize as cfn
from verify_aws.data import schema

from cdk_data_jobs import DataBucket, DataSource, personalize

if TYPE_CHECKING:
    from pathlib import Path

    from aws_cdk import App
    from constructs import Construct

IMPORT = "Custom::PersonalizeDatasetImportJob"

_PROBE = """
import sys

def handler(event, context):
    import boto3, botocore, s3transfer
    sdk = {module.__name__: module.__version__ for module in (boto3, botocore, s3transfer)}
    return {"python": "%d.%d" % sys.version_info[:2], **sdk}
"""


def bucket(scope: Construct, id_: str = "Bucket") -> DataBucket:
    """Returns a bucket that goes with its stack, as soon as it is empty."""
    return DataBucket(scope, id_, versioned=False, removal_policy=RemovalPolicy.DESTROY)


def refused_job(app: App, name: str, *, deployed: bool = True) -> Stack:
    """Returns the function with an import into a dataset that does not exist, and a function that reports its runtime.

    Args:
        app: The app.
        name: The stack's name.
        deployed: Whether the job runs when it is deployed.
    """
    stack = Stack(app, name)
    missing = stack.format_arn(
        service="personalize",
        resource="dataset",
        resource_name=f"{name}/INTERACTIONS",
        arn_format=ArnFormat.SLASH_RESOURCE_NAME,
    )
    personalize.DatasetImportJob(
        stack,
        "Import",
        dataset=personalize.Dataset.from_dataset_arn(stack, "Missing", missing),
        source=DataSource.from_bucket(bucket(stack), "data/"),
        deploy_time=deployed,
    )
    if not deployed:
        probe = aws_lambda.Function(
            stack,
            "Probe",
            code=aws_lambda.Code.from_inline(_PROBE),
            handler="index.handler",
            runtime=aws_lambda.Runtime.PYTHON_3_14,
            architecture=aws_lambda.Architecture.ARM_64,
        )
        CfnOutput(stack, "ProbeName", value=probe.function_name)
    return stack


class Catalogue:
    """A dataset group of a stack, and its datasets."""

    def __init__(self, stack: Stack, name: str) -> None:
        self.stack, self.name = stack, name
        self.group = cfn.CfnDatasetGroup(stack, "Group", name=name)

    def dataset(self, type_: str = "Interactions", columns: dict[str, str] | None = None) -> cfn.CfnDataset:
        """Returns a dataset."""
        name = f"{self.name}-{type_}".lower()
        avro = cfn.CfnSchema(self.stack, f"{type_}Schema", name=name, schema=schema(type_, columns))
        return cfn.CfnDataset(
            self.stack,
            type_,
            name=name,
            dataset_type=type_,
            dataset_group_arn=self.group.attr_dataset_group_arn,
            schema_arn=avro.attr_schema_arn,
        )


def imported(app: App, name: str, *, file: Path, job: bool = True, topic: str = "", wait: bool = True) -> Stack:
    """Returns a dataset with an import of a file.

    Args:
        app: The app.
        name: The stack's name.
        file: The file.
        job: Whether there is the import.
        topic: The name of a topic that has nothing to do with it, or no topic.
        wait: Whether the deployment waits for the job.
    """
    stack = Stack(app, name)
    dataset = Catalogue(stack, name).dataset()
    CfnOutput(stack, "DatasetArn", value=dataset.attr_dataset_arn)
    if job:
        made = personalize.DatasetImportJob(
            stack, "Import", dataset=dataset, source=DataSource.from_asset(file), wait_for_completion=wait
        )
        CfnOutput(stack, "JobArn", value=made.dataset_import_job_arn)
        CfnOutput(stack, "JobStatus", value=made.status)
    if topic:
        aws_sns.Topic(stack, "Topic", display_name=topic)
    return stack
