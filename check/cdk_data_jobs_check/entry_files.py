"""Reads files with an entry on each line: rows of CSV as RFC 4180 has them, or JSON objects.

What is wrong with the form of a file is a violation of a rule that both services have: `pinpoint-csv`, `ses-csv`.
"""

import csv
import functools
import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol

from cdk_data_jobs_check.file_formats import format_of
from cdk_data_jobs_check.findings import Violation, excerpt
from cdk_data_jobs_check.line_chunks import MAX_LINE_BYTES
from cdk_data_jobs_check.rules import Severity

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class LineStream(Protocol):
    """What is read of a file: it may be a pipe, so nothing moves back."""

    def readline(self, size: int, /) -> bytes:
        """Reads up to the end of the line, at most so many bytes; none at the end."""
        ...


class UnreadableFileError(Exception):
    """A file that cannot be read any further.

    Attributes:
        violations: Why.
        line: The line, from 1.
    """

    def __init__(self, line: int, *violations: Violation) -> None:
        """Creates the error."""
        super().__init__(violations[0].message)
        self.violations = violations
        self.line = line


class Line(NamedTuple):
    """A row of CSV, or a line of JSON.

    Attributes:
        number: The line at which it begins, from 1.
        content: Its values, or the object; none if it is blank or cannot be read.
        violations: What is wrong with its form.
        is_blank: Whether it is blank.
    """

    number: int
    content: list[str] | dict[str, Any] | None
    violations: tuple[Violation, ...] = ()
    is_blank: bool = False


class EntryFile:
    """A file, which is read once."""

    def __init__(self, stream: LineStream, service: str) -> None:
        """Creates it at its beginning.

        Args:
            stream: The file.
            service: What the names of the rules begin with: `pinpoint` or `ses`.
        """
        self._stream = stream
        self._service = service
        self._pending: list[Violation] = []

    def rows(self) -> Iterator[Line]:
        """Yields the header and the rows of CSV.

        Raises:
            UnreadableFileError: It is no CSV, or in no encoding that the service reads.
        """
        csv.field_size_limit(MAX_LINE_BYTES)
        reader = csv.reader(self._lines("CSV"), strict=True)
        width = 0
        number = 1
        while True:
            try:
                values = next(reader, None)
            except csv.Error as error:
                hint = "put values with a comma or a quote in double quotes, and double the quotes in them"
                raise UnreadableFileError(
                    number, self._violation("csv", f"a row must be CSV: {error}", hint)
                ) from error
            if values is None:
                return
            if not values:
                yield self._blank(number)
            elif width and len(values) != width:
                message = f"a row must have {width} values, as the header has, got {len(values)}"
                hint = "put a value that has a comma in double quotes, and write nothing for one that is missing"
                yield Line(number, None, self._with_pending(self._violation("csv", message, hint)))
            else:
                width = len(values)
                yield Line(number, values, self._with_pending())
            number = reader.line_num + 1

    def objects(self) -> Iterator[Line]:
        """Yields the lines of JSON.

        Raises:
            UnreadableFileError: It is something else, or in no encoding that the service reads.
        """
        doubled: list[str] = []
        decode = json.JSONDecoder(parse_constant=_refuse, object_pairs_hook=functools.partial(_object, doubled)).decode
        for number, line in enumerate(self._lines("JSON"), 1):
            if not line.strip():
                yield self._blank(number)
                continue
            try:
                content = decode(line)
                problem = None if isinstance(content, dict) else f"got {excerpt(line.strip())}"
            except (ValueError, RecursionError) as error:
                content, problem = None, f"got {excerpt(line.strip())}: {error}"
            if problem:
                violation = self._violation(
                    "json",
                    f"a line must be a JSON object, {problem}",
                    "write each entry on one line, as json.dumps does",
                )
                yield Line(number, None, self._with_pending(violation))
            elif doubled:
                message = f"a key should be in an object once, got {excerpt(doubled[0])} more than once"
                violation = self._violation("doubled-key", message, "remove one of them, with its value")
                yield Line(number, content, self._with_pending(violation))
            else:
                yield Line(number, content, self._with_pending())
            doubled.clear()

    def _lines(self, data_format: str) -> Iterator[str]:
        read: Callable[[], bytes] = functools.partial(self._stream.readline, MAX_LINE_BYTES + 1)
        for number, line in enumerate(iter(read, b""), 1):
            content = self._check_beginning(line, data_format) if number == 1 else line
            if len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
                got = excerpt(line[:60].decode("utf-8", "replace"))
                message = f"a line must have at most {MAX_LINE_BYTES:,} bytes, got {got}"
                raise UnreadableFileError(
                    number, self._violation("file-format", message, "make sure that lines end in \\n")
                )
            try:
                yield content.decode("utf-8")
            except UnicodeDecodeError as error:
                violation = self._violation(
                    "utf-8", f"a file must be encoded in UTF-8, got {error}", 'save it as "UTF-8"'
                )
                if violation.severity is Severity.ERROR:
                    raise UnreadableFileError(number, violation) from error
                self._pending.append(violation)
                yield content.decode("utf-8", "replace")

    def _check_beginning(self, line: bytes, data_format: str) -> bytes:
        content = line.removeprefix(_BYTE_ORDER_MARK)
        found, is_array = format_of(content), content.startswith(b"[")
        if found and (found != data_format or is_array):
            wanted = "CSV" if data_format == "CSV" else "JSON with an object a line"
            message = f"a file must be uncompressed {wanted} in UTF-8, got {'a JSON array' if is_array else found}"
            is_named_wrongly = found == "JSON" and not is_array and self._service == "ses"
            hint = "put it in a file whose name ends in .json" if is_named_wrongly else "export it in this format"
            raise UnreadableFileError(1, self._violation("file-format", message, hint))
        if content != line:
            message = "a file needs no byte order mark, got one, which may be taken for a part of the first name"
            self._pending.append(self._violation("byte-order-mark", message, 'save it as "UTF-8"'))
        return content

    def _blank(self, number: int) -> Line:
        violation = self._violation("blank-line", "a line should not be blank, got a blank one", "remove it")
        return Line(number, None, self._with_pending(violation), is_blank=True)

    def _with_pending(self, *violations: Violation) -> tuple[Violation, ...]:
        found = (*self._pending, *violations)
        self._pending.clear()
        return found

    def _violation(self, rule: str, message: str, hint: str) -> Violation:
        return Violation(f"{self._service}-{rule}", message, hint)


def _object(doubled: list[str], pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Returns an object, and adds the keys that it has more than once."""
    content = dict(pairs)
    if len(content) < len(pairs):
        doubled += [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
    return content


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


decode_json: Callable[[str], Any] = json.JSONDecoder(parse_constant=_refuse).decode
"""Reads JSON as RFC 8259 has it: unlike `json.loads`, without NaN and infinities. Raises ValueError, RecursionError."""
