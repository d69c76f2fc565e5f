"""cdk-nag's AwsSolutions, in stacks with and without a Region, alone and across stacks."""

from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from cdk_nag import AwsSolutionsChecks

from cdk_data_jobs import DataBucket, DataJobRunner, DataSource, personalize

ACCOUNT = "111122223333"
# Those of the flags that `cdk init` sets that change what the library declares.
NEW_APP = {
    "@aws-cdk/aws-iam:minimizePolicies": True,
    "@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy": True,
    "@aws-cdk/core:defaultCrossStackReferences": "weak",
    "@aws-cdk/core:enablePartitionLiterals": True,
}


def declare(app: cdk.App, name: str, folder: Path, env: cdk.Environment | None) -> None:
    data = cdk.Stack(app, f"Data{name}", env=env)
    jobs = cdk.Stack(app, f"Jobs{name}", env=env)
    bucket = DataBucket(
        data,
        "Bucket",
        server_access_logs_bucket=DataBucket(data, "Logs"),
        encryption_key=kms.Key(data, "Key", enable_key_rotation=True),
    )
    for stack in (data, jobs):
        dataset = personalize.Dataset.from_dataset_arn(
            stack, "Users", f"arn:aws:personalize:eu-west-1:{ACCOUNT}:dataset/shop/USERS"
        )
        here = {"scope": stack, "dataset": dataset}
        personalize.DatasetImportJob(id="FromBucket", source=DataSource.from_bucket(bucket, "users/"), **here)
        personalize.DatasetImportJob(id="FromAsset", source=DataSource.from_asset(folder), **here)
        shared = personalize.DatasetImportJob(
            id="Shared", source=DataSource.from_bucket(bucket, "more/"), runner=DataJobRunner.of(data), **here
        )
        cdk.Tags.of(shared).add("team", "search")


@pytest.mark.parametrize("context", [{}, NEW_APP], ids=["old app", "new app"])
def test_every_finding_is_fixed_or_acknowledged_with_a_reason(
    context: dict[str, object], write: Callable[..., Path]
) -> None:
    app = cdk.App(context=context)
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app, verbose=True))
    folder = write("users.csv")
    declare(app, "Anywhere", folder, None)
    declare(app, "There", folder, cdk.Environment(account=ACCOUNT, region="eu-west-1"))
    declare(app, "Here", folder, cdk.Environment(account=ACCOUNT, region="us-east-1"))

    assembly = app.synth()
    assert {dependency.id for dependency in assembly.get_stack_by_name("JobsHere").dependencies} >= {"DataHere"}


def test_findings_that_nobody_acknowledged_are_errors(app: cdk.App, stack: cdk.Stack) -> None:
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    DataBucket(stack, "Bucket")

    with pytest.raises(RuntimeError, match="AwsSolutions-S1"):
        app.synth()
