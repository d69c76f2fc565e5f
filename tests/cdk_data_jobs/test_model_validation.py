"""Jobs of any service are held against the service's model when they are declared."""

# ruff: noqa: E501, ISC004 - a message is one string

import dataclasses
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Annotations, Match
from catalogue.jobs import CONTACTS, contacts_find

from cdk_data_jobs import (
    AwsJob,
    CreateCall,
    DataJobRunner,
    DescribeCall,
    JobDefinition,
    JobNaming,
    TagCalls,
)
from cdk_data_jobs._support.validation import ValidationError
from cdk_data_jobs.definitions import GLUE_JOB_RUN

Declare = Callable[..., AwsJob]
BOTH = ["ses:CreateImportJob", "ses:GetImportJob"]


@pytest.fixture
def declare(stack: cdk.Stack, ses_definition: Callable[..., JobDefinition]) -> Declare:
    def make(id_: str = "Job", *, actions: list[str] = BOTH, **changes: Any) -> AwsJob:
        options = {name: changes.pop(name) for name in ("parameters", "runner", "deploy_time") if name in changes}
        definition = ses_definition(**({"failed": ["FAILED", "CANCELLED"]} | changes))
        statements = [iam.PolicyStatement(actions=actions, resources=["*"])] if actions else []
        return AwsJob(
            stack, id_, definition=definition, policy_statements=statements, **({"parameters": CONTACTS} | options)
        )

    return make


@pytest.fixture
def newer(stack: cdk.Stack) -> DataJobRunner:
    """A runner whose SDK may be newer than the installed botocore."""
    arn = "arn:aws:lambda:eu-west-1:111122223333:layer:boto3:1"
    return DataJobRunner(stack, "Newer", layers=[lambda_.LayerVersion.from_layer_version_arn(stack, "Sdk", arn)])


def warnings(stack: cdk.Stack) -> list[str]:
    found = Annotations.from_stack(stack).find_warning("/Shop/Job", Match.any_value())
    return [str(one.entry.data) for one in found]


def named(definition: dict[str, Any], max_length: int = 63) -> dict[str, Any]:
    naming = JobNaming(
        parameter="jobName",
        max_length=max_length,
        job_id="arn:{partition}:personalize:{region}:{account}:dataset-export-job/{name}",
        name_taken_errors=["ResourceAlreadyExistsException"],
    )
    return {**definition, "name": naming, "created": "creationDateTime"}


IN_LIST = "{ImportDestination: ImportDestination, ImportDataSource: ImportDestination}"
EXPORT: dict[str, Any] = {
    "title": "export",
    "service": "personalize",
    "create": CreateCall(operation="create_dataset_export_job", id="datasetExportJobArn"),
    "describe": DescribeCall(
        operation="describe_dataset_export_job", parameters={"datasetExportJobArn": "id"}, job="datasetExportJob"
    ),
    "status": "status",
    "succeeded": ["ACTIVE"],
    "failed": ["CREATE FAILED"],
    "parameters": {
        "datasetArn": "arn:aws:personalize:eu-west-1:111122223333:dataset/shop/USERS",
        "roleArn": "arn:aws:iam::111122223333:role/export",
        "jobOutput": {"s3DataDestination": {"path": "s3://shop-data/out/"}},
    },
}
EXPORT_ACTIONS = [f"personalize:{name}" for name in ("CreateDatasetExportJob", "DescribeDatasetExportJob")]


def tags(**changes: str) -> TagCalls:
    parts = {"tag": "tag_resource", "untag": "untag_resource", "resource": "resourceArn", "list": "tags"}
    return TagCalls(**({**parts, "key": "tagKey", "value": "tagValue", "keys": "tagKeys"} | changes))


def test_a_job_that_fits_its_model_has_no_warning(declare: Declare, stack: cdk.Stack) -> None:
    declare()
    declare("Export", actions=EXPORT_ACTIONS, **named(EXPORT), tags=tags())

    assert Annotations.from_stack(stack).find_warning("*", Match.any_value()) == []


