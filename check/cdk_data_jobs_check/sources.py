"""Where the files of a job are, and which of them the job reads: local files and folders, objects in S3, or streams.

Source: the developer guide's "Importing bulk data" (an import reads the first level of a folder) and "Deleting users"
(a deletion reads all levels).
"""

import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Union

from cdk_data_jobs_check.folders import files_below

CSV_SUFFIX = ".csv"
"""What the names of the files end in that a job reads of a folder; case is ignored."""


@dataclass(frozen=True)
class DataFile:
    """A file, wherever it is.

    Attributes:
        location: Where it is: the path of a local file; else what findings call it, such as `s3://bucket/key`.
        relative_path: Its path in the folder that it was found in; of a file that is given by itself its name.
        size: Its size in bytes; None if that is known only when it has been read, as of a pipe.
        open: Opens it, at its beginning. It is read once, from there to its end, and closed.
    """

    location: Path | str
    relative_path: PurePosixPath
    size: int | None
    open: Callable[[], IO[bytes]] = field(compare=False)


@dataclass(frozen=True)
class DataFolder:
    """A folder, wherever it is.

    Attributes:
        location: Where it is; see `DataFile`.
        files: The files in it, and in its sub-folders if the job reads them, in the order of their names.
        skipped_folders: The sub-folders that have files which the job does not read, each with a `/` at its end.
        other_entries: What in it is neither a file nor a folder: symbolic links to nothing, pipes.
    """

    location: Path | str
    files: tuple[DataFile, ...]
    skipped_folders: tuple[str, ...] = ()
    other_entries: tuple[str, ...] = ()


Source = Union[str, "os.PathLike[str]", DataFile, DataFolder]
"""A local file or folder, by its path, or one that is elsewhere."""


ProgressCallback = Callable[[int, int], None]
"""Called now and then with the number of bytes that are done and of all bytes. The latter grows while files are read
whose size is not known before, such as pipes."""


def has_csv_suffix(name: PurePosixPath) -> bool:
    """Returns whether a file is called as those are that a job reads of a folder.

    Args:
        name: The file's name, or its path.
    """
    return name.name.lower().endswith(CSV_SUFFIX)


def resolve(sources: Iterable[Source], *, recursive: bool) -> list[DataFile | DataFolder]:
    """Returns files and folders, with the local ones listed.

    Args:
        sources: The sources.
        recursive: Whether the job reads the sub-folders of a folder, as a deletion does.

    Raises:
        OSError: If a local one cannot be listed.
    """
    return [
        source if isinstance(source, (DataFile, DataFolder)) else _local(Path(source), recursive=recursive)
        for source in sources
    ]


def _local(path: Path, *, recursive: bool) -> DataFile | DataFolder:
    if not path.is_dir():
        return _local_file(path, path.parent)
    entries = files_below(path) if recursive else sorted(path.iterdir())
    return DataFolder(
        path,
        files=tuple(_local_file(entry, path) for entry in entries if entry.is_file()),
        skipped_folders=() if recursive else tuple(f"{entry.name}/" for entry in entries if _has_files(entry)),
        other_entries=tuple(
            entry.relative_to(path).as_posix() for entry in entries if not entry.is_file() and not entry.is_dir()
        ),
    )


def _has_files(path: Path) -> bool:
    return path.is_dir() and any(entry.is_file() for entry in files_below(path))


def _local_file(path: Path, folder: Path) -> DataFile:
    status = path.stat()
    size = status.st_size if stat.S_ISREG(status.st_mode) else None
    return DataFile(path, PurePosixPath(path.relative_to(folder).as_posix()), size, lambda: path.open("rb"))


def deduplicate(files: Iterable[DataFile]) -> list[DataFile]:
    """Returns the files, without those that are there a second time, such as by themselves and by their folder."""
    by_location: dict[str, DataFile] = {}
    for file in files:
        # A link is a file of its own.
        location = os.path.abspath(file.location) if isinstance(file.location, Path) else file.location  # noqa: PTH100
        by_location.setdefault(location, file)
    return list(by_location.values())


class CountingReader:
    """A stream that is only read forwards, as a pipe must be.

    Attributes:
        bytes_read: How many bytes were read so far.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        """Creates it at the beginning of a stream."""
        self.bytes_read = 0
        self._stream = stream

    def read(self, size: int) -> bytes:
        """Reads at most so many bytes; less only at the end."""
        return self._count(self._stream.read(size))

    def readline(self, size: int) -> bytes:
        """Reads up to the end of the line, at most so many bytes."""
        return self._count(self._stream.readline(size))

    def _count(self, content: bytes) -> bytes:
        self.bytes_read += len(content)
        return content
