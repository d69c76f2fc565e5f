"""Checks the header of a CSV file against the schema.

Source: the developer guide's "Data format guidelines" (a header without quotes, whose names are those of the schema)
and "Creating schema JSON files ..." (the order of the schema's fields must be that of the header).
"""

from collections import Counter
from collections.abc import Iterator

from cdk_data_jobs_check.file_formats import format_of
from cdk_data_jobs_check.findings import Violation, excerpt
from cdk_data_jobs_check.schema import Schema

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_MAX_EXCERPT = 200  # characters of a header in a message
_MAX_COLUMNS = 1000  # no schema has so many: the quotas end at 100 columns of metadata


class Header:
    """The first line of a CSV file.

    Attributes:
        names: The names of its columns, without quotes and spaces around them.
        violations: The violations in it.
        is_readable: Whether the rows below it can be checked.
    """

    def __init__(self, line: bytes, schema: Schema) -> None:
        """Parses and checks a header.

        Args:
            line: The first line of a file, with its line end if it has one.
            schema: The schema whose columns it should have.
        """
        self.names: tuple[str, ...] = ()
        self.violations: list[Violation] = []
        if found := format_of(line):
            hint = "convert it with `data-jobs convert`, or export CSV in UTF-8"
            self._error("file-format", f"a file must be uncompressed CSV in UTF-8, got {found}", hint)
            self.is_readable = False
            return
        decoded = self._decode(line)
        self.is_readable = decoded is not None and self._parse(decoded, schema)

    def __str__(self) -> str:
        """Returns the names, for a message."""
        return excerpt(",".join(self.names), _MAX_EXCERPT)

    def _error(self, rule: str, message: str, hint: str) -> None:
        self.violations.append(Violation(rule, message, hint))

    def _decode(self, line: bytes) -> str | None:
        if line.startswith(_BYTE_ORDER_MARK):
            line = line.removeprefix(_BYTE_ORDER_MARK)
            message = "a CSV file needs no byte order mark, got one, which may be taken for a part of the first name"
            self.violations.append(Violation("byte-order-mark", message, 'save the file as "UTF-8"'))
        try:
            decoded = line.decode("utf-8")
        except UnicodeDecodeError as error:
            self._error("utf-8", f"a CSV file must be encoded in UTF-8, got {error}", 'save the file as "UTF-8"')
            return None
        return decoded.removesuffix("\n").removesuffix("\r")

    def _parse(self, line: str, schema: Schema) -> bool:
        expected = ",".join(schema.names)
        if "\r" in line or "\x00" in line:
            message = f"a line must end in \\n or \\r\\n and have no NUL bytes, got {excerpt(line, _MAX_EXCERPT)}"
            self._error("line-end", message, "save the file as text with Unix or Windows line ends")
            return False
        names = line.split(",")
        if '"' in line:
            self._error(
                "quoted-header", f"a header must have no quotes, got {excerpt(line, _MAX_EXCERPT)}", "remove them"
            )
            names = [name.strip().strip('"') for name in names]
        if any(name != name.strip() for name in names):
            message = f"a header should have no spaces around the names, got {excerpt(line, _MAX_EXCERPT)}"
            self.violations.append(Violation("header-spaces", message, "remove them"))
        self.names = tuple(name.strip() for name in names)
        if len(names) > _MAX_COLUMNS:
            message = f"the first line must be the header {expected}, got {len(names):,} columns"
            self._error("header", message, "make sure that lines end in \\n or \\r\\n")
            return False
        if not set(self.names) & set(schema.names):
            separated = " and separate them by commas" if ";" in line or "\t" in line else ""
            message = f"the first line must be the header {expected}, got {excerpt(line, _MAX_EXCERPT)}"
            self._error("header", message, f"write the names of the schema's columns there{separated}")
            return False
        self.violations.extend(self._differences(schema, expected))
        return True

    def _differences(self, schema: Schema, expected: str) -> Iterator[Violation]:
        got = str(self)
        missing = [name for name in schema.names if name not in self.names]
        if missing:
            message = f"a header must have all columns of the schema, {expected}, got {got}"
            hint = f"add {', '.join(missing)}, or change the schema"
            in_other_case = [name for name in self.names if name.upper() in missing]
            if in_other_case:
                hint += f"; the case of letters counts, as in {', '.join(in_other_case)}"
            yield Violation("missing-column", message, hint)
        repeated = sorted(name for name, count in Counter(self.names).items() if count > 1)
        if repeated:
            message = f"the names of a header should be unique, got {', '.join(repeated)} more than once"
            yield Violation("duplicate-column", message, "remove one of them, with its values")
        known = [name for name in dict.fromkeys(self.names) if name in schema.names]
        if known != [name for name in schema.names if name in known]:
            message = f"the columns should be in the order of the schema's fields, {expected}, got {got}"
            hint = "change the order: the guide requires the same one, though imports of others have succeeded"
            yield Violation("column-order", message, hint)
        extra = [name for name in self.names if name not in schema.names]
        if extra:
            message = f"the columns should be those of the schema, {expected}, got {', '.join(map(excerpt, extra))} too"
            hint = "remove them or add them to the schema; what the service does with them is not documented"
            yield Violation("extra-column", message, hint)
