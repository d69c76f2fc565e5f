"""All files are copied once before the job is created, in as many steps as that takes."""

from __future__ import annotations

from typing import Any

import pytest

from data_jobs.aws import MAX_COPY_SECONDS

FILES = [{"Source": f"s3://assets/{n}.csv", "Target": f"s3://staging/job/{n}.csv"} for n in range(3)]
LARGE = {"ContentLength": 8 * 1024 * 1024, "ETag": "e"}
ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset-import-job/shop-interactions-19f1064b"


@pytest.fixture
def run(function: Any) -> dict[str, Any]:
    event = function.event()
    event["ResourceProperties"]["Files"] = FILES
    return dict(function.run(event))


def copied(function: Any, number: int) -> None:
    s3 = function.stubs["s3"]
    s3.add_response("head_object", {"ContentLength": 10, "ETag": "e"}, {"Bucket": "assets", "Key": f"{number}.csv"})
    source = {"Bucket": "assets", "Key": f"{number}.csv"}
    target = {"Bucket": "staging", "Key": f"job/{number}.csv", "TaggingDirective": "REPLACE"}
    s3.add_response("copy_object", {}, {**target, "CopySource": source})


def clock(function: Any, *times: float) -> None:
    """Let the copying of each file take its time."""
    ticks = iter(times)
    function.monkeypatch.setattr("data_jobs.copies.time.monotonic", lambda: next(ticks))


def test_every_file_is_copied_and_the_job_is_created(function: Any, run: dict[str, Any]) -> None:
    for number in range(3):
        copied(function, number)
    function.stubs["personalize"].add_response("create_dataset_import_job", {"datasetImportJobArn": ARN})

    run = function.create(run)

    assert (run["copied"], run["id"]) == (3, ARN)


def test_a_step_without_time_leaves_the_rest_to_the_next(function: Any, run: dict[str, Any]) -> None:
    copied(function, 0)
    clock(function, 0, 0, 0, 241)
    run = function.create(run)
    assert (run["copied"], run["next"], run["wait"]) == (1, "create", 0)
    assert (run["waiting_for"], run["state"]) == ("files", "its files are being copied")

    copied(function, 1)
    copied(function, 2)
    clock(function, 0, 0, 0, 240, 240, 240)
    run = function.create(run)
    assert (run["copied"], run["next"], run["wait"]) == (3, "create", 0)

    clock(function, 0, 0)
    function.stubs["personalize"].add_response("create_dataset_import_job", {"datasetImportJobArn": ARN})
    assert function.create(run)["id"] == ARN


@pytest.mark.parametrize(("seconds", "following"), [(4.9, "check"), (5, "create")])
def test_after_a_copy_that_took_long_a_step_of_its_own_checks_whether_the_job_is_wanted(
    function: Any, run: dict[str, Any], seconds: float, following: str
) -> None:
    copied(function, 2)
    clock(function, 0, 0, 0, seconds)
    if following == "check":
        function.stubs["personalize"].add_response("create_dataset_import_job", {"datasetImportJobArn": ARN})

    run = function.create({**run, "copied": 2})

    assert (run["next"], run["copied"]) == (following, 3)


def test_copying_ends_at_the_deadline(function: Any, run: dict[str, Any]) -> None:
    copied(function, 0)
    clock(function, 0, 0, 0, 241)
    run = function.create(run, after=3299)

    run = function.create(run, after=1)

    assert "did not end within 55 minutes: its files are being copied" in run["outcome"]["reason"]


def test_a_file_that_no_step_could_ever_copy_is_reported(function: Any, run: dict[str, Any]) -> None:
    s3 = function.stubs["s3"]
    for _ in range(2):
        s3.add_response("head_object", {"ContentLength": 8 * 1024 * 1024, "ETag": "e"})
    s3.add_response("create_multipart_upload", {"UploadId": "u"})
    s3.add_response("upload_part_copy", {"CopyPartResult": {"ETag": "part"}})
    s3.add_response("abort_multipart_upload", {})
    clock(function, 0, 0, 0, *[MAX_COPY_SECONDS + 1] * 9)

    run = function.create(run)

    assert "could not be created: ValueError: the file could not be copied within 9 minutes" in run["outcome"]["reason"]


