"""Where the files of a job are, and which of them the job reads: local files and folders, objects in S3, or streams.

Source: the developer guide's "Importing bulk data" (an import reads the first level of a folder) and "Deleting users"
(a deletion reads all levels).
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Union

SUFFIX = ".csv"
"""What the names of the files end in that a job reads of a folder; case is ignored."""


@dataclass(frozen=True)
class DataFile:
    """A file, wherever it is.

    Attributes:
        location: Where it is: the path of a local file; else what findings call it, such as `s3://bucket/key`.
        name: Its name, with those of the folders between it and the folder that it was found in.
        size: Its size in bytes; None if that is known only when it has been read.
        open: Opens it, at its beginning. It is read once, from there to its end, and closed.
    """

    location: Path | str
    name: PurePosixPath
    size: int | None
    open: Callable[[], IO[bytes]] = field(compare=False)


@dataclass(frozen=True)
class DataFolder:
    """A folder, wherever it is.

    Attributes:
        location: Where it is; see `DataFile`.
        files: The files in it and its sub-folders, in the order of their names.
        unlisted: Sub-folders whose files were not listed, because the job does not read them.
    """

    location: Path | str
    files: tuple[DataFile, ...]
    unlisted: tuple[str, ...] = ()


Source = Union[str, "os.PathLike[str]", DataFile, DataFolder]
"""A local file or folder, by its path, or one that is elsewhere."""


ProgressCallback = Callable[[int, int], None]
"""Called now and then with the number of bytes that are done and of all bytes, as far as that is known."""


def is_read(name: PurePosixPath, *, deep: bool) -> bool:
    """Returns whether a job reads a file of a folder.

    Args:
        name: The file's name, with those of its sub-folders.
        deep: Whether the job reads sub-folders, as a deletion does.
    """
    return name.name.lower().endswith(SUFFIX) and (deep or len(name.parts) == 1)


def find(sources: Iterable[Source]) -> list[DataFile | DataFolder]:
    """Returns files and folders, with the local ones listed.

    Raises:
        OSError: If a local one cannot be listed.
    """
    return [one if isinstance(one, (DataFile, DataFolder)) else _local(Path(one)) for one in sources]


def _local(path: Path) -> DataFile | DataFolder:
    if not path.is_dir():
        return _local_file(path, path.parent)
    files = sorted(one for one in path.rglob("*") if one.is_file())
    return DataFolder(path, tuple(_local_file(one, path) for one in files))


def _local_file(path: Path, folder: Path) -> DataFile:
    name = PurePosixPath(path.relative_to(folder).as_posix())
    return DataFile(path, name, path.stat().st_size, lambda: path.open("rb"))


def unique(files: Iterable[DataFile]) -> list[DataFile]:
    """Returns the files, without those that are there a second time, such as by themselves and by their folder."""
    found: dict[str, DataFile] = {}
    for file in files:
        # A link is a file of its own.
        key = os.path.abspath(file.location) if isinstance(file.location, Path) else file.location  # noqa: PTH100
        found.setdefault(key, file)
    return list(found.values())


class ForwardStream:
    """A stream that is only read forwards, as a pipe must be, and counts what was read."""

    def __init__(self, stream: IO[bytes]) -> None:
        """Creates it at the beginning of a stream."""
        self._stream = stream
        self._at = 0

    def read(self, size: int) -> bytes:
        """Reads at most so many bytes; less only at the end."""
        return self._count(self._stream.read(size))

    def readline(self, size: int) -> bytes:
        """Reads up to the end of the line, at most so many bytes."""
        return self._count(self._stream.readline(size))

    def tell(self) -> int:
        """Returns how many bytes were read."""
        return self._at

    def _count(self, content: bytes) -> bytes:
        self._at += len(content)
        return content
