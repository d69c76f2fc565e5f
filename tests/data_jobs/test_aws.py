"""How often the SDK repeats a call at once: a run retries later itself."""

from __future__ import annotations

from typing import Any

import pytest

from data_jobs import aws

ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset-import-job/shop-interactions-19f1064b"


@pytest.fixture
def made(function: Any, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """The clients that were made, each with its configuration."""
    made: list[tuple[str, Any]] = []
    stubs = function.stubs

    def client(name: str, config: Any) -> Any:
        made.append((name, config))
        return stubs[name].client

    monkeypatch.setattr(aws.boto3, "client", client)
    return made


def test_a_step_makes_each_call_once_with_one_client_for_each_service(
    function: Any, made: list[tuple[str, Any]]
) -> None:
    personalize = function.stubs["personalize"]
    personalize.add_client_error("create_dataset_import_job", "ResourceAlreadyExistsException")
    personalize.add_client_error("describe_dataset_import_job", "ResourceNotFoundException")

    function.create(function.run())

    assert [(name, config.retries) for name, config in made] == [
        ("cloudformation", {"mode": "standard", "total_max_attempts": 1}),
        ("personalize", {"total_max_attempts": 1}),
    ]


def test_the_service_of_a_job_is_soon_known_to_be_out_of_reach(function: Any, made: list[tuple[str, Any]]) -> None:
    function.stubs["personalize"].add_response("create_dataset_import_job", {"datasetImportJobArn": ARN})

    function.create(function.run())

    assert made[-1][1].connect_timeout == 10


def test_a_request_that_nobody_repeats_is_tried_five_times_at_once(function: Any, made: list[tuple[str, Any]]) -> None:
    function.stubs["stepfunctions"].add_response("start_execution", {"executionArn": "arn", "startDate": 0})

    function.start(function.event())

    assert [(name, config.retries) for name, config in made] == [
        ("stepfunctions", {"mode": "standard", "total_max_attempts": 5})
    ]


def test_files_and_events_are_tried_as_often_as_the_sdk_does(function: Any, made: list[tuple[str, Any]]) -> None:
    calls = aws.Aws(function.context.invoked_function_arn)
    function.stubs["s3"].add_response("delete_object", {})
    function.stubs["events"].add_response("put_events", {"Entries": [{"EventId": "1"}]})

    calls.delete_file("s3://staging/job/1.csv")
    calls.put_event("Data Job Succeeded", {})

    assert [(name, config.retries) for name, config in made] == [
        ("s3", {"mode": "standard"}),
        ("events", {"mode": "standard"}),
    ]
