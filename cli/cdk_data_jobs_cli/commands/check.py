"""The command `data-jobs check`: checks CSV files before Amazon Personalize imports them."""

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
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=SourceArgument(stdin=True))
@schema_option
@click.option(
    "--mode",
    type=click.Choice([Mode.FULL.value, Mode.INCREMENTAL.value], case_sensitive=False),
    help="The import's mode, which decides how big it may be. By default full.",
)
@domain_option
@deletion_option
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
    as_json: bool,
) -> None:
    """Check CSV files before Amazon Personalize imports them.

    PATH is a file; a folder, whose .csv files at the first level are read (with --deletion, at all levels); such a
    file or folder in S3, s3://bucket/key or s3://bucket/folder/; or - for stdin. All files together are those of one
    import. Nothing is sent anywhere.
    """
    if deletion == (schema_path is not None):
        raise click.UsageError("give --schema FILE for an import, or --deletion", ctx)
    if deletion and (mode is not None or domain is not None):
        raise click.UsageError("a deletion has no --mode and no --domain", ctx)
    chosen = Mode.DELETION if deletion else Mode((mode or Mode.FULL.value).lower())
    findings = FindingCollector()
    try:
        schema = _read_schema(schema_path, domain, findings)
        if schema is None:
            report = findings.report()
        else:
            with open_sources(paths, recursive=deletion) as sources, progress_bar("check") as on_progress:
                report = check_files(sources, schema, mode=chosen, findings=findings, on_progress=on_progress)
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
