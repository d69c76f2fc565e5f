"""Reports what a check of a job's local files has found: as an error, or as a warning."""

from collections.abc import Set as AbstractSet

from constructs import Construct

from cdk_data_jobs._storage.local_files import CONVERT_HINT
from cdk_data_jobs._support.synthesis_warnings import add_warning
from cdk_data_jobs._support.validation import ValidationError
from cdk_data_jobs_check import Report, Severity

_MAX_FINDINGS_SHOWN = 10


def report_findings(job: Construct, report: Report, *, convertible: AbstractSet[str] = frozenset()) -> None:
    """Raises an error that lists the errors, or else adds a warning that lists the warnings.

    Args:
        job: The job that reads the files.
        report: What was found in them.
        convertible: The rules whose violations `data-jobs convert` may mend.

    Raises:
        ValidationError: If there are errors.
    """
    if report.errors:
        rest = "" if report.is_complete else "; the rest was not read, because there are so many"
        rules = {finding.rule for finding in report.findings}
        hint = f"\n{CONVERT_HINT}" if convertible & rules else ""
        raise ValidationError(
            f"the data of {job.node.path} would be refused, got {_count(report.errors, Severity.ERROR)}{rest}:"
            f"{_list_findings(report, Severity.ERROR)}{hint}"
        )
    if report.warnings:
        message = f"the data is accepted, but {_count(report.warnings, Severity.WARNING)}:"
        add_warning(job, "data", message + _list_findings(report, Severity.WARNING))


def _count(number: int, severity: Severity) -> str:
    return f"{number:,} {severity.value}{'' if number == 1 else 's'}"


def _list_findings(report: Report, severity: Severity) -> str:
    """Returns the first findings as lines, each with the line break before it."""
    findings = [str(finding) for finding in report.findings if finding.severity is severity]
    shown = findings[:_MAX_FINDINGS_SHOWN]
    if len(findings) > len(shown):
        shown.append(f"and {len(findings) - len(shown)} more kinds; `data-jobs check` shows them")
    return "".join(f"\n  {line}" for line in shown)
