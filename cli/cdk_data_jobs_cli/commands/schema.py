"""The command `data-jobs schema`: proposes a schema for CSV files."""

from pathlib import Path

import click

from cdk_data_jobs_check import Proposal, ProposalError, check_files, propose_schema
from cdk_data_jobs_check.findings import FindingCollector, escape_control_characters
from cdk_data_jobs_check.schema_rules import DATASETS
from cdk_data_jobs_cli.commands.arguments import InputError, domain_option
from cdk_data_jobs_cli.commands.data_sources import SourceArgument, open_sources, progress_bar
from cdk_data_jobs_cli.commands.reports import count, print_findings, unread_note

_TYPES = list(dict.fromkeys(name for datasets in DATASETS.values() for name in datasets))


@click.command(
    "schema",
    epilog="""\b
Exit codes:
  0    the service should accept the schema, and the files with it
  1    there is a schema, but the files break a rule, which is said
  2    the command was used wrongly, or there is nothing to propose
  3    there is no such bucket, folder or object
  4    S3 cannot be read: no credentials, access denied, not reachable
  5    the output cannot be written
  130  interrupted
\b
The schema is on stdout, as JSON; why each field is as it is, and what to look
at, on stderr:
  data-jobs schema items.csv > schemas/items.json
""",
)
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=SourceArgument(stdin=False))
@click.option(
    "--type",
    "dataset_type",
    type=click.Choice(_TYPES, case_sensitive=False),
    help="The dataset type. By default that which has the ids that the columns have.",
)
@domain_option
@click.pass_context
def schema(ctx: click.Context, *, paths: tuple[Path | str, ...], dataset_type: str | None, domain: str | None) -> None:
    """Propose a schema for CSV files, to review and commit.

    FILE is a file, a folder, or one in S3, as for `data-jobs check`. All files together are those of one import. Every
    row is read twice: for the schema, and to check the files against it.
    """
    findings = FindingCollector()
    try:
        with open_sources(paths, recursive=False) as sources:
            with progress_bar("propose") as on_progress:
                proposal = propose_schema(sources, dataset_type=dataset_type, domain=domain, on_progress=on_progress)
            for violation in proposal.violations:
                findings.add(violation, "<schema>")
            report = findings.report()
            if proposal.schema:
                with progress_bar("check") as on_progress:
                    report = check_files(sources, proposal.schema, findings=findings, on_progress=on_progress)
    except OSError as error:
        raise InputError.of(error) from error
    except ProposalError as error:
        raise InputError(str(error)) from error
    click.echo(proposal.document)
    _explain(proposal)
    print_findings(report, err=True)
    click.echo(
        f"proposed from {count(proposal.rows, 'row')}: review and commit it; "
        f"{count(report.errors, 'error')}{unread_note(report)}",
        err=True,
    )
    ctx.exit(0 if report.ok else 1)


def _explain(proposal: Proposal) -> None:
    """Says on stderr why each field is as it is."""
    for field in proposal.fields:
        kinds = [name for name in ("categorical", "textual") if getattr(field, name)]
        shown = " ".join([*kinds, field.kind]) + (" or null" if field.nullable else "")
        click.echo(escape_control_characters(f"{field.name}: {shown}: {field.reason}"), err=True)
        for note in field.notes:
            click.echo(
                f"{click.style('look:', fg='yellow', bold=True)} {escape_control_characters(f'{field.name}: {note}')}",
                err=True,
            )
