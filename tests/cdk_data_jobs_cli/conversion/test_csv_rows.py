"""CSV files in any dialect are read as they were meant, or are errors with their line."""

from __future__ import annotations

import csv
import gzip
import io
from typing import TYPE_CHECKING

import pytest

from cdk_data_jobs_check import DELETION_SCHEMA, Schema
from cdk_data_jobs_cli.conversion.detection import InputOptions
from cdk_data_jobs_cli.conversion.report import Report, Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    Convert = Callable[..., tuple[str, Report]]

ROWS = [
    ["USER_ID", "ITEM_ID", "TIMESTAMP"],
    ["u1", 'say "no", a;b\tc|d', "1735690635"],
    ["u2", "C:\\dir\\", "1735690635"],
]
CONVERTED = 'USER_ID,ITEM_ID,TIMESTAMP\nu1,"say \\"no\\", a;b\tc|d",1735690635\nu2,"C:\\\\dir\\\\",1735690635\n'


def zipped(content: bytes) -> bytes:
    """Compress it; always in the same way, because it is a part of the names of tests."""
    return gzip.compress(content, mtime=0)


def written(**dialect: object) -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream, **dialect).writerows(ROWS)  # type: ignore[arg-type]
    return stream.getvalue()


def kinds(report: Report) -> list[str]:
    return [finding.rule for finding in report.findings]


def messages(report: Report) -> str:
    return "\n".join(map(str, report.findings))


@pytest.mark.parametrize(
    ("content", "changes"),
    [
        (written(), ["line-end"]),
        (written(quoting=csv.QUOTE_ALL), ["line-end", "quoted-header"]),
        (written(delimiter=";"), ["line-end", "delimiter"]),
        (written(delimiter="\t"), ["line-end", "delimiter"]),
        (written(delimiter="|"), ["line-end", "delimiter"]),
        (written(dialect="unix"), ["quoted-header"]),
        (written(lineterminator="\r"), ["line-end"]),
        (written(lineterminator="\r\r\n"), ["line-end"]),
        ("\n \n" + written(lineterminator="\n"), ["blank-line"]),
        ("sep=;\n" + written(delimiter=";", lineterminator="\n"), ["delimiter-line", "delimiter"]),
        (written(lineterminator="\n").encode("utf-8-sig"), ["byte-order-mark"]),
        (written().encode("utf-16"), ["encoding", "line-end"]),
        (written().encode("utf-16-be"), ["encoding", "line-end"]),
        (written(dialect="unix").encode("utf-32"), ["encoding", "quoted-header"]),
        (written(dialect="unix").encode("utf-32-le"), ["encoding", "quoted-header"]),
        (written(dialect="unix").encode("utf-32-be"), ["encoding", "quoted-header"]),
        (zipped(written(delimiter=";").encode("utf-16")), ["compression", "encoding", "line-end", "delimiter"]),
        (zipped(written()[:40].encode()) + zipped(written()[40:].encode()), ["compression", "line-end"]),
    ],
)
def test_a_dialect_is_recognized(convert: Convert, events: Schema, content: str | bytes, changes: list[str]) -> None:
    converted, report = convert(content, events)

    assert converted == CONVERTED
    assert kinds(report) == [*changes, "quote", "backslash"]


@pytest.mark.parametrize(
    ("row", "is_doubtful"),
    [
        (r"\\N,i", True),
        (r'"\\N",i', True),
        (r"u,\\N", True),
        (r"\\Na,i", False),
        (r"a\\N,i", False),
        (r"u,\\\\N", False),
    ],
)
def test_an_escaped_text_that_looks_like_null_is_a_warning(
    convert: Convert, events: Schema, row: str, is_doubtful: bool
) -> None:
    content = f"USER_ID,ITEM_ID,TIMESTAMP\n{row},1735690635\n"
    _, report = convert(content, events, options=InputOptions(backslash=True))

    assert ("is taken for null" in messages(report)) == is_doubtful


def test_backslashes_are_escapes_only_if_that_is_said(convert: Convert, events: Schema) -> None:
    content = written(doublequote=False, escapechar="\\", quoting=csv.QUOTE_ALL)

    nothing, report = convert(content, events)
    assert (nothing, kinds(report)[0]) == ("", "unclosed-quote")
    assert "given:2: error:" in messages(report)
    assert "give --backslash" in messages(report)
    assert convert(content, events, options=InputOptions(backslash=True))[0] == CONVERTED


