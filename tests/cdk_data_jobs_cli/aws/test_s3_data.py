"""Objects in the offline AWS's S3 as files: they are read ahead, in parts, and only as long as they do not change."""

from __future__ import annotations

import itertools
import os
import threading
import time
import tracemalloc
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_check import DataFile, DataFolder
from cdk_data_jobs_cli.aws import s3_data
from cdk_data_jobs_cli.aws.errors import AwsError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Offline


@pytest.fixture
def data(offline: Offline, monkeypatch: pytest.MonkeyPatch) -> Iterator[s3_data.S3Data]:
    """S3 as the command sees it."""
    for name, value in offline.environment.items():
        monkeypatch.setenv(name, value)
    with s3_data.S3Data() as data:
        yield data


def test_a_folder_is_there_if_an_object_begins_so_or_it_is_the_whole_bucket(
    data: s3_data.S3Data, bucket: Callable[[dict[str, str | bytes]], str]
) -> None:
    url = f"s3://{bucket({'marker/': '', 'a/b/c.csv': ''})}"
    found = {folder: data.find(f"{url}/{folder}", recursive=False) for folder in ("", "marker/", "a/")}

    assert [len(folder.files) for folder in found.values() if isinstance(folder, DataFolder)] == [0, 0, 0]
    assert [folder.skipped_folders for folder in found.values() if isinstance(folder, DataFolder)] == [
        ("a/", "marker/"),
        (),
        ("b/",),
    ]
    for recursive in (False, True):
        with pytest.raises(NotFoundError, match=f"there is no folder {url}/b/$"):
            data.find(f"{url}/b/", recursive=recursive)


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
    folder = data.find(f"s3://{bucket(objects)}/", recursive=False)

    assert isinstance(folder, DataFolder)
    for again in range(2):
        for file in folder.files:
            with file.open() as stream:
                # The check of the third ends early, as that of one whose header cannot be read does.
                content = stream.read(5) if (again, file.relative_path.name) == (0, "3.csv") else stream.read()
            assert objects[file.relative_path.name][: len(content)] == content
            assert len(content) in (5, file.size)
    assert most == [4]


def test_memory_does_not_grow_with_the_objects(
    data: s3_data.S3Data, bucket: Callable[[dict[str, str | bytes]], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_data, "_PART_BYTES", 2**16)
    url = f"s3://{bucket({'small.csv': b'x' * 2**20, 'big.csv': b'x' * 2**22})}"
    held = []
    for name in ("small", "big"):
        file = data.find(f"{url}/{name}.csv", recursive=False)
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
    file = data.find(f"s3://{name}/a.csv", recursive=False)
    assert isinstance(file, DataFile)
    with file.open() as stream:
        assert stream.read(1) == b"x"
        offline.aws.client("s3").put_object(Bucket=name, Key="a.csv", Body=b"y" * 100)
        with pytest.raises(AwsError, match=f"s3://{name}/a.csv was changed or deleted while it was read"):
            stream.read()


@pytest.mark.parametrize("breaks", [2, 3])
def test_a_part_whose_connection_breaks_is_read_again(monkeypatch: pytest.MonkeyPatch, breaks: int) -> None:
    content = b"USER_ID,AGE\nu1,30\n"
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
            file = data.find("s3://data/a.csv", recursive=False)
            assert isinstance(file, DataFile)
            with file.open() as stream:
                if breaks == 2:
                    assert stream.read() == content
                else:
                    with pytest.raises(AwsError, match=r"s3://data/a.csv: AWS cannot be reached \(.*\): check the"):
                        stream.read()
        server.shutdown()