@pytest.mark.parametrize("seconds", [0, 540])
def test_a_large_file_is_copied_in_parts_of_one_version(function: Any, run: dict[str, Any], seconds: float) -> None:
    source, target = {"Bucket": "assets", "Key": "2.csv"}, {"Bucket": "staging", "Key": "job/2.csv"}
    upload = {**target, "UploadId": "u"}
    part = {
        **upload,
        "PartNumber": 1,
        "CopySource": source,
        "CopySourceRange": "bytes=0-8388607",
        "CopySourceIfMatch": "e",
    }
    s3 = function.stubs["s3"]
    for condition in ({}, {"IfMatch": "e"}):
        s3.add_response("head_object", LARGE, {**source, **condition})
    s3.add_response("create_multipart_upload", {"UploadId": "u"}, target)
    s3.add_response("upload_part_copy", {"CopyPartResult": {"ETag": "part"}}, part)
    whole = {"MultipartUpload": {"Parts": [{"ETag": "part", "PartNumber": 1}]}}
    s3.add_response("complete_multipart_upload", {}, {**upload, **whole})
    clock(function, 0, 0, 0, *[seconds] * 9)
    if not seconds:
        function.stubs["personalize"].add_response("create_dataset_import_job", {"datasetImportJobArn": ARN})

    run = function.create({**run, "copied": 2})

    assert (run["copied"], run["next"]) == (3, "create" if seconds else "check")


@pytest.mark.parametrize(("code", "step"), [("403", "create"), ("404", "report"), ("SlowDown", "create")])
def test_a_file_that_cannot_be_copied(function: Any, run: dict[str, Any], code: str, step: str) -> None:
    status = int(code) if code.isdigit() else 503
    function.stubs["s3"].add_client_error("head_object", code, http_status_code=status)

    run = function.create(run)

    assert run["next"] == step
    assert "copied" not in run


def test_a_large_file_that_changes_while_it_is_copied_is_copied_again(function: Any, run: dict[str, Any]) -> None:
    target = {"Bucket": "staging", "Key": "job/0.csv"}
    upload = {**target, "UploadId": "u"}
    part = {
        **upload,
        "PartNumber": 1,
        "CopySource": {"Bucket": "assets", "Key": "0.csv"},
        "CopySourceRange": "bytes=0-8388607",
        "CopySourceIfMatch": "e",
    }
    s3 = function.stubs["s3"]
    for condition in ({}, {"IfMatch": "e"}):
        s3.add_response("head_object", LARGE, {"Bucket": "assets", "Key": "0.csv", **condition})
    s3.add_response("create_multipart_upload", {"UploadId": "u"}, target)
    s3.add_client_error("upload_part_copy", "PreconditionFailed", http_status_code=412, expected_params=part)
    s3.add_response("abort_multipart_upload", {}, upload)

    run = function.create(run)

    assert (run["next"], run["waiting_for"]) == ("create", "service")


def test_a_file_that_no_step_has_time_to_copy_is_reported_at_once(function: Any, run: dict[str, Any]) -> None:
    target = {"Bucket": "staging", "Key": "job/0.csv"}
    s3 = function.stubs["s3"]
    for _ in range(2):
        s3.add_response("head_object", LARGE)
    s3.add_response("create_multipart_upload", {"UploadId": "u"}, target)
    s3.add_response("upload_part_copy", {"CopyPartResult": {"ETag": "e"}})
    s3.add_response("abort_multipart_upload", {}, {**target, "UploadId": "u"})
    clock(function, 0, 0, 0, *[541] * 9)

    run = function.create(run)

    assert run["next"] == "report"
    assert "ValueError: the file could not be copied within 9 minutes" in run["outcome"]["reason"]


def test_a_large_file_that_changes_before_its_first_part_is_copied_again(function: Any, run: dict[str, Any]) -> None:
    function.stubs["s3"].add_response("head_object", LARGE)
    function.stubs["s3"].add_client_error("head_object", "412", "Precondition Failed", http_status_code=412)

    run = function.create(run)

    assert (run["next"], run["waiting_for"]) == ("create", "service")


def test_a_failure_names_the_local_file_and_not_its_copy(function: Any, run: dict[str, Any]) -> None:
    reason = "A value is no number (line 3 of s3://staging/job/1.csv), see s3://staging/job/"
    job = {"datasetImportJobArn": ARN, "status": "CREATE FAILED", "failureReason": reason}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})

    run = function.step("check", {**run, "copied": 3, "id": ARN, "since": function.now})

    assert "failed: A value is no number (line 3 of 1.csv), see s3://staging/job/. Job:" in run["outcome"]["reason"]


def test_the_hint_of_a_refused_creation_names_the_local_file(function: Any, run: dict[str, Any]) -> None:
    parameters = {"dataSource": {"dataLocation": FILES[0]["Target"]}}
    run["request"]["ResourceProperties"]["Parameters"] |= parameters
    function.stubs["personalize"].add_client_error(
        "create_dataset_import_job", "InvalidInputException", "Invalid Data location.", http_status_code=400
    )

    run = function.create({**run, "copied": 3})

    assert "What to do: 0.csv must name a CSV file" in run["outcome"]["reason"]
