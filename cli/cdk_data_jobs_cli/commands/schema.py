"""The command `data-jobs schema`: proposes a schema for files as people have them."""

from pathlib import Path, PurePosixPath

import click

from cdk_data_jobs_check import DataFile, DataFolder, Proposal, ProposalError, propose_schema
from cdk_data_jobs_check.field_remarks import RemarkKind
from cdk_data_jobs_check.findings import FindingCollector, escape_control_characters, excerpt
from cdk_data_jobs_check.schema_rules import DATASETS
from cdk_data_jobs_check.sources import has_csv_suffix, resolve
from cdk_data_jobs_cli.commands.arguments import (
    InputError,
    backslash_option,
    domain_option,
    encoding_option,
    quotes_option,
)
from cdk_data_jobs_cli.commands.data_sources import SourceArgument, open_sources, progress_bar
from cdk_data_jobs_cli.commands.reports import count, print_findings
from cdk_data_jobs_cli.conversion.detection import InputOptions
from cdk_data_jobs_cli.conversion.input_file import UnreadableError
from cdk_data_jobs_cli.conversion.profiles import Profiles, profile_files
from cdk_data_jobs_cli.conversion.report import Severity

_TYPES = list(dict.fromkeys(name for datasets in DATASETS.values() for name in datasets))
_LABELS = {
    RemarkKind.PROBLEM: ("error:", "red"),
    RemarkKind.CONVERSION: ("convert:", "cyan"),
    RemarkKind.NOTE: ("look:", "yellow"),
}


@click.command(
    "schema",
    epilog="""\b
Exit codes:
  0    the service should accept the schema, and the files with it, after
       `data-jobs convert` where that is said
  1    there is a schema, but the service would refuse it or the files
  2    the command was used wrongly, or there is nothing to propose
  3    there is no such bucket, folder or object
  4    S3 cannot be read: no credentials, access denied, not reachable
  5    the output cannot be written
  130  interrupted
\b
The schema is on stdout, as JSON; why each field is as it is, and what to look
at, on stderr:
  data-jobs schema items.parquet > schemas/items.json
""",
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=SourceArgument())
@click.option(
    "--type",
    "dataset_type",
    type=click.Choice(_TYPES, case_sensitive=False),
    help="The dataset type. By default that which has the ids that the columns have.",
)
@domain_option
@encoding_option
@backslash_option
@quotes_option
@click.pass_context
def schema(
    ctx: click.Context,
    *,
    paths: tuple[Path | str, ...],
    dataset_type: str | None,
    domain: str | None,
    encoding: str | None,
    backslash: bool,
    quotes: bool,
) -> None:
    """Propose a schema for files, to review and commit.

    PATH is what `data-jobs convert` reads: a file in CSV or JSON lines, also compressed by gzip, or Parquet; a folder,
    with all files in it but hidden ones and those whose names begin with _; such a file or folder in S3,
    s3://bucket/key or s3://bucket/folder/; or - for stdin. All files are those of one import, and every row is read.
    """
    if paths.count("-") > 1:
        raise click.UsageError("the standard input can be read once", ctx)
    try:
        with open_sources(paths, recursive=True) as sources, progress_bar("propose") as on_progress:
            options = InputOptions(encoding=encoding, backslash=backslash, quotes=quotes)
            profiles = profile_files(sources, options, on_progress=on_progress)
            not_imported = [path for source in resolve(sources, recursive=True) for path in _not_imported(source)]
        proposal = propose_schema(profiles.columns, dataset_type=dataset_type, domain=domain)
    except OSError as error:
        raise InputError.of(error) from error
    except (ProposalError, UnreadableError) as error:
        raise InputError(str(error)) from error
    click.echo(proposal.document)
    _explain(proposal)
    errors = _report(proposal, profiles)
    if partitions := sorted({part for path in not_imported for part in path.parts[:-1] if "=" in part}):
        message = f"the values of folders such as {partitions[0]} are in no column: write them into the files if wanted"
        _say(*_LABELS[RemarkKind.NOTE], message)
    is_converted = bool(not_imported) or any(field.needs_conversion for field in proposal.fields)
    needs_conversion = is_converted or profiles.report.count(Severity.CHANGE) or proposal.unnamed_columns
    flags = {"--backslash": profiles.options.backslash, "--no-quotes": not quotes}
    command = (
        " ".join(["convert", *(flag for flag, is_set in flags.items() if is_set)]) if needs_conversion else "check"
    )
    counts = f"{count(profiles.rows, 'row')}, {count(errors, 'error')}"
    click.echo(f"proposed from {counts}: review and commit it, then use `data-jobs {command}` with it", err=True)
    ctx.exit(1 if errors else 0)


def _not_imported(source: DataFile | DataFolder) -> list[PurePosixPath]:
    """Returns the files of data in a folder that an import does not read, so that they must be converted."""
    if isinstance(source, DataFile):
        return []
    paths = [file.relative_path for file in source.files]
    data = [path for path in paths if not any(part.startswith((".", "_")) for part in path.parts)]
    return [path for path in data if len(path.parts) > 1 or not has_csv_suffix(path)]


def _explain(proposal: Proposal) -> None:
    """Says on stderr why each field is as it is, and what to look at."""
    for field in proposal.fields:
        flags = [name for name in ("categorical", "textual") if getattr(field, name)]
        shown = " ".join([*flags, field.avro_type]) + (" or null" if field.nullable else "")
        of_column = "" if field.column == field.name else f" from {excerpt(field.column)}"
        click.echo(escape_control_characters(f"{field.name}{of_column}: {shown}: {field.reason}"), err=True)
        for remark in field.remarks:
            _say(*_LABELS[remark.kind], f"{field.name}: {remark.message}")
    for column in proposal.unnamed_columns:
        message = f"the column {excerpt(column)} has no name, is probably the index of pandas, and is left out"
        _say(*_LABELS[RemarkKind.NOTE], message)
    if proposal.unused_names:
        names = ", ".join(proposal.unused_names)
        click.echo(f"reserved in {proposal.dataset_type}, too: {names}: rename a column that is one of them", err=True)


def _report(proposal: Proposal, profiles: Profiles) -> int:
    """Says on stderr what is wrong with the schema and with rows, and returns how many errors there are in all."""
    findings = FindingCollector()
    for violation in proposal.violations:
        findings.add(violation, "<schema>")
    of_schema = findings.report()
    print_findings(of_schema, err=True)
    for finding in profiles.report.findings:
        if finding.severity is not Severity.CHANGE:
            click.echo(str(finding), err=True)
    problems = [remark for field in proposal.fields for remark in field.remarks if remark.kind is RemarkKind.PROBLEM]
    return len(problems) + of_schema.errors + profiles.report.count(Severity.ERROR)


def _say(label: str, colour: str, message: str) -> None:
    click.echo(f"{click.style(label, fg=colour, bold=True)} {escape_control_characters(message)}", err=True)
