"""The command `data-jobs check`: checks files before a service imports them."""

import dataclasses
import json
from pathlib import Path

import click

from cdk_data_jobs_check import (
    DELETION_SCHEMA,
    FindingCollector,
    Mode,
    Report,
    Schema,
    SchemaError,
    check_files,
)
from cdk_data_jobs_check.pinpoint.files import check_endpoint_files
from cdk_data_jobs_check.ses.files import check_contact_files
from cdk_data_jobs_cli.commands.arguments import InputError, deletion_option, domain_option, json_option, schema_option
from cdk_data_jobs_cli.commands.data_sources import SourceArgument, open_sources, progress_bar
from cdk_data_jobs_cli.commands.reports import print_counts, print_findings


@click.command(
    "check",
    epilog="""\b
Exit codes:
  0    no errors; there may be warnings
  1    at least one error
  2    the command was used wrongly, or a file cannot be read
  3    there is no such bucket, folder or object
  4    S3 cannot be read: no credentials, access denied, not reachable
  5    the output cannot be written
  130  interrupted
\b
Each finding is a line: FILE:LINE:CHARACTER: error|warning: what is wrong; what
to do [rule]. The first of each rule in each CSV column is shown, with their
number.
""",
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=SourceArgument())
@schema_option
@click.option(
    "--mode",
    type=click.Choice([Mode.FULL.value, Mode.INCREMENTAL.value], case_sensitive=False),
    help="The import's mode, which decides how big it may be. By default full.",
)
@domain_option
@deletion_option
@click.option(
    "--pinpoint",
    "pinpoint_format",
    type=click.Choice(["csv", "json"], case_sensitive=False),
    help="The files are endpoints or user ids for an import of Amazon Pinpoint in this format.",
)
@click.option(
    "--ses",
    is_flag=True,
    help="The files are contacts for Amazon SES: JSON lines if named .json, otherwise CSV.",
)
@json_option
@click.pass_context
def check(
    ctx: click.Context,
    *,
    paths: tuple[Path | str, ...],
    schema_path: Path | None,
    mode: str | None,
    domain: str | None,
    deletion: bool,
    pinpoint_format: str | None,
    ses: bool,
    as_json: bool,
) -> None:
    """Check files before Amazon Personalize, Amazon Pinpoint or Amazon SES imports them.

    PATH is a file; a folder, whose .csv files at the first level are read (with --deletion, --pinpoint and --ses, the
    job's files at all levels); such a file or folder in S3, s3://bucket/key or s3://bucket/folder/; or - for stdin. All
    files together are those of one import, but for --ses, where each is one. Nothing is sent anywhere.
    """
    if [schema_path is not None, deletion, pinpoint_format is not None, ses].count(True) != 1:
        raise click.UsageError("give --schema FILE for an import, or --deletion, --pinpoint FORMAT or --ses", ctx)
    if schema_path is None and (mode is not None or domain is not None):
        kind = "a deletion has" if deletion else "--pinpoint and --ses have"
        raise click.UsageError(f"{kind} no --mode and no --domain", ctx)
    findings = FindingCollector()
    try:
        schema = _read_schema(schema_path, domain, findings)
        with open_sources(paths, recursive=schema_path is None) as sources, progress_bar("check") as on_progress:
            if pinpoint_format:
                report = check_endpoint_files(sources, pinpoint_format.upper(), on_progress=on_progress)
            elif ses:
                report = check_contact_files(sources, on_progress=on_progress)
            elif schema:
                chosen = Mode.DELETION if deletion else Mode((mode or Mode.FULL.value).lower())
                report = check_files(sources, schema, mode=chosen, findings=findings, on_progress=on_progress)
            else:
                report = findings.report()
    except OSError as error:
        raise InputError.of(error) from error
    if as_json:
        click.echo(json.dumps(_as_json(report), indent=2))
    else:
        print_findings(report)
        print_counts(report)
    ctx.exit(0 if report.ok else 1)


def _read_schema(path: Path | None, domain: str | None, findings: FindingCollector) -> Schema | None:
    """Returns the schema, unless the service would refuse it; what is wrong with it is added to the findings."""
    if path is None:
        return DELETION_SCHEMA
    try:
        schema = Schema.read(path, domain)
        violations = schema.warnings
    except SchemaError as error:
        schema, violations = None, error.violations
    for violation in violations:
        findings.add(violation, path)
    return schema


def _as_json(report: Report) -> dict[str, object]:
    return {
        "ok": report.ok,
        "files": [str(path) for path in report.files],
        "rows": report.rows,
        "size_bytes": report.size_bytes,
        "errors": report.errors,
        "warnings": report.warnings,
        "violation_counts": dict(report.violation_counts),
        "is_complete": report.is_complete,
        "findings": [dataclasses.asdict(finding) | {"path": str(finding.path)} for finding in report.findings],
    }
