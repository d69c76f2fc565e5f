"""Objects in S3 as files to check: several objects, and parts of objects, are read at once, ahead of the check."""

from __future__ import annotations

import io
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from cdk_data_jobs_check import DataFile, DataFolder
from cdk_data_jobs_check.sources import is_read
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

    def find(self, url: str, *, deep: bool) -> DataFile | DataFolder:
        """Lists what is at a location.

        Args:
            url: An object, or a folder if it ends in `/` or is a bucket: `s3://bucket/key`, `s3://bucket/folder/`.
            deep: Whether the sub-folders of a folder are listed too, because the job reads them.

        Raises:
            NotFoundError: If there is no such bucket or object.
            AwsError: If S3 cannot be read.
        """
        bucket, _, key = url.removeprefix(SCHEME).partition("/")
        if key and not key.endswith("/"):
            return self._find_object(bucket, key)
        files: list[DataFile] = []
        folders: list[str] = []
        for page in self._list(bucket, key, deep=deep):
            found = [_object(bucket, one) for one in page.get("Contents", []) if not one["Key"].endswith("/")]
            for one in found:
                file = self._file(one, PurePosixPath(one.key[len(key) :]))
                files.append(file)
                if is_read(file.name, deep=deep):
                    self._objects[one] = None
            folders += [one["Prefix"][len(key) :] for one in page.get("CommonPrefixes", [])]
        return DataFolder(f"{SCHEME}{bucket}/{key}", tuple(files), tuple(folders))

    def _find_object(self, bucket: str, key: str) -> DataFile:
        # Listed, as the job does it: of all keys that begin with this one, it is the first.
        page = next(self._list(bucket, key, deep=False))
        for one in page.get("Contents", [])[:1]:
            if one["Key"] == key:
                found = _object(bucket, one)
                self._objects[found] = None
                return self._file(found, PurePosixPath(PurePosixPath(key).name))
        is_folder = any(one["Prefix"] == f"{key}/" for one in page.get("CommonPrefixes", []))
        hint = f"; {SCHEME}{bucket}/{key}/ is a folder" if is_folder else ""
        raise NotFoundError(f"there is no object {SCHEME}{bucket}/{key}{hint}")

    def _list(self, bucket: str, prefix: str, *, deep: bool) -> Iterator[dict[str, Any]]:
        delimiter = {} if deep else {"Delimiter": "/"}
        try:
            yield from self._pages("s3", "list_objects_v2", Bucket=bucket, Prefix=prefix, **delimiter)
        except NotFoundError:
            raise NotFoundError(f"there is no bucket {bucket}") from None

    def _file(self, one: _Object, name: PurePosixPath) -> DataFile:
        return DataFile(one.url, name, one.size, lambda: io.BufferedReader(_PartsReader(self._read(one))))

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
        for one in objects[objects.index(first) :] if first in self._objects else [first]:
            for start in range(0, one.size, _PART_BYTES):
                yield one, start

    def _read_ahead(self) -> None:
        while len(self._ahead) < _MAX_PARTS_AHEAD and (part := next(self._plan, None)):
            self._ahead.append(_Part(*part, self._threads.submit(self._get, *part)))

    def _get(self, one: _Object, start: int) -> bytes:
        end = min(start + _PART_BYTES, one.size) - 1
        arguments = {"Bucket": one.bucket, "Key": one.key, "Range": f"bytes={start}-{end}", "IfMatch": one.etag}
        attempt = 0
        while True:
            attempt += 1
            try:
                content = self._with_client("s3", "get_object", lambda s3: s3.get_object(**arguments)["Body"].read())
                return bytes(content)
            except NotFoundError:
                raise AwsError(f"{one.url} was changed or deleted while it was read: check it again") from None
            except AwsError as error:
                if not error.is_transient or attempt == _MAX_ATTEMPTS:
                    raise AwsError(f"{one.url}: {error}") from None


class _PartsReader(io.RawIOBase):
    """Parts as one stream."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._rest = memoryview(b"")
        self._position = 0

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        """Returns how many bytes were read."""
        return self._position

    def readinto(self, buffer: Buffer) -> int:
        """See `io.RawIOBase`."""
        self._rest = self._rest or memoryview(next(self._parts, b""))
        target = memoryview(buffer)
        count = min(len(target), len(self._rest))
        target[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        self._position += count
        return count


def _object(bucket: str, listed: dict[str, Any]) -> _Object:
    return _Object(bucket, listed["Key"], listed["Size"], listed["ETag"])
