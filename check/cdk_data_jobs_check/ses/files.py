"""Checks files of contacts for Amazon SES; each is an import of its own, as CreateImportJob takes one object."""

from collections.abc import Iterable, Iterator

from cdk_data_jobs_check.entry_checks import JudgedLine, check_entries
from cdk_data_jobs_check.findings import FindingCollector, Report, Violation
from cdk_data_jobs_check.ses.contacts import ContactReader
from cdk_data_jobs_check.sources import CountingReader, DataFile, ProgressCallback, Source, deduplicate, resolve

_JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")
_NO_ENTRIES = Violation("ses-no-entries", "a file should have contacts, and a folder files, got none", "remove it")


def check_contact_files(sources: Iterable[Source], *, on_progress: ProgressCallback | None = None) -> Report:
    """Checks files of contacts.

    It needs the memory for a number for each contact of a file, which are at most a million.

    Args:
        sources: Paths of local files and folders, or files and folders that are elsewhere. Of a folder, all files are
            read. Files whose names end in `.json`, `.jsonl` or `.ndjson` are JSON, all others CSV.
        on_progress: Called now and then with the number of bytes that are done and of all bytes. By default none.

    Returns:
        The findings: all are counted, and the first of each rule in each attribute is kept.

    Raises:
        OSError: If a file or folder cannot be read.
    """
    findings = FindingCollector()
    files: list[DataFile] = []
    for given in resolve(sources, recursive=True):
        found = [given] if isinstance(given, DataFile) else [*given.files]
        if not found:
            findings.add(_NO_ENTRIES, given.location)
        files += found
    return check_entries(deduplicate(files), _judge, findings, no_entries=_NO_ENTRIES, on_progress=on_progress)


def _judge(stream: CountingReader, file: DataFile) -> Iterator[JudgedLine]:
    is_json = file.relative_path.name.lower().endswith(_JSON_SUFFIXES)
    return ContactReader(stream, "JSON" if is_json else "CSV").lines()
