"""How a record is parsed into values."""

from __future__ import annotations

import csv
import io

from hypothesis import assume, example, given
from hypothesis import strategies as st

from cdk_data_jobs_check import records
from cdk_data_jobs_check.record_checks import cut_at_unclosed_quote
from cdk_data_jobs_check.records import parse_record

STRINGS = st.text(st.sampled_from('ab ,|"\\é\n'), max_size=10)


@given(st.lists(STRINGS, min_size=1, max_size=4))
def test_records_are_parsed_as_a_csv_reader_does(contents: list[str]) -> None:
    line = io.StringIO()
    csv.writer(line, doublequote=False, escapechar="\\", quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(contents)

    record = parse_record(line.getvalue(), 0, len(contents))
    assert [value.content for value in record.values] == contents
    assert record.end == len(line.getvalue())


@given(st.text('ab,"\\\n\r\x00', min_size=1, max_size=40), st.integers(1, 4))
@example('a,"b\nc,"d\n', 2)
@example('"a\nb""c,\n', 1)
@example('a,"b\nc\\",d"\n', 2)
@example('a"b\nc,"d\n', 2)
def test_a_quote_that_is_alone_in_its_line_is_judged_as_any_other(lines: str, width: int) -> None:
    lines += "\n"
    line = lines.partition("\n")[0]
    assume("\\" not in line)  # of which more than one meaning is tried

    expected = records._parse(lines, 0, records._UNQUOTED)  # noqa: SLF001
    assume(expected.unclosed_quote is None or expected.unclosed_quote < len(line))  # else that of a later line
    found = parse_record(lines, 0, width)

    first, second = (cut_at_unclosed_quote(record, lines, 0, width) for record in (found, expected))
    assert (len(first.values), *first[1:]) == (len(second.values), *second[1:])
    assert first.unclosed_quote is not None or first == second