def test_the_null_of_mysql_is_none_of_its_escapes(convert: Convert, schema: Schema) -> None:
    content = "USER_ID;AGE;SCORE;OLD;SINCE;NOTE\n" + "u1;\\N;\\N;1;2;a\\;b\nu2;\\N;1;\\N;2;\\N\n"

    assert convert(content, schema, options=InputOptions(backslash=True))[0].splitlines()[1:] == [
        "u1,,,true,2,a;b",
        "u2,,1,,2,",
    ]


def test_a_file_in_another_encoding_needs_its_name(convert: Convert, events: Schema) -> None:
    content = "USER_ID,ITEM_ID,TIMESTAMP\nu1,i1,1735690635\nu2,café,1735690635\n".encode("cp1252")

    nothing, report = convert(content, events)
    assert nothing == ""
    assert messages(report).startswith(
        f"{report.findings[0].path}:3: error: ITEM_ID must be encoded in UTF-8, got the byte"
    )
    assert "café" in convert(content, events, options=InputOptions(encoding="cp1252"))[0]


def test_blank_lines_are_left_out(convert: Convert, events: Schema) -> None:
    converted, report = convert("USER_ID,ITEM_ID,TIMESTAMP\n\nu1,i1,1735690635\n\n", events)

    assert converted == "USER_ID,ITEM_ID,TIMESTAMP\nu1,i1,1735690635\n"
    assert [(finding.rule, finding.count, finding.lines) for finding in report.findings] == [("blank-line", 2, [2, 4])]


def test_an_error_has_the_line_at_which_its_row_begins(convert: Convert, events: Schema) -> None:
    content = 'USER_ID,ITEM_ID,TIMESTAMP\nu1,"a\nb\nc",1735690635\n\nu1,"a\r\nb",old\nu1,i1\n'
    nothing, report = convert(content, events)

    assert nothing == ""
    errors = {finding.rule: finding.lines for finding in report.findings if finding.severity is Severity.ERROR}
    assert errors == {"timestamp": [6], "number-of-values": [8]}


def test_ten_errors_of_a_kind_are_kept_and_all_are_counted(convert: Convert, events: Schema) -> None:
    nothing, report = convert("USER_ID,ITEM_ID,TIMESTAMP\n" + "u1,i1,old\n" * 3000, events)

    [finding] = report.findings
    assert (nothing, finding.count, finding.lines) == ("", 3000, [*range(2, 12)])
    assert str(finding).endswith("(3,000 times; in lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, ...)")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "got an empty file"),
        ("u1,i1,1735690635\n", "has none for USER_ID, ITEM_ID, TIMESTAMP, got 'u1,i1,1735690635'"),
        ("USER_ID,TIMESTAMP\nu1,1\n", "has none for ITEM_ID"),
        ("user_id,userId,ITEM_ID,TIMESTAMP\n", "one column for USER_ID, got 'user_id', 'userId'"),
        ("USER_ID,USER_ID,ITEM_ID,TIMESTAMP\n", "one column for USER_ID, got 'USER_ID', 'USER_ID'"),
        ("x" * 2_000_000, "less than 1,048,576 characters"),
        ('USER_ID,ITEM_ID,TIMESTAMP\nu1,"i1,1735690635\n', "unexpected end of data"),
        (b"PK\x03\x04...", "got ZIP or Excel"),
        (zipped(b"PK\x03\x04..."), "got ZIP or Excel"),
        (zipped(b"USER_ID,ITEM_ID,TIMESTAMP\n" * 99)[:-9], "a compressed file must be whole"),
        (zipped(zipped(b"")), "got gzip"),
        (b"\xff\xfeU\0S\0E\0R\0_\0I\0D", "truncated data"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    convert: Convert, events: Schema, content: str | bytes, message: str
) -> None:
    nothing, report = convert(content, events)

    assert nothing == ""
    assert report.findings[0].severity is Severity.ERROR
    assert message in report.findings[0].message


def test_a_line_that_is_too_long_for_the_service_is_an_error(convert: Convert, schema: Schema) -> None:
    content = f"USER_ID,AGE,SCORE,OLD,SINCE,NOTE\nu1,,,,1,{'é' * 600_000}\n"

    assert kinds(convert(content, schema)[1])[0] == "line-length"


