"""The staging bucket: the folders of jobs in it, and what may use them."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from cdk_data_jobs import DataJobRunner, DataSource, personalize

JOB_TYPE = "Custom::PersonalizeDatasetImportJob"
ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset/shop/USERS"
Declare = Callable[..., personalize.DatasetImportJob]
Resources = Callable[..., dict[str, Any]]
Cycles = Callable[[dict[str, Any]], list[str]]


def statements(policy: dict[str, Any]) -> list[dict[str, Any]]:
    return policy["Properties"]["PolicyDocument"]["Statement"]


def test_a_folder_of_a_nested_stack_is_the_same_in_each_synthesis(write: Callable[..., Path]) -> None:
    file = write("users.csv") / "users.csv"

    def target() -> str:
        nested = cdk.NestedStack(cdk.Stack(cdk.App(), "Shop"), "Nested")
        staging = s3.Bucket.from_bucket_name(nested, "Staging", "staging")
        runner = DataJobRunner(nested, "Runner", staging_bucket=staging)
        dataset = personalize.Dataset.from_dataset_arn(nested, "Users", "arn:aws:personalize:r:a:dataset/shop/USERS")
        source = DataSource.from_asset(file)
        personalize.DatasetImportJob(nested, "Import", dataset=dataset, source=source, runner=runner)
        (job,) = Template.from_stack(nested).find_resources("Custom::PersonalizeDatasetImportJob").values()
        return str(job["Properties"]["Files"][0]["Target"])

    assert target() == target()


def test_copies_may_go_to_another_bucket(
    import_job: Declare, stack: cdk.Stack, resources: Resources, write: Callable[..., Any], cycles: Cycles
) -> None:
    key = kms.Key(stack, "Key")
    staging = s3.Bucket(stack, "Staging", encryption_key=key)
    runner = DataJobRunner(stack, "Runner", staging_bucket=staging)
    import_job(source=DataSource.from_asset(write("users.csv") / "users.csv"), runner=runner)

    found = resources(stack)
    (job,) = resources(stack, JOB_TYPE).values()
    assert not stack.node.try_find_child("DataJobStaging")
    assert str(job["Properties"]["Files"]).count("/data-jobs/") == 1
    (policy,) = (one for name, one in resources(stack, "AWS::IAM::Policy").items() if name.startswith("RunnerCopies"))
    arns = {str(one["Action"]): str(one["Resource"]) for one in statements(policy)}
    assert "/data-jobs/*" in arns["['s3:PutObject', 's3:DeleteObject']"]
    assert stack.resolve(key.key_arn)["Fn::GetAtt"][0] in arns["['kms:Decrypt', 'kms:GenerateDataKey']"]
    (service,) = (one for name, one in resources(stack, "AWS::IAM::Policy").items() if "PersonalizeRead" in name)
    assert "kms:Decrypt" in str(service)
    assert cycles({"Resources": found}) == []


def test_batches_of_uploaded_files_may_go_to_another_bucket(
    import_job: Declare, stack: cdk.Stack, resources: Resources, cycles: Cycles
) -> None:
    key = kms.Key(stack, "Key")
    staging = s3.Bucket(stack, "Staging", encryption_key=key)
    import_job(runner=DataJobRunner(stack, "Runner", staging_bucket=staging)).run_on_upload()

    (policy,) = (one for name, one in resources(stack, "AWS::IAM::Policy").items() if name.startswith("RunnerCopies"))
    allowed = [(one["Action"], one["Resource"]) for one in statements(policy)]
    assert (["kms:Decrypt", "kms:GenerateDataKey"], stack.resolve(key.key_arn)) in allowed
    assert cycles({"Resources": resources(stack)}) == []


def test_jobs_of_several_stacks_have_folders_of_their_own_in_one_bucket(
    import_job: Declare, app: cdk.App, stack: cdk.Stack, write: Callable[..., Any]
) -> None:
    runner = DataJobRunner(stack, "Runner", staging_bucket=s3.Bucket(stack, "Staging"))
    file = write("users.csv") / "users.csv"
    stacks = [stack, cdk.Stack(app, "More")]
    scopes = [*stacks, cdk.NestedStack(stack, "Nested")]
    for scope in scopes:
        dataset = personalize.Dataset.from_dataset_arn(scope, "Readers", ARN)
        import_job(scope=scope, dataset=dataset, source=DataSource.from_asset(file), runner=runner)

    assembly = app.synth()
    found = [str(assembly.get_stack_by_name(one.stack_name).template) for one in stacks]
    found += [path.read_text() for path in Path(assembly.directory).glob("*.nested.template.json")]
    folders = [set(re.findall(r"data-jobs/(\w{8})/", text)) for text in found]
    assert [len(one) for one in folders][1:] == [1, 1]
    assert len(set().union(*folders)) == 3
