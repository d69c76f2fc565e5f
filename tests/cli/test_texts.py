"""Durations, links, and what counts how far a job is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cdk_data_jobs_cli.texts import Progress, console_link, duration, one_line

HOME = Path(__file__).parent.parent.parent
ARN = "arn:{}:states:{}:111122223333:execution:machine:name"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (-3, "0s"),
        (0.9, "0s"),
        (59.9, "59s"),
        (63, "1m 03s"),
        (3600, "1h 00m"),
        (7500, "2h 05m"),
        (86399, "23h 59m"),
        (273600, "3d 04h"),
    ],
)
def test_durations_are_written_as_people_say_them(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        ("aws", "eu-west-1", "https://eu-west-1.console.aws.amazon.com/"),
        ("aws-cn", "cn-north-1", "https://cn-north-1.console.amazonaws.cn/"),
        ("aws-us-gov", "us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/"),
    ],
)
def test_the_console_is_that_of_the_partition_and_region(partition: str, region: str, host: str) -> None:
    arn = ARN.format(partition, region)

    assert console_link(arn) == f"{host}states/home?region={region}#/v2/executions/details/{arn}"


def test_a_partition_without_a_public_console_has_no_link() -> None:
    assert console_link(ARN.format("aws-iso", "us-iso-east-1")) == ""


def test_a_services_words_are_one_line_that_no_terminal_obeys() -> None:
    assert one_line("bad\x1b[31m\n  CSV\r\x07 in\tline 3\x9b") == "bad [31m CSV in line 3"


def test_the_attributes_of_the_table_that_count_are_understood() -> None:
    table = json.loads((HOME / "lambda/data_jobs/definitions.json").read_text())
    attributes = table["Custom::PinpointImportJob"]["attributes"]
    told = {name: str(number) for number, name in enumerate(attributes, start=10)}

    progress = Progress.of(told)

    assert {name: told[name] for name in ("totalPieces", "completedPieces", "totalProcessed", "totalFailures")} == {
        "totalPieces": str(progress.pieces),
        "completedPieces": str(progress.completed),
        "totalProcessed": str(progress.rows),
        "totalFailures": str(progress.failures),
    }
    assert "numDeleted" in table["Custom::PersonalizeDataDeletionJob"]["attributes"]
    assert Progress.of({"numDeleted": "7"}).rows == 7


def test_progress_is_told_as_far_as_it_is_known() -> None:
    assert str(Progress(pieces=8, completed=3, rows=1200, failures=2)) == "3/8 pieces, 1,200 rows, 2 failed"
    assert str(Progress(rows=0, failures=0)) == "0 rows"
    assert str(Progress.of({"totalPieces": "", "totalProcessed": "many"})) == ""
    assert Progress(pieces=4, completed=5).fraction == 1.0
    assert Progress(pieces=0).fraction is None
