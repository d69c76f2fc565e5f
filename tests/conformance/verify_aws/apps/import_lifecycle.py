"""The stack of stage c, which stage f deploys, too: a dataset and an import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import CfnOutput, aws_sns
from verify_aws.apps.resources import DatasetGroupWithDatasets

from cdk_data_jobs import DataSource, personalize

if TYPE_CHECKING:
    from pathlib import Path

    from aws_cdk import Stack


def imported(stack: Stack, *, file: Path, job: bool = True, topic: str = "", wait: bool = True) -> None:
    """Makes a dataset with an import of a file.

    Args:
        stack: The stack.
        file: The file.
        job: Whether there is the import.
        topic: The name of a topic that has nothing to do with it, or no topic.
        wait: Whether the deployment waits for the job.
    """
    dataset = DatasetGroupWithDatasets(stack).dataset()
    CfnOutput(stack, "DatasetArn", value=dataset.attr_dataset_arn)
    if job:
        made = personalize.DatasetImportJob(
            stack, "Import", dataset=dataset, source=DataSource.from_asset(file), wait_for_completion=wait
        )
        CfnOutput(stack, "JobArn", value=made.dataset_import_job_arn)
        CfnOutput(stack, "JobStatus", value=made.status)
    if topic:
        aws_sns.Topic(stack, "Topic", display_name=topic)
