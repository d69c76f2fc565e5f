"""A report counts what was found, by severity, kind and column."""

from __future__ import annotations

from cdk_data_jobs_cli.conversion.report import Report, Severity


def test_a_kind_may_have_several_severities() -> None:
    report = Report()
    report.add(Severity.CHANGE, "file-format", "a.jsonl", "JSON lines to CSV")
    report.add(Severity.ERROR, "file-format", "b.jsonl", "a compressed file must be whole")

    assert {one: report.count(one) for one in Severity} == {
        Severity.CHANGE: 1,
        Severity.WARNING: 0,
        Severity.ERROR: 1,
    }
    assert [finding.path for finding in report.findings] == ["b.jsonl", "a.jsonl"]


def test_errors_and_warnings_are_counted_by_file_and_changes_together() -> None:
    report = Report()
    for path in ("a.csv", "b.csv"):
        for severity in (Severity.CHANGE, Severity.ERROR):
            report.add(severity, "null", path, "AGE", column="AGE", lines=[*range(2, 22)])

    assert [(one.severity.value, one.path, one.count, one.lines) for one in report.findings] == [
        ("error", "a.csv", 20, [*range(2, 12)]),
        ("error", "b.csv", 20, [*range(2, 12)]),
        ("change", "a.csv", 40, [*range(2, 12)]),
    ]


def test_findings_of_a_rule_in_a_column_are_together() -> None:
    report = Report()
    for path in ("a.csv", "b.csv"):
        for column in ("AGE", "NOTE"):
            report.add(Severity.ERROR, "empty", path, column, column=column, lines=[2])

    assert [(one.column, one.path) for one in report.findings] == [
        ("AGE", "a.csv"),
        ("AGE", "b.csv"),
        ("NOTE", "a.csv"),
        ("NOTE", "b.csv"),
    ]
