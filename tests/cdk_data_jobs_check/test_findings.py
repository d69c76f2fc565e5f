"""Which findings a report keeps, and how they are printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk_data_jobs_check import Schema, check_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEADER = "USER_ID,AGE,MEMBER,NOTE\n"


def test_all_findings_are_counted_and_the_first_of_each_kind_kept(write: Callable[..., Path], users: Schema) -> None:
    report = check_files([write(HEADER + "u1,old,perhaps,\n u2,30,, \n" * 500)], users)

    assert (report.rows, report.errors, report.warnings, report.ok) == (1000, 1000, 500, False)
    assert report.violation_counts == {"type": 1000, "id-spaces": 500}
    assert [(one.line, one.column, one.count) for one in report.findings] == [
        (2, "AGE", 500),
        (2, "MEMBER", 500),
        (3, "USER_ID", 500),
    ]
    assert str(report.findings[0]).endswith("no spaces (500 times) [type]")


def test_findings_look_like_a_compilers(write: Callable[..., Path], users: Schema) -> None:
    path = write(HEADER + "u1,old,,\n")

    (finding,) = check_files([path], users).findings
    assert str(finding) == (
        f"{path}:2:4: error: AGE must be of type int, got 'old'; "
        "write a whole number: no decimal point, no thousands separators, no spaces [type]"
    )
