"""BatchInferenceJob and BatchSegmentJob: what they may read and write."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_personalize as cdk_personalize
from aws_cdk import aws_s3 as s3

from cdk_data_jobs import AwsJob, CreateCall, DataDestination, DataSource, DescribeCall, JobDefinition, personalize

VERSION = "arn:aws:personalize:eu-west-1:111122223333:solution/shop/1"
INFERENCE = "Custom::PersonalizeBatchInferenceJob"
Declare = Callable[..., personalize.BatchInferenceJob]
Resources = Callable[..., dict[str, Any]]
Mode = personalize.BatchInferenceJobMode
Themes = personalize.ThemeGenerationConfig
Config = personalize.BatchInferenceJobConfig


@pytest.fixture
def batch_job(stack: cdk.Stack, bucket: s3.Bucket) -> Declare:
    def make(
        id_: str = "Batch", kind: Any = personalize.BatchInferenceJob, **options: Any
    ) -> personalize.BatchInferenceJob:
        defaults = {
            "solution_version_arn": VERSION,
            "source": DataSource.from_bucket(bucket, "in/users.json"),
            "destination": DataDestination.from_bucket(bucket, "out/"),
        }
        return kind(stack, id_, **(defaults | options))

    return make


def allowed(policy: dict[str, Any], stack: cdk.Stack, *buckets: s3.IBucket) -> list[tuple[Any, Any]]:
    """The actions and resources of a policy, with the buckets' names in place of their ARNs."""
    names = {str(stack.resolve(bucket.bucket_arn)): bucket.node.id for bucket in buckets}

    def name(resource: Any) -> Any:
        if isinstance(resource, list):
            return [name(one) for one in resource]
        if "Fn::Join" in resource:
            return "".join(one if isinstance(one, str) else names[str(one)] for one in resource["Fn::Join"][1])
        return names[str(resource)]

    return [(one["Action"], name(one["Resource"])) for one in policy["Properties"]["PolicyDocument"]["Statement"]]


def test_with_one_bucket_it_reads_the_input_and_writes_the_output(
    batch_job: Declare, stack: cdk.Stack, bucket: s3.Bucket, resources: Resources
) -> None:
    job = batch_job()

    role = resources(stack, "AWS::IAM::Policy")["DataJobAccessPersonalizeReadDataReadWriteDataPolicy1DE34794"]
    (bucket_policy,) = resources(stack, "AWS::S3::BucketPolicy").values()
    expected = [
        ("s3:GetObject", "Data/in/users.json"),
        ("s3:ListBucket", "Data"),
        (["s3:GetObject", "s3:PutObject"], "Data/out/*"),
    ]
    assert job.bucket is bucket
    assert allowed(role, stack, bucket) == expected
    assert allowed(bucket_policy, stack, bucket) == expected


def test_the_policies_of_both_buckets_are_there_before_the_role_can_use_them(
    batch_job: Declare, stack: cdk.Stack, resources: Resources
) -> None:
    batch_job(destination=DataDestination.from_bucket(s3.Bucket(stack, "Results"), "out/"))

    (role,) = (value for name, value in resources(stack, "AWS::IAM::Policy").items() if "ReadData" in name)
    buckets = resources(stack, "AWS::S3::BucketPolicy")
    assert len(buckets) == 2
    assert {*buckets} <= {*role["DependsOn"]}


def test_the_keys_of_both_buckets_let_the_role_use_them(
    batch_job: Declare, stack: cdk.Stack, resources: Resources
) -> None:
    encrypted = [s3.Bucket(stack, name, encryption=s3.BucketEncryption.KMS) for name in ("In", "Out")]
    job = batch_job(
        source=DataSource.from_bucket(encrypted[0], "in/users.json"),
        destination=DataDestination.from_bucket(encrypted[1], "out/"),
    )

    keys = resources(stack, "AWS::KMS::Key").values()
    role = stack.resolve(job.role.role_arn)
    users = [[one["Principal"].get("AWS") for one in key["Properties"]["KeyPolicy"]["Statement"]] for key in keys]
    assert [role in principals for principals in users] == [True, True]


