"""Checks the CSV files of one import or deletion.

Sources of the limits: the Amazon Personalize Developer Guide's "Amazon Personalize endpoints and quotas" and "Deleting
users and their data with a data deletion job".
"""

import enum
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from cdk_data_jobs_check.column_rules import rules_by_column
from cdk_data_jobs_check.file_formats import description_of
from cdk_data_jobs_check.findings import FindingCollector, Report, Violation
from cdk_data_jobs_check.header import Header
from cdk_data_jobs_check.line_chunks import MAX_LINE_BYTES
from cdk_data_jobs_check.rows import RowChecker
from cdk_data_jobs_check.schema import Schema

_MIN_INTERACTIONS = 1000
_SUFFIX = ".csv"


class Mode(enum.Enum):
    """The kind of job that the files are for, which decides how big they may be."""

    FULL = "full"
    """An import that replaces all bulk data, of at most 100 GB."""

    INCREMENTAL = "incremental"
    """An import that adds to the data, of at most 1 GB."""

    DELETION = "deletion"
    """A list of users to delete, of at most 100 MB, in a folder and its sub-folders."""


_MAX_BYTES = {Mode.FULL: 100 * 2**30, Mode.INCREMENTAL: 2**30, Mode.DELETION: 100 * 2**20}
_MAX_SIZES = {Mode.FULL: "100 GB", Mode.INCREMENTAL: "1 GB", Mode.DELETION: "100 MB"}
_SIZE_HINTS = {
    Mode.FULL: "split it into several imports; the quota for interactions can be raised",
    Mode.INCREMENTAL: "split it into several imports, or use a FULL import",
    Mode.DELETION: "split it into several deletions",
}

ProgressCallback = Callable[[int, int], None]
"""Called now and then with the number of bytes that are done and of all bytes."""


def check_files(
    paths: Iterable[str | os.PathLike[str]],
    schema: Schema,
    *,
    mode: Mode = Mode.FULL,
    on_progress: ProgressCallback | None = None,
) -> Report:
    """Checks the CSV files of one import or deletion, in memory that does not grow with them.

    Args:
        paths: Files, and folders, of which the job reads the .csv files at the first level (a deletion: at all levels).
            All together are one import.
        schema: The dataset's schema; for a deletion `DELETION_SCHEMA`.
        mode: The kind of job. By default a FULL import.
        on_progress: Called now and then with the number of bytes that are done and of all bytes. By default none.

    Returns:
        The findings: all are counted; the first hundred errors and the first hundred warnings are kept, ten of each
        kind in each column at most.

    Raises:
        OSError: If a file or folder cannot be read.
    """
    given = [Path(path) for path in paths]
    findings = FindingCollector()
    # A file that is given by itself and by its folder is checked once.
    found: dict[str, Path] = {}
    for path in given:
        for file in _files_of(path, mode, findings):
            found.setdefault(os.path.abspath(file), file)  # noqa: PTH100 - a link is a file of its own
    files = tuple(found.values())
    size = sum(file.stat().st_size for file in files)
    if violation := size_violation(size, mode):
        findings.add(violation, given[0])
    checker = _FileChecker(schema, findings, lambda done: on_progress(done, size) if on_progress else None)
    counts = [checker.check(file) for file in files]
    rows = sum(count for count in counts if count is not None)
    if files and schema.dataset_type == "Interactions" and rows < _MIN_INTERACTIONS and None not in counts:
        message = f"an import must have at least {_MIN_INTERACTIONS:,} interactions, got {rows:,}"
        findings.add(Violation("too-few-rows", message, "import more at once"), given[0])
    return findings.report(files, rows, size)


def size_violation(size: int, mode: Mode) -> Violation | None:
    """Returns the violation by files that are too big for one job, if they are.

    Args:
        size: The size of all files together, in bytes.
        mode: The kind of job.
    """
    if size <= _MAX_BYTES[mode]:
        return None
    message = f"the data of one job must have at most {_MAX_SIZES[mode]}, got {size:,} bytes"
    return Violation("size", message, _SIZE_HINTS[mode])


def _files_of(path: Path, mode: Mode, findings: FindingCollector) -> Sequence[Path]:
    if not path.is_dir():
        return [path]
    everything = sorted(one for one in path.rglob("*") if one.is_file())
    files = [
        one for one in everything if one.suffix.lower() == _SUFFIX and (mode is Mode.DELETION or one.parent == path)
    ]
    for one in everything:
        if one not in files:
            findings.add(_unread_violation(one.relative_to(path), mode), path)
        elif one.name.startswith((".", "_")):
            message = f"a job reads every {_SUFFIX} file of a folder, got {one.name}, {description_of(one)}"
            findings.add(Violation("hidden-file", message, "remove it, unless its rows are wanted"), path)
    if not files:
        message = f"a folder must have {_SUFFIX} files that the job reads, got none"
        findings.add(Violation("no-files", message, "put them there, or name another folder"), path)
    return files


def _unread_violation(file: Path, mode: Mode) -> Violation:
    """Returns the violation by a file of a folder that the job does not read."""
    if file.suffix.lower() == _SUFFIX:
        message = f"an import reads the first level of a folder only, got a file below it: {file}"
        return Violation("unread-file", message, "move it up, or import it too")
    kind = "a deletion" if mode is Mode.DELETION else "an import"
    message = f"{kind} reads only {_SUFFIX} files of a folder, got {file}, {description_of(file)}"
    return Violation("unread-file", message, "remove it, or convert it if its rows are wanted")


class _FileChecker:
    """Checks the files of one import, which must have the same header."""

    def __init__(self, schema: Schema, findings: FindingCollector, on_read: Callable[[int], None]) -> None:
        self._schema = schema
        self._rules = rules_by_column(schema)
        self._findings = findings
        self._on_read = on_read
        self._done = 0
        self._first: tuple[Path, Header] | None = None

    def check(self, path: Path) -> int | None:
        """Checks a file; returns how many rows it has, or none if they could not be read."""
        with path.open("rb") as stream:
            line = stream.readline(MAX_LINE_BYTES)
            rows = self._check_header(path, line)
            if rows:
                rows.check(stream, lambda at: self._on_read(self._done + at))
        self._done += path.stat().st_size
        self._on_read(self._done)
        if rows and not rows.count:
            violation = Violation("no-rows", "a file should have rows, got a header alone", "remove it")
            self._findings.add(violation, path)
        return rows.count if rows else None

    def _check_header(self, path: Path, line: bytes) -> RowChecker | None:
        """Checks the first line of a file; returns a checker for the others, or none if they cannot be checked."""
        if not line:
            message = "a CSV file must have a header, got an empty file"
            self._findings.add(Violation("empty-file", message, "remove it or export it again"), path)
            return None
        header = Header(line, self._schema)
        for violation in header.violations:
            self._findings.add(violation, path, 1)
        if not header.is_readable:
            return None
        self._first = self._first or (path, header)
        first_path, first = self._first
        if header.names != first.names:
            message = f"all files of an import must have the same header, got {header}"
            hint = f"make it {first}, as in {first_path.name}"
            self._findings.add(Violation("other-header", message, hint), path, 1)
        return RowChecker(path, header.names, self._rules, self._findings)
