"""`data-jobs schema`: proposes a schema."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Offline

    Run = Callable[..., "subprocess.CompletedProcess[str]"]

ITEMS = "ITEM_ID,GENRE,PAGES\n" + "i1,poem,30\ni2,novel,\ni3,novel,2\ni4,poem,7\n"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs the command line in a folder, with no terminal."""
    (tmp_path / "items.csv").write_text(ITEMS)
    return lambda *arguments: subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "cdk_data_jobs_cli", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_pipe_is_refused_as_it_would_be_read_twice(run: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    done = run("schema", "pipe")

    assert (done.returncode, done.stdout) == (2, "")
    assert "a file that is read twice must be no pipe, got 'pipe'; write it to a file" in done.stderr


def test_errors_beyond_which_nothing_was_read_are_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "many.csv").write_text("ITEM_ID,PRICE\n" + ",1\n" * 100_000 + "i1,2\n" * 50_000)
    done = run("schema", "many.csv")

    assert done.returncode == 1
    assert done.stderr.endswith(" errors; the rest was not read, because there are so many errors\n")


def test_the_schema_is_on_stdout_and_the_reasons_are_on_stderr(run: Run, tmp_path: Path) -> None:
    done = run("schema", "items.csv")

    assert done.returncode == 0
    assert json.loads(done.stdout) == {
        "type": "record",
        "name": "Items",
        "namespace": "com.amazonaws.personalize.schema",
        "fields": [
            {"name": "ITEM_ID", "type": "string"},
            {"name": "GENRE", "type": "string", "categorical": True},
            {"name": "PAGES", "type": ["null", "int"]},
        ],
        "version": "1.0",
    }
    assert done.stderr.splitlines() == [
        "ITEM_ID: string: required in Items",
        "GENRE: categorical string: 2 different categories in 4 rows",
        "PAGES: int or null: all values are whole numbers of 32 bits; 1 of 4 values are empty",
        "proposed from 4 rows: review and commit it; 0 errors",
    ]
    (tmp_path / "items.json").write_text(done.stdout)
    assert run("check", "items.csv", "--schema", "items.json").returncode == 0


def test_what_the_data_breaks_is_said_and_ends_with_1(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text(ITEMS + ",poem,5\x1b\n")
    done = run("schema", "bad.csv", "--domain", "ecommerce")
    valid = run("schema", "bad.csv")

    assert (done.returncode, valid.returncode) == (1, 1)
    assert "<schema>: error: a schema of Items must have the fields ITEM_ID, PRICE, CATEGORY_L1, got" in done.stderr
    assert "ITEM_ID: string: required in Items\nlook: ITEM_ID: 1 of 5 values are empty, and the" in valid.stderr
    assert "bad.csv:6:1: error: ITEM_ID must not be empty" in valid.stderr
    assert "such as '5\\x1b'" in valid.stderr
    assert json.loads(valid.stdout)["fields"][0]["type"] == "string"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Missing argument 'FILE...'"),
        (["missing.csv"], "'missing.csv' does not exist"),
        (["-"], "a file that is read twice must be no pipe, got '-'; write it to a file"),
        (["items.csv", "--type", "Books"], "'Books' is not one of"),
        (["items.csv", "--type", "actions", "--domain", "ecommerce"], "one dataset type of the domain ECOMMERCE, got"),
    ],
)
def test_wrong_usage_ends_with_2(run: Run, arguments: list[str], message: str) -> None:
    done = run("schema", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert message in " ".join(done.stderr.split())


def test_files_in_s3_are_read_too(offline: Offline) -> None:
    s3 = offline.aws.client("s3")
    s3.create_bucket(Bucket="for-a-schema", CreateBucketConfiguration={"LocationConstraint": offline.aws.region})
    for name in ("a", "b"):
        s3.put_object(Bucket="for-a-schema", Key=f"items/{name}.csv", Body=ITEMS.encode())

    assert json.loads(offline.run("schema", "s3://for-a-schema/items/"))["name"] == "Items"