def test_columns_are_put_in_order_renamed_and_dropped(convert: Convert, events: Schema) -> None:
    converted, report = convert(",Time Stamp,userId,item-id\n0,1735690635,u1,i1\n", events)

    assert converted == "USER_ID,ITEM_ID,TIMESTAMP\nu1,i1,1735690635\n"
    assert [(finding.rule, finding.column) for finding in report.findings] == [
        ("column-name", "USER_ID"),
        ("column-name", "ITEM_ID"),
        ("column-name", "TIMESTAMP"),
        ("column-order", None),
        ("extra-column", None),
    ]


def test_an_exact_name_comes_before_a_similar_one(convert: Convert, events: Schema) -> None:
    converted, report = convert("user_id,USER_ID,ITEM_ID,TIMESTAMP\nno,u1,i1,1735690635\n", events)

    assert converted.splitlines()[1] == "u1,i1,1735690635"
    assert "dropped: 'user_id'" in messages(report)


def test_a_list_of_users_is_converted(convert: Convert) -> None:
    converted, _ = convert("id;user id\n1;u1\n2;u2\n", DELETION_SCHEMA)

    assert converted == "USER_ID\nu1\nu2\n"


def warnings(report: Report) -> list[tuple[str, list[int]]]:
    return [(one.rule, one.lines) for one in report.findings if one.severity is Severity.WARNING]


def test_a_name_in_the_header_may_have_a_line_break(convert: Convert, events: Schema) -> None:
    converted, report = convert('"user\nid",ITEM_ID,"TIME\nSTAMP"\nu1,i1,1735690635\nu2,i2\n', events)

    assert converted == ""
    assert report.rows == 2
    [error] = [one for one in report.findings if one.severity is Severity.ERROR]
    assert (error.rule, error.lines) == ("number-of-values", [5])


def test_a_carriage_return_alone_is_no_line_end(convert: Convert, events: Schema) -> None:
    # Before Python 3.13, `csv` and pandas write it without quotes.
    converted, report = convert("USER_ID,ITEM_ID,TIMESTAMP\nu\r1,i1,1735690635\n", events)

    assert converted.splitlines()[1:] == ["u 1,i1,1735690635"]
    assert warnings(report) == [("carriage-return", [2])]
    assert convert("USER_ID\nu1\ru2\n", DELETION_SCHEMA)[1].rows == 1


def test_two_backslashes_are_a_warning_unless_they_are_said_to_be_escapes(convert: Convert, events: Schema) -> None:
    content = 'USER_ID,ITEM_ID,TIMESTAMP\nu1,"C:\\\\dir",1735690635\n'  # as `convert` and the guide write it
    converted, report = convert(content, events)

    assert converted.splitlines()[1:] == [r'u1,"C:\\\\dir",1735690635']
    assert warnings(report) == [("backslash", [2])]
    assert report.findings[-1].message == r"""ITEM_ID: a backslash to \\, 'C:\\dir' to '"C:\\\\dir"'"""
    own, report = convert(content, events, options=InputOptions(backslash=True))
    assert own == content
    assert warnings(report) == []


def test_rows_of_other_lengths_are_told_apart(convert: Convert, events: Schema) -> None:
    _, report = convert("USER_ID,ITEM_ID,TIMESTAMP\nu1\nu1,i1\nu1\n", events)

    found = [(one.message.partition("; ")[0][-5:], one.lines) for one in report.findings]
    assert found == [("got 1", [2, 4]), ("got 2", [3])]
    assert (report.rows, report.rejected) == (3, 3)


def test_rows_before_a_quote_that_is_never_closed_are_counted(convert: Convert, events: Schema) -> None:
    content = "USER_ID,ITEM_ID,TIMESTAMP\n" + "u1,i1,1735690635\n" * 3 + 'u1,"i1,1735690635\n'
    _, report = convert(content, events)

    assert (report.rows, report.is_complete) == (3, False)


def test_many_names_are_cut_with_a_remark(convert: Convert, events: Schema) -> None:
    more = ",".join(f"c{number}" for number in range(150))
    _, report = convert(f"USER_ID,ITEM_ID,TIMESTAMP,{more}\n", events)

    assert report.findings[-1].message.endswith("'c99' and more")


