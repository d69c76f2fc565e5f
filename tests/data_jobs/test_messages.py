"""The messages that users read."""

from __future__ import annotations

import pytest

from data_jobs.definitions import table
from data_jobs.messages import crash_message, failed_attributes, failure_message

IMPORT = {
    "title": "import job",
    "hints": {"role": "let the role be assumed", "file": "look at the file"},
    "status": "job.status",
    "failed": ["FAILED", "STOPPED"],
    "reason": "job.reason",
    "attributes": {"status": "job.status", "why": "job.reason", "id": "job.id"},
}


@pytest.mark.parametrize(
    ("message", "job", "reason"),
    [
        ("no", "", "import job failed: no"),
        ("no", "arn", "import job failed: no. Job: arn"),
        ("Truncated…", "arn", "import job failed: Truncated… Job: arn"),
        ("It ended.", "arn", "import job failed: It ended. Job: arn"),
        ("It ended.\n", "arn", "import job failed: It ended. Job: arn"),
        ("no file", "", "import job failed: no file. What to do: look at the file."),
        ("no role", "arn", "import job failed: no role. What to do: let the role be assumed. Job: arn"),
    ],
)
def test_a_reason_has_what_failed_the_services_message_and_what_to_do(message: str, job: str, reason: str) -> None:
    assert failure_message(IMPORT, "failed", message, job) == reason


def test_a_reason_needs_no_hints() -> None:
    assert failure_message({"title": "job"}, "failed", "no", "") == "job failed: no"


PARSER = '\n at [Source: (String)"{ Id: "9GSh" }"; line: 1, column: 4].'
PASSING = "assumed-role/runner is not authorized to perform: iam:PassRole on resource: arn:aws:iam::1:role/service"


@pytest.mark.parametrize(
    ("kind", "message", "hint"),
    [
        *(
            (kind.removeprefix("Custom::"), PASSING, "a permissions boundary")
            for kind in table()
            if kind != "Custom::PersonalizeSolutionVersion"  # it is passed no role
        ),
        (
            "PersonalizeDatasetImportJob",
            "Length cannot be more than 256 characters for ITEM_ID.",
            "shorten what data-jobs check lists",
        ),
        ("PersonalizeDatasetImportJob", "More than 5 resources with PENDING or", "the service runs five at a time"),
        ("PersonalizeDataDeletionJob", "More than 5 resources with PENDING or", "the service runs five at a time"),
        ("PersonalizeBatchInferenceJob", "Invalid S3 input path", "the input must name a JSON file"),
        ("PersonalizeBatchInferenceJob", "Invalid S3 output path", "the output must not be the input; its bucket"),
        ("PersonalizeBatchInferenceJob", "More than 5 resources with PENDING or", "the service runs five at a time"),
        ("PersonalizeBatchSegmentJob", "Invalid S3 input path", "the input must name a JSON file"),
        ("PersonalizeBatchSegmentJob", "Invalid S3 output path", "the output must not be the input; its bucket"),
        ("PersonalizeBatchSegmentJob", "More than 5 resources with PENDING or", "the service runs five at a time"),
        ("PinpointImportJob", f"Unexpected character ('I' (code 73)): was {PARSER}", "each line must be a JSON object"),
        ("PinpointImportJob", f"Unexpected end-of-input{PARSER}", "each line must be a JSON object"),
    ],
)
def test_a_known_cause_comes_with_what_to_do(kind: str, message: str, hint: str) -> None:
    assert f"What to do: {hint}" in failure_message(table()[f"Custom::{kind}"], "failed", message, "")


@pytest.mark.parametrize("kind", ["PersonalizeDatasetImportJob", "PersonalizeDataDeletionJob"])
@pytest.mark.parametrize("location", ["s3://shop/in/items/", "s3://shop/it's ü, in/", "s3://shop/in"])
def test_the_hint_for_a_bad_location_names_it(kind: str, location: str) -> None:
    parameters = {
        "jobName": "items",
        "dataSource": {"dataLocation": location},
        "roleArn": "arn",
        "tags": [{"tagKey": "s3://shop/key", "tagValue": "s3://shop/value"}],
    }
    reason = failure_message(table()[f"Custom::{kind}"], "failed", "Invalid Data location.", "", parameters)

    assert f"What to do: {location} must name a CSV file, or a folder" in reason


def test_a_services_message_leaves_room_for_what_to_do() -> None:
    reason = failure_message(IMPORT, "failed", "file" + "x" * 5000, "arn")

    assert len(reason.removeprefix("import job failed: ").partition(" What")[0].encode()) == 2398  # 2400 with quotes
    assert reason.endswith("… What to do: look at the file. Job: arn")


def test_a_job_that_there_is_not_has_failed_in_each_of_its_attributes() -> None:
    assert failed_attributes(IMPORT, "no role") == {"status": "FAILED", "why": "no role", "id": ""}


@pytest.mark.parametrize(
    ("crash", "message"),
    [
        ({"Error": "Lambda.Unknown", "Cause": '{"errorType": "Killed", "errorMessage": "no memory"}'},
         "Killed: no memory"),
        ({"Error": "States.Timeout", "Cause": "15 minutes"}, "States.Timeout: 15 minutes"),
        ({"Error": "States.Timeout", "Cause": '{"errorType": "Killed"}'}, 'States.Timeout: {"errorType": "Killed"}'),
        ({"Error": "States.Timeout", "Cause": "[]"}, "States.Timeout: []"),
        ({"Error": "States.Timeout"}, "States.Timeout: None"),
    ],
    ids=["a function's", "words", "half of a function's", "other JSON", "no cause"],
)  # fmt: skip
def test_a_crash_has_whatever_message_there_is(crash: dict[str, str], message: str) -> None:
    assert crash_message(crash) == message


def test_a_reason_without_a_message_has_no_full_stop_of_its_own() -> None:
    definition = {"title": "import job", "hints": {}}

    assert failure_message(definition, "failed", "", "arn") == "import job failed:  Job: arn"
