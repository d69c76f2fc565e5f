"""A definition's paths against the responses and parameters that the service's model has."""

# ruff: noqa: E501, ISC004 - a message is one string

from collections.abc import Callable
from typing import Any

import pytest
from catalogue.jobs import contacts_find

from cdk_data_jobs import CreateCall, DescribeCall, JobDefinition, NextPage
from cdk_data_jobs._definition.definition_paths import validate_paths
from cdk_data_jobs._definition.service_model import model_version
from cdk_data_jobs._support.validation import ValidationError

IN = f"which {model_version()} knows"
OR_NEWER = "; correct it, or install a newer botocore if the service returns it"
Ses = Callable[..., JobDefinition]


def describing(**changes: Any) -> DescribeCall:
    return DescribeCall(**({"operation": "get_import_job", "parameters": {"JobId": "id"}} | changes))


MISTAKES: list[tuple[dict[str, Any], str]] = [
    (
        {"create": CreateCall(operation="create_import_job", id="ImportJob.JobId")},
        f"id of the CreateCall must be a path of what is in the response of create_import_job and its parameters, {IN}, "
        f"got 'ImportJob.JobId': there is no 'ImportJob', but ",
    ),
    (
        {"create": CreateCall(operation="create_import_job", id="parameters.ImportDataSource")},
        "id of the CreateCall must find a string or a number in the response of create_import_job and its parameters, got "
        "'parameters.ImportDataSource', which is of the type structure; correct it",
    ),
    (
        {"create": CreateCall(operation="create_import_job", id="JobId", reason="failures[0]")},
        f"reason of the CreateCall must be a path of what is in the response of create_import_job, {IN}, got "
        "'failures[0]': there is no 'failures', but JobId, ResponseMetadata",
    ),
    (
        {"describe": describing(parameters={})},
        "the parameters of get_import_job must have JobId, got none; add the path of the value",
    ),
    (
        {"describe": describing(parameters={"JobId": "jobId"})},
        "the parameter JobId of get_import_job must be a path of what is in the job's id and parameters, got 'jobId': "
        "there is no 'jobId', but id, parameters; correct it",
    ),
    (
        {"describe": describing(parameters={"JobId": "[id]"})},
        "the parameter JobId of get_import_job must be of the type string, got '[id]', which is of the type list; correct "
        "it",
    ),
    (
        {"describe": describing(parameters={"JobId": "parameters.importDestination"})},
        f"the parameter JobId of get_import_job must be a path of what is in the job's id and parameters, {IN}, got "
        "'parameters.importDestination': there is no 'importDestination', but ImportDestination, ImportDataSource"
        f"{OR_NEWER}",
    ),
    (
        {"reason": "join(': ', [FailureInfo.ErrorMessage, JobStatus])"},
        "reason must be a path that can always be evaluated on the job in the response of get_import_job, got \"join(': ', "
        '[FailureInfo.ErrorMessage, JobStatus])": join fails if an entry of its list is absent, which may be; write '
        "[...][?@], which leaves out such an entry, or (... || '') as the entry",
    ),
    (
        {"failed_if": "starts_with(FailureInfo.ErrorMessage, 'a')"},
        "failed_if must be a path that can always be evaluated on the job in the response of get_import_job, got "
        "\"starts_with(FailureInfo.ErrorMessage, 'a')\": starts_with fails if FailureInfo.ErrorMessage is absent, which it "
        "may be; write (FailureInfo.ErrorMessage || '')",
    ),
    (
        {"failed_if": "JobStatus == 'Canceled'"},
        f'failed_if must be a path of what is in the job in the response of get_import_job, {IN}, got "JobStatus == '
        "'Canceled'\": there is no value 'Canceled' of JobStatus, but CANCELLED, ",
    ),
    ({"attributes": {"n": "{a: Count, b: JobId}"}}, "the attribute n must be a path of "),
    ({"attributes": {"n": "[JobId, Count]"}}, "the attribute n must be a path of "),
    ({"describe": describing(parameters={"JobId": "'1'"})}, "the DescribeCall must use the job's id, as 'id' in "),
    (
        {"describe": describing(job="ImportJob")},
        f"job of the DescribeCall must be a path of what is in the response of get_import_job, {IN}, got 'ImportJob': "
        "there is no 'ImportJob', but ",
    ),
    (
        {"describe": describing(job="JobStatus")},
        "job of the DescribeCall must find an object in the response of get_import_job, got 'JobStatus', which is of the "
        "type string; correct it",
    ),
    (
        {"describe": describing(next=NextPage(parameter="NextToken", path="JobId"))},
        "the parameter of a next page must be one of get_import_job, got 'NextToken'; use one of JobId",
    ),
    (
        {"describe": describing(job="[?JobId == id")},
        "a path of a definition must be a JMESPath expression, got '[?JobId == id'",
    ),
    (
        {"status": "Status"},
        f"status must be a path of what is in the job in the response of get_import_job, {IN}, got 'Status': there is no "
        "'Status', but JobStatus, ",
    ),
    (
        {"status": "FailureInfo"},
        "status must find a string in the job in the response of get_import_job, got 'FailureInfo', which is of the type "
        "structure; correct it",
    ),
    ({"failed_if": "Failures"}, "failed_if must be a path of "),
    ({"reason": "FailureInfo.Message"}, "reason must be a path of "),
    ({"attributes": {"n": "Count"}}, "the attribute n must be a path of "),
    ({"created": "ImportDestination"}, "created must find a time in "),
    ({"failures": "JobStatus"}, "failures must find a number in "),
    ({"find": contacts_find(operation="list_import_jobs", jobs="Jobs")}, "jobs of the FindCall must be a path of "),
    ({"find": contacts_find(jobs="NextToken")}, "jobs of the FindCall must find a list in "),
    (
        {"find": contacts_find(id="Id")},
        "id of the FindCall must be a path of what is in a job in the response of list_import_j",
    ),
    ({"find": contacts_find(created="ImportDestination")}, "created of the FindCall must find a time in "),
    ({"find": contacts_find(as_parameters="JobId")}, "as_parameters of the FindCall must find an object in "),
    (
        {"find": contacts_find(parameters={"PageSize": "parameters.Size"})},
        "the parameter PageSize of list_import_jobs must be a path of ",
    ),
    (
        {"find": contacts_find(next=NextPage(parameter="Token", path="NextToken"))},
        "the parameter of a next page must be one of list_import_jobs, got 'Token'; use one of NextToken, ",
    ),
    (
        {"find": contacts_find(next=NextPage(parameter="NextToken", path="Token"))},
        "path of the FindCall's next page must be a path of ",
    ),
]


