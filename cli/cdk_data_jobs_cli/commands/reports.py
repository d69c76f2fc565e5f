"""Prints the report of a check."""

import click

from cdk_data_jobs_check import Report, Severity

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow"}


def print_findings(report: Report, *, err: bool = False) -> None:
    """Prints each finding as a line, on stdout unless `err` is true.

    Args:
        report: The report.
        err: Whether to print them on stderr, because stdout is for something else.
    """
    for finding in report.findings:
        plain = f"{finding.severity.value}:"
        styled = click.style(plain, fg=_COLOURS[finding.severity], bold=True)
        click.echo(str(finding).replace(plain, styled, 1), err=err)


def print_counts(report: Report) -> None:
    """Prints how much was read and found, on stderr.

    Args:
        report: The report.
    """
    click.echo(
        f"{count(len(report.files), 'file')}, {count(report.rows, 'row')}, {count(report.size_bytes, 'byte')}: "
        f"{count(report.errors, 'error')}, {count(report.warnings, 'warning')}{unread_note(report)}",
        err=True,
    )


def count(number: int, noun: str) -> str:
    """Returns a number with its noun, such as `1 row` or `2,000 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def unread_note(report: Report) -> str:
    """Returns what follows the counts of a report that is not of all data; empty if it is.

    Args:
        report: The report.
    """
    return "" if report.is_complete else "; the rest was not read, because there are so many errors"