def test_quotes_are_characters_as_others_if_values_are_in_none(convert: Convert, events: Schema) -> None:
    rows = ['u1\t"Heroes"\t1', 'u2\t"Rome\t1', "u3\tThe End\t1", 'u4\tNo"\t1', "u6\ta\\tb\t1", 'u7\t"\\N"\t1']
    content = "\n".join(["USER_ID\tITEM_ID\tTIMESTAMP", *rows, ""]).replace("\t1\n", "\t1735690635\n")
    converted, report = convert(content, events, options=InputOptions(backslash=True, quotes=False))

    assert [line.split(",")[1] for line in converted.splitlines()[1:]] == [
        r'"\"Heroes\""',
        r'"\"Rome"',
        "The End",
        r'"No\""',
        "a\tb",
        r'"\"\\N\""',
    ]
    assert warnings(report) == []
    _, report = convert(content, events, options=InputOptions(backslash=True))
    assert "give --no-quotes if the values are in no quotes" in messages(report)
    # Without escapes there may be quotes, or none, too.
    assert r'"\"Rome"' in convert(content, events, options=InputOptions(quotes=False))[0]


def test_names_in_quotes_are_characters_as_others_too(convert: Convert) -> None:
    _, report = convert('"USER_ID"\n"u1"\n', DELETION_SCHEMA, options=InputOptions(quotes=False))

    assert report.findings[0].message == "USER_ID: the name '\"USER_ID\"' to USER_ID"


@pytest.mark.parametrize("delimiter", [",", "\t", "|"])
@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        (['u1;"Rome;1', "u2;x;2", 'u3;y";1735690635', "u4;z;1735690635"], [2]),
        (["u0;x;1735690635", 'u1;"Rome;1', 'u2;x";1735690635'], [3]),
        (['u1;"Rome', 'and more";1735690635'], []),
        (['u1;"Rome;1', 'and more";1735690635'], []),
    ],
    ids=["several rows", "one row", "text", "text with a delimiter"],
)
def test_rows_in_a_quote_that_is_probably_open_are_a_warning(
    convert: Convert, events: Schema, delimiter: str, rows: list[str], lines: list[int]
) -> None:
    content = "\n".join(["USER_ID;ITEM_ID;TIMESTAMP", *rows, ""]).replace(";", delimiter)
    converted, report = convert(content, events)

    assert converted
    assert warnings(report) == ([("unclosed-quote", lines)] if lines else [])


def test_quotes_among_tabs_and_escapes_are_doubtful_unless_the_names_have_them(
    convert: Convert, events: Schema
) -> None:
    content = 'USER_ID\tITEM_ID\tTIMESTAMP\n"u1"\ti1\t1735690635\n'
    backslash = InputOptions(backslash=True)

    assert warnings(convert(content, events, options=backslash)[1]) == [("quotes", [2])]
    assert warnings(convert(content.replace("USER_ID", '"USER_ID"'), events, options=backslash)[1]) == []
    assert warnings(convert(content.replace("\t", ","), events, options=backslash)[1]) == []
    assert warnings(convert(content.replace('"u1"', 'u\\\t"1'), events, options=backslash)[1]) == []
    assert warnings(convert(content, events)[1]) == []


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_single_quotes_around_all_names_are_those_of_values(convert: Convert, events: Schema, delimiter: str) -> None:
    stream = io.StringIO(newline="")
    rows = [*ROWS, ["u3", "O'Brien", "1735690635"]]
    csv.writer(stream, delimiter=delimiter, quotechar="'", quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    converted, report = convert(stream.getvalue(), events)

    assert converted == f"{CONVERTED}u3,O'Brien,1735690635\n"
    assert kinds(report)[0] == "quote-character"


def test_single_quotes_around_some_names_are_a_part_of_them(convert: Convert) -> None:
    converted, report = convert("USER_ID,'AGE'\n'u1','30'\n", DELETION_SCHEMA)

    assert converted == "USER_ID\n'u1'\n"
    assert kinds(report) == ["extra-column"]


def test_a_header_that_comes_again_is_a_warning(convert: Convert) -> None:
    content = 'userId;AGE\nu1;1\n"userId";AGE\nuserId;1\nuserId;AGE\n'
    _, report = convert(content, DELETION_SCHEMA)

    assert warnings(report) == [("repeated-header", [3, 5])]
