"""The command `data-jobs convert`: writes CSV that Amazon Personalize accepts, or contacts for Amazon SES."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import itertools
import json
import signal
import sys
import zoneinfo
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cdk_data_jobs_check import DELETION_SCHEMA, Schema, SchemaError
from cdk_data_jobs_check.findings import escape_control_characters
from cdk_data_jobs_cli.commands.arguments import (
    InputError,
    UnwrittenError,
    backslash_option,
    deletion_option,
    domain_option,
    encoding_option,
    json_option,
    quotes_option,
    schema_option,
)
from cdk_data_jobs_cli.commands.data_sources import SourceArgument, open_sources, progress_bar
from cdk_data_jobs_cli.commands.reports import count
from cdk_data_jobs_cli.conversion.contacts import convert_to_contacts
from cdk_data_jobs_cli.conversion.convert import convert_files
from cdk_data_jobs_cli.conversion.detection import InputOptions
from cdk_data_jobs_cli.conversion.outcome import of_rule
from cdk_data_jobs_cli.conversion.output import OutputError
from cdk_data_jobs_cli.conversion.report import Report, Severity
from cdk_data_jobs_cli.conversion.times import TimeOptions
from cdk_data_jobs_cli.display.formatting import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.CHANGE: "cyan"}
_MAX_SHOWN = 10  # files with findings of one rule in one column


def _known_zone(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> dt.tzinfo | None:
    if value is None:
        return None
    if value.upper() == "UTC":
        return dt.timezone.utc  # which needs no database of time zones
    try:
        return zoneinfo.ZoneInfo(value)
    except (ValueError, KeyError, OSError) as error:
        message = f"must be a time zone, such as UTC or Europe/Berlin, got {value}"
        hint = "" if zoneinfo.available_timezones() else "; Python has no time zones here: pip install tzdata"
        raise click.BadParameter(message + hint) from error


@click.command(
    "convert",
    epilog="""\b
Exit codes:
  0    the output was written, with --rejected at least one row of it
  1    something cannot be read or converted; nothing was written
  2    the command was used wrongly, or a file cannot be opened
  3    there is no such bucket, folder or object
  4    S3 cannot be read: no credentials, access denied, not reachable
  5    the output cannot be written, and nothing was; or the report cannot be
  130  interrupted; nothing was written
