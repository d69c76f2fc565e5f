"""How a record is parsed into values."""

from __future__ import annotations

import csv
import io

from hypothesis import assume, example, given
from hypothesis import strategies as st

from cdk_data_jobs_check import records
from cdk_data_jobs_check.record_checks import cut_at_unclosed_quote
from cdk_data_jobs_check.records import end_of_unclosed_quotes, parse_record

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


LINES = st.text('ab,"\\\r\x00\udcff', max_size=6).map("{}\n".format)


@given(st.lists(LINES, min_size=1, max_size=8), st.integers(0, 2))
@example(['a,"b\n', 'a,"b\n', 'a,"b\n'], 1)
@example(['a,"b\n', 'a,"b\n', 'a,"\n'], 1)
@example(['a,"b\n', 'a,"b\n', 'a,"\r\n'], 1)
@example(['a,"b\n', 'a,"b\n', 'a,",\n'], 1)
@example(['a,"b\n', 'a,"\\b\n', 'a,"b\n'], 1)
@example(['a,"b\n', 'a,"b\\c\n', 'a,"b\n'], 1)
@example(['"b\n', '"b,\n', '"b\r\n', '"b\n'], 0)
def test_lines_with_unclosed_quotes_are_found_at_once_as_one_by_one(rows: list[str], number: int) -> None:
    lines, start = "".join(rows), 0
    end = end_of_unclosed_quotes(lines, 0, number)

    while start < end:
        record = parse_record(lines, start, 2)
        assert (len(record.values), record.end) == (number, lines.index("\n", start) + 1)
        assert record.unclosed_quote is not None
        start = record.end
    assert start == end


def test_the_last_of_the_lines_with_unclosed_quotes_is_left_for_what_may_close_it() -> None:
    assert end_of_unclosed_quotes('1,"a\n2,"b\n3,"c\n4,d"\n', 0, 1) == len('1,"a\n2,"b\n')
