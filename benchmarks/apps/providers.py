"""The imports with the CDK's Provider framework: what the two apps of it share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aws_cdk import CustomResource, Duration, Stack, aws_iam, aws_lambda, aws_s3, custom_resources
from imports import Options, calls, data_bucket, parameters, service_role, stack_of

if TYPE_CHECKING:
    from collections.abc import Callable

    MakeProvider = Callable[[str], custom_resources.Provider]

HANDLERS = Path(__file__).with_name("handlers")


def synthesize(*, shared: bool) -> None:
    """Makes the app.

    Args:
        shared: Whether one provider serves all jobs; otherwise each has one of its own.
    """
    wanted = Options.from_environment()
    app, stack = stack_of(wanted)
    bucket = data_bucket(stack, wanted)
    if wanted.jobs:
        _declare(stack, bucket, wanted, shared=shared)
    app.synth()


def _declare(stack: Stack, bucket: aws_s3.Bucket, wanted: Options, *, shared: bool) -> None:
    role = service_role(stack, bucket, wanted)
    make = _provider_maker(stack, role, wanted)
    provider = make("Provider") if shared else None
    for number in range(wanted.jobs):
        own = provider or make(f"Provider{number}")
        job = CustomResource(
            stack,
            f"Import{number}",
            service_token=own.service_token,
            resource_type="Custom::DatasetImport",
            properties={"JobName": f"import-{number}", "Parameters": parameters(bucket, role, wanted, number)},
        )
        # The service checks at once that it may read.
        job.node.add_dependency(role, bucket.policy or bucket)


def _provider_maker(stack: Stack, role: aws_iam.Role, wanted: Options) -> MakeProvider:
    on_event = _function(stack, "OnEvent", "import_job.on_event")
    is_complete = _function(stack, "IsComplete", "import_job.is_complete")
    create, describe = "personalize:CreateDatasetImportJob", "personalize:DescribeDatasetImportJob"
    for statement in calls(stack, role, create):
        on_event.add_to_role_policy(statement)
    is_complete.add_to_role_policy(calls(stack, role, describe)[0])

    def make(id_: str) -> custom_resources.Provider:
        return custom_resources.Provider(
            stack,
            id_,
            on_event_handler=on_event,
            is_complete_handler=is_complete,
            query_interval=Duration.seconds(wanted.interval) if wanted.interval else None,
            total_timeout=Duration.minutes(wanted.timeout or 55),
        )

    return make


def _function(stack: Stack, id_: str, handler: str) -> aws_lambda.Function:
    return aws_lambda.Function(
        stack,
        id_,
        code=aws_lambda.Code.from_asset(str(HANDLERS), exclude=["**/__pycache__"]),
        handler=handler,
        runtime=aws_lambda.Runtime.PYTHON_3_14,
        architecture=aws_lambda.Architecture.ARM_64,
        timeout=Duration.minutes(1),
    )