@pytest.mark.parametrize(
    ("changes", "id_", "beginning"),
    [
        (
            {"failed": ["FAILED"]},
            "finalStatus",
            "a job with the status CANCELLED would be waited for until the timeout, because it is neither in succeeded nor "
            "in failed; add it to one of them, or acknowledge this warning if such a job is still running",
        ),
        (
            {"reason": "join(': ', [FailureInfo.ErrorMessage, JobStatus])"},
            "absentArgument",
            "reason may fail on the job in the response of get_import_job, got \"join(': ', [FailureInfo.ErrorMessage, "
            'JobStatus])": join fails if an entry of its list is absent, which may be; write [...][?@], which leaves out '
            "such an entry, or (... || '') as the entry; or acknowledge this warning if it is never absent",
        ),
        (
            {"create": CreateCall(operation="create_import_job", id="JobId", reason="length(JobId)")},
            "absentArgument",
            "reason of the CreateCall may fail on the response of create_import_job, got 'length(JobId)': length fails if ",
        ),
        (
            {"retryable_errors": ["LimitExceeded"]},
            "errorCode",
            "the definition names errors that sesv2 does not have in botocore ",
        ),
        (
            {
                "status": "FailureInfo.ErrorMessage",
                "actions": ["ses:*"],
                "find": contacts_find(as_parameters=IN_LIST),
            },
            "statusInList",
            "what list_import_jobs lists has no status at 'FailureInfo.ErrorMessage', so that a job that has failed may ",
        ),
        (
            {"actions": ["ses:*"], "find": contacts_find(as_parameters="{importDestination: ImportDestination}")},
            "parametersInList",
            "as_parameters of the FindCall finds no ImportDestination, ImportDataSource in what list_import_jobs lists, so ",
        ),
        (
            {"actions": ["ses:GetImportJob"]},
            "missingPermission",
            "no statement allows ses:CreateImportJob, which the function that runs the job calls; add one to policy_statements",
        ),
        (
            {"actions": []},
            "missingPermission",
            "no statement allows ses:CreateImportJob, ses:GetImportJob, which the function that runs the job calls",
        ),
    ],
)
def test_what_is_probably_a_mistake_is_a_warning(
    declare: Declare, stack: cdk.Stack, changes: dict[str, Any], id_: str, beginning: str
) -> None:
    declare(**changes)

    (warning,) = warnings(stack)
    assert warning.startswith(beginning)
    assert warning.endswith(f"[ack: cdk-data-jobs:{id_}]")


