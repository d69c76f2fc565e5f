"""Checks the CSV files of one import or deletion.

Sources of the limits: the Amazon Personalize Developer Guide's "Amazon Personalize endpoints and quotas" and "Deleting
users and their data with a data deletion job".
"""

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path, PurePosixPath

from cdk_data_jobs_check.column_rules import ColumnRules, rules_by_column
from cdk_data_jobs_check.event_types import EventTypes
from cdk_data_jobs_check.file_formats import CONVERTIBLE, description_of
from cdk_data_jobs_check.findings import FindingCollector, Report, Violation
from cdk_data_jobs_check.header import Header, parse_header
from cdk_data_jobs_check.line_chunks import MAX_LINE_BYTES
from cdk_data_jobs_check.rows import RowChecker
from cdk_data_jobs_check.schema import Schema
from cdk_data_jobs_check.sources import (
    CSV_SUFFIX,
    CountingReader,
    DataFile,
    DataFolder,
    ProgressCallback,
    Source,
    deduplicate,
    has_csv_suffix,
    resolve,
)

_MIN_INTERACTIONS = 1000
_MAX_FOLDERS_SHOWN = 5


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
    findings: FindingCollector | None = None,
    on_progress: ProgressCallback | None = None,
) -> Report:
    """Checks the CSV files of one import or deletion, in memory that does not grow with them.

    Args:
        sources: Paths of local files and folders, or files and folders that are elsewhere. Of a folder the job reads
            the .csv files at the first level (a deletion: at all levels). All together are one import.
        schema: The dataset's schema; for a deletion `DELETION_SCHEMA`.
        mode: The kind of job. By default a FULL import.
        min_interactions: How many rows an import of interactions must have. By default as many as the service requires.
        findings: What was found before, such as in the schema, for the report. By default nothing.
        on_progress: Called now and then with the number of bytes that are done and of all bytes. By default none.

    Returns:
        The findings: the violations of each rule in each CSV column are counted, and the first is kept. At 100,000
        errors the check stops, and the report is not complete.

    Raises:
        OSError: If a file or folder cannot be read.
    """
    findings = FindingCollector() if findings is None else findings
    resolved = resolve(sources, recursive=mode is Mode.DELETION)
    if not resolved:
        message = "there must be files to check, got none"
        findings.add(Violation("no-files", message, "name a file or a folder"), "<files>")
        return findings.report()
    location = resolved[0].location
    # A file that is given by itself and by its folder is checked once.
    files = deduplicate(file for source in resolved for file in _files_of(source, mode, findings))
    known_size = sum(file.size or 0 for file in files)
    too_big = size_violation(known_size, schema, mode)
    if too_big:
        findings.add(too_big, location)
    findings.finish_listing()
    rules = rules_by_column(schema), EventTypes(schema)
    report_progress = (lambda done: on_progress(done, max(done, known_size))) if on_progress else None
    checker = _FileChecker(schema, findings, rules, report_progress)
    row_counts = [checker.check(file) for file in files if not findings.is_full]
    if not too_big and (violation := size_violation(checker.done, schema, mode)):
        findings.add(violation, location)
    rows = sum(count for count in row_counts if count is not None)
    is_counted = bool(files) and None not in row_counts and not findings.is_full
    if is_counted and schema.dataset_type == "Interactions" and rows < min_interactions:
        message = f"an import must have at least {min_interactions:,} interactions, got {rows:,}"
        findings.add(Violation("too-few-rows", message, "import more at once"), location)
    return findings.report(tuple(file.location for file in files[: len(row_counts)]), rows, checker.done)


def check_headers(paths: Iterable[Path], schema: Schema | None) -> Report:
    """Checks the headers of the files of one import alone, by the rules that `check_files` applies to them.

    Args:
        paths: The files.
        schema: The dataset's schema; None to compare the headers with each other alone.

    Returns:
        The findings. The report has no rows.

    Raises:
        OSError: If a file cannot be read.
    """
    findings = FindingCollector()
    checker = _FileChecker(schema, findings)
    files = [file for file in resolve(paths, recursive=False) if isinstance(file, DataFile)]
    for file in files:
        checker.check(file)
    return findings.report(tuple(file.location for file in files), size_bytes=checker.done)


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


