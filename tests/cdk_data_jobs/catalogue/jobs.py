"""A job of each kind, with no more than it must be given: what the catalogue and the proof of permissions declare.

Each function takes the surroundings of the job, its id, and further arguments of its construct.
"""

from typing import Any

from aws_cdk import aws_iam as iam

from cdk_data_jobs import AwsJob, CreateCall, DescribeCall, FindCall, JobDefinition, personalize, pinpoint

CONTACTS = {
    "ImportDestination": {
        "ContactListDestination": {"ContactListName": "readers", "ContactListImportAction": "PUT"},
    },
    "ImportDataSource": {"S3Url": "s3://shop-data/contacts.csv", "DataFormat": "CSV"},
}
"""The parameters of an import of contacts that its service accepts."""


def import_users(shop: Any, id: str = "Job", *, scope: Any = None, **options: Any) -> personalize.DatasetImportJob:
    options.setdefault("dataset", shop.dataset)
    options.setdefault("source", shop.source)
    return personalize.DatasetImportJob(scope or shop.stack, id, **options)


def export_users(shop: Any, id: str = "Job", **options: Any) -> personalize.DatasetExportJob:
    options.setdefault("dataset", shop.dataset)
    return personalize.DatasetExportJob(shop.stack, id, **options)


def delete_users(shop: Any, id: str = "Job", **options: Any) -> personalize.DataDeletionJob:
    options.setdefault("dataset_group", shop.dataset_group)
    options.setdefault("source", shop.source)
    return personalize.DataDeletionJob(shop.stack, id, **options)


def recommend(shop: Any, id: str = "Job", **options: Any) -> personalize.BatchInferenceJob:
    return personalize.BatchInferenceJob(shop.stack, id, **(_batch(shop) | options))


def segment(shop: Any, id: str = "Job", **options: Any) -> personalize.BatchSegmentJob:
    return personalize.BatchSegmentJob(shop.stack, id, **(_batch(shop) | options))


def _batch(shop: Any) -> dict[str, Any]:
    return {
        "solution_version_arn": shop.solution_version_arn,
        "source": shop.input,
        "destination": shop.destination,
    }


def train(shop: Any, id: str = "Job", **options: Any) -> personalize.SolutionVersion:
    options.setdefault("solution", shop.solution)
    return personalize.SolutionVersion(shop.stack, id, **options)


def import_endpoints(shop: Any, id: str = "Job", **options: Any) -> pinpoint.ImportJob:
    options.setdefault("application", shop.application)
    options.setdefault("source", shop.source)
    options.setdefault("format", pinpoint.Format.CSV)
    return pinpoint.ImportJob(shop.stack, id, **options)


def export_endpoints(shop: Any, id: str = "Job", **options: Any) -> pinpoint.ExportJob:
    options.setdefault("application", shop.application)
    options.setdefault("destination", shop.destination)
    return pinpoint.ExportJob(shop.stack, id, **options)


def contacts_definition(**more: Any) -> JobDefinition:
    """Returns a definition that has no more than it must, and what is given."""
    parts: dict[str, Any] = {
        "title": "SES contact list import",
        "service": "sesv2",
        "create": CreateCall(operation="create_import_job", id="JobId"),
        "describe": DescribeCall(operation="get_import_job", parameters={"JobId": "id"}),
        "status": "JobStatus",
        "succeeded": ["COMPLETED"],
        "failed": ["FAILED"],
        "may_run_twice": True,
    }
    return JobDefinition(**(parts | more))


def contacts_find(**changes: Any) -> FindCall:
    """Returns how imports of contacts are found, with what is given instead."""
    parts = {"operation": "list_import_jobs", "parameters": {}, "jobs": "ImportJobs", "id": "JobId"}
    return FindCall(**(parts | {"created": "CreatedTimestamp", "as_parameters": "@"} | changes))


def import_contacts(shop: Any, id: str = "Job", *, of: dict[str, Any] | None = None, **options: Any) -> AwsJob:
    """Declares a job of any service; `of` changes its definition."""
    options.setdefault("definition", contacts_definition(**(of or {})))
    options.setdefault("parameters", CONTACTS)
    return AwsJob(shop.stack, id, **options)


def invoke_model(shop: Any, id: str = "Job", **options: Any) -> AwsJob:
    """Declares a job of any service, which assumes a role."""
    definition = JobDefinition(
        title="Bedrock batch inference",
        service="bedrock",
        create=CreateCall(operation="create_model_invocation_job", id="jobArn"),
        describe=DescribeCall(operation="get_model_invocation_job", parameters={"jobIdentifier": "id"}),
        status="status",
        succeeded=["Completed"],
        failed=["Failed", "Stopped", "Expired", "PartiallyCompleted"],
        reason="message",
        client_token="clientRequestToken",  # noqa: S106 - a parameter's name
        role="roleArn",
        source_arn="arn:{partition}:bedrock:{region}:{account}:model-invocation-job/*",
    )
    parameters = {
        "jobName": "readers",
        "modelId": "amazon.nova-lite-v1:0",
        "inputDataConfig": {"s3InputDataConfig": {"s3Uri": shop.bucket.s3_url_for_object("in.jsonl")}},
        "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": shop.bucket.s3_url_for_object("out/")}},
    }
    create = iam.PolicyStatement(
        actions=["bedrock:CreateModelInvocationJob"],
        resources=["arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"],
    )
    options = {
        "definition": definition,
        "parameters": parameters,
        "policy_statements": [create],
        "service_principal": "bedrock.amazonaws.com",
    } | options
    job = AwsJob(shop.stack, id, **options)
    reading = iam.PolicyStatement(actions=["s3:GetObject"], resources=[shop.bucket.arn_for_objects("in.jsonl")])
    job.role.add_to_principal_policy(reading)
    return job
