"""Proposes a schema for CSV files, for people to review and commit.

It must not be used at synthesis: a schema that changes with the data would replace the dataset.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from cdk_data_jobs_check.evidence import Evidence
from cdk_data_jobs_check.field_proposals import ProposedField, propose_fields
from cdk_data_jobs_check.findings import Violation, excerpt
from cdk_data_jobs_check.header import parse_header
from cdk_data_jobs_check.line_chunks import MAX_LINE_BYTES, read_line_chunks
from cdk_data_jobs_check.records import parse_record
from cdk_data_jobs_check.schema import Schema, SchemaError
from cdk_data_jobs_check.schema_rules import DATASETS, IDS
from cdk_data_jobs_check.sources import (
    CountingReader,
    DataFile,
    ProgressCallback,
    Source,
    deduplicate,
    has_csv_suffix,
    resolve,
)

_TYPES_BY_IDS = {
    frozenset({"USER_ID", "ITEM_ID"}): "Interactions",
    frozenset({"USER_ID", "ACTION_ID"}): "Action_Interactions",
    frozenset({"USER_ID"}): "Users",
    frozenset({"ITEM_ID"}): "Items",
    frozenset({"ACTION_ID"}): "Actions",
}


class ProposalError(ValueError):
    """There is nothing to propose a schema from; the message says what was expected, what was got and what to do."""


@dataclass(frozen=True)
class Proposal:
    """A proposed schema.

    Attributes:
        dataset_type: The dataset type.
        fields: The fields, in the order of the columns.
        rows: How many rows it was made from.
        schema: The schema; None if the service would refuse it because of the columns that the files have.
        violations: The violations in it.
    """

    dataset_type: str
    fields: tuple[ProposedField, ...]
    rows: int
    schema: Schema | None
    violations: tuple[Violation, ...]

    @property
    def document(self) -> str:
        """The Avro schema as JSON, as CreateSchema takes it."""
        return _document(self.dataset_type, self.fields)


def propose_schema(
    sources: Iterable[Source],
    *,
    dataset_type: str | None = None,
    domain: str | None = None,
    on_progress: ProgressCallback | None = None,
) -> Proposal:
    """Proposes a schema from all values of all rows, in memory that does not grow with them.

    Args:
        sources: The CSV files of one import; of a folder those at the first level, as an import reads it.
        dataset_type: The dataset type. By default that which has the ids that the files have.
        domain: The domain of the dataset group; None without one.
        on_progress: Called now and then with the number of bytes that are done and of all bytes. By default none.

    Raises:
        OSError: If a file or folder cannot be read.
        ProposalError: If a file is no CSV, there is none, or its columns do not say the dataset type.
    """
    files = deduplicate(
        file
        for source in resolve(sources, recursive=False)
        for file in ([source] if isinstance(source, DataFile) else source.files)
        if file is source or has_csv_suffix(file.relative_path)
    )
    size = sum(file.size or 0 for file in files)
    columns: dict[str, Evidence] = {}
    rows = done = 0
    for file in files:
        for count, at in _read(file, columns):
            rows += count
            if on_progress:
                on_progress(done + at, max(done + at, size))
        done += file.size or 0
    if not columns:
        raise ProposalError("there must be a CSV file with a header, got none")
    chosen = _dataset_type(columns, dataset_type, domain)
    fields = propose_fields(columns, chosen, domain)
    document = _document(chosen, fields)
    try:
        schema = Schema.parse(document, domain)
        return Proposal(chosen, fields, rows, schema, schema.warnings)
    except SchemaError as error:
        return Proposal(chosen, fields, rows, None, error.violations)


def _document(dataset_type: str, fields: Sequence[ProposedField]) -> str:
    record = {
        "type": "record",
        "name": dataset_type,
        "namespace": "com.amazonaws.personalize.schema",
        "fields": [field.attributes for field in fields],
        "version": "1.0",
    }
    return json.dumps(record, indent=2)


def _read(file: DataFile, columns: dict[str, Evidence]) -> Iterator[tuple[int, int]]:
    """Adds the values of a file; yields now and then how many rows they were, and how many bytes are done."""
    with closing(file.open()) as opened:
        stream = CountingReader(opened)
        line = stream.readline(MAX_LINE_BYTES)
        if not line:
            return
        header = parse_header(line)
        if not header.is_readable:
            violation = header.violations[-1]
            raise ProposalError(f"{file.location}: {violation.message}; {violation.hint}")
        names = header.names
        for name in names:
            columns.setdefault(name, Evidence())
        for chunk in read_line_chunks(stream):
            if chunk.is_truncated:
                continue
            rows = [row for row in _rows(chunk.content, len(names)) if len(row) == len(names)]
            # Without rows there are no columns either.
            for name, values in zip(names, zip(*rows, strict=True), strict=False):
                columns[name].add(values)
            yield len(rows), stream.bytes_read


def _rows(content: bytes, width: int) -> Iterator[Sequence[str]]:
    """Yields the values of each row; those of a row that is not valid are as good as they can be."""
    lines = content.decode("utf-8", "replace")
    if '"' not in lines and "\\" not in lines:
        yield from (line.removesuffix("\r").split(",") for line in lines.split("\n")[:-1] if line.strip("\r"))
        return
    at = 0
    while at < len(lines):
        record = parse_record(lines, at, width)
        if record.unclosed_quote is None and lines[at : record.end].strip("\r\n"):
            yield [value.content for value in record.values]
        at = record.end


def _dataset_type(names: Iterable[str], given: str | None, domain: str | None) -> str:
    datasets = DATASETS[domain]
    ids = frozenset(name.upper() for name in names) & IDS
    found = given or _TYPES_BY_IDS.get(ids)
    if found is not None and found in datasets:
        return found
    got = ", ".join(map(excerpt, names))
    of_domain = f" of the domain {domain}" if domain else ""
    raise ProposalError(
        f"the columns must have the ids of one dataset type{of_domain}, got {found or got}; name the type: "
        f"{', '.join(datasets)}"
    )
