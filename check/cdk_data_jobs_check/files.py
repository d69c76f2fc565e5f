"""Can these files be imported as they are?

Sources of the limits: the Amazon Personalize Developer Guide's "Amazon Personalize endpoints and quotas" and "Deleting
users and their data with a data deletion job".
"""

import enum
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from cdk_data_jobs_check.findings import Fault, Findings, Report, Severity
from cdk_data_jobs_check.header import Header
from cdk_data_jobs_check.lines import MOST_BYTES
from cdk_data_jobs_check.rows import Rows
from cdk_data_jobs_check.schema import Schema
from cdk_data_jobs_check.values import values_of

_LEAST_INTERACTIONS = 1000
_SUFFIX = ".csv"


class Mode(enum.Enum):
    """What the files are for."""

    FULL = "full"
    """An import that replaces all bulk data, of at most 100 GB."""

    INCREMENTAL = "incremental"
    """An import that adds to the data, of at most 1 GB."""

    DELETION = "deletion"
    """A list of users to delete, of at most 100 MB, in a folder and its sub-folders."""


_MOST_BYTES = {Mode.FULL: 100 * 2**30, Mode.INCREMENTAL: 2**30, Mode.DELETION: 100 * 2**20}
_MOST_SAID = {Mode.FULL: "100 GB", Mode.INCREMENTAL: "1 GB", Mode.DELETION: "100 MB"}
_TO_DO = {
    Mode.FULL: "split it into several imports; the quota for interactions can be raised",
    Mode.INCREMENTAL: "split it into several imports, or use a FULL import",
    Mode.DELETION: "split it into several deletions",
}

OnProgress = Callable[[int, int], None]
"""Called now and then with the number of bytes that are done and of all bytes."""


def check_files(
    paths: Iterable[str | os.PathLike[str]],
    schema: Schema,
    *,
    mode: Mode = Mode.FULL,
    progress: OnProgress | None = None,
) -> Report:
    """Checks the CSV files of one import or deletion, in memory that does not grow with them.

    Args:
        paths: Files, and folders, of which the job reads the .csv files at the first level (a deletion: at all levels).
            All together are one import.
        schema: The dataset's schema; for a deletion `USERS_TO_DELETE`.
        mode: What the files are for. By default a FULL import.
        progress: Called now and then with the number of bytes that are done and of all bytes. By default nobody is.

    Returns:
        The findings: all are counted; the first hundred errors and the first hundred warnings are kept, ten of each
        kind in each column at most.

    Raises:
        OSError: If a file or folder cannot be read.
    """
    given = [Path(path) for path in paths]
    findings = Findings()
    # Whoever names a folder and a file in it means the file once.
    found: dict[str, Path] = {}
    for path in given:
        for file in _files_of(path, mode, findings):
            found.setdefault(os.path.abspath(file), file)  # noqa: PTH100 - a link is a file of its own
    files = tuple(found.values())
    size = sum(file.stat().st_size for file in files)
    if size > _MOST_BYTES[mode]:
        message = f"the data of one job must have at most {_MOST_SAID[mode]}, got {size:,} bytes"
        findings.add(Fault(Severity.ERROR, "size", message, _TO_DO[mode]), given[0])
    together = _Import(schema, findings, lambda done: progress(done, size) if progress else None)
    counts = [together.check(file) for file in files]
    rows = sum(count for count in counts if count is not None)
    if files and schema.dataset_type == "Interactions" and rows < _LEAST_INTERACTIONS and None not in counts:
        message = f"an import must have at least {_LEAST_INTERACTIONS:,} interactions, got {rows:,}"
        findings.add(Fault(Severity.ERROR, "too-few-rows", message, "import more at once"), given[0])
    return findings.report(files, rows, size)


def _files_of(path: Path, mode: Mode, findings: Findings) -> Sequence[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(one for one in path.rglob("*") if one.suffix.lower() == _SUFFIX and one.is_file())
    if mode is Mode.DELETION:
        files = found
    else:
        files = [one for one in found if one.parent == path]
        for below in [one for one in found if one.parent != path]:
            message = f"an import reads the first level of a folder only, got a file below it: {below}"
            findings.add(Fault(Severity.WARNING, "sub-folder", message, "move it up, or import it too"), path)
    if not files:
        message = f"a folder must have {_SUFFIX} files that the job reads, got none"
        findings.add(Fault(Severity.ERROR, "no-files", message, "put them there, or name another folder"), path)
    return files


class _Import:
    """The files of one import, which are to be alike."""

    def __init__(self, schema: Schema, findings: Findings, on_read: Callable[[int], None]) -> None:
        self._schema = schema
        self._rules = values_of(schema)
        self._findings = findings
        self._on_read = on_read
        self._done = 0
        self._first: tuple[Path, Header] | None = None

    def check(self, path: Path) -> int | None:
        """Checks a file; returns how many rows it has, or none if they could not be read."""
        with path.open("rb") as stream:
            line = stream.readline(MOST_BYTES)
            rows = self._rows(path, line)
            if rows:
                rows.check(stream, lambda at: self._on_read(self._done + at))
        self._done += path.stat().st_size
        self._on_read(self._done)
        if rows and not rows.count:
            fault = Fault(Severity.WARNING, "no-rows", "a file should have rows, got a header alone", "remove it")
            self._findings.add(fault, path)
        return rows.count if rows else None

    def _rows(self, path: Path, line: bytes) -> Rows | None:
        """Checks the first line of a file; returns what checks the others, if they can be checked."""
        if not line:
            message = "a CSV file must have a header, got an empty file"
            self._findings.add(Fault(Severity.ERROR, "empty-file", message, "remove it or export it again"), path)
            return None
        header = Header(line, self._schema)
        for fault in header.faults:
            self._findings.add(fault, path, 1)
        if not header.readable:
            return None
        self._first = self._first or (path, header)
        first_path, first = self._first
        if header.names != first.names:
            message = f"all files of an import must have the same header, got {header}"
            hint = f"make it {first}, as in {first_path.name}"
            self._findings.add(Fault(Severity.ERROR, "other-header", message, hint), path, 1)
        return Rows(path, header.names, self._rules, self._findings)
