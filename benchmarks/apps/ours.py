"""The imports with this library."""

from __future__ import annotations

from aws_cdk import Duration
from imports import Options, data_bucket, stack_of

from cdk_data_jobs import DataSource, personalize

wanted = Options.from_environment()
app, stack = stack_of(wanted)
bucket = data_bucket(stack, wanted)
for number in range(wanted.jobs):
    personalize.DatasetImportJob(
        stack,
        f"Import{number}",
        dataset=personalize.Dataset.from_dataset_arn(stack, f"Dataset{number}", wanted.dataset_arn(number)),
        source=DataSource.from_bucket(bucket, wanted.folder(number)),
        timeout=Duration.minutes(wanted.timeout) if wanted.timeout else None,
    )
app.synth()