@pytest.mark.parametrize(("changes", "message"), MISTAKES, ids=[message[:70] for _, message in MISTAKES])
def test_a_path_that_finds_nothing_is_an_error(ses_definition: Ses, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        validate_paths(ses_definition(**changes))

    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(
    "changes",
    [
        {"create": CreateCall(operation="create_import_job", id="parameters.ImportDataSource.S3Url")},
        {"create": CreateCall(operation="create_import_job", id="ResponseMetadata.RequestId")},
        {
            "failed_if": "FailureInfo.FailedRecordsS3Url",
            "created": "CreatedTimestamp",
            "failures": "FailedRecordsCount",
        },
        {"reason": "join(' ', [FailureInfo.ErrorMessage || '', JobStatus])"},
        {"failed_if": "FailureInfo.ErrorMessage && starts_with(FailureInfo.ErrorMessage, 'a')"},
        {"failed_if": "JobStatus != 'COMPLETED'", "reason": "`null`", "created": "`null`"},
        {"describe": describing(parameters={"JobId": "not_null(`null`, id)"})},
        {"failures": "`null`", "attributes": {"n": "`null`"}},
        {"failed_if": "JobStatus != `null` && JobStatus != ''"},
        {"describe": describing(job="[@] | [?JobId == '{id}'] | [0]")},
        {"find": contacts_find(next=NextPage(parameter="NextToken", path="NextToken"))},
    ],
)
def test_what_may_find_something_passes(ses_definition: Ses, changes: dict[str, Any]) -> None:
    assert validate_paths(ses_definition(**changes)).enum == [
        "CREATED",
        "PROCESSING",
        "COMPLETED",
        "FAILED",
        "CANCELLED",
    ]


def test_a_job_may_be_found_on_the_pages_of_a_list() -> None:
    definition = JobDefinition(
        title="Kendra sync",
        service="kendra",
        create=CreateCall(operation="start_data_source_sync_job", id="ExecutionId"),
        describe=DescribeCall(
            operation="list_data_source_sync_jobs",
            parameters={"Id": "parameters.Id", "IndexId": "parameters.IndexId"},
            job="History[?ExecutionId == '{id}'] | [0]",
            next=NextPage(parameter="NextToken", path="NextToken"),
        ),
        status="Status",
        succeeded=["SUCCEEDED"],
        failed=["FAILED"],
        created="StartTime",
        failures="to_number(Metrics.DocumentsFailed)",
        may_run_twice=True,
    )

    assert "SUCCEEDED" in validate_paths(definition).enum


@pytest.mark.parametrize(
    "changes",
    [{"status": "Newer", "succeeded": ["x"]}, {"find": contacts_find(next=NextPage(parameter="New", path="New"))}],
)
def test_a_newer_sdk_may_know_more(ses_definition: Ses, changes: dict[str, Any]) -> None:
    validate_paths(ses_definition(**changes), may_be_newer=True)


def test_of_what_the_model_lacks_only_the_syntax_is_validated(ses_definition: Ses) -> None:
    assert validate_paths(ses_definition(service="newer"), may_be_newer=True) is None
    with pytest.raises(ValidationError, match="must be a JMESPath expression, got 'a b'"):
        validate_paths(ses_definition(service="newer", status="a b"), may_be_newer=True)


def test_a_newer_sdk_may_know_more_members_of_a_describe_calls_parameters() -> None:
    definition = JobDefinition(
        title="Task",
        service="dms",
        create=CreateCall(operation="start_replication_task", id="ReplicationTask.ReplicationTaskArn"),
        describe=DescribeCall(
            operation="describe_replication_tasks",
            parameters={"Filters": "[{Name: 'replication-task-arn', Values: [id], Newer: 'yes'}]"},
            job="ReplicationTasks[0]",
        ),
        status="Status",
        succeeded=["stopped"],
        failed=["failed"],
        may_run_twice=False,
    )
    validate_paths(definition, may_be_newer=True)

    with pytest.raises(ValidationError, match="got 'Newer'"):
        validate_paths(definition)
