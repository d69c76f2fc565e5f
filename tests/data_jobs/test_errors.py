"""Errors of calls to AWS are classified."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from data_jobs.aws import s3_object
from data_jobs.definitions import table
from data_jobs.errors import CallFailed

DEFINITION = {
    "name": {"taken": ["ResourceAlreadyExistsException"]},
    "token_taken": ["Idempotent parameters do not match", "Conflict"],
    "denied": ["is not authorized to assume"],
    "busy": ["ResourceInUseException"],
}


def error(code: str, message: str = "so it is", status: int = 400) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "CreateDatasetImportJob")


@pytest.mark.parametrize(
    ("code", "message", "status", "category"),
    [
        ("ResourceAlreadyExistsException", "", 400, "taken"),
        ("InvalidRequestException", "Idempotent parameters do not match", 400, "taken"),
        ("InvalidRequestException", "Conflict", 400, "refused"),
        ("ConflictException", "", 400, "refused"),
        ("AccessDenied", "", 403, "denied"),
        ("KmsAccessDeniedException", "", 400, "denied"),
        ("AccessDeniedException", "", 400, "denied"),
        ("InvalidInputException", "personalize is not authorized to assume the role", 400, "denied"),
        ("InternalServerErrorException", "it is not authorized to assume the role", 500, "denied"),
        ("Forbidden", "", 403, "denied"),
        ("TooManyRequestsException", "", 400, "busy"),
        ("RequestLimitExceeded", "", 400, "busy"),
        ("SlowDown", "", 400, "busy"),
        ("ThrottlingException", "", 400, "busy"),
        ("Throttling", "", 400, "busy"),
        ("RequestThrottled", "", 403, "busy"),
        ("ResourceInUseException", "", 400, "busy"),
        ("412", "", 412, "busy"),
        ("Unknown", "", 429, "busy"),
        ("Unknown", "", 500, "busy"),
        ("Unknown", "", 599, "busy"),
        ("Unknown", "", 499, "refused"),
        ("Unknown", "", 600, "refused"),
        ("ResourceNotFoundException", "", 404, "refused"),
    ],
)
def test_an_error_is_classified_by_its_code_or_status(code: str, message: str, status: int, category: str) -> None:
    assert CallFailed.from_error(error(code, message, status), DEFINITION).category == category


@pytest.mark.parametrize("kind", [kind for kind, row in table().items() if row["service"] == "personalize"])
def test_a_full_quota_is_waited_for(kind: str) -> None:
    full = error("LimitExceededException", "More than 5 resources with PENDING or IN_PROGRESS status.")

    assert CallFailed.from_error(full, table()[kind]).category == "busy"


@pytest.mark.parametrize(("status", "may_have_effect"), [(400, False), (499, False), (500, True), (503, True)])
def test_what_a_service_failed_to_do_it_may_have_done(status: int, *, may_have_effect: bool) -> None:
    assert CallFailed.from_error(error("Unknown", status=status)).may_have_effect is may_have_effect


def test_a_failures_message_is_the_services_code_and_message() -> None:
    failure = CallFailed.from_error(error("LimitExceededException", "no more than 5"))

    assert failure.message == str(failure) == "LimitExceededException: no more than 5"


def test_an_error_without_code_and_message_is_refused() -> None:
    failure = CallFailed.from_error(ClientError({}, "CreateDatasetImportJob"))

    assert (failure.category, failure.message, failure.may_have_effect) == ("refused", ": ", False)


def test_what_the_sdk_refuses_itself_was_never_sent() -> None:
    failure = CallFailed.from_error(ParamValidationError(report="unknown parameter"))

    assert (failure.category, failure.may_have_effect) == ("refused", False)
    assert failure.message == "ParamValidationError: Parameter validation failed:\nunknown parameter"


@pytest.mark.parametrize(
    ("code", "status", "is_quota"),
    [
        ("LimitExceededException", 429, True),
        ("ServiceQuotaExceededException", 429, True),
        ("ConcurrentRunsExceededException", 429, True),
        ("RequestLimitExceeded", 429, False),
        ("ThrottlingException", 429, False),
        ("LimitExceededException", 400, False),
    ],
)
def test_a_quota_passes_with_other_jobs_and_throttling_by_itself(code: str, status: int, *, is_quota: bool) -> None:
    assert CallFailed.from_error(error(code, status=status)).is_quota is is_quota


@pytest.mark.parametrize("message", ["Quota: no", "LimitExceeded: no", "Throttling: no"])
def test_a_quota_and_throttling_are_known_by_the_code_alone(message: str) -> None:
    failure = CallFailed.from_error(error("ServiceUnavailable", message, 503))

    assert (failure.category, failure.is_quota, failure.is_throttling) == ("busy", False, False)


@pytest.mark.parametrize("code", ["TooManyRequestsException", "SlowDown", "RequestLimitExceeded", "Throttling"])
def test_too_many_calls_are_a_matter_of_the_rate(code: str) -> None:
    assert CallFailed.from_error(error(code)).is_throttling


def test_a_failed_call_has_no_effect_by_default() -> None:
    assert not CallFailed("refused", "no").may_have_effect


@pytest.mark.parametrize(
    ("location", "bucket", "key"),
    [("s3://data/a/b.csv", "data", "a/b.csv"), ("s3://data/", "data", ""), ("s3://data", "data", "")],
)
def test_a_location_is_a_bucket_and_a_key(location: str, bucket: str, key: str) -> None:
    assert s3_object(location) == {"Bucket": bucket, "Key": key}
