"""Writes docs/catalogue.md from the ready-made definitions, and from what their modules say below each of them."""

from __future__ import annotations

import ast
import functools
import itertools
import re
from pathlib import Path
from typing import TYPE_CHECKING

import botocore.session
from botocore import xform_name

from cdk_data_jobs import JobDefinition, definitions

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGE = Path(__file__).with_name("catalogue.md")
LABELS = ("Needs", "Waits", "Lost responses", "Sources")
DEPLOYED = {
    "ATHENA_QUERY",
    "BEDROCK_INGESTION",
    "CODEBUILD_BUILD",
    "DYNAMODB_EXPORT",
    "DYNAMODB_IMPORT",
    "ECS_TASK",
    "GLUE_CRAWLER",
    "GLUE_JOB_RUN",
    "SES_IMPORT",
    "STEP_FUNCTIONS_EXECUTION",
}
"""What a test deploys on the offline AWS."""
CONSTRUCTS = {
    "ATHENA_QUERY": "[`athena.Query`](guides/programs-and-queries.md#query-with-athena)",
    "BEDROCK_INGESTION": "[`bedrock.IngestionJob`](guides/ingest-documents.md)",
    "DYNAMODB_EXPORT": "[`dynamodb.TableExportJob`](guides/export-tables.md)",
    "GLUE_JOB_RUN": "[`glue.JobRun`](guides/programs-and-queries.md#run-a-glue-job)",
    **dict.fromkeys(
        ("REDSHIFT_SERVERLESS_STATEMENT", "REDSHIFT_STATEMENT"),
        "[`redshift.Statement`](guides/programs-and-queries.md#run-statements-in-redshift)",
    ),
    "SES_IMPORT": "[`sesv2.ContactImportJob`](guides/import-contacts.md), for lists",
    "STEP_FUNCTIONS_EXECUTION": "[`stepfunctions.Execution`](guides/programs-and-queries.md#execute-a-state-machine)",
}
"""The construct for the same job, where there is one."""


def page() -> str:
    """Returns the page."""
    names = [name for name in definitions.__all__ if isinstance(getattr(definitions, name), JobDefinition)]
    return "\n".join(
        [
            "# Catalogue of jobs",
            "",
            "These definitions are ready-made: `AwsJob` takes one of them, from `cdk_data_jobs.definitions`, and the",
            "parameters of the service's create call. [Jobs of other services](guides/jobs-of-other-services.md) shows",
            "how, and how to write others. The page is made from [the",
            "definitions](../constructs/cdk_data_jobs/definitions), which are loaded only where they are used.",
            "",
            "Where there is a construct, use that: it gives the access that the job needs, which with `AwsJob` you do.",
            "",
            "- `required` are the parameters without which a call or a permission lacks something; what *you provide*",
            "  may name more. The name, the token and the role are the library's. For each parameter see the service's",
            "  API reference.",
            "- The function that runs the job gets the *permissions*, no others: what else it needs, *you provide*.",
            "  `{X}` is the parameter X, `{A.B}` the member B of A, `{name of X}` the name in X, which may be an ARN.",
            "- *Lost responses* says what happens to a create call whose response is lost, so that the job may exist",
            "  or not. Where a job may run twice, or the run fails, `dataclasses.replace(definition,",
            "  may_run_twice=...)` chooses the other.",
            "- All definitions are tested against the services' models in botocore, that of the Lambda runtime and the",
            "  newest, and run against responses that these models allow. *Tested offline*: a test deploys it on the",
            "  offline AWS, too; [its page](offline-aws.md#jobs-of-other-services) says what runs there.",
            "- *Temporary errors* are codes of errors after which a call is repeated, besides throttling and server",
            "  errors. *Known causes* are parts of the service's messages, and the advice that the reason then has.",
            "- In the sources, what no documentation says is marked: *reported by users*, or *believed*, which nobody",
            "  has seen yet.",
            "- Not here: imports into variant and annotation stores of AWS HealthOmics, which are [closed to new",
            "  customers](https://docs.aws.amazon.com/omics/latest/dev/variant-store-availability-change.html) since",
            "  November 7, 2025.",
            "",
            "| definition | runs | construct | tested offline |",
            "|---|---|---|---|",
            *(
                f"| [`{name}`](#{name.lower()}) | {_summary(name)} | {CONSTRUCTS.get(name, '-')} | {_offline(name)} |"
                for name in names
            ),
            "",
            *(line for name in names for line in _section(name)),
        ]
    )


def explained(name: str, label: str = "") -> str:
    """Returns what a module says of its definition.

    Args:
        name: The definition's name.
        label: One of `LABELS`; by default what the job does.
    """
    return _explanations()[name].get(label, "")


@functools.cache
def _explanations() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for file in sorted(Path(str(definitions.__file__)).parent.glob("_*.py")):
        body = ast.parse(file.read_text(encoding="utf-8")).body
        for assigned, said in itertools.pairwise(body):
            if isinstance(assigned, ast.Assign) and isinstance(said, ast.Expr) and isinstance(said.value, ast.Constant):
                [target] = assigned.targets
                parts = re.split(rf"^({'|'.join(LABELS)}): ", str(said.value.value), flags=re.MULTILINE)
                texts = [" ".join(part.split()) for part in parts]
                found[ast.unparse(target)] = {"": texts[0], **dict(zip(texts[1::2], texts[2::2], strict=True))}
    return found


def _section(name: str) -> list[str]:
    definition: JobDefinition = getattr(definitions, name)
    permissions = ", ".join(
        f"`{action}` on {' and '.join(f'`{one}`' for one in resources)}"
        for action, resources in definition.permissions.items()
    )
    rows = {
        "required": _listed(_required(definition)),
        "attributes": _listed(definition.attributes),
        "permissions": permissions,
        "you provide": explained(name, "Needs"),
        "waits": explained(name, "Waits"),
        "temporary errors": _listed(definition.retryable_errors),
        "lost responses": explained(name, "Lost responses") or _lost_responses(definition),
        "known causes": "; ".join(f"`{cause}`: {advice}" for cause, advice in definition.hints.items()),
        "tested offline": _offline(name),
        "sources": explained(name, "Sources"),
    }
    table = [f"| {label} | {text[:1].upper() + text[1:]} |" for label, text in rows.items() if text]
    return [f"## {name}", "", explained(name), "", "| | |", "|---|---|", *table, ""]


def _required(definition: JobDefinition) -> list[str]:
    """Returns the parameters that users must give: those of the call, of the describe call, and of the permissions."""
    service = botocore.session.get_session().get_service_model(definition.service)
    created = next(one for one in service.operation_names if xform_name(one) == definition.create.operation)
    resources = [resource for resources in definition.permissions.values() for resource in resources]
    in_resources = re.findall(r"\{(?:name of )?(\w+)[\w.]*\}", " ".join(resources))
    used = [one for one in (*in_resources, *resources) if one in service.operation_model(created).input_shape.members]
    by_library = {
        definition.client_token,
        definition.role,
        definition.name and definition.name.parameter,
    }
    return sorted({*service.operation_model(created).input_shape.required_members, *used} - by_library)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{one}`" for one in names)


def _lost_responses(definition: JobDefinition) -> str:
    if definition.name:
        return f"the job is found by its name, in `{definition.name.parameter}`"
    return f"the service recognizes the repeated call by its token, in `{definition.client_token}`"


def _summary(name: str) -> str:
    return explained(name).partition(". ")[0].removesuffix(".")


def _offline(name: str) -> str:
    return "yes" if name in DEPLOYED else "no"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
