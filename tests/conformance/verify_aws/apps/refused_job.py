"""The stack of stage b: the function, and an import that is refused or does not run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import ArnFormat, CfnOutput, aws_lambda
from verify_aws.apps.resources import bucket

from cdk_data_jobs import DataSource, personalize

if TYPE_CHECKING:
    from aws_cdk import Stack

_PROBE = """
import sys

def handler(event, context):
    import boto3, botocore, s3transfer
    sdk = {module.__name__: module.__version__ for module in (boto3, botocore, s3transfer)}
    return {"python": "%d.%d" % sys.version_info[:2], **sdk}
"""


def refused_job(stack: Stack, *, deployed: bool = True) -> None:
    """Makes the function with an import into a dataset that does not exist, and a function that reports its runtime.

    Args:
        stack: The stack.
        deployed: Whether the job runs when it is deployed.
    """
    missing = stack.format_arn(
        service="personalize",
        resource="dataset",
        resource_name=f"{stack.stack_name}/INTERACTIONS",
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
