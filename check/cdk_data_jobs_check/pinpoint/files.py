"""Checks the files of an import of Amazon Pinpoint.

Sources: the user guide's "Importing segments" (sub-folders are read) and the API Reference, ImportJobRequest, Format
(of files of both formats, those of the import's are read). That the ends of their names tell the format is inferred.
"""

from collections.abc import Iterable, Iterator, Sequence

from cdk_data_jobs_check.entry_checks import Flaw, JudgedLine, check_entries
from cdk_data_jobs_check.file_formats import description_of
from cdk_data_jobs_check.findings import FindingCollector, Report, Violation
from cdk_data_jobs_check.pinpoint.entries import Entry, read_entries
from cdk_data_jobs_check.sources import (
    CountingReader,
    DataFile,
    DataFolder,
    ProgressCallback,
    Source,
    deduplicate,
    resolve,
)

SUFFIXES = {"CSV": ".csv", "JSON": ".json"}
"""What the names of files end in, by their format; case is ignored."""

_MAX_BYTES = 2**30
_MAX_ATTRIBUTES = 250
_NO_ENTRIES = Violation("pinpoint-no-entries", "a file should have endpoints or user ids, got none", "remove it")


def check_endpoint_files(
    sources: Iterable[Source], data_format: str, *, on_progress: ProgressCallback | None = None
) -> Report:
    """Checks the files of one import, in memory that does not grow with them.

    Args:
        sources: Paths of local files and folders, or files and folders that are elsewhere. Of a folder, the import
            reads the files of its format at all levels. All together are one import.
        data_format: The import's format, `CSV` or `JSON`.
        on_progress: Called now and then with the number of bytes that are done and of all bytes. By default none.

    Returns:
        The findings: all are counted, and the first of each rule in each attribute is kept.

    Raises:
        OSError: If a file or folder cannot be read.
    """
    given = resolve(sources, recursive=True)
    findings = FindingCollector()
    files = deduplicate(file for one in given for file in _files_of(one, data_format, findings))
    findings.finish_listing()
    attributes = _CustomAttributes()

    def judge(stream: CountingReader, _file: DataFile) -> Iterator[JudgedLine]:
        for entry in read_entries(stream, data_format):
            yield JudgedLine(entry.line, entry.definition is not None, attributes.flaws_of(entry))

    report = check_entries(files, judge, findings, no_entries=_NO_ENTRIES, on_progress=on_progress)
    if report.size_bytes <= _MAX_BYTES:
        return report
    message = f"the files of one import should have at most 1 GB, got {report.size_bytes:,} bytes"
    findings.add(
        Violation("pinpoint-size", message, "split it into several imports, if the quota was not raised"),
        given[0].location,
    )
    return findings.report(report.files, report.rows, report.size_bytes)


def names_of_format(names: Sequence[str], data_format: str) -> list[str]:
    """Returns the names of the files in a folder that an import reads.

    Args:
        names: The names of all.
        data_format: The import's format. Files of the other one are not read; those whose names tell nothing are,
            unless there are files of both formats.
    """
    by_format: dict[str, list[str]] = {kind: [] for kind in SUFFIXES}
    unknown: list[str] = []
    for name in names:
        kind = next((kind for kind, suffix in SUFFIXES.items() if name.lower().endswith(suffix)), "")
        by_format.get(kind, unknown).append(name)
    return by_format[data_format] if all(by_format.values()) else sorted([*by_format[data_format], *unknown])


class _CustomAttributes:
    """The custom attributes of an import, as far as they are needed to tell that there are too many."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._is_full = False

    def flaws_of(self, entry: Entry) -> tuple[Flaw, ...]:
        """Returns what is wrong with an entry, and if it has one custom attribute too many.

        Names beyond the limit are no kinds of findings of their own, so that these remain few.
        """
        if not self._is_full:
            self._names.update(attribute.name for attribute in entry.attributes if attribute.is_custom)
        if self._is_full:
            return tuple(Flaw(flaw.violation) for flaw in entry.flaws)
        if len(self._names) <= _MAX_ATTRIBUTES:
            return entry.flaws
        self._is_full = True
        message = f"there should be at most {_MAX_ATTRIBUTES} custom attributes, got more"
        hint = "leave some out, if the quota of the project was not raised"
        return (*entry.flaws, Flaw(Violation("pinpoint-attributes", message, hint)))


def _files_of(given: DataFile | DataFolder, data_format: str, findings: FindingCollector) -> list[DataFile]:
    if isinstance(given, DataFile):
        return [given]
    read = {*names_of_format([str(file.relative_path) for file in given.files], data_format)}
    for file in given.files:
        if str(file.relative_path) not in read:
            kind = description_of(file.relative_path)
            message = f"an import of {data_format} reads only its files of a folder, got {file.relative_path}, {kind}"
            violation = Violation("pinpoint-ignored-file", message, "remove it, or import it by itself")
            findings.add(violation, given.location, kind=kind)
    if not read:
        message = f"a folder must have files in {data_format}, got none"
        findings.add(Violation("pinpoint-no-files", message, "put them there, or name another folder"), given.location)
    return [file for file in given.files if str(file.relative_path) in read]
