"""`data-jobs check` of objects in the offline AWS's S3."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import threading
import time
import tracemalloc
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_check import DataFile, DataFolder
from cdk_data_jobs_cli.aws import s3_data
from cdk_data_jobs_cli.aws.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Offline

NUMBERS = itertools.count()
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


@pytest.fixture
def bucket(offline: Offline, request: pytest.FixtureRequest) -> Callable[[dict[str, str | bytes]], str]:
    """Creates a bucket with objects; returns its name."""

    def create(objects: dict[str, str | bytes]) -> str:
        name = f"{request.node.originalname.replace('_', '-')[:40].strip('-')}-{next(NUMBERS)}"
        s3 = offline.aws.client("s3")
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": offline.aws.region})
        for key, body in objects.items():
            s3.put_object(Bucket=name, Key=key, Body=body.encode() if isinstance(body, str) else body)
        return name

    return create


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
    assert found["rules"] == {"hidden-file": 2, "unread-file": 3}
    messages = [one["message"] for one in found["findings"]]
    assert "an import reads only .csv files of a folder, got _SUCCESS, a marker of a tool such as Spark" in messages
    assert {one["path"] for one in found["findings"]} == {url}


def test_a_deletion_reads_all_levels(offline: Offline, bucket: Callable[[dict[str, str | bytes]], str]) -> None:
    name = bucket({"a.csv": "USER_ID\nu1\n", "b/c/d.csv": "USER_ID\nu2\nu3\n", "b/notes.txt": "no"})
    found = report(offline, f"s3://{name}", "--deletion")

    assert (found["files"], found["rows"]) == ([f"s3://{name}/a.csv", f"s3://{name}/b/c/d.csv"], 3)
    assert found["rules"] == {"unread-file": 1}


def test_findings_name_the_location(
    offline: Offline, bucket: Callable[[dict[str, str | bytes]], str], schema: str
) -> None:
    url = f"s3://{bucket({'a.csv': HEADER + 'u1,old', 'b.csv': 'AGE,USER_ID'})}"
    output = offline.run("check", f"{url}/a.csv", f"{url}/", "--schema", schema, code=1)

    assert output.splitlines()[0].startswith(f"{url}/a.csv:2:4: error: AGE must be of type int, got 'old'; ")
    assert f"{url}/b.csv:1: error: all files of an import must have the same header" in output
    assert "as in a.csv" in output


@pytest.fixture
def data(offline: Offline, monkeypatch: pytest.MonkeyPatch) -> Iterator[s3_data.S3Data]:
    """S3 as the command sees it."""
    for name, value in offline.environment.items():
        monkeypatch.setenv(name, value)
    with s3_data.S3Data() as data:
        yield data


def test_parts_of_several_objects_are_read_ahead_and_in_order(
    data: s3_data.S3Data, bucket: Callable[[dict[str, str | bytes]], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_data, "_PART_BYTES", 1000)
    monkeypatch.setattr(s3_data, "_MAX_PARTS_AHEAD", 4)
    objects: dict[str, str | bytes] = {f"{number}.csv": os.urandom(number * 700) for number in range(8)}
    running, most = [0], [0]
    data = s3_data.S3Data()  # its number of threads is that of the parts
    lock, get = threading.Lock(), data._get  # noqa: SLF001 - to see how many run at once

    def counted(*part: Any) -> bytes:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.01)
        try:
            return get(*part)
        finally:
            with lock:
                running[0] -= 1

    monkeypatch.setattr(data, "_get", counted)
    folder = data.find(f"s3://{bucket(objects)}/", deep=False)

    assert isinstance(folder, DataFolder)
    for again in range(2):
        for file in folder.files:
            with file.open() as stream:
                # The check of the third ends early, as that of one whose header cannot be read does.
                content = stream.read(5) if (again, file.name.name) == (0, "3.csv") else stream.read()
            assert objects[file.name.name][: len(content)] == content
            assert len(content) in (5, file.size)
    assert most == [4]


def test_memory_does_not_grow_with_the_objects(
    data: s3_data.S3Data, bucket: Callable[[dict[str, str | bytes]], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_data, "_PART_BYTES", 2**16)
    url = f"s3://{bucket({'small.csv': b'x' * 2**20, 'big.csv': b'x' * 2**22})}"
    held = []
    for name in ("small", "big"):
        file = data.find(f"{url}/{name}.csv", deep=False)
        assert isinstance(file, DataFile)
        tracemalloc.start()
        with file.open() as stream:
            while stream.read(2**16):
                # The check is slower than S3: all that is asked for is there before it goes on.
                data._threads.submit(int).result()  # noqa: SLF001
        held.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert held[1] < held[0] + 2**20


def test_an_object_that_changes_while_it_is_read_is_named(
    offline: Offline,
    data: s3_data.S3Data,
    bucket: Callable[[dict[str, str | bytes]], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(s3_data, "_PART_BYTES", 10)
    monkeypatch.setattr(s3_data, "_MAX_PARTS_AHEAD", 1)
    name = bucket({"a.csv": "x" * 100})
    file = data.find(f"s3://{name}/a.csv", deep=False)
    assert isinstance(file, DataFile)
    with file.open() as stream:
        assert stream.read(1) == b"x"
        offline.aws.client("s3").put_object(Bucket=name, Key="a.csv", Body=b"y" * 100)
        with pytest.raises(AwsError, match=f"s3://{name}/a.csv was changed or deleted while it was read"):
            stream.read()


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


@pytest.mark.parametrize("breaks", [2, 3])
def test_a_part_whose_connection_breaks_is_read_again(monkeypatch: pytest.MonkeyPatch, breaks: int) -> None:
    content = (HEADER + "u1,30\n").encode()
    listed = (
        '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Contents><Key>a.csv</Key>'
        f"<Size>{len(content)}</Size><ETag>e</ETag></Contents></ListBucketResult>"
    ).encode()
    reads = itertools.count(1)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = listed if "list-type" in self.path else content
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:5] if body is content and next(reads) <= breaks else body)

        def log_message(self, *_: object) -> None:
            """Writes no log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
            monkeypatch.setenv(f"AWS_{name}", "test")
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        with s3_data.S3Data() as data:
            file = data.find("s3://data/a.csv", deep=False)
            assert isinstance(file, DataFile)
            with file.open() as stream:
                if breaks == 2:
                    assert stream.read() == content
                else:
                    with pytest.raises(AwsError, match=r"s3://data/a.csv: AWS cannot be reached \(.*\): check the"):
                        stream.read()
        server.shutdown()
