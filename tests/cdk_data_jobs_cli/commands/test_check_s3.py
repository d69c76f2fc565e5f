"""`data-jobs check` of objects in the offline AWS's S3."""

from __future__ import annotations

import gzip
import json
import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Offline

HEADER = "USER_ID,AGE\n"
USERS = {
    "type": "record",
    "name": "Users",
    "fields": [{"name": "USER_ID", "type": "string"}, {"name": "AGE", "type": ["null", "int"]}],
}


@pytest.fixture
def schema(tmp_path: Path) -> str:
    path = tmp_path / "users.avsc"
    path.write_text(json.dumps(USERS))
    return str(path)


def report(offline: Offline, *arguments: str, code: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(offline.run("check", *arguments, "--json", code=code))
    return found


FOLDER: dict[str, str | bytes] = {
    "data/": "",
    "data/a.csv": HEADER + "u1,1\n",
    "data/b.CSV": HEADER + "u2,2\nu3,3\n",
    "data/.csv": HEADER + "u4,4\n" * 3,
    "data/_part.csv": HEADER + "u5,5\n" * 4,
    "data/_SUCCESS": "",
    "data/c.csv.gz": b"\x1f\x8b",
    "data/2026/d.csv": HEADER + "u6,6\n" * 5,
    "database.csv": HEADER + "u7,7\n" * 6,
}


def test_a_folder_is_what_an_import_reads(
    offline: Offline, bucket: Callable[[dict[str, str | bytes]], str], schema: str
) -> None:
    url = f"s3://{bucket(FOLDER)}/data/"
    found = report(offline, url, "--schema", schema)

    assert found["files"] == [f"{url}{name}" for name in (".csv", "_part.csv", "a.csv", "b.CSV")]
    assert found["rows"] == 1 + 2 + 3 + 4
    assert found["violation_counts"] == {"hidden-file": 2, "ignored-file": 3}
    assert [one["message"].partition("got ")[2] for one in found["findings"]] == [
        ".csv, a hidden file",
        "_SUCCESS, a marker of a tool such as Spark",
        "_part.csv, a marker of a tool such as Spark",
        "c.csv.gz, gzip",
        "folders below it: 2026/",
    ]
    assert {one["path"] for one in found["findings"]} == {url}


def test_a_deletion_reads_all_levels(offline: Offline, bucket: Callable[[dict[str, str | bytes]], str]) -> None:
    name = bucket({"a.csv": "USER_ID\nu1\n", "b/c/d.csv": "USER_ID\nu2\nu3\n", "b/notes.txt": "no"})
    found = report(offline, f"s3://{name}", "--deletion")

    assert (found["files"], found["rows"]) == ([f"s3://{name}/a.csv", f"s3://{name}/b/c/d.csv"], 3)
    assert found["violation_counts"] == {"ignored-file": 1}


def test_findings_name_the_location(
    offline: Offline, bucket: Callable[[dict[str, str | bytes]], str], schema: str
) -> None:
    url = f"s3://{bucket({'a.csv': HEADER + 'u1,old', 'b.csv': 'AGE,USER_ID'})}"
    output = offline.run("check", f"{url}/a.csv", f"{url}/", "--schema", schema, code=1)

    assert output.splitlines()[0].startswith(f"{url}/a.csv:2:4: error: AGE must be of type int, got 'old'; ")
    assert f"{url}/b.csv:1: error: all files of an import must have the same header" in output
    assert "as in a.csv" in output


def test_an_export_in_s3_becomes_contacts(
    offline: Offline, bucket: Callable[[dict[str, str | bytes]], str], tmp_path: Path
) -> None:
    endpoints = [f'{{"ChannelType": "EMAIL", "Address": "{name}@example.com"}}\n' for name in ("ann", "bob")]
    packed = {f"export/deep/{number}.gz": gzip.compress(line.encode()) for number, line in enumerate(endpoints)}
    location = f"s3://{bucket({**packed, 'export/empty.gz': gzip.compress(b'')})}/export/"
    offline.run("convert", location, "--ses", "--output", str(tmp_path / "contacts.csv"))

    assert (tmp_path / "contacts.csv").read_text().split() == [
        "emailAddress,unsubscribeAll",
        "ann@example.com,false",
        "bob@example.com,false",
    ]


def test_a_folder_in_s3_is_converted(
    offline: Offline, bucket: Callable[[dict[str, str | bytes]], str], schema: str, tmp_path: Path
) -> None:
    objects: dict[str, str | bytes] = {
        "raw/_SUCCESS": "",
        "raw/age=1/part.0.csv.gz": gzip.compress(b"userId;age\nu1;1.0\n"),
        "raw/part.1.jsonl": '{"user_id": "u2", "AGE": 2}\n',
    }
    location = f"s3://{bucket(objects)}/raw/"
    offline.run("convert", location, "--schema", schema, "--output", str(tmp_path / "out.csv"))

    assert (tmp_path / "out.csv").read_text().split() == ["USER_ID,AGE", "u1,1", "u2,2"]


def test_keys_with_empty_parts_and_dots_are_converted_into_the_output(
    offline: Offline, bucket: Callable[[dict[str, str | bytes]], str], schema: str, tmp_path: Path
) -> None:
    keys = ("/r.csv", "raw//a.csv", "raw/b.csv", "raw/../c.csv", "raw/./d//e.csv")
    name = bucket({key: f"{HEADER}{key},1\n" for key in keys})
    for place, number in (("", 5), ("raw/", 4)):
        output = tmp_path / f"out{number}"
        offline.run("convert", f"s3://{name}/{place}", "--schema", schema, "--output", str(output))
        rows = [path.read_text().splitlines()[1] for path in output.iterdir()]

        assert sorted(rows) == sorted(f"{key},1" for key in keys if key.startswith(place))


@pytest.mark.parametrize("command", ["check", "convert"])
def test_a_terminal_shows_a_progress_bar(
    offline: Offline, bucket: Callable[[dict[str, str | bytes]], str], schema: str, tmp_path: Path, command: str
) -> None:
    content = HEADER + "u1,30\n" * 100
    output = ["--output", str(tmp_path / "out.csv")] if command == "convert" else []
    run = offline.run_in_terminal(command, f"s3://{bucket({'a.csv': content})}/a.csv", "--schema", schema, *output)

    assert run.code == 0
    assert f"{len(content)}/{len(content)} bytes" in run.text


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("s3://no-such-bucket-here/data/", "there is no bucket no-such-bucket-here"),
        ("s3://{}/data", "there is no object s3://{}/data; s3://{}/data/ is a folder"),
        ("s3://{}/data/a.cs", "there is no object s3://{}/data/a.cs"),
        ("s3://{}/date/", "there is no folder s3://{}/date/"),
    ],
)
def test_what_is_not_there_ends_with_3(
    offline: Offline, bucket: Callable[[dict[str, str | bytes]], str], schema: str, location: str, message: str
) -> None:
    name = bucket({"data/a.csv": ""})
    process = offline.start("check", location.replace("{}", name), "--schema", schema)
    stdout, stderr = process.communicate(timeout=60)

    assert (process.returncode, stdout, stderr) == (3, "", f"Error: {message.replace('{}', name)}\n")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            "<Code>AccessDenied</Code><Message>User: me is not allowed</Message>",
            "access denied (User: me is not allowed): the command needs s3:ListBucket, s3:GetObject",
        ),
        (
            "<Code>InvalidAccessKeyId</Code><Message>unknown</Message>",
            "no usable AWS credentials (InvalidAccessKeyId: unknown): set AWS_PROFILE, or sign in",
        ),
    ],
)
def test_refused_access_is_explained(
    offline: Offline, failing_endpoint: Callable[[int, bytes], str], schema: str, error: str, message: str
) -> None:
    url = failing_endpoint(403, f"<Error>{error}</Error>".encode())
    process = offline.start("check", "s3://data/a.csv", "--schema", schema, AWS_ENDPOINT_URL=url)
    stdout, stderr = process.communicate(timeout=60)

    assert (process.returncode, stdout, stderr) == (4, "", f"Error: {message}\n")


def test_missing_credentials_are_reported(offline: Offline, schema: str, tmp_path: Path) -> None:
    without = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"}
    files = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "HOME": str(tmp_path)}
    process = offline.start("check", "s3://data/a.csv", "--schema", schema, **without, **files)
    stdout, stderr = process.communicate(timeout=60)

    message = "no usable AWS credentials (Unable to locate credentials): set AWS_PROFILE, or sign in"
    assert (process.returncode, stdout, stderr) == (4, "", f"Error: {message}\n")


def test_a_bucket_must_be_named(offline: Offline, schema: str) -> None:
    process = offline.start("check", "s3:///a.csv", "--schema", schema)
    _, stderr = process.communicate(timeout=60)

    assert process.returncode == 2
    assert "a location in S3 must be s3://bucket/key or s3://bucket/folder/, got 's3:///a.csv'" in stderr
