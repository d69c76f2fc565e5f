"""`data-jobs schema`: proposes a schema."""

from __future__ import annotations

import gzip
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
    (tmp_path / "users.csv").write_text("USER_ID,AGE\n")
    return lambda *arguments, **options: subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "cdk_data_jobs_cli", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


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
        "reserved in Items, too: CREATION_TIMESTAMP: rename a column that is one of them",
        "proposed from 4 rows, 0 errors: review and commit it, then use `data-jobs check` with it",
    ]
    (tmp_path / "items.json").write_text(done.stdout)
    assert run("check", "items.csv", "--schema", "items.json").returncode == 0


def test_what_the_data_breaks_is_said_and_ends_with_1(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text(ITEMS + ",poem,5\x1b\ni6,poem\n")
    done = run("schema", "bad.csv", "--domain", "ecommerce")
    valid = run("schema", "bad.csv")

    assert (done.returncode, valid.returncode) == (1, 1)
    assert "<schema>: error: a schema of Items must have the fields ITEM_ID, PRICE, CATEGORY_L1, got" in done.stderr
    assert "ITEM_ID: string: required in Items\nerror: ITEM_ID: 1 of 5 values are empty, and the" in valid.stderr
    assert "bad.csv:7: error: a row must have 3 values, as the header has, got 2" in valid.stderr
    assert "such as '5\\x1b'" in valid.stderr
    assert valid.stderr.splitlines()[-1].startswith("proposed from 5 rows, 2 errors: review")
    assert json.loads(valid.stdout)["fields"][0]["type"] == "string"


RAW = ";itemId;premium;seen at\n0;i1;t;2025-01-01\n1;i2;f;2025-01-02\n"
TIME_HINT = "if CREATION_TIMESTAMP is meant, rename the column: `data-jobs convert` "


def test_raw_files_need_a_conversion_which_takes_the_schema(run: Run, tmp_path: Path) -> None:
    (tmp_path / "raw.csv.gz").write_bytes(gzip.compress(RAW.encode("utf-16")))
    done = run("schema", "raw.csv.gz")

    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        "ITEM_ID from 'itemId': string: required in Items",
        "PREMIUM from 'premium': boolean: all values say true or false: 'f', 't'",
        "convert: PREMIUM: 'f' and 't' to true and false",
        "look: PREMIUM: if these are no booleans, make it a categorical string",
        "SEEN_AT from 'seen at': string: all values are dates, or times without a time zone",
        f"look: SEEN_AT: its values look like dates, or times without a time zone: {TIME_HINT}writes seconds",
        "look: the column '' has no name, is probably the index of pandas, and is left out",
        "reserved in Items, too: CREATION_TIMESTAMP: rename a column that is one of them",
        (
            "<schema>: warning: a schema of Items should have a field of its own that is categorical, textual or a "
            "number, got none; add one, or make a string categorical if its values are categories [metadata-kind]"
        ),
        "proposed from 2 rows, 0 errors: review and commit it, then use `data-jobs convert` with it",
    ]
    (tmp_path / "items.json").write_text(done.stdout)
    assert run("convert", "raw.csv.gz", "--schema", "items.json", "--output", "converted.csv").returncode == 0
    assert run("check", "converted.csv", "--schema", "items.json").returncode == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'ITEM_ID,NOTE\ni1,"a\nb"\n', "convert: NOTE: line breaks to spaces"),
        (b'ITEM_ID,NOTE\ni1,"a ""b"", c"\n', 'convert: NOTE: in values " to \\"'),
        (b"ITEM_ID,NOTE\ni1,C:\\dir\n", "convert: NOTE: in values \\ to \\\\"),
        (b'"ITEM_ID","NOTE"\ni1,a\n', ""),
        (b"ITEM_ID,NOTE\r\ni1,a\r\n", ""),
    ],
    ids=["line-break", "doubled-quotes", "backslash", "quoted-header", "line-ends"],
)
def test_what_the_check_does_not_accept_as_it_is_needs_a_conversion(
    run: Run, tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "notes.csv").write_bytes(content)
    done = run("schema", "notes.csv")

    assert said in done.stderr
    assert done.stderr.splitlines()[-1].endswith("then use `data-jobs convert` with it")


def test_stdin_and_pipes_are_read_once(run: Run, tmp_path: Path) -> None:
    from_file = run("schema", "items.csv")

    assert run("schema", "-", input=ITEMS).stdout == from_file.stdout
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["/bin/cp", "items.csv", "pipe"], cwd=tmp_path):
        assert run("schema", "pipe").stdout == from_file.stdout


def test_escaped_quotes_are_read_as_a_conversion_must_be_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "says.csv").write_text('item_id,A\ni1,"say \\"no\\", please"\n')
    (tmp_path / "latin.csv").write_bytes("ITEM_ID,A\ni1,caf\u00e9\n".encode("latin-1"))

    assert "use `data-jobs convert --backslash` with it" in run("schema", "says.csv").stderr
    assert "A: some values are not in the encoding of the file" in run("schema", "latin.csv").stderr
    assert run("schema", "latin.csv", "--encoding", "latin-1").returncode == 0


def test_text_without_quotes_needs_the_same_options_for_the_conversion(run: Run, tmp_path: Path) -> None:
    (tmp_path / "items.tsv").write_text('ITEM_ID\tTITLE\ni1\t"Rome\ni2\t\\N\ni3\tNo"\nITEM_ID\tTITLE\n')
    done = run("schema", "items.tsv", "--backslash", "--no-quotes")

    assert "proposed from 4 rows" in done.stderr
    assert "use `data-jobs convert --backslash --no-quotes` with it" in done.stderr
    assert "items.tsv:5: warning: a header should be the first line only" in done.stderr
    assert "items.tsv:2: warning: a row has 3 lines" in run("schema", "items.tsv", "--backslash").stderr


def test_of_a_folder_all_files_of_data_are_read(run: Run, tmp_path: Path) -> None:
    for name in ("a.csv", "sub/b.csv", "_SUCCESS", ".a.csv.crc"):
        path = tmp_path / "export" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(ITEMS if name.endswith(".csv") else "no CSV")
    done = run("schema", "export")

    assert (done.returncode, done.stdout) == (0, run("schema", "items.csv").stdout)
    assert "proposed from 8 rows" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Missing argument 'PATH...'"),
        (["missing.csv"], "'missing.csv' does not exist"),
        (
            ["users.csv", "items.csv"],
            "all files must have the same columns, USER_ID,AGE as users.csv, got 'ITEM_ID,GENRE",
        ),
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


@pytest.mark.parametrize(("name", "command"), [("a.txt", "convert"), ("GENRE=x/p.csv", "convert"), ("a.csv", "check")])
def test_a_folder_whose_files_an_import_does_not_read_needs_a_conversion(
    run: Run, tmp_path: Path, name: str, command: str
) -> None:
    path = tmp_path / "export" / name
    path.parent.mkdir(parents=True)
    path.write_text(ITEMS)
    done = run("schema", "export")

    assert done.stderr.splitlines()[-1].endswith(f"then use `data-jobs {command}` with it")
    assert ("look: the values of folders such as GENRE=x are in no column" in done.stderr) == ("=" in name)
