"""What the function that runs a job may do for it, statement by statement, and what the job waits for."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Template
from catalogue.jobs import CONTACTS

from cdk_data_jobs import (
    AwsJob,
    DataJobRunner,
    DataSource,
    JobDefinition,
    TagCalls,
    personalize,
)
from cdk_data_jobs.data_job import DataJob

ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset/shop/USERS"
HERE = "<AWS::Partition>:{}:<AWS::Region>:<AWS::AccountId>"
JOBS, DATASETS = (f"arn:{HERE.format('personalize')}:{kind}/*" for kind in ("dataset-import-job", "dataset"))
KIND = [
    ("personalize:CreateDatasetImportJob", f"{JOBS} {DATASETS}", None),
    ("personalize:DescribeDatasetImportJob", JOBS, None),
]
NAMED_BY_THE_RUN = "A job's ARN has the name that the run gives it, so only the kind of job is known before."
MAY_WAIT = "The jobs wait for the policy, so it must not wait for what they use, which may wait for other jobs."
ALL_OR_NONE = "The service authorizes it for all resources or none."
COPIES = "It holds nothing but the copies that the function makes and deletes."
UPLOADS = "The names of uploaded files are not known before."
FOLDER = "The service uses every object of the job's folder."
Granted = list[tuple[str, str, Any]]


def written(value: Any) -> str:
    """A resource with what it refers to in angle brackets, by its id without the digits at its end."""
    match value:
        case {"Fn::Join": ["", items]}:
            return "".join(map(written, items))
        case {"Fn::GetAtt": [name, "Arn"]}:
            return f"<{name[:-8]}>"
        case {"Ref": name}:
            return f"<{name}>"
        case list():
            return " ".join(map(written, value))
    return re.sub(r"/[0-9a-f]{8}/", "/<job>/", str(value))


def granted(stack: cdk.Stack) -> dict[str, Granted]:
    """What each policy of the function allows but for the runner's own, as actions, resources and condition."""
    found = Template.from_stack(stack).to_json()["Resources"]
    return {
        name[:-8].removeprefix("DataJobRunner"): [
            (written(one["Action"]), written(one["Resource"]), one.get("Condition"))
            for one in policy["Properties"]["PolicyDocument"]["Statement"]
        ]
        for name, policy in found.items()
        if policy["Type"] == "AWS::IAM::Policy"
        and policy["Properties"]["Roles"] == [{"Ref": "DataJobRunnerRole279576B2"}]
        and policy["Properties"]["PolicyName"] != "DataJobs"
    }


def reasons(stack: cdk.Stack) -> set[tuple[str, str]]:
    """Why resources have wildcards, each with the path of the policy, but for the runner's own."""
    return {
        (construct.node.path.removeprefix("Shop/").removeprefix("DataJobRunner/"), reason)
        for construct in stack.node.find_all()
        for entry in construct.node.metadata
        if entry.type == "aws:cdk:acknowledged-rules"
        for id_, reason in entry.data.items()
        if "AwsSolutions-IAM5" in id_ and construct.node.path != "Shop/DataJobRunner/Policy"
    }


def waited_for(stack: cdk.Stack) -> set[str]:
    """The policies of the function that the only job waits for."""
    found = Template.from_stack(stack).to_json()["Resources"]
    (job,) = (one for one in found.values() if one["Type"].startswith("Custom::"))
    return {name[:-8] for name in job["DependsOn"] if not name.startswith("DataJobAccess")}


def import_users(stack: cdk.Stack, source: DataSource, **options: Any) -> personalize.DatasetImportJob:
    dataset = personalize.Dataset.from_dataset_arn(stack, "Users", ARN)
    return personalize.DatasetImportJob(stack, "Job", dataset=dataset, source=source, **options)


def given_staging_bucket(stack: cdk.Stack, **options: Any) -> None:
    DataJobRunner(stack, "DataJobRunner", staging_bucket=s3.Bucket(stack, "Staging", **options))


