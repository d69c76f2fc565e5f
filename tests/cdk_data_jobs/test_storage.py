"""DataBucket, and the sources in buckets and local files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Match, Template
from cdk_nag import AwsSolutionsChecks

from cdk_data_jobs import DataBucket, DataDestination, DataJobRunner, DataSource, personalize, pinpoint

Declare = Callable[..., personalize.DatasetImportJob]
Properties = Callable[[], dict[str, Any]]
Write = Callable[..., Path]


def test_a_data_bucket_is_safe_by_default(stack: cdk.Stack) -> None:
    DataBucket(stack, "Bucket")

    template = Template.from_stack(stack)
    template.has_resource(
        "AWS::S3::Bucket",
        {
            "DeletionPolicy": "Retain",
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


@pytest.mark.parametrize("bucket", ["shop-data", None])
def test_a_bucket_must_be_a_construct(bucket: s3.IBucket) -> None:
    error = (
        r"bucket must be an aws_s3.IBucket, got .*; use aws_s3.Bucket.from_bucket_name\(\.\.\.\) for an existing one"
    )
    with pytest.raises(ValueError, match=error):
        DataSource.from_bucket(bucket, "users/")
    with pytest.raises(ValueError, match=error):
        DataDestination.from_bucket(bucket, "users/")


def test_a_location_too_long_is_refused(stack: cdk.Stack, import_job: Declare) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "shop-data")

    with pytest.raises(ValueError, match="at most 256 characters"):
        import_job(source=DataSource.from_bucket(bucket, "x" * 250))


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


@pytest.mark.parametrize("path", ["", "missing.csv", "missing/"])
def test_a_missing_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"must be a file or a folder, got '.*': not found"):
        DataSource.from_asset(path)


@pytest.mark.parametrize("check", ["missing.avsc", "."])
def test_a_schema_that_is_no_file_is_refused(write: Write, check: str) -> None:
    with pytest.raises(ValueError, match=r"check must be a bool or the path of a schema, got '.*': not found"):
        DataSource.from_asset(write("users.csv"), check=check)


def test_only_jobs_that_can_check_data_take_a_check(write: Write, stack: cdk.Stack) -> None:
    application = pinpoint.App.from_application_id(stack, "Application", "0123456789abcdef")
    source = DataSource.from_asset(write("endpoints.csv") / "endpoints.csv", check=True)

    with pytest.raises(ValueError, match=r"can be checked, got check=True for Shop/Endpoints; leave check out"):
        pinpoint.ImportJob(stack, "Endpoints", application=application, source=source, format=pinpoint.Format.CSV)


def test_an_empty_file_is_refused(write: Write) -> None:
    with pytest.raises(ValueError, match=r"got an empty file: '.*/users.csv'"):
        DataSource.from_asset(write("users.csv", "") / "users.csv")


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"got a folder without files: '{tmp_path}'"):
        DataSource.from_asset(tmp_path)


def test_paths_are_relative_to_where_they_are_given(
    import_job: Declare, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = ",".join(f'{{"name": "{name}", "type": "string"}}' for name in ("USER_ID", "GENDER"))
    write("users.avsc", f'{{"type": "record", "name": "Users", "fields": [{fields}]}}')
    monkeypatch.chdir(write("users.csv"))
    source = DataSource.from_asset("users.csv", check="users.avsc")
    monkeypatch.chdir("/")

    with pytest.raises(ValueError, match="GENDER"):
        import_job(source=source)


@pytest.mark.parametrize(
    ("key", "message"), [("", "must name an object, or a folder"), ("/users/", "must be the part")]
)
def test_a_key_that_is_none_is_refused(bucket: s3.Bucket, key: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"key_or_prefix {message}"):
        DataSource.from_bucket(bucket, key)


def test_a_folder_without_csv_files_is_refused(import_job: Declare, write: Write) -> None:
    with pytest.raises(ValueError, match=r"at least one .csv file at its first level, got"):
        import_job(source=DataSource.from_asset(write("users.json")))


def test_csv_files_in_sub_folders_are_refused(import_job: Declare, write: Write) -> None:
    write("users.csv")

    with pytest.raises(
        ValueError, match=r"the job does not read sub-folders, got '2026/users.csv' in .*move the files"
    ):
        import_job(source=DataSource.from_asset(write("2026/users.csv")))


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


def test_an_alias_without_its_key_is_refused(import_job: Declare, stack: cdk.Stack) -> None:
    bucket = s3.Bucket(stack, "Encrypted", encryption_key=kms.Alias.from_alias_name(stack, "Alias", "alias/data"))

    with pytest.raises(ValueError, match="only the ARN of a key, got an alias without one for Shop/Encrypted; use"):
        import_job(source=DataSource.from_bucket(bucket, "users/"))


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


def test_a_file_that_the_job_does_not_read_is_refused(import_job: Declare, write: Write) -> None:
    with pytest.raises(ValueError, match=r"an asset must be a .csv file or a folder of such files, got .*users.json"):
        import_job(source=DataSource.from_asset(write("users.json") / "users.json"))


def test_a_destination_is_checked_however_it_is_made(bucket: s3.Bucket) -> None:
    with pytest.raises(ValueError, match=r"prefix must not have '\*'"):
        DataDestination(bucket, "out*")


def test_many_files_are_granted_together(write: Write, stack: cdk.Stack, app: cdk.App) -> None:
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    for number in range(100):
        folder = write(f"many/{number}.csv", f"USER_ID,AGE\n{number},20\n") / "many"
    dataset = personalize.Dataset.from_dataset_arn(stack, "Readers", "arn:aws:personalize:r:a:dataset/shop/USERS")
    personalize.DatasetImportJob(stack, "Many", dataset=dataset, source=DataSource.from_asset(folder))

    policy = app.synth().get_stack_by_name("Shop").template["Resources"]["DataJobRunnerPolicy8E280B46"]
    (reading,) = (one for one in policy["Properties"]["PolicyDocument"]["Statement"] if one["Action"] == "s3:GetObject")
    assert str(reading["Resource"]).count("/*") == 1
    assert ".csv" not in str(reading["Resource"])


def test_what_arrives_is_gathered_with_the_key_of_the_staging_bucket(
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