\b
What was changed is reported on the standard error, grouped by kind and column,
or if there are errors these alone:
FILE:LINE: change|warning|error: what. LINE is that of the first; of a Parquet
file the number of the row.
""",
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=SourceArgument())
@click.option(
    "--output",
    required=True,
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="What to write, which must not exist: a file if it ends in .csv, otherwise a folder with one for each file; "
    "with --ses for each million contacts.",
)
@schema_option
@domain_option
@deletion_option
@click.option("--ses", is_flag=True, help="PATH is an export of Amazon Pinpoint; write contacts for Amazon SES.")
@click.option(
    "--attributes", is_flag=True, help="With --ses: write JSON lines, with the custom attributes; a file ends in .json."
)
@click.option(
    "--rejected",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Where to write the rows that cannot be converted, as JSON lines with the reasons; the others are converted.",
)
@click.option("--milliseconds", is_flag=True, help="Times are in milliseconds; write them in seconds.")
@click.option(
    "--time-zone",
    metavar="NAME",
    callback=_known_zone,
    help="The time zone, such as UTC or Europe/Berlin, of times without one.",
)
@encoding_option
@backslash_option
@quotes_option
@json_option
@click.pass_context
def convert(
    ctx: click.Context,
    *,
    paths: tuple[Path | str, ...],
    output: Path,
    schema_path: Path | None,
    domain: str | None,
    deletion: bool,
    ses: bool,
    attributes: bool,
    rejected: Path | None,
    milliseconds: bool,
    time_zone: dt.tzinfo | None,
    encoding: str | None,
    backslash: bool,
    quotes: bool,
    as_json: bool,
) -> None:
    """Write CSV that Amazon Personalize accepts, or contacts for Amazon SES.

    PATH is a file in CSV or JSON lines, also compressed by gzip, or Parquet; a folder, with all files in it but hidden
    ones and those whose names begin with _; such a file or folder in S3, s3://bucket/key or s3://bucket/folder/; or -
    for stdin. Delimiters, UTF-16 and byte order marks are recognized. With --ses, it is a file or folder of endpoints
    that Amazon Pinpoint has exported. Nothing is written in place, and nothing is sent anywhere.
    """
    options = {
        "--rejected": rejected,
        "--milliseconds": milliseconds,
        "--time-zone": time_zone,
        "--encoding": encoding,
        "--backslash": backslash,
        "--no-quotes": not quotes,
    }
    if [schema_path is not None, deletion, ses].count(True) != 1:
        raise click.UsageError("give --schema FILE for an import, or --deletion or --ses", ctx)
    if deletion and domain is not None:
        raise click.UsageError("a deletion has no --domain", ctx)
    if ses and (given := [name for name, value in {"--domain": domain, **options}.items() if value]):
        raise click.UsageError(f"--ses has no {' and no '.join(given)}", ctx)
    if attributes and not ses:
        raise click.UsageError("only --ses has --attributes", ctx)
    if paths.count("-") > 1:
        raise click.UsageError("the standard input can be read once", ctx)
    if str(output) == "-":
        message = "the output must be a file or folder, because nothing is written before all is converted, got -"
        raise click.UsageError(message, ctx)
    with _with_messages(), _ended_by_signals(), open_sources(paths, recursive=True) as sources:
        if ses:
            report = convert_to_contacts(sources, output, attributes=attributes)
        else:
            schema = _read_schema(ctx, schema_path, domain, as_json=as_json) if schema_path else DELETION_SCHEMA
            with progress_bar("convert") as on_progress:
                report = convert_files(
                    sources,
                    output,
                    schema,
                    options=InputOptions(encoding=encoding, backslash=backslash, quotes=quotes),
                    times=TimeOptions(milliseconds=milliseconds, zone=time_zone),
                    rejected=rejected,
                    on_progress=on_progress,
                )
    if as_json:
        _print_json(report)
    else:
        _print(report, output, rejected)
    ctx.exit(0 if report.files else 1)


def _read_schema(ctx: click.Context, path: Path, domain: str | None, *, as_json: bool) -> Schema:
    """Returns the schema, or ends the command with a report as JSON, if that is wanted and the schema is refused."""
    try:
        return Schema.read(path, domain)
    except SchemaError as error:
        if not as_json:
            raise
        report = Report()
        report.is_complete = False
        for severity, rule, message in map(of_rule, error.violations):
            report.add(severity, rule, str(path), message)
        _print_json(report)
        ctx.exit(1)


@contextlib.contextmanager
def _with_messages() -> Iterator[None]:
    """Ends the command with a message if a file cannot be opened, the schema is refused or the output not written."""
    try:
        yield
    except (OSError, SchemaError) as error:
        message = "\n".join(map(one_line, str(error).splitlines()))
        if isinstance(error, OutputError):
            raise UnwrittenError(message) from error
        raise (click.ClickException if isinstance(error, SchemaError) else InputError)(message) from error


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Lets the process end as if it was interrupted, without files that are not complete, when it is to end."""

    def end(number: int, _frame: object) -> None:
        sys.exit(128 + number)  # as shells report it

    known = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    # What is ignored stays so, as under `nohup`.
    before = {number: signal.signal(number, end) for number in known if signal.getsignal(number) != signal.SIG_IGN}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _print(report: Report, output: Path, rejected: Path | None) -> None:
    errors = report.count(Severity.ERROR)
    # Among changes, an error would not be seen.
    shown = [one for one in report.findings if report.files or one.severity is not Severity.CHANGE]
    for _, same in itertools.groupby(shown, key=lambda one: (one.severity, one.rule, one.column)):
        findings = list(same)
        for finding in findings[:_MAX_SHOWN]:
            plain = f"{finding.severity.value}:"
            styled = click.style(plain, fg=_COLOURS[finding.severity], bold=True)
            click.echo(str(finding).replace(plain, styled, 1), err=True)
        if len(findings) > _MAX_SHOWN:
            more = sum(one.count for one in findings[_MAX_SHOWN:])
            click.echo(f"and {more:,} more of these; --json has all", err=True)
    files = f", {count(len(report.files), 'file')}" if len(report.files) > 1 else ""
    written = f"wrote {escape_control_characters(str(output))}{files}" if report.files else "nothing was written"
    if report.rejected and report.files:
        written += f", and {count(report.rejected, 'rejected row')} to {escape_control_characters(str(rejected))}"
    rest = "" if report.is_complete else "; the rest was not read, because a file cannot be read to its end"
    click.echo(f"{count(report.rows, 'row')}, {count(errors, 'error')}: {written}{rest}", err=True)


def _print_json(report: Report) -> None:
    content = {
        "ok": bool(report.files),
        "complete": report.is_complete,
        "rows": report.rows,
        "rejected": report.rejected,
        "errors": report.count(Severity.ERROR),
        "warnings": report.count(Severity.WARNING),
        "files": report.files,
        "findings": [dataclasses.asdict(finding) for finding in report.findings],
    }
    click.echo(json.dumps(content, indent=2))
