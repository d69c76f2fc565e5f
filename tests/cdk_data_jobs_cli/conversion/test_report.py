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
