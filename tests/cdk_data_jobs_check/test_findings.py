"""Which findings a report keeps, and how they are printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk_data_jobs_check import Schema, check_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEADER = "USER_ID,AGE,MEMBER,NOTE\n"


def test_all_findings_are_counted_and_some_are_kept(write: Callable[..., Path], users: Schema) -> None:
    report = check_files([write(HEADER + "u1,old,perhaps,\n u2,30,, \n" * 5000)], users)

    assert (report.rows, report.errors, report.warnings, report.ok) == (10_000, 10_000, 5000, False)
    assert report.rules == {"type": 10_000, "id-spaces": 5000}
    assert len(report.findings) == 30
    assert [one.line for one in report.findings if one.name == "AGE"] == list(range(2, 22, 2))


def test_warnings_leave_room_for_errors(write: Callable[..., Path], make_schema: Callable[..., Schema]) -> None:
    names = [f"C{number}" for number in range(20)]
    schema = make_schema("Users", USER_ID="string", **dict.fromkeys(names, "float"))
    content = ",".join(schema.names) + "\n" + ("u" + ",nan" * 20 + "\n") * 20 + "u" + ",x" * 20 + "\n"
    report = check_files([write(content)], schema)

    assert (report.warnings, report.errors) == (400, 20)
    assert [one.severity.value for one in report.findings].count("warning") == 100
    assert [one.severity.value for one in report.findings].count("error") == 20


def test_findings_look_like_a_compilers(write: Callable[..., Path], users: Schema) -> None:
    path = write(HEADER + "u1,old,,\n")

    (finding,) = check_files([path], users).findings
    assert str(finding) == (
        f"{path}:2:4: error: AGE must be of type int, got 'old'; "
        "write a whole number: no decimal point, no thousands separators, no spaces"
    )
