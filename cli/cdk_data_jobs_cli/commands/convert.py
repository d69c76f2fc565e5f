"""The command `data-jobs convert`: writes CSV that Amazon Personalize accepts, or contacts for Amazon SES."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from cdk_data_jobs_check import DELETION_SCHEMA, Schema, SchemaError
from cdk_data_jobs_check.findings import escape_control_characters
from cdk_data_jobs_cli.commands.arguments import (
    InputError,
    backslash_option,
    deletion_option,
    domain_option,
    encoding_option,
    json_option,
    schema_option,
)
from cdk_data_jobs_cli.commands.data_sources import SourceArgument, is_elsewhere, open_sources
from cdk_data_jobs_cli.conversion.contacts import convert_to_contacts
from cdk_data_jobs_cli.conversion.convert import convert_files
from cdk_data_jobs_cli.conversion.reading import Dialect
from cdk_data_jobs_cli.conversion.report import Report, Severity

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.CHANGE: "cyan"}


@click.command(
    "convert",
    epilog="""\b
Exit codes:
  0    the output was written
  1    the schema, or something in a file, cannot be used; nothing was written
  2    the command was used wrongly, or a file cannot be opened
  5    the report cannot be written
  130  interrupted; nothing was written
\b
What was changed is reported on the standard error, grouped by kind and column:
FILE:LINE: change|warning|error: what. LINE is that of the first; of a Parquet
file the number of the row.
""",
)
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=SourceArgument(path_type=str))
@click.option(
    "--output",
    required=True,
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="What to write, which must not exist: a file if it ends in .csv, otherwise a folder with one for each FILE; "
    "with --ses for each million contacts.",
)
@schema_option
@domain_option
@deletion_option
@click.option("--ses", is_flag=True, help="FILE is an export of Amazon Pinpoint; write contacts for Amazon SES.")
@click.option(
    "--attributes", is_flag=True, help="With --ses: write JSON lines, with the custom attributes; a file ends in .json."
)
@click.option("--milliseconds", is_flag=True, help="Times are in milliseconds; write them in seconds.")
@encoding_option
@backslash_option
@json_option
@click.pass_context
def convert(
    ctx: click.Context,
    *,
    paths: tuple[str, ...],
    output: Path,
    schema_path: Path | None,
    domain: str | None,
    deletion: bool,
    ses: bool,
    attributes: bool,
    milliseconds: bool,
    encoding: str | None,
    backslash: bool,
    as_json: bool,
) -> None:
    """Write CSV that Amazon Personalize accepts, or contacts for Amazon SES.

    FILE is CSV or JSON lines, also compressed by gzip, or Parquet; - is the standard input. Delimiters, UTF-16 and
    byte order marks are recognized. With --ses, it is a file, or a folder with all its files, of endpoints that Amazon
    Pinpoint has exported; it may be in S3, s3://bucket/folder/. Nothing is written in place, and nothing is sent
    anywhere.
    """
    if [schema_path is not None, deletion, ses].count(True) != 1:
        raise click.UsageError("give --schema FILE for an import, or --deletion or --ses", ctx)
    if deletion and domain is not None:
        raise click.UsageError("a deletion has no --domain", ctx)
    if ses and (domain is not None or milliseconds or encoding is not None or backslash):
        raise click.UsageError("--ses has no --domain, --milliseconds, --encoding and --backslash", ctx)
    if attributes and not ses:
        raise click.UsageError("only --ses has --attributes", ctx)
    if paths.count("-") > 1:
        raise click.UsageError("the standard input can be read once", ctx)
    try:
        if ses:
            values = [path if is_elsewhere(path) else Path(path) for path in paths]
            with open_sources(values, recursive=True) as sources:
                report = convert_to_contacts(sources, output, attributes=attributes)
        else:
            _require_files(ctx, paths)
            report = convert_files(
                paths,
                output,
                Schema.read(schema_path, domain) if schema_path else DELETION_SCHEMA,
                milliseconds=milliseconds,
                dialect=Dialect(encoding=encoding, backslash=backslash),
            )
    except SchemaError as error:
        report = _refused(schema_path, error)
    except OSError as error:
        raise InputError.of(error) from error
    if as_json:
        click.echo(json.dumps(_as_json(report), indent=2))
    else:
        _print(report)
    ctx.exit(1 if report.count(Severity.ERROR) else 0)


def _refused(schema_path: Path | None, error: SchemaError) -> Report:
    """Returns the report of a conversion that was not begun, because the service would refuse the schema."""
    report = Report()
    for violation in error.violations:
        severity = Severity(violation.severity.value)
        report.add(severity, violation.rule, str(schema_path), f"{violation.message}; {violation.hint}")
    return report


def _require_files(ctx: click.Context, paths: tuple[str, ...]) -> None:
    for path in paths:
        if path != "-" and not Path(path).is_file():
            raise click.UsageError(f"only --ses reads folders and S3, got {path}", ctx)


def _print(report: Report) -> None:
    for group in report.groups:
        plain = f"{group.severity.value}:"
        styled = click.style(plain, fg=_COLOURS[group.severity], bold=True)
        click.echo(str(group).replace(plain, styled, 1), err=True)
    errors = report.count(Severity.ERROR)
    written = (
        f"wrote {', '.join(map(escape_control_characters, report.files))}" if report.files else "nothing was written"
    )
    counts = f"{report.rows:,} row{'' if report.rows == 1 else 's'}, {errors:,} error{'' if errors == 1 else 's'}"
    click.echo(f"{counts}: {written}", err=True)


def _as_json(report: Report) -> dict[str, object]:
    return {
        "ok": not report.count(Severity.ERROR),
        "rows": report.rows,
        "files": report.files,
        "groups": [dataclasses.asdict(group) for group in report.groups],
    }
