"""What waits for what: an app may put anything before or after a job, in any order."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_personalize as cdk_personalize
from aws_cdk import aws_s3 as s3
from catalogue.everything import KINDS
from catalogue.shop import Shop

from cdk_data_jobs import AwsJob, CreateCall, DataSource, DescribeCall, JobDefinition, personalize

Declare = Callable[..., personalize.DatasetImportJob]
Resources = Callable[..., dict[str, Any]]
Cycles = Callable[[dict[str, Any]], list[str]]
PERSONALIZE = iam.ServicePrincipal("personalize.amazonaws.com")
INFERENCE = JobDefinition(
    title="Inference",
    service="bedrock",
    create=CreateCall(operation="create_model_invocation_job", id="jobArn"),
    describe=DescribeCall(operation="get_model_invocation_job", parameters={"jobIdentifier": "id"}),
    status="status",
    succeeded=["Completed"],
    failed=["Failed"],
    role="roleArn",
    may_run_twice=True,
)


def dataset_after(job: personalize.DatasetImportJob, bucket: s3.Bucket) -> None:
    dataset = cdk_personalize.CfnDataset(
        job.node.scope, "Later", name="later", dataset_type="Users", dataset_group_arn="arn", schema_arn="arn"
    )
    dataset.node.add_dependency(job)
    personalize.DatasetImportJob(
        job.node.scope, "Next", dataset=dataset, source=DataSource.from_bucket(bucket, "more/")
    )


def solution_version_after(job: personalize.DatasetImportJob, bucket: s3.Bucket) -> None:
    training = cdk.CustomResource(job.node.scope, "Training", service_token="arn")  # noqa: S106 - no secret
    training.node.add_dependency(job)
    personalize.BatchInferenceJob(
        job.node.scope,
        "Batch",
        solution_version_arn=training.get_att_string("Arn"),
        source=DataSource.from_bucket(bucket, "in.json"),
    )


def service_role_after(job: personalize.DatasetImportJob, bucket: s3.Bucket) -> None:  # noqa: ARG001 - alike
    parameters = {
        "jobName": "readers",
        "modelId": "amazon.nova-lite-v1:0",
        "inputDataConfig": {"s3InputDataConfig": {"s3Uri": "s3://shop-data/in.jsonl"}},
        "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://shop-data/out/"}},
    }
    principal = "bedrock.amazonaws.com"
    other = AwsJob(job.node.scope, "Other", definition=INFERENCE, parameters=parameters, service_principal=principal)
    other.node.add_dependency(job)


def given_role_after(job: personalize.DatasetImportJob, bucket: s3.Bucket) -> None:
    role = iam.Role(job.node.scope, "Given", assumed_by=PERSONALIZE)
    role.node.add_dependency(job)
    dataset = job.node.scope.node.find_child("Users")
    for name in ("One", "Two"):
        source = DataSource.from_bucket(bucket, f"{name}/")
        personalize.DatasetImportJob(job.node.scope, name, dataset=dataset, source=source, role=role)


def test_nothing_waits_for_itself(synthesized: Any, cycles: Cycles) -> None:
    assert {name: found for name, one in synthesized.templates.items() if (found := cycles(one))} == {}


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_a_job_needs_exists_first(
    kind: str, shop: Shop, stack: cdk.Stack, resources: Resources, cycles: Cycles
) -> None:
    KINDS[kind](shop)

    found = resources(stack)
    assert cycles({"Resources": found}) == []

    def before(name: str) -> set[str]:
        first = set(found[name].get("DependsOn", []))
        return first.union(*(before(one) for one in first))

    # Waiting resources refer to the job's own.
    jobs = [
        name
        for name, value in found.items()
        if "ServiceToken" in value.get("Properties", {}) and value["Type"] != "Custom::DataJobWait"
    ]
    policies = {name for name, value in found.items() if value["Type"] == "AWS::IAM::Policy"}
    bucket_policies = {
        name
        for name, value in found.items()
        if value["Type"] == "AWS::S3::BucketPolicy" and "personalize" in str(value)
    }
    assert jobs
    for job in jobs:
        assert before(job) >= policies | bucket_policies


@pytest.mark.parametrize("declare", [dataset_after, solution_version_after, service_role_after, given_role_after])
def test_what_a_job_needs_may_wait_for_another_job(
    declare: Callable[..., None],
    import_job: Declare,
    bucket: s3.Bucket,
    resources: Resources,
    cycles: Cycles,
) -> None:
    declare(import_job(), bucket)

    assert cycles({"Resources": resources(bucket.stack)}) == []


def test_a_given_role_is_named_once_in_a_policy_of_its_own(
    import_job: Declare, bucket: s3.Bucket, stack: cdk.Stack, resources: Resources
) -> None:
    given_role_after(import_job(), bucket)

    ref = stack.resolve(stack.node.find_child("Given").role_arn)
    passing = [
        name
        for name, policy in resources(stack, "AWS::IAM::Policy").items()
        for one in policy["Properties"]["PolicyDocument"]["Statement"]
        if one["Action"] == "iam:PassRole" and one["Resource"] == ref
    ]
    assert len(passing) == 1
    assert all(
        passing[0] in job["DependsOn"]
        for job in resources(stack).values()
        if job["Type"].startswith("Custom::") and job["Properties"]["Parameters"]["roleArn"] == ref
    )


def test_a_given_role_may_name_the_buckets_key(
    import_job: Declare, stack: cdk.Stack, resources: Resources, cycles: Cycles
) -> None:
    key = kms.Key(stack, "Key")
    using = iam.PolicyStatement(actions=["kms:Decrypt"], resources=[key.key_arn])
    policy = iam.PolicyDocument(statements=[using])
    role = iam.Role(stack, "Given", assumed_by=PERSONALIZE, inline_policies={"Key": policy})
    source = DataSource.from_bucket(s3.Bucket(stack, "Encrypted", encryption_key=key), "in/")
    import_job(source=source, role=role)

    assert cycles({"Resources": resources(stack)}) == []
    (declared,) = resources(stack, "AWS::KMS::Key").values()
    principal = declared["Properties"]["KeyPolicy"]["Statement"][-1]["Principal"]
    assert ":root" in str(principal["AWS"])


def test_the_order_of_the_jobs_changes_nothing(resources: Resources) -> None:
    def declare(order: tuple[int, ...]) -> dict[str, Any]:
        stack = cdk.Stack(cdk.App(), "Shop")
        buckets = [s3.Bucket(stack, f"Bucket{number}") for number in range(2)]
        dataset = personalize.Dataset.from_dataset_arn(stack, "Users", "arn:aws:personalize:r:a:dataset/shop/USERS")
        for number in order:
            source = DataSource.from_bucket(buckets[number % 2], f"{number}/")
            personalize.DatasetImportJob(stack, f"Import{number}", dataset=dataset, source=source)
        personalize.DatasetExportJob(stack, "Export", dataset=dataset)
        return resources(stack)

    assert declare((1, 2, 3, 4)) == declare((3, 4, 2, 1))


def test_ids_and_keys_stay_when_the_stacks_move_into_a_stage(write: Callable[..., Any]) -> None:
    folder = write("users.csv")

    def declare(app: cdk.App, *, staged: bool) -> dict[str, Any]:
        scope = cdk.Stage(app, "Prod") if staged else app
        bucket = s3.Bucket(cdk.Stack(scope, "Data", stack_name="Data"), "Bucket")
        stack = cdk.Stack(scope, "Shop", stack_name="Shop")
        dataset = personalize.Dataset.from_dataset_arn(stack, "Users", "arn:aws:personalize:r:a:dataset/shop/USERS")
        for name, source in (("A", DataSource.from_asset(folder)), ("B", DataSource.from_bucket(bucket, "in/"))):
            personalize.DatasetImportJob(stack, name, dataset=dataset, source=source, job_name=name)
        assembly = app.synth()
        assembly = assembly.get_nested_assembly("assembly-Prod") if staged else assembly
        found = assembly.get_stack_by_name("Shop").template["Resources"]
        return {name: {**one, "Metadata": None} for name, one in found.items()}

    assert declare(cdk.App(), staged=False) == declare(cdk.App(), staged=True)


def test_roles_with_the_same_path_in_different_stacks_are_not_confused(
    import_job: Declare, app: cdk.App, stack: cdk.Stack
) -> None:
    ours = iam.Role(cdk.aws_s3.Bucket(stack, "Roles"), "Role", assumed_by=PERSONALIZE)
    theirs = iam.Role(cdk.Stack(app, "Roles"), "Role", assumed_by=PERSONALIZE)

    assert import_job("One", role=ours).role is ours
    assert import_job("Two", role=theirs).role is theirs
