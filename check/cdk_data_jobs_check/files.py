"""Checks the CSV files of one import or deletion.

Sources of the limits: the Amazon Personalize Developer Guide's "Amazon Personalize endpoints and quotas" and "Deleting
users and their data with a data deletion job".
"""

import enum
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing

from cdk_data_jobs_check.column_rules import rules_by_column
from cdk_data_jobs_check.event_types import EventTypes
from cdk_data_jobs_check.file_formats import description_of
from cdk_data_jobs_check.findings import FindingCollector, Report, Violation
from cdk_data_jobs_check.header import Header, parse_header
from cdk_data_jobs_check.line_chunks import MAX_LINE_BYTES
from cdk_data_jobs_check.rows import RowChecker
from cdk_data_jobs_check.schema import Schema
from cdk_data_jobs_check.sources import (
    SUFFIX,
    DataFile,
    DataFolder,
    ForwardStream,
    ProgressCallback,
    Source,
    find,
    is_read,
    unique,
)

_MIN_INTERACTIONS = 1000


class Mode(enum.Enum):
    """The kind of job that the files are for, which decides how big they may be."""

    FULL = "full"
    """An import that replaces all bulk data, of at most 100 GB; of interactions more, if a quota was raised."""

    INCREMENTAL = "incremental"
    """An import that adds to the data, of at most 1 GB."""

    DELETION = "deletion"
    """A list of users to delete, of at most 100 MB, in a folder and its sub-folders."""


_MAX_BYTES = {Mode.FULL: 100 * 2**30, Mode.INCREMENTAL: 2**30, Mode.DELETION: 100 * 2**20}
_MAX_BYTES_OF_RAISED_QUOTA = 2**40
_MAX_SIZES = {Mode.FULL: "100 GB", Mode.INCREMENTAL: "1 GB", Mode.DELETION: "100 MB"}
_SIZE_HINTS = {
    Mode.FULL: "split it into several imports",
    Mode.INCREMENTAL: "split it into several imports, or use a FULL import",
    Mode.DELETION: "split it into several deletions",
}


def check_files(
    sources: Iterable[Source],
    schema: Schema,
    *,
    mode: Mode = Mode.FULL,
    min_interactions: int = _MIN_INTERACTIONS,
    headers_only: bool = False,
    on_progress: ProgressCallback | None = None,
) -> Report:
    """Checks the CSV files of one import or deletion, in memory that does not grow with them.

    Args:
        sources: Paths of local files and folders, or files and folders that are elsewhere. Of a folder the job reads
            the .csv files at the first level (a deletion: at all levels). All together are one import.
        schema: The dataset's schema; for a deletion `DELETION_SCHEMA`.
        mode: The kind of job. By default a FULL import.
        min_interactions: How many rows an import of interactions must have. By default as many as the service requires.
        headers_only: Whether to read the headers alone; the report then has no rows. By default all rows are checked.
        on_progress: Called now and then with the number of bytes that are done and of all bytes. By default none.

    Returns:
        The findings: all are counted, and the first of each rule in each CSV column is kept.

    Raises:
        OSError: If a file or folder cannot be read.
    """
    given = find(sources)
    findings = FindingCollector()
    # A file that is given by itself and by its folder is checked once.
    files = unique(file for one in given for file in _files_of(one, mode, findings))
    known = sum(file.size or 0 for file in files)
    too_big = size_violation(known, schema, mode)
    if too_big:
        findings.add(too_big, given[0].location)
    checker = _FileChecker(
        schema,
        findings,
        lambda done: on_progress(done, max(done, known)) if on_progress else None,
        headers_only=headers_only,
    )
    counts = [checker.check(file) for file in files if not findings.is_full]
    if not too_big and (violation := size_violation(checker.done, schema, mode)):
        findings.add(violation, given[0].location)
    rows = sum(count for count in counts if count is not None)
    if files and schema.dataset_type == "Interactions" and rows < min_interactions and None not in counts:
        message = f"an import must have at least {min_interactions:,} interactions, got {rows:,}"
        findings.add(Violation("too-few-rows", message, "import more at once"), given[0].location)
    return findings.report(tuple(file.location for file in files), rows, checker.done)


