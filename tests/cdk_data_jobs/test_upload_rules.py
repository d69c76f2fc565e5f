"""The rules for uploaded files: which keys they may match, and how long their input may be."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import Stack, aws_kms, aws_s3

from cdk_data_jobs import DataJobRunner, DataSource, personalize

INCREMENTAL = personalize.ImportMode.INCREMENTAL


def test_the_function_lists_nothing_but_copies_in_a_bucket_that_holds_more(
    stack: Stack, import_job: Any, resources: Any
) -> None:
    upload_to(stack, import_job, aws_s3.Bucket(stack, "Source"), aws_s3.Bucket(stack, "Staging"), "in/")

    [policy] = [value for name, value in resources(stack, "AWS::IAM::Policy").items() if "Copies" in name]
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    [listing] = [one for one in statements if one["Action"] == "s3:ListBucket"]
    assert listing["Condition"] == {"StringLike": {"s3:prefix": "data-jobs/*"}}


def test_the_function_decrypts_uploaded_files_with_the_key_of_their_bucket(
    stack: Stack, import_job: Any, resources: Any
) -> None:
    source, staging = (
        aws_s3.Bucket(stack, name, encryption_key=aws_kms.Key(stack, f"{name}Key")) for name in ("Source", "Staging")
    )
    upload_to(stack, import_job, source, staging, "in/")

    [policy] = [value for name, value in resources(stack, "AWS::IAM::Policy").items() if "ImportUsersPolicy" in name]
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    [decrypting] = [one["Resource"] for one in statements if one["Action"] == "kms:Decrypt"]
    assert decrypting == stack.resolve(source.encryption_key.key_arn)


def test_as_many_rules_as_possible_share_a_statement_of_the_queue(
    stack: Stack, import_job: Any, resources: Any
) -> None:
    job = import_job(import_mode=INCREMENTAL)
    for number in range(40):
        job.run_on_upload(id=f"Upload{number}")

    statements = [
        statement
        for policy in resources(stack, "AWS::SQS::QueuePolicy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    assert len([one for one in statements if "events.amazonaws.com" in str(one)]) == 1


def reported_length(import_job: Any, tags: list[str]) -> int:
    """Returns the length of a rule's input in the error for a job with tags of these values; 0 if there is no error."""
    app = cdk.App()
    stack = Stack(app, "Shop")
    dataset = personalize.Dataset.from_dataset_arn(stack, "Users", "arn:aws:personalize:r:a:dataset/shop/USERS")
    source = DataSource.from_bucket(aws_s3.Bucket(stack, "Data"), "users/")
    job = import_job(scope=stack, dataset=dataset, source=source, import_mode=INCREMENTAL)
    job.run_on_upload()
    for number, value in enumerate(tags):
        cdk.Tags.of(job).add(f"tag-{number}", value)
    try:
        app.synth()
    except RuntimeError as error:
        limit = "the parameters and tags of the job, must have at most 8192 characters, got about "
        return int(str(error).partition(limit)[2].partition(";")[0])
    return 0


def test_the_input_of_a_rule_has_a_limit(import_job: Any) -> None:
    values = ["x" * 200] * 45
    before = reported_length(import_job, values)
    full, rest = divmod(before - 8192, 199)
    fitting = ["x"] * full + ["x" * (200 - rest)] + values[full + 1 :]

    assert reported_length(import_job, [*values, "x"]) == before + len(',{"Key":"tag-45","Value":"x"}')
    assert reported_length(import_job, fitting) == 0
    assert reported_length(import_job, [*fitting[:-1], "x" * 201]) == 8193


def upload_to(
    stack: Stack, import_job: Any, source: aws_s3.IBucket, staging: aws_s3.IBucket, key: str, **given: Any
) -> None:
    runner = DataJobRunner(stack, "Runner", staging_bucket=staging)
    source = DataSource.from_bucket(source, key)
    import_job(source=source, runner=runner, import_mode=INCREMENTAL).run_on_upload(**given)


@pytest.mark.parametrize(
    ("key", "given"),
    [
        ("in/", {}),
        ("data/", {}),
        ("data-jobs", {}),
        ("d", {}),
        ("data-jobs.csv", {}),
        ("data-jobs/", {"prefix": "in/"}),
        ("in/", {"prefix": "data-jobs-in/"}),
    ],
)
def test_other_folders_of_the_staging_bucket_start_runs(
    stack: Stack, import_job: Any, resources: Any, key: str, given: Any
) -> None:
    bucket = aws_s3.Bucket(stack, "Both")
    upload_to(stack, import_job, bucket, bucket, key, **given)

    assert resources(stack, "AWS::Events::Rule")


@pytest.mark.parametrize("source", ["Declared", "Named", "Arn"])
@pytest.mark.parametrize("staging", ["Declared", "Named", "Arn"])
def test_two_constructs_may_be_one_bucket(stack: Stack, import_job: Any, source: str, staging: str) -> None:
    buckets = {
        "Declared": aws_s3.Bucket(stack, "Declared", bucket_name="shop"),
        "Named": aws_s3.Bucket.from_bucket_name(stack, "Named", "shop"),
        "Arn": aws_s3.Bucket.from_bucket_arn(stack, "Arn", "arn:aws:s3:::shop"),
    }

    with pytest.raises(ValueError, match="which match what is below 'data-jobs/'"):
        upload_to(stack, import_job, buckets[source], buckets[staging], "in/", prefix="")


def test_another_bucket_may_have_a_folder_of_that_name(stack: Stack, import_job: Any, resources: Any) -> None:
    declared, known = aws_s3.Bucket(stack, "Declared"), aws_s3.Bucket.from_bucket_name(stack, "Known", "shop")
    upload_to(stack, import_job, declared, known, "data-jobs/")

    assert resources(stack, "AWS::Events::Rule")
