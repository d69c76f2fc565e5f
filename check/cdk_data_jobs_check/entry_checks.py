"""Checks files of entries: what both services that have them share."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import NamedTuple

from cdk_data_jobs_check.entry_files import UnreadableFileError
from cdk_data_jobs_check.findings import FindingCollector, Report, Violation
from cdk_data_jobs_check.sources import CountingReader, DataFile, ProgressCallback

_PROGRESS_LINES = 1000


class Flaw(NamedTuple):
    """A violation in an entry.

    Attributes:
        violation: The violation.
        name: The attribute that it is in, for the grouping of findings; none if it is in no particular one.
    """

    violation: Violation
    name: str | None = None


class JudgedLine(NamedTuple):
    """A line of a file, and what is wrong with it.

    Attributes:
        number: The line, from 1.
        is_entry: Whether it is an entry, and not a header or blank.
        flaws: What is wrong.
    """

    number: int
    is_entry: bool
    flaws: tuple[Flaw, ...]


def check_entries(
    files: list[DataFile],
    judge: Callable[[CountingReader, DataFile], Iterator[JudgedLine]],
    findings: FindingCollector,
    *,
    no_entries: Violation,
    on_progress: ProgressCallback | None,
) -> Report:
    """Checks the entries of files, in memory that does not grow with them.

    Args:
        files: The files.
        judge: Reads a file, and judges its lines.
        findings: Collects the findings.
        no_entries: The violation by a file without entries.
        on_progress: Called now and then with the number of bytes that are done and of all bytes.

    Raises:
        OSError: If a file cannot be read.
    """
    known = sum(file.size or 0 for file in files)
    rows = done = 0
    for file in files:
        if findings.is_full:
            break
        entries = 0
        with closing(file.open()) as opened:
            stream = CountingReader(opened)
            try:
                for line in judge(stream, file):
                    entries += line.is_entry
                    for flaw in line.flaws:
                        findings.add(flaw.violation, file.location, line.number, column=flaw.name)
                    if on_progress and line.number % _PROGRESS_LINES == 0:
                        on_progress(done + stream.bytes_read, max(done + stream.bytes_read, known))
                    if findings.is_full:
                        break
                if not entries:
                    findings.add(no_entries, file.location)
            except UnreadableFileError as error:
                for violation in error.violations:
                    findings.add(violation, file.location, error.line)
        done += stream.bytes_read if file.size is None else file.size
        rows += entries
    return findings.report(tuple(file.location for file in files), rows, done)


def flaws_of(violations: Iterable[Violation]) -> tuple[Flaw, ...]:
    """Returns flaws in no particular attribute."""
    return tuple(map(Flaw, violations))