def test_a_job_on_a_bucket(stack: cdk.Stack, bucket: s3.Bucket) -> None:
    import_users(stack, DataSource.from_bucket(bucket, "in/"))

    kind = "PersonalizeDatasetImportJob"
    assert granted(stack) == {kind: KIND}
    assert reasons(stack) == {
        (kind, NAMED_BY_THE_RUN),
        (kind, MAY_WAIT),
        ("DataJobAccess/PersonalizeReadData/Policy/Resource", FOLDER),
    }
    assert waited_for(stack) == {f"DataJobRunner{kind}", "DataJobRunnerPolicy"}


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize("given", [False, True])
def test_a_job_on_uploaded_files(stack: cdk.Stack, *, given: bool, encrypted: bool) -> None:
    if given:
        given_staging_bucket(stack)
    key = kms.Key(stack, "Key") if encrypted else None
    source = DataSource.from_bucket(s3.Bucket(stack, "Data", encryption_key=key), "in/")
    import_users(stack, source, import_mode=personalize.ImportMode.INCREMENTAL).run_on_upload()

    staging, folder = ("Staging", "/data-jobs") if given else ("DataJobStaging", "")
    condition = {"StringLike": {"s3:prefix": "data-jobs/*"}} if given else None
    found = granted(stack)
    assert found[f"Copies{staging}"] == [
        ("s3:GetObject", f"<{staging}>{folder}/<job>/arrived/*", None),
        ("s3:ListBucket", f"<{staging}>", condition),
        ("s3:PutObject s3:DeleteObject", f"<{staging}>{folder}/*", None),
    ]
    assert found["JobPolicy"] == [
        *([("kms:Decrypt", "<Key>", None)] if encrypted else []),
        ("s3:GetObject", "<Data>/in/*", None),
        ("s3:ListBucket", "<Data>", None),
    ]
    assert reasons(stack) >= {(f"Copies{staging}", COPIES), ("Job/Policy", UPLOADS)}
    assert waited_for(stack) >= {f"DataJobRunnerCopies{staging}", "JobPolicy"}


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_job_on_local_files(stack: cdk.Stack, write: Callable[..., Path], *, encrypted: bool) -> None:
    given_staging_bucket(stack, encryption_key=kms.Key(stack, "Key") if encrypted else None)
    import_users(stack, DataSource.from_asset(write("users.csv") / "users.csv"))

    assert granted(stack)["CopiesStaging"] == [
        *([("kms:Decrypt kms:GenerateDataKey", "<Key>", None)] if encrypted else []),
        ("s3:PutObject s3:DeleteObject", "<Staging>/data-jobs/*", None),
    ]
    assert ("CopiesStaging", COPIES) in reasons(stack)
    assert "DataJobRunnerCopiesStaging" in waited_for(stack)


def test_tasks_events_and_tags(stack: cdk.Stack, bucket: s3.Bucket) -> None:
    job = import_users(stack, DataSource.from_bucket(bucket, "in/"))
    for number in range(2):
        job.as_task(stack, f"Task{number}")
    job.on_failed("Failed", target=targets.SqsQueue(sqs.Queue(stack, "Queue")))
    cdk.Tags.of(job).add("team", "search")

    assert granted(stack) == {
        "PersonalizeDatasetImportJob": [
            *KIND,
            ("personalize:TagResource", "*", None),
            ("personalize:UntagResource", "*", None),
        ],
        "Tasks": [("states:SendTaskSuccess states:SendTaskFailure", "*", None)],
        "Events": [("events:PutEvents", f"arn:{HERE.format('events')}:event-bus/default", None)],
    }
    assert reasons(stack) >= {("PersonalizeDatasetImportJob", ALL_OR_NONE), ("Tasks", ALL_OR_NONE)}
    assert waited_for(stack) >= {"DataJobRunnerTasks", "DataJobRunnerEvents"}


TAGS = TagCalls(
    tag="tag_resource", untag="untag_resource", resource="arn", list="tags", key="key", value="value", keys="keys"
)


