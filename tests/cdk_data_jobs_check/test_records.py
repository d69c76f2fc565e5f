"""How a record is parsed into values."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from cdk_data_jobs_check.records import parse_record

STRINGS = st.text(st.sampled_from('ab ,|"\\é\n'), max_size=10)


@given(st.lists(STRINGS, min_size=1, max_size=4))
def test_records_are_parsed_as_a_csv_reader_does(contents: list[str]) -> None:
    line = io.StringIO()
    csv.writer(line, doublequote=False, escapechar="\\", quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(contents)

    record = parse_record(line.getvalue(), 0, len(contents))
    assert [value.content for value in record.values] == contents
    assert record.end == len(line.getvalue())
