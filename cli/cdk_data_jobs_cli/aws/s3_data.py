"""Objects in S3 as files to check: several objects, and parts of objects, are read at once, ahead of the check."""

from __future__ import annotations

import io
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from cdk_data_jobs_check import DataFile, DataFolder
from cdk_data_jobs_check.sources import has_csv_suffix
from cdk_data_jobs_cli.aws.calls import AwsCalls
from cdk_data_jobs_cli.aws.errors import AwsError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Buffer, Self

SCHEME = "s3://"

_PART_BYTES = 4 * 2**20
_MAX_PARTS_AHEAD = 8
"""Parts that are read at once. Memory is that of one part more."""

_MAX_ATTEMPTS = 3
"""Of a part whose connection breaks while its content arrives, which botocore does not retry."""


@dataclass(frozen=True)
class _Object:
    bucket: str
    key: str
    size: int
    etag: str

    @property
    def url(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.key}"


@dataclass(frozen=True)
class _Part:
    of: _Object
    start: int
    content: Future[bytes]


class S3Data(AwsCalls):
    """The objects of one check. They are read in the order in which they are found."""

    def __init__(self) -> None:
        """Creates it without calling anything."""
        super().__init__("s3:ListBucket", "s3:GetObject")
        self._objects: dict[_Object, None] = {}
        self._plan: Iterator[tuple[_Object, int]] = iter(())
        self._ahead: deque[_Part] = deque()
        self._threads = ThreadPoolExecutor(_MAX_PARTS_AHEAD)

    def __enter__(self) -> Self:
        """Returns itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stops to read ahead."""
        self._threads.shutdown(cancel_futures=True)

    def find(self, url: str, *, recursive: bool) -> DataFile | DataFolder:
        """Lists what is at a location. Files are read ahead in the order in which they were found.

        Args:
            url: An object, or a folder if it ends in `/` or is a bucket: `s3://bucket/key`, `s3://bucket/folder/`.
            recursive: Whether the sub-folders of a folder are listed too, because the job reads them.

        Raises:
            NotFoundError: If there is no such bucket, object or folder.
            AwsError: If S3 cannot be read.
        """
        bucket, _, key = url.removeprefix(SCHEME).partition("/")
        if key and not key.endswith("/"):
            return self._find_object(bucket, key)
        files: list[DataFile] = []
        folders: list[str] = []
        is_there = not key
        for page in self._list(bucket, key, recursive=recursive):
            for listed in page.get("Contents", []):
                is_there = True
                if listed["Key"].endswith("/"):  # how consoles create a folder
                    continue
                found = _object(bucket, listed)
                files.append(self._file(found, PurePosixPath(found.key[len(key) :].lstrip("/"))))
                if has_csv_suffix(files[-1].relative_path):
                    self._objects[found] = None
            folders += [listed["Prefix"][len(key) :] for listed in page.get("CommonPrefixes", [])]
        if not (is_there or folders):
            raise NotFoundError(f"there is no folder {SCHEME}{bucket}/{key}")
        return DataFolder(f"{SCHEME}{bucket}/{key}", tuple(files), tuple(folders))

    def _find_object(self, bucket: str, key: str) -> DataFile:
        # Listed, as the job does it: of all keys that begin with this one, it is the first.
        page = next(self._list(bucket, key, recursive=False))
        for listed in page.get("Contents", [])[:1]:
            if listed["Key"] == key:
                found = _object(bucket, listed)
                self._objects[found] = None
                return self._file(found, PurePosixPath(PurePosixPath(key).name))
        is_folder = any(listed["Prefix"] == f"{key}/" for listed in page.get("CommonPrefixes", []))
        hint = f"; {SCHEME}{bucket}/{key}/ is a folder" if is_folder else ""
        raise NotFoundError(f"there is no object {SCHEME}{bucket}/{key}{hint}")

    def _list(self, bucket: str, prefix: str, *, recursive: bool) -> Iterator[dict[str, Any]]:
        delimiter = {} if recursive else {"Delimiter": "/"}
        try:
            yield from self._pages("s3", "list_objects_v2", Bucket=bucket, Prefix=prefix, **delimiter)
        except NotFoundError:
            raise NotFoundError(f"there is no bucket {bucket}") from None

    def _file(self, source: _Object, relative_path: PurePosixPath) -> DataFile:
        return DataFile(
            source.url, relative_path, source.size, lambda: io.BufferedReader(_PartsReader(self._read(source)))
        )

    def _read(self, wanted: _Object) -> Iterator[bytes]:
        """Yields the parts of an object."""
        if not wanted.size:
            return
        # Parts that are ahead but not wanted belong to an object whose check ended early.
        while self._ahead and (self._ahead[0].of, self._ahead[0].start) != (wanted, 0):
            self._ahead.popleft().content.cancel()
        if not self._ahead:
            self._plan = self._parts_from(wanted)
        self._read_ahead()
        while self._ahead and self._ahead[0].of == wanted:
            part = self._ahead.popleft()
            content = part.content.result()
            self._read_ahead()
            yield content

    def _parts_from(self, first: _Object) -> Iterator[tuple[_Object, int]]:
        """Yields the parts of this object and of all that are to be read after it, as far as that is known."""
        objects = list(self._objects)
        for following in objects[objects.index(first) :] if first in self._objects else [first]:
            for start in range(0, following.size, _PART_BYTES):
                yield following, start

    def _read_ahead(self) -> None:
        while len(self._ahead) < _MAX_PARTS_AHEAD and (part := next(self._plan, None)):
            self._ahead.append(_Part(*part, self._threads.submit(self._get, *part)))

    def _get(self, source: _Object, start: int, attempts: int = _MAX_ATTEMPTS) -> bytes:
        end = min(start + _PART_BYTES, source.size) - 1
        part = {"Bucket": source.bucket, "Key": source.key, "Range": f"bytes={start}-{end}", "IfMatch": source.etag}
        try:
            return bytes(self._with_client("s3", "get_object", lambda s3: s3.get_object(**part)["Body"].read()))
        except NotFoundError:
            raise AwsError(f"{source.url} was changed or deleted while it was read: check it again") from None
        except AwsError as error:
            if error.is_transient and attempts > 1:
                return self._get(source, start, attempts - 1)
            raise AwsError(f"{source.url}: {error}") from None


class _PartsReader(io.RawIOBase):
    """Parts as one stream."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        """See `io.RawIOBase`."""
        self._rest = self._rest or memoryview(next(self._parts, b""))
        target = memoryview(buffer)
        count = min(len(target), len(self._rest))
        target[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def _object(bucket: str, listed: dict[str, Any]) -> _Object:
    return _Object(bucket, listed["Key"], listed["Size"], listed["ETag"])