def _files_of(source: DataFile | DataFolder, mode: Mode, findings: FindingCollector) -> Sequence[DataFile]:
    """Returns the files that the job reads; what it does not read of a folder is a finding for each kind of file."""
    if isinstance(source, DataFile):
        return [source]
    files = []
    for file in source.files:
        kind = description_of(file.relative_path)
        if not has_csv_suffix(file.relative_path):
            findings.add(_ignored(file.relative_path, kind, mode), source.location, kind=kind)
            continue
        files.append(file)
        if file.relative_path.name.startswith((".", "_")):
            message = f"a job reads every {CSV_SUFFIX} file of a folder, got {file.relative_path}, {kind}"
            violation = Violation("hidden-file", message, "remove it, unless its rows are wanted")
            findings.add(violation, source.location, kind=kind)
    for entry in source.other_entries:
        kind = "a link to nothing or a pipe"
        findings.add(_ignored(entry, kind, mode), source.location, kind=kind)
    if source.skipped_folders:
        findings.add(_skipped(source.skipped_folders), source.location, kind="folder")
    if not files:
        message = f"a folder must have {CSV_SUFFIX} files that the job reads, got none"
        findings.add(Violation("no-files", message, "put them there, or name another folder"), source.location)
    return files


def _ignored(path: PurePosixPath | str, kind: str, mode: Mode) -> Violation:
    """Returns the violation by a file of a folder that the job does not read."""
    job = "a deletion" if mode is Mode.DELETION else "an import"
    message = f"{job} reads only {CSV_SUFFIX} files of a folder, got {path}, {kind}"
    how = "convert it with `data-jobs convert`" if kind in CONVERTIBLE else "export CSV"
    return Violation("ignored-file", message, f"{how} if its rows are wanted, otherwise remove it")


def _skipped(folders: Sequence[str]) -> Violation:
    shown = ", ".join(folders[:_MAX_FOLDERS_SHOWN])
    more = f" and {len(folders) - _MAX_FOLDERS_SHOWN:,} more" if len(folders) > _MAX_FOLDERS_SHOWN else ""
    message = f"an import reads the first level of a folder only, got folders below it: {shown}{more}"
    return Violation("ignored-file", message, "move their files up, or import them too, if their rows are wanted")


class _FileChecker:
    """Checks the files of one import, which must have the same header.

    Attributes:
        done: The size of the files that were checked so far, in bytes.
    """

    def __init__(
        self,
        schema: Schema | None,
        findings: FindingCollector,
        row_rules: tuple[Mapping[str, ColumnRules], EventTypes] | None = None,
        on_read: Callable[[int], None] | None = None,
    ) -> None:
        """Creates it; without rules for rows it checks the headers alone."""
        self.done = 0
        self._schema = schema
        self._findings = findings
        self._row_rules = row_rules
        self._on_read = on_read or (lambda _: None)
        self._first: tuple[DataFile, Header] | None = None

    def check(self, file: DataFile) -> int | None:
        """Checks a file; returns how many rows it has, or None if they were not read."""
        row_count = None
        with closing(file.open()) as opened:
            stream = CountingReader(opened)
            header = self._check_header(file, stream.readline(MAX_LINE_BYTES))
            if header and self._row_rules:
                rows = RowChecker(file.location, header.names, *self._row_rules, self._findings)
                rows.check(stream, lambda bytes_read: self._on_read(self.done + bytes_read))
                row_count = rows.row_count
        self.done += stream.bytes_read if file.size is None else file.size
        self._on_read(self.done)
        if row_count == 0:
            violation = Violation("no-rows", "a file should have rows, got a header alone", "remove it")
            self._findings.add(violation, file.location)
        return row_count

    def _check_header(self, file: DataFile, line: bytes) -> Header | None:
        """Checks the first line of a file; returns it, or None if the others cannot be checked."""
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
            hint = f"make it {first}, as in {first_file.relative_path.name}"
            self._findings.add(Violation("different-header", message, hint), file.location, 1)
        return header