def size_violation(size: int, schema: Schema, mode: Mode) -> Violation | None:
    """Returns the violation by files that are too big for one job, if they are.

    Args:
        size: The size of all files together, in bytes.
        schema: The dataset's schema.
        mode: The kind of job.
    """
    if size <= _MAX_BYTES[mode]:
        return None
    if mode is Mode.FULL and schema.dataset_type in ("Interactions", "Action_Interactions"):
        if size > _MAX_BYTES_OF_RAISED_QUOTA:
            message = f"the data of one job must have at most 1 TB, got {size:,} bytes"
            return Violation("size", message, _SIZE_HINTS[mode])
        message = f"the data of one job must have at most 100 GB, unless a quota was raised, got {size:,} bytes"
        hint = "split it into several imports, if the quota for the interactions in a model was not raised"
        return Violation("size-quota", message, hint)
    message = f"the data of one job must have at most {_MAX_SIZES[mode]}, got {size:,} bytes"
    return Violation("size", message, _SIZE_HINTS[mode])


def _files_of(given: DataFile | DataFolder, mode: Mode, findings: FindingCollector) -> Sequence[DataFile]:
    if isinstance(given, DataFile):
        return [given]
    files = []
    for file in given.files:
        if not is_read(file.name, deep=mode is Mode.DELETION):
            findings.add(_unread_violation(file, mode), given.location)
            continue
        files.append(file)
        if file.name.name.startswith((".", "_")):
            message = f"a job reads every {SUFFIX} file of a folder, got {file.name.name}, {description_of(file.name)}"
            findings.add(Violation("hidden-file", message, "remove it, unless its rows are wanted"), given.location)
    for folder in given.unlisted:
        message = f"an import reads the first level of a folder only, got a folder below it: {folder}"
        hint = "move its files up, or import it too, if their rows are wanted"
        findings.add(Violation("ignored-file", message, hint), given.location)
    if not files:
        message = f"a folder must have {SUFFIX} files that the job reads, got none"
        findings.add(Violation("no-files", message, "put them there, or name another folder"), given.location)
    return files


def _unread_violation(file: DataFile, mode: Mode) -> Violation:
    """Returns the violation by a file of a folder that the job does not read."""
    if is_read(file.name, deep=True):
        message = f"an import reads the first level of a folder only, got a file below it: {file.name}"
        return Violation("ignored-file", message, "move it up, or import it too")
    kind = "a deletion" if mode is Mode.DELETION else "an import"
    message = f"{kind} reads only {SUFFIX} files of a folder, got {file.name}, {description_of(file.name)}"
    return Violation("ignored-file", message, "remove it, or convert it if its rows are wanted")


class _FileChecker:
    """Checks the files of one import, which must have the same header.

    Attributes:
        done: The size of the files that were checked so far, in bytes.
    """

    def __init__(
        self, schema: Schema, findings: FindingCollector, on_read: Callable[[int], None], *, headers_only: bool
    ) -> None:
        self.done = 0
        self._schema = schema
        self._headers_only = headers_only
        self._column_rules = rules_by_column(schema)
        self._event_types = EventTypes(schema)
        self._findings = findings
        self._on_read = on_read
        self._first: tuple[DataFile, Header] | None = None

    def check(self, file: DataFile) -> int | None:
        """Checks a file; returns how many rows it has, or None if they were not read."""
        with closing(file.open()) as opened:
            stream = ForwardStream(opened)
            rows = self._check_header(file, stream.readline(MAX_LINE_BYTES))
            if rows and not self._headers_only:
                rows.check(stream, lambda at: self._on_read(self.done + at))
        self.done += stream.tell() if file.size is None else file.size
        self._on_read(self.done)
        if rows is None or self._headers_only:
            return None
        if not rows.row_count:
            violation = Violation("no-rows", "a file should have rows, got a header alone", "remove it")
            self._findings.add(violation, file.location)
        return rows.row_count

    def _check_header(self, file: DataFile, line: bytes) -> RowChecker | None:
        """Checks the first line of a file; returns a checker for the others, or None if they cannot be checked."""
        if not line:
            message = "a CSV file must have a header, got an empty file"
            violation = Violation("empty-file", message, "remove it or export it again")
            self._findings.add(violation, file.location)
            return None
        header = parse_header(line, self._schema)
        for violation in header.violations:
            self._findings.add(violation, file.location, 1)
        if not header.is_readable:
            return None
        self._first = self._first or (file, header)
        first_file, first = self._first
        if header.names != first.names:
            message = f"all files of an import must have the same header, got {header}"
            hint = f"make it {first}, as in {first_file.name.name}"
            self._findings.add(Violation("different-header", message, hint), file.location, 1)
        return RowChecker(file.location, header.names, self._column_rules, self._event_types, self._findings)
