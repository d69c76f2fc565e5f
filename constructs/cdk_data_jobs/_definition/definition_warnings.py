"""What is probably a mistake in a definition, by the service's model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cdk_data_jobs._definition.path_functions import FunctionError
from cdk_data_jobs._definition.path_shapes import NothingFoundError, result_shape
from cdk_data_jobs._definition.service_model import model_version, operation_model, service_model
from cdk_data_jobs._support.close_matches import listed
from cdk_data_jobs._support.validation import ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cdk_data_jobs._definition.synthetic_shapes import Shape
    from cdk_data_jobs.definitions import JobDefinition

_FINAL_STATUS = re.compile(
    r"(?<![A-Z])(ABANDONED|ABORTED|CANCELL?ED|COMPLETED?|DONE|ERROR(ED)?|EXPIRED|FAIL(ED|URE)|FINISHED|REJECTED|STOPPED"
    r"|INTERRUPTED|SUCCE(ED|EDED|SS|SSFUL)|TERMINATED|TIMED_?OUT|TIMEOUT)(?![A-Z])"
)
_PASSING_STATUS = re.compile("(?<!WARN)ING(?![A-Z])|IN_?PROGRESS|PENDING|REQUESTED")
_COMMON_CODES = frozenset({"AccessDeniedException", "InternalFailure", "ServiceUnavailable", "ThrottlingException"})
"""Codes that services return without naming them in their models (their API References, "Common Errors")."""


def validate_statuses(definition: JobDefinition, status: Shape) -> None:
    """Validates that the statuses of a definition are among those of the service's model, if that lists them.

    Args:
        definition: The definition of the job.
        status: The shape of its status; None if it is not known.

    Raises:
        ValidationError: If a status is not.
    """
    known = getattr(status, "enum", None)
    if not known:
        return
    # The first of the failed ones may be a name for what `failed_if` finds.
    failed = definition.failed[1:] if definition.failed_if else definition.failed
    for name, statuses in (("succeeded", definition.succeeded), ("failed", failed)):
        for one in statuses:
            if one not in known:
                raise ValidationError(
                    f"{name} must have statuses that {definition.describe.operation} returns in {model_version()}, "
                    f"{listed(known, one)}, got {one!r}; correct it, or install a newer botocore if the "
                    "service returns it"
                )


def final_statuses(definition: JobDefinition, status: Shape) -> list[str]:
    """Returns the statuses that look as if a job had ended, although the definition takes it for running.

    Args:
        definition: The definition of the job.
        status: The shape of its status; None if it is not known.
    """
    ended = {*definition.succeeded, *definition.failed}
    return [one for one in getattr(status, "enum", None) or [] if one not in ended and _is_final(one)]


def _is_final(status: str) -> bool:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", status).upper()
    return bool(_FINAL_STATUS.search(words)) and not _PASSING_STATUS.search(words)


def unknown_codes(definition: JobDefinition) -> list[str]:
    """Returns the codes of errors that no operation of the service has, if the create call's are in the model.

    Args:
        definition: The definition of the job.
    """
    model = service_model(definition.service)
    called = operation_model(definition.service, definition.create.operation)
    if model is None or called is None or not called.error_shapes:
        return []
    known = {shape.error_code for shape in model.error_shapes} | {shape.name for shape in model.error_shapes}
    codes = [*definition.token_used_errors, *(definition.name.name_taken_errors if definition.name else ())]
    codes = [code for code in codes if " " not in code]  # otherwise it is a part of a message
    if not definition.create.reason:  # otherwise they may be beginnings of reasons
        codes += definition.retryable_errors
    return [code for code in dict.fromkeys(codes) if code not in known | _COMMON_CODES]


def lacks_status_in_list(definition: JobDefinition) -> bool:
    """Returns whether the status of a listed job is not found, so that one that has failed may be taken for a new one.

    Args:
        definition: The definition of the job.
    """
    called = definition.find and operation_model(definition.service, definition.find.operation)
    if not definition.find or not called or not called.output_shape:
        return False
    try:
        jobs = result_shape(definition.find.jobs, called.output_shape)
        result_shape(definition.status, jobs and jobs.member)
    except (NothingFoundError, FunctionError):
        return True
    return False


def parameters_not_in_list(definition: JobDefinition, parameters: Mapping[str, Any]) -> list[str]:
    """Returns the parameters that no listed job has, so that the job of a run is never found there.

    Args:
        definition: The definition of the job.
        parameters: The create call's parameters.
    """
    find = definition.find
    called = find and operation_model(definition.service, find.operation)
    if not find or definition.name or definition.client_token or not called or not called.output_shape:
        return []
    try:
        jobs = result_shape(find.jobs, called.output_shape)
        listed = result_shape(find.as_parameters, jobs and jobs.member)
    except (NothingFoundError, FunctionError):
        return []
    not_compared = [*definition.ignored_changes, *find.parameters.values(), definition.role or ""]
    names = {path.removeprefix("parameters.").partition(".")[0] for path in not_compared}
    known = getattr(listed, "members", None)
    # What is empty or false, the list need not have.
    return [name for name, value in parameters.items() if known and value and name not in known and name not in names]
