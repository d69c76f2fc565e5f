"""Validation of a job against the model of its service, with warnings for what is probably a mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_data_jobs._definition.call_permissions import missing_actions
from cdk_data_jobs._definition.create_parameters import validate_create_parameters
from cdk_data_jobs._definition.definition_paths import validate_paths
from cdk_data_jobs._definition.definition_warnings import (
    final_statuses,
    lacks_status_in_list,
    parameters_not_in_list,
    unknown_codes,
    validate_statuses,
)
from cdk_data_jobs._definition.service_model import model_version, operation_model
from cdk_data_jobs._support.synthesis_warnings import add_warning

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aws_cdk import aws_iam
    from constructs import Construct

    from cdk_data_jobs.definitions import JobDefinition


def validate_against_botocore(
    job: Construct,
    definition: JobDefinition,
    parameters: Mapping[str, Any],
    *,
    job_name: str | None,
    statements: Iterable[aws_iam.PolicyStatement],
    may_be_newer: bool,
) -> None:
    """Validates a job's definition and parameters against the service's model in the installed botocore.

    An operation that it does not have is not validated: that the function's SDK has it is validated elsewhere.

    Args:
        job: The job, which gets the warnings.
        definition: Its definition.
        parameters: The parameters of its create call, without its name, its tags and its client token.
        job_name: The base of its name; None if it has none.
        statements: The statements of the function's policy for it.
        may_be_newer: Whether the function's SDK may know more than the installed botocore: what that does not know is
            then no error.

    Raises:
        ValidationError: If the service would refuse a call, or a path finds nothing.
    """
    called = operation_model(definition.service, definition.create.operation)
    if called and called.input_shape:
        validate_create_parameters(definition, parameters, called.input_shape, job_name, may_be_newer=may_be_newer)
    status = validate_paths(
        definition,
        parameters,
        may_be_newer=may_be_newer,
        warn=lambda message: add_warning(job, "absentArgument", message),
    )
    if not may_be_newer:
        validate_statuses(definition, status)
    if statuses := final_statuses(definition, status):
        add_warning(
            job,
            "finalStatus",
            f"a job with the status {', '.join(statuses)} would be waited for until the timeout, because it is "
            "neither in succeeded nor in failed; add it to one of them, or acknowledge this warning if such a job is "
            "still running",
        )
    if codes := unknown_codes(definition):
        add_warning(
            job,
            "errorCode",
            f"the definition names errors that {definition.service} does not have in {model_version()}: "
            f"{', '.join(codes)}; correct them, or acknowledge this warning if the service returns them",
        )
    if lacks_status_in_list(definition):
        add_warning(
            job,
            "statusInList",
            f"what {definition.find and definition.find.operation} lists has no status at {definition.status!r}, so "
            "that a job that has failed may be taken for the one of a run that retries; acknowledge this warning if "
            "that is acceptable",
        )
    if names := parameters_not_in_list(definition, parameters):
        add_warning(
            job,
            "parametersInList",
            f"as_parameters of the FindCall finds no {', '.join(names)} in what "
            f"{definition.find and definition.find.operation} lists, so that the job is not found if the response of "
            "its create call is lost, and runs twice; correct it, or acknowledge this warning if that is acceptable",
        )
    if actions := missing_actions(definition, statements, definition.permissions):
        add_warning(
            job,
            "missingPermission",
            f"no statement allows {', '.join(actions)}, which the function that runs the job calls; add one to "
            "policy_statements, or acknowledge this warning if the function is allowed to in another way",
        )
