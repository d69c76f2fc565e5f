"""The command `data-jobs check`: checks files before a service imports them."""

import dataclasses
import json
from collections import Counter
from pathlib import Path

import click

from cdk_data_jobs_check import (
    DELETION_SCHEMA,
    Finding,
    FindingCollector,
    Mode,
    Report,
    Schema,
    SchemaError,
    check_files,
)
from cdk_data_jobs_check.pinpoint.files import check_endpoint_files
from cdk_data_jobs_check.ses.files import check_contact_files
from cdk_data_jobs_cli.commands.arguments import domain_option
from cdk_data_jobs_cli.commands.data_sources import SourceArgument, open_sources, progress_bar
from cdk_data_jobs_cli.commands.reports import print_counts, print_findings


@click.command(
    "check",
    epilog="""\b
Exit codes:
  0    no errors; there may be warnings
  1    at least one error
  2    the command was used wrongly, or a file cannot be read
  3    there is no such bucket or object
  4    S3 cannot be read: no credentials, access denied, not reachable
  130  interrupted
\b
Each finding is a line: FILE:LINE:COLUMN: error|warning: what is wrong; what to
do. COLUMN counts characters. The first of each kind in each CSV column is
shown, with their number.
""",
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=SourceArgument(stdin=True))
@click.option(
    "--schema",
    "schema_path",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The dataset's Avro schema, as JSON; needed for an import.",
)
@click.option(
    "--mode",
    type=click.Choice([Mode.FULL.value, Mode.INCREMENTAL.value], case_sensitive=False),
    help="The import's mode, which decides how big it may be. By default full.",
)
@domain_option
@click.option("--deletion", is_flag=True, help="The files are lists of users to delete, which have no schema.")
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
@click.option("--json", "as_json", is_flag=True, help="Write JSON: the report.")
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
    try:
        schema, of_schema = _read_schema(schema_path, domain)
        with open_sources(paths, deep=schema_path is None) as sources, progress_bar("check") as on_progress:
            if pinpoint_format:
                of_files = [check_endpoint_files(sources, pinpoint_format.upper(), on_progress=on_progress)]
            elif ses:
                of_files = [check_contact_files(sources, on_progress=on_progress)]
            else:
                chosen = Mode.DELETION if deletion else Mode((mode or Mode.FULL.value).lower())
                of_files = [check_files(sources, schema, mode=chosen, on_progress=on_progress)] if schema else []
    except OSError as error:
        raise click.UsageError(str(error), ctx) from error
    report = _together([of_schema, *of_files])
    if as_json:
        click.echo(json.dumps(_as_json(report), indent=2))
    else:
        print_findings(report)
        print_counts(report)
    ctx.exit(0 if report.ok else 1)


def _read_schema(path: Path | None, domain: str | None) -> tuple[Schema | None, Report]:
    """Returns the schema, if the service would accept it, and what was found in it."""
    if path is None:
        return DELETION_SCHEMA, FindingCollector().report((), 0, 0)
    findings = FindingCollector()
    try:
        schema = Schema.read(path, domain)
        violations = schema.warnings
    except SchemaError as error:
        schema, violations = None, error.violations
    for violation in violations:
        findings.add(violation, path)
    return schema, findings.report((), 0, 0)


def _together(reports: list[Report]) -> Report:
    *_, last = reports
    rules: Counter[str] = Counter()
    for report in reports:
        rules.update(report.rules)
    return dataclasses.replace(
        last,
        errors=sum(one.errors for one in reports),
        warnings=sum(one.warnings for one in reports),
        rules=rules,
        findings=tuple(finding for one in reports for finding in one.findings),
    )


def _as_json(report: Report) -> dict[str, object]:
    return {
        "ok": report.ok,
        "files": [str(path) for path in report.files],
        "rows": report.rows,
        "bytes": report.size,
        "errors": report.errors,
        "warnings": report.warnings,
        "rules": dict(report.rules),
        "complete": report.is_complete,
        "findings": [_finding_as_json(finding) for finding in report.findings],
    }


def _finding_as_json(finding: Finding) -> dict[str, object]:
    return dataclasses.asdict(finding) | {"path": str(finding.path)}