def test_permissions_of_the_definition_are_enough(declare: Declare, stack: cdk.Stack) -> None:
    declare(actions=[], permissions={action: ["*"] for action in BOTH})

    assert warnings(stack) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            named(EXPORT, max_length=64),
            "max_length of the JobNaming must be at most 63, as for jobName of create_dataset_export",
        ),
        (
            {**named(EXPORT), "client_token": "tags"},
            "client_token must name a parameter of create_dataset_export_job that is a string, got 'tags', which is of the "
            "type list; correct it",
        ),
        (
            {
                "service": "frauddetector",
                "create": CreateCall(operation="create_batch_import_job", id="parameters.jobId"),
                "describe": DescribeCall(
                    operation="get_batch_import_jobs", parameters={"jobId": "id"}, job="batchImports[0]"
                ),
                "created": "startTime",
                "name": JobNaming(parameter="jobId", max_length=64, name_taken_errors=["ValidationException"]),
                "parameters": {},
            },
            "job_name must make names that create_batch_import_job takes when a run adds a suffix such as '-00000000-000', "
            "got 'Shop-Job': jobId must match ^[0-9a-z_-]+$, got str 'Shop-Job-00000000-000'; set another job_name",
        ),
        (
            {"ignored_changes": ["ImportDataSource.s3Url"]},
            "ignored_changes must name a parameter of create_import_job, got 'ImportDataSource.s3Url': there is no 's3Url', "
            "but S3Url, DataFormat; correct it",
        ),
        (
            {"ignored_changes": ["Name"]},
            "ignored_changes must name a parameter of create_import_job, got 'Name': there is no 'Name', but Import",
        ),
        (
            {"role": "ImportDataSource.RoleArn"},
            "role must name a parameter of create_import_job, got 'ImportDataSource.RoleArn': there is no 'RoleArn', but ",
        ),
        (
            {"role": "ImportDataSource"},
            "role must name a parameter of create_import_job that is a string, got 'ImportDataSource', which is of the type ",
        ),
        (
            {**EXPORT, "role": "roleArn", "may_run_twice": True, "parameters": {"jobOutput": {}}},
            "service_principal must be given, because create_dataset_export_job needs the ARN of a role as roleArn, got none",
        ),
        (
            {"role": "ImportDataSource.S3Url", "parameters": {**CONTACTS, "ImportDataSource": {"DataFormat": "CSV"}}},
            "service_principal must be given, because create_import_job needs the ARN of a role as ImportDataSource.S3Url,",
        ),
        (
            {"succeeded": ["COMPLETE"]},
            "succeeded must have statuses that get_import_job returns in botocore ",
        ),
        (
            {"parameters": {**CONTACTS, "ImportDataSource": {}}},
            "the parameters of create_import_job are invalid: ImportDataSource.S3Url must be given, ",
        ),
    ],
)
def test_what_the_service_would_refuse_is_an_error(declare: Declare, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        declare(**changes)

    assert str(refused.value).startswith(message)


def test_with_a_layer_what_the_installed_botocore_does_not_know_is_no_error(
    declare: Declare, newer: DataJobRunner, stack: cdk.Stack
) -> None:
    data = {"S3Url": "s3://shop-data/contacts.csv", "DataFormat": "XML"}
    declare(
        runner=newer,
        succeeded=["COMPLETED", "DONE"],
        reason="FailureInfo.Newer",
        parameters={**CONTACTS, "ImportDataSource": data, "Newer": 1},
    )
    declare("Newest", runner=newer, service="newest", actions=[])

    assert warnings(stack) == []
    with pytest.raises(ValidationError, match="must be a string, got int 1"):
        declare("Other", runner=newer, parameters={**CONTACTS, "ImportDataSource": {**data, "S3Url": 1}})


def test_a_service_whose_names_have_no_hyphens_is_told(declare: Declare) -> None:
    name = JobNaming(
        parameter="DatasetImportJobName", max_length=63, name_taken_errors=["ResourceAlreadyExistsException"]
    )

    with pytest.raises(
        ValidationError, match=r"job_name must make names .*; no name can have such a suffix: remove name"
    ):
        declare(
            service="forecast",
            create=CreateCall(operation="create_dataset_import_job", id="DatasetImportJobArn"),
            describe=DescribeCall(operation="describe_dataset_import_job", parameters={"DatasetImportJobArn": "id"}),
            status="Status",
            created="CreationTime",
            name=name,
            parameters={},
        )


def test_names_of_parameters_may_be_newer_with_a_layer(declare: Declare, newer: DataJobRunner) -> None:
    declare(runner=newer, ignored_changes=["Newer", "ImportDataSource.Newer"], role="Newest.RoleArn")


def test_a_parameter_inside_of_a_map_may_be_ignored(declare: Declare) -> None:
    definition = dataclasses.replace(GLUE_JOB_RUN, ignored_changes=("Arguments.--date", "NotificationProperty"))
    changes = {field.name: getattr(definition, field.name) for field in dataclasses.fields(definition)}

    declare(**{**changes, "permissions": {}}, parameters={"JobName": "nightly"})


def test_the_arn_of_a_role_may_be_one_of_the_parameters(declare: Declare, stack: cdk.Stack) -> None:
    declare(actions=EXPORT_ACTIONS, **named(EXPORT), role="roleArn")

    assert warnings(stack) == []


def test_expressions_of_a_task_pass(declare: Declare, stack: cdk.Stack) -> None:
    job = declare(deploy_time=False, parameters={"ImportDestination": "{% $a %}", "ImportDataSource": "{% $b %}"})
    job.as_jsonata_task(stack, "Task")

    assert warnings(stack) == []
