"""DataBucket, and the sources in buckets and local files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match, Template

from cdk_data_jobs import DataBucket, DataDestination, DataJobRunner, DataSource, personalize

Declare = Callable[..., personalize.DatasetImportJob]
Properties = Callable[[], dict[str, Any]]
Write = Callable[..., Path]


def test_a_data_bucket_is_safe_by_default(stack: cdk.Stack) -> None:
    DataBucket(stack, "Bucket")

    template = Template.from_stack(stack)
    template.has_resource(
        "AWS::S3::Bucket",
        {
            "DeletionPolicy": "RetainExceptOnCreate",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "BucketEncryption": Match.any_value(),
                "PublicAccessBlockConfiguration": dict.fromkeys(
                    ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
                ),
                "VersioningConfiguration": {"Status": "Enabled"},
            },
        },
    )
    template.has_resource_properties(
        "AWS::S3::BucketPolicy",
        {
            "PolicyDocument": {
                "Statement": [
                    Match.object_like({"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}})
                ]
            }
        },
    )


def test_a_data_bucket_takes_the_arguments_of_a_bucket(stack: cdk.Stack) -> None:
    logs = DataBucket(stack, "Logs")
    key = kms.Key(stack, "Key")
    DataBucket(stack, "Bucket", server_access_logs_bucket=logs, encryption_key=key, versioned=False)

    Template.from_stack(stack).has_resource_properties(
        "AWS::S3::Bucket",
        {
            "LoggingConfiguration": Match.any_value(),
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]
            },
            "VersioningConfiguration": Match.absent(),
        },
    )


def test_a_file_is_copied_and_the_job_reads_the_copy(
    import_job: Declare, write: Write, job_properties: Properties, stack: cdk.Stack
) -> None:
    import_job(source=DataSource.from_asset(write("users.csv") / "users.csv"))

    properties = job_properties()
    (file,) = properties["Files"]
    assert file["Source"]["Fn::Sub"].startswith("s3://cdk-hnb659fds-assets-")
    assert file["Source"]["Fn::Sub"].endswith(".csv")
    assert file["Target"] == properties["Parameters"]["dataSource"]["dataLocation"]
    scheme, bucket, key = file["Target"]["Fn::Join"][1]
    assert (scheme, bucket) == ("s3://", {"Ref": "DataJobStagingBE8AF450"})
    assert [len(part) for part in key.split("/")] == [0, 8, 32, len("users.csv")]
    Template.from_stack(stack).has_resource(
        "AWS::S3::Bucket",
        {
            "DeletionPolicy": "Delete",
            "Properties": {
                "VersioningConfiguration": Match.absent(),
                "LifecycleConfiguration": {
                    "Rules": [
                        {
                            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                            "ExpirationInDays": 7,
                            "Status": "Enabled",
                        }
                    ]
                },
            },
        },
    )


def test_the_service_may_read_the_copies_of_the_job_alone(
    import_job: Declare, write: Write, job_properties: Properties, stack: cdk.Stack, resources: Callable[..., Any]
) -> None:
    import_job(source=DataSource.from_asset(write("users.csv") / "users.csv"))

    [file] = job_properties()["Files"]
    _, folder, _, _ = file["Target"]["Fn::Join"][1][-1].split("/")
    [policy] = [one for name, one in resources(stack, "AWS::IAM::Policy").items() if "ReadDataJobStaging" in name]
    reading = policy["Properties"]["PolicyDocument"]["Statement"][0]
    assert reading["Action"] == "s3:GetObject"
    assert reading["Resource"]["Fn::Join"][1][1] == f"/{folder}/*"


def test_a_folder_is_its_csv_files_of_the_first_level(
    import_job: Declare, write: Write, job_properties: Properties
) -> None:
    for name in ("b.csv", "a.CSV", "README.md", "notes/about.txt"):
        folder = write(name)
    import_job(source=DataSource.from_asset(folder))

    properties = job_properties()
    location = properties["Parameters"]["dataSource"]["dataLocation"]["Fn::Join"][1][-1]
    targets = [file["Target"]["Fn::Join"][1][-1] for file in properties["Files"]]
    assert location.endswith("/")
    assert targets == [f"{location}a.CSV", f"{location}b.csv"]


def test_the_location_changes_with_the_content_alone(
    import_job: Declare, write: Write, resources: Callable[..., Any]
) -> None:
    folder = write("users.csv", "USER_ID,AGE\n1,20\n")

    def location() -> str:
        other = cdk.Stack(cdk.App(), "Shop")
        dataset = personalize.Dataset.from_dataset_arn(other, "Users", "arn:aws:personalize:r:a:dataset/shop/USERS")
        import_job(scope=other, dataset=dataset, source=DataSource.from_asset(folder))
        (job,) = resources(other, "Custom::PersonalizeDatasetImportJob").values()
        return job["Properties"]["Parameters"]["dataSource"]["dataLocation"]["Fn::Join"][1][-1]

    first = location()
    again = location()
    write("users.csv", "USER_ID,AGE\n1,21\n")
    second = location()
    (folder / "users.csv").rename(folder / "readers.csv")

    assert first == again
    assert len({first, second, location()}) == 3


def test_jobs_with_the_same_file_have_copies_of_their_own(
    import_job: Declare, write: Write, resources: Callable[..., Any], stack: cdk.Stack
) -> None:
    source = DataSource.from_asset(write("users.csv"))
    import_job("One", source=source)
    import_job("Two", source=source)

    jobs = resources(stack, "Custom::PersonalizeDatasetImportJob").values()
    sources, targets = ([str(job["Properties"]["Files"][0][key]) for job in jobs] for key in ("Source", "Target"))
    assert len(set(sources)) == 1
    assert len(set(targets)) == 2
    assert len(resources(stack, "AWS::S3::Bucket")) == 2


def test_paths_are_relative_to_where_they_are_given(
    import_job: Declare, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = ",".join(f'{{"name": "{name}", "type": "string"}}' for name in ("USER_ID", "GENDER"))
    write("users.avsc", f'{{"type": "record", "name": "Users", "fields": [{fields}]}}')
    monkeypatch.chdir(write("users.csv"))
    source = DataSource.from_asset("users.csv", schema="users.avsc")
    monkeypatch.chdir("/")

    with pytest.raises(ValueError, match="GENDER"):
        import_job(source=source)


def test_of_an_alias_the_key_counts(import_job: Declare, stack: cdk.Stack, resources: Callable[..., Any]) -> None:
    key = kms.Key(stack, "Key")
    bucket = s3.Bucket(stack, "Encrypted", encryption_key=key.add_alias("data"))
    import_job(source=DataSource.from_bucket(bucket, "users/"))

    allowed = [
        one["Resource"]
        for policy in resources(stack, "AWS::IAM::Policy").values()
        for one in policy["Properties"]["PolicyDocument"]["Statement"]
        if "kms:Decrypt" in one["Action"]
    ]
    assert allowed == [stack.resolve(key.key_arn)]


@pytest.mark.parametrize(("end", "objects"), [("/users.csv", "/users.csv"), ("", "*")])
def test_a_key_with_a_token_is_a_folder_only_if_its_end_is_unknown(
    import_job: Declare, bucket: s3.Bucket, resources: Callable[..., Any], end: str, objects: str
) -> None:
    stack = bucket.stack
    day = cdk.CfnParameter(stack, "Day").value_as_string
    import_job(source=DataSource.from_bucket(bucket, f"{day}{end}"))

    (policy,) = resources(stack, "AWS::S3::BucketPolicy").values()
    resource = policy["Properties"]["PolicyDocument"]["Statement"][0]["Resource"]["Fn::Join"][1]
    assert resource[-2:] == [{"Ref": "Day"}, objects]


@pytest.mark.parametrize(
    ("key", "is_doubtful"),
    [("items", True), ("2024/items", True), ("data/2024.01", True), ("items.csv", False), ("items/", False)],
)
def test_a_folder_without_its_slash_is_warned_about(
    import_job: Declare, stack: cdk.Stack, bucket: s3.Bucket, key: str, *, is_doubtful: bool
) -> None:
    import_job(source=DataSource.from_bucket(bucket, key))

    found = Annotations.from_stack(stack).find_warning(
        "/Shop/ImportUsers",
        Match.string_like_regexp(
            f"the source is the one object '{key}', whose name has no suffix such as .csv; if it is a folder, end its "
            f"prefix in '/': '{key}/'"
        ),
    )
    assert len(found) == is_doubtful


def test_batches_of_uploaded_files_have_the_key_of_the_staging_bucket(
    import_job: Declare, stack: cdk.Stack, resources: Callable[..., Any]
) -> None:
    key = kms.Key(stack, "Key")
    runner = DataJobRunner(stack, "Runner", staging_bucket=s3.Bucket(stack, "Staging", encryption_key=key))
    import_job(runner=runner, import_mode=personalize.ImportMode.INCREMENTAL).run_on_upload()

    allowed = {
        name[:-8]
        for name, policy in resources(stack, "AWS::IAM::Policy").items()
        for one in policy["Properties"]["PolicyDocument"]["Statement"]
        if one["Resource"] == stack.resolve(key.key_arn)
    }
    assert allowed == {"RunnerCopiesStaging", "DataJobAccessPersonalizeReadStagingPolicy"}


def test_the_key_of_a_destination_counts_before_its_buckets(
    dataset: personalize.Dataset, stack: cdk.Stack, resources: Callable[..., Any]
) -> None:
    key = kms.Key(stack, "Key")
    bucket = s3.Bucket(stack, "Encrypted", encryption_key=kms.Key(stack, "Other"))
    destination = DataDestination.from_bucket(bucket, "out/", key)
    personalize.DatasetExportJob(stack, "Export", dataset=dataset, destination=destination)

    allowed = [
        one["Resource"]
        for policy in resources(stack, "AWS::IAM::Policy").values()
        for one in policy["Properties"]["PolicyDocument"]["Statement"]
        if "kms:Decrypt" in one["Action"]
    ]
    assert allowed == [stack.resolve(key.key_arn)]
