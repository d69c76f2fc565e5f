"""Parses the header of a CSV file, and checks it against the schema.

Source: the developer guide's "Data format guidelines" (a header without quotes, whose names are those of the schema)
and "Creating schema JSON files ..." (the order of the schema's fields must be that of the header).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cdk_data_jobs_check.file_formats import format_of
from cdk_data_jobs_check.findings import Violation, excerpt
from cdk_data_jobs_check.schema import Schema

MAX_COLUMNS = 1000
"""No header has more: the quotas end at 100 columns of metadata."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_MAX_EXCERPT = 200  # characters of a header in a message


@dataclass(frozen=True)
class Header:
    """The first line of a CSV file.

    Attributes:
        names: The names of its columns, without quotes and spaces around them.
        violations: The violations in it.
        is_readable: Whether the rows below it can be checked.
    """

    names: tuple[str, ...]
    violations: tuple[Violation, ...]
    is_readable: bool

    def __str__(self) -> str:
        """Returns the names, for a message."""
        return excerpt(",".join(self.names), _MAX_EXCERPT)


def parse_header(line: bytes, schema: Schema | None = None) -> Header:
    """Parses and checks a header.

    Args:
        line: The first line of a file, with its line end if it has one.
        schema: The schema whose columns it should have. By default it may have any.
    """
    if file_format := format_of(line):
        message = f"a file must be uncompressed CSV in UTF-8, got {file_format}"
        hint = "convert it with `data-jobs convert`, or export CSV in UTF-8"
        return Header((), (Violation("file-format", message, hint),), is_readable=False)
    try:
        decoded = line.removeprefix(_BYTE_ORDER_MARK).decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        message = f"a CSV file must be encoded in UTF-8, got {error}"
        violations = (*_byte_order_mark(line), Violation("utf-8", message, 'save the file as "UTF-8"'))
        return Header((), violations, is_readable=False)
    if "\r" in decoded or "\x00" in decoded:
        message = f"a line must end in \\n or \\r\\n and have no NUL bytes, got {excerpt(decoded, _MAX_EXCERPT)}"
        violation = Violation("line-end", message, "save the file as text with Unix or Windows line ends")
        return Header((), (*_byte_order_mark(line), violation), is_readable=False)
    names = tuple(name.strip().strip('"').strip() for name in decoded.split(","))
    spelling = (*_byte_order_mark(line), *_spelling(decoded))
    if mismatch := [*_no_header(decoded, names, schema)]:
        return Header(names, (*spelling, *mismatch), is_readable=False)
    differences = _differences(names, schema) if schema else _repeated_names(names)
    return Header(names, (*spelling, *differences), is_readable=True)


def _byte_order_mark(line: bytes) -> Iterator[Violation]:
    if line.startswith(_BYTE_ORDER_MARK):
        message = "a CSV file needs no byte order mark, got one, which may be taken for a part of the first name"
        yield Violation("byte-order-mark", message, 'save the file as "UTF-8"')


def _spelling(line: str) -> Iterator[Violation]:
    """Yields the violations in how the names are written, whatever they are."""
    names = line.split(",")
    got = excerpt(line, _MAX_EXCERPT)
    if '"' in line:
        yield Violation("quoted-header", f"a header must have no quotes, got {got}", "remove them")
        names = [name.strip().strip('"') for name in names]
    if any(name != name.strip() for name in names):
        yield Violation("header-spaces", f"a header should have no spaces around the names, got {got}", "remove them")


def _no_header(line: str, names: tuple[str, ...], schema: Schema | None) -> Iterator[Violation]:
    """Yields the violation by a line that is no header, because it has none of the names or far too many."""
    header = f"the header {','.join(schema.names)}" if schema else "the header"
    if len(names) > MAX_COLUMNS:
        message = f"the first line must be {header}, got {len(names):,} columns"
        yield Violation("header", message, "make sure that lines end in \\n or \\r\\n")
    elif schema and not set(names) & set(schema.names):
        message = f"the first line must be {header}, got {excerpt(line, _MAX_EXCERPT)}"
        hint = "write the names of the schema's columns there"
        if ";" in line or "\t" in line:
            hint += " and separate them by commas"
        yield Violation("header", message, hint + _case_hint(names, schema.names))


def _differences(names: tuple[str, ...], schema: Schema) -> Iterator[Violation]:
    expected, got = ",".join(schema.names), excerpt(",".join(names), _MAX_EXCERPT)
    missing = [name for name in schema.names if name not in names]
    if missing:
        message = f"a header must have all columns of the schema, {expected}, got {got}"
        hint = f"add {', '.join(missing)}, or change the schema{_case_hint(names, missing)}"
        yield Violation("missing-column", message, hint)
    yield from _repeated_names(names)
    in_schema = [name for name in dict.fromkeys(names) if name in schema.names]
    if in_schema != [name for name in schema.names if name in in_schema]:
        message = f"the columns should be in the order of the schema's fields, {expected}, got {got}"
        hint = "change the order: the guide requires the same one, though imports of others have succeeded"
        yield Violation("column-order", message, hint)
    extra = [name for name in names if name not in schema.names]
    if extra:
        message = f"the columns should be those of the schema, {expected}, got {', '.join(map(excerpt, extra))} too"
        hint = "remove them or add them to the schema; what the service does with them is not documented"
        yield Violation("extra-column", message, hint)


def _repeated_names(names: tuple[str, ...]) -> Iterator[Violation]:
    repeated = sorted(name for name, count in Counter(names).items() if count > 1)
    if repeated:
        message = f"the names of a header should be unique, got {', '.join(repeated)} more than once"
        yield Violation("duplicate-column", message, "remove one of them, with its values")


def _case_hint(names: tuple[str, ...], expected: Sequence[str]) -> str:
    """Returns what to add to a hint if names differ from expected ones in the case of letters alone."""
    by_lower_case = {name.lower() for name in expected}
    in_other_case = [name for name in names if name.lower() in by_lower_case and name not in expected]
    return f"; the case of letters counts, as in {', '.join(in_other_case)}" if in_other_case else ""