def test_with_two_buckets_one_role_has_access_to_both(
    batch_job: Declare, stack: cdk.Stack, bucket: s3.Bucket, resources: Resources
) -> None:
    results = s3.Bucket(stack, "Results")
    one = batch_job("One", destination=DataDestination.from_bucket(results, "out/"))
    two = batch_job("Two", destination=DataDestination.from_bucket(results, "more/"))

    assert one.role is two.role
    roles = {name: value for name, value in resources(stack, "AWS::IAM::Policy").items() if "ReadData" in name}
    (role,) = roles.values()
    assert allowed(role, stack, bucket, results) == [
        ("s3:GetObject", "Data/in/users.json"),
        ("s3:ListBucket", ["Data", "Results"]),
        (["s3:GetObject", "s3:PutObject"], ["Results/more/*", "Results/out/*"]),
    ]
    policies = resources(stack, "AWS::S3::BucketPolicy").values()
    by_bucket = [allowed(policy, stack, bucket, results) for policy in policies]
    assert [("s3:GetObject", "Data/in/users.json"), ("s3:ListBucket", "Data")] in by_bucket


def test_by_default_it_writes_to_a_new_bucket(batch_job: Declare) -> None:
    assert batch_job(destination=None).bucket.node.path == "Shop/Batch/Bucket"


def test_the_inputs_key_is_a_parameter_and_is_allowed(
    batch_job: Declare, stack: cdk.Stack, resources: Resources
) -> None:
    encrypted = s3.Bucket(stack, "Encrypted", encryption=s3.BucketEncryption.KMS)
    batch_job(source=DataSource.from_bucket(encrypted, "in.json"))

    (job,) = resources(stack, INFERENCE).values()
    arn = stack.resolve(encrypted.encryption_key.key_arn)
    assert job["Properties"]["Parameters"]["jobInput"]["s3DataSource"]["kmsKeyArn"] == arn
    assert "kmsKeyArn" not in job["Properties"]["Parameters"]["jobOutput"]["s3DataDestination"]


def test_local_input_may_be_json_lines(
    batch_job: Declare, stack: cdk.Stack, resources: Resources, write: Callable[..., Any]
) -> None:
    for name in ("a.json", "b.jsonl", "c.csv"):
        folder = write(name, '{"userId": "1"}\n')
    batch_job(source=DataSource.from_asset(folder))

    (job,) = resources(stack, INFERENCE).values()
    assert [file["Target"]["Fn::Join"][1][-1][-7:] for file in job["Properties"]["Files"]] == ["/a.json", "b.jsonl"]


def test_a_solution_version_may_come_from_another_job(
    batch_job: Declare, stack: cdk.Stack, resources: Resources, cycles: Callable[[dict[str, Any]], list[str]]
) -> None:
    definition = JobDefinition(
        title="Solution version",
        service="personalize",
        create=CreateCall(operation="create_solution_version", id="solutionVersionArn"),
        describe=DescribeCall(
            operation="describe_solution_version", parameters={"solutionVersionArn": "id"}, job="solutionVersion"
        ),
        status="status",
        succeeded=["ACTIVE"],
        failed=["CREATE FAILED", "CREATE STOPPED"],
        reason="failureReason",
        may_run_twice=True,
    )
    trained = AwsJob(
        stack,
        "Train",
        definition=definition,
        parameters={"solutionArn": "arn:aws:personalize:eu-west-1:111122223333:solution/shop"},
    )
    batch_job(solution_version_arn=trained.job_id)

    found = resources(stack)
    assert cycles({"Resources": found}) == []
    ref = stack.resolve(trained.job_id)["Ref"]
    # The jobs wait for the policy that they share: if it waited for one of them, nothing could ever begin.
    assert [name for name, one in found.items() if one["Type"] == "AWS::IAM::Policy" and ref in str(one)] == []


def test_a_filter_of_the_app_will_do(batch_job: Declare, stack: cdk.Stack, resources: Resources) -> None:
    declared = cdk_personalize.CfnFilter(
        stack, "Filter", name="seen", dataset_group_arn="arn", filter_expression="EXCLUDE"
    )
    batch_job(filter=declared)

    (job,) = resources(stack, INFERENCE).values()
    assert job["Properties"]["Parameters"]["filterArn"] == {"Ref": "Filter"}