@pytest.fixture
def ingest(stack: cdk.Stack, ses_definition: Callable[..., JobDefinition]) -> Callable[..., DataJob]:
    """Makes a job of the app's own, whose definition says what it needs to be tagged, and maybe what to be created."""

    def make(
        id_: str = "Job", *, permissions: Any = None, role_parameter: str | None = None, **options: Any
    ) -> DataJob:
        definition = ses_definition(
            role=role_parameter,
            tags=TAGS,
            tag_permissions={"ses:TagResource": ["*"]},
            permissions=permissions or {},
        )
        if not stack.node.try_find_child("DataJobRunner"):
            # With a layer, the service's parameters are not checked.
            arn = "arn:aws:lambda:eu-west-1:111122223333:layer:boto3:1"
            layer = lambda_.LayerVersion.from_layer_version_arn(stack, "Sdk", arn)
            DataJobRunner(stack, "DataJobRunner", layers=[layer])
        return AwsJob(stack, id_, definition=definition, parameters={**CONTACTS, "List": "arn"}, **options)

    return make


CREATE = ("ses:CreateImportJob", "arn", None)
TAG = ("ses:TagResource", "*", None)
PERMITTED: dict[str, Any] = {"permissions": {"ses:CreateImportJob": ["List"]}}
STATED = {"policy_statements": [iam.PolicyStatement(actions=["ses:CreateImportJob"], resources=["arn"])]}


@pytest.mark.parametrize(
    ("options", "tags", "expected"),
    [
        (PERMITTED, False, [CREATE]),
        (PERMITTED, True, [CREATE, TAG]),
        (STATED, False, [CREATE]),
        (STATED, True, [TAG, CREATE]),
        # A policy must not be empty.
        ({}, False, [TAG]),
        ({}, True, [TAG]),
    ],
)
def test_a_definition_of_ones_own(
    stack: cdk.Stack, ingest: Callable[..., DataJob], options: Any, expected: Granted, *, tags: bool
) -> None:
    job = ingest(**options)
    if tags:
        cdk.Tags.of(job).add("team", "search")

    assert granted(stack) == {"JobPolicy": expected}
    assert reasons(stack) == set()
    assert waited_for(stack) == {"DataJobRunnerPolicy", "JobPolicy"}


def test_a_role_that_may_wait_for_a_job_is_named_for_its_own_jobs_alone(
    stack: cdk.Stack, ingest: Callable[..., DataJob]
) -> None:
    made = ingest(role_parameter="Role", service_principal="ses.amazonaws.com", **PERMITTED)
    given = iam.Role(stack, "Given", assumed_by=iam.ServicePrincipal("ses.amazonaws.com"))
    ingest("Other", role_parameter="Role", role=given, service_principal="ses.amazonaws.com", **PERMITTED)

    condition = {"StringEquals": {"iam:PassedToService": "ses.amazonaws.com"}}
    found = granted(stack)
    assert made.role.node.scope is made
    assert found["JobPolicy"] == [("iam:PassRole", "<JobRole>", condition), CREATE]
    assert found["OtherPolicy"] == [CREATE]
    assert found["DataJobAccessRunnerDataJobRunnerPassGiven"] == [("iam:PassRole", "<Given>", condition)]


def test_with_a_runner_of_another_stack_the_job_waits_for_the_policies_of_both(
    app: cdk.App, stack: cdk.Stack, bucket: s3.Bucket
) -> None:
    runner = DataJobRunner.of(stack)
    nested, other = cdk.NestedStack(stack, "Nested"), cdk.Stack(app, "Other")
    for one in (nested, other):
        import_users(one, DataSource.from_bucket(bucket, "in/"), runner=runner)

    (of_nested,) = Template.from_stack(stack).find_resources("AWS::CloudFormation::Stack").values()
    assert "DataJobRunnerPolicy8E280B46" in of_nested["DependsOn"]
    for one in (nested, other):
        resources = Template.from_stack(one).to_json()["Resources"]
        (job,) = (value for value in resources.values() if value["Type"].startswith("Custom::"))
        (shared,) = (name for name, value in resources.items() if "DescribeStacks" in str(value))
        assert shared in job["DependsOn"]


def test_the_name_of_a_jobs_own_policy_is_no_longer_than_iam_takes(
    stack: cdk.Stack, ingest: Callable[..., DataJob]
) -> None:
    ingest("Job" * 60)

    policies = Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
    assert max(len(policy["Properties"]["PolicyName"]) for policy in policies) == 128
