r"""Are the rows of a CSV file as the schema wants them?

Nearly all rows of nearly all files are good, so the work is to find the next one that is not: one regular expression,
made from those of the columns, goes through many lines at once and stops at a line that it does not match. Only such a
line is taken apart. That is quicker than a CSV reader, and needs the memory of some lines.

Most lines are plain as well: nothing but values and commas, no quotes, escapes or spaces. An expression that knows this
takes half the time, because its values may be whatever has no comma, which is what expressions find fastest. That a
value ends with its line is then certain from the number of commas; see `_plain`.
"""

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from cdk_data_jobs_check.findings import Fault, Findings, Severity
from cdk_data_jobs_check.lines import MOST_BYTES, lines_of
from cdk_data_jobs_check.records import Record, Value, record_at
from cdk_data_jobs_check.values import Values, any_plain, any_text, shown

_MOST_OPEN = 100_000  # characters in which a quote must be closed, or it is taken for a stray one
_NOT_PLAIN = '"\\\r\x00 '
_BROKEN = re.compile("[\udc80-\udcff]")  # what `surrogateescape` makes of bytes that are no UTF-8


class Rows:
    """Checks the rows of one file.

    Attributes:
        count: How many there are so far, without blank lines.
    """

    def __init__(self, path: Path, names: Sequence[str], rules: Mapping[str, Values], findings: Findings) -> None:
        """Prepares for a file.

        Args:
            path: The file, for the findings.
            names: The names in its header.
            rules: What the values of each column of the schema may be.
            findings: Where to put what is found.
        """
        self.count = 0
        self._path = path
        self._names = names
        self._rules = [rules.get(name) for name in names]
        self._findings = findings
        self._line = 2

    @functools.cached_property
    def _row(self) -> str:
        return ",".join(rule.pattern if rule else any_text() for rule in self._rules) + r"\r?\n"

    @functools.cached_property
    def _bad_line(self) -> re.Pattern[str]:
        return re.compile(rf"\n(?!{self._row}|\Z)")

    @functools.cached_property
    def _bad_or_broken_line(self) -> re.Pattern[str]:
        return re.compile(rf"\n(?!(?![^\n]*{_BROKEN.pattern}){self._row}|\Z)")

    @functools.cached_property
    def _line_not_plain(self) -> re.Pattern[str]:
        *others, last = (rule.plain if rule else any_plain for rule in self._rules)
        row = ",".join([*(plain(",") for plain in others), last(r",\n")])
        return re.compile(rf"\n(?!{row}\n)")

    def check(self, stream: BinaryIO, on_read: Callable[[int], None]) -> None:
        """Checks all rows.

        Args:
            stream: The file, after its header.
            on_read: Called now and then with the number of bytes that are done.
        """
        kept = ""
        for lines in lines_of(stream):
            if lines.cut:
                self._check(kept, last=True)
                kept = ""
                message = f"a line must have at most {MOST_BYTES:,} bytes to be a record, got {shown(_start(lines[0]))}"
                hint = "make sure that lines end in \\n or \\r\\n"
                self._add(Fault(Severity.ERROR, "line-length", message, hint))
                self._line += 1
                self.count += 1
            else:
                kept = self._check(kept + _text(lines.content), last=False)
            on_read(stream.tell())
        self._check(kept, last=True)

    def _check(self, text: str, *, last: bool) -> str:
        """Checks lines; returns those of a record that is not complete before more is read."""
        if not text:
            return ""
        text = f"\n{text}"
        if rows := self._plain(text):
            self._pass(rows)
            return ""
        bad_line = self._bad_line if text.isascii() or not _BROKEN.search(text) else self._bad_or_broken_line
        at = 0  # the line end before the first line that is not checked yet
        while bad := bad_line.search(text, at):
            self._pass(text.count("\n", at, bad.start()))
            start = bad.end()
            record = self._whole(record_at(text, start), text, start)
            if record.open_quote is not None and not last and len(text) - start < _MOST_OPEN:
                return text[start:]
            self._judge(record, text, start)
            at = record.end - 1
        self._pass(text.count("\n", at) - 1)
        return ""

    def _plain(self, text: str) -> int:
        """Returns how many rows there are if all are plain and good, else 0.

        The expression matches at each line: all values but the last may have any character but a comma, so they may go
        on in the next line, and the last one has no comma and ends with its line. So no line has too many commas; and
        as there are as many commas as all lines together should have, none has too few, and all values end in theirs.
        """
        rows = text.count("\n") - 1
        if any(character in text for character in _NOT_PLAIN) or text.count(",") != rows * (len(self._names) - 1):
            return 0
        # The last line end is followed by nothing, so it is always found.
        found = self._line_not_plain.search(text)
        return rows if found and found.end() == len(text) and (text.isascii() or not _BROKEN.search(text)) else 0

    def _pass(self, good: int) -> None:
        self.count += good
        self._line += good

    def _whole(self, record: Record, text: str, start: int) -> Record:
        """Returns a record, or only its first line, if it has more than one because a quote was not closed there."""
        if record.open_quote is not None or "\n" not in text[start : record.end - 1]:
            return record
        broken = any(fault.rule == "quotes" for value in record.values for fault in value.faults)
        if len(record.values) == len(self._names) and not broken:
            return record
        spans = (any(fault.rule == "line-break" for fault in value.faults) for value in record.values)
        before = record.values[: list(spans).index(True)]
        quote = record.values[len(before)].start
        return Record(before, text.index("\n", quote) + 1, quote)

    def _judge(self, record: Record, text: str, start: int) -> None:
        line = text[start : record.end]
        if line.strip("\r\n") == "":
            fault = Fault(Severity.WARNING, "blank-line", "a row must not be blank, got a blank line", "remove it")
            self._add(fault)
            self._line += line.count("\n")
            return
        self.count += 1
        if broken := _BROKEN.search(line):
            message = f"a CSV file must be encoded in UTF-8, got the byte 0x{ord(broken.group()) - 0xDC00:02x}"
            self._add(Fault(Severity.ERROR, "utf-8", message, 'save the file as "UTF-8"'), broken.start() + 1)
        elif record.open_quote is not None:
            message = f"a quote must be closed on its line, got {shown(text[record.open_quote : record.end].rstrip())}"
            hint = 'close it, or write \\" for a quote that belongs to the value'
            name = dict(enumerate(self._names)).get(len(record.values))
            self._add(Fault(Severity.ERROR, "quotes", message, hint), record.open_quote - start + 1, name)
        elif len(record.values) != len(self._names):
            self._add(self._other_number(len(record.values)))
        else:
            for value, name, rule in zip(record.values, self._names, self._rules, strict=True):
                for fault in _faults(value, rule):
                    before = text[start : value.start]
                    column = len(before) - before.rfind("\n")
                    self._findings.add(fault, self._path, self._line + before.count("\n"), column, name)
        self._line += line.count("\n")

    def _other_number(self, got: int) -> Fault:
        hint = (
            "put a value that has a comma in double quotes"
            if got > len(self._names)
            else "write nothing between two commas for a value that is missing"
        )
        message = f"a row must have {len(self._names)} values, as the header has, got {got}"
        return Fault(Severity.ERROR, "number-of-values", message, hint)

    def _add(self, fault: Fault, column: int | None = None, name: str | None = None) -> None:
        self._findings.add(fault, self._path, self._line, column, name)


def _faults(value: Value, rule: Values | None) -> tuple[Fault, ...]:
    """Returns what is wrong with how a value is written, and with itself if it is certain what it is."""
    if rule is None or any(fault.severity is Severity.ERROR for fault in value.faults):
        return value.faults
    fault = rule.fault(value.text)
    return (*value.faults, fault) if fault else value.faults


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("utf-8", "surrogateescape")


def _start(content: bytes) -> str:
    return content[:60].decode("utf-8", "replace")
