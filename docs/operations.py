"""Writes into offline-aws.md which operations are not emulated: `python docs/operations.py`, in a few seconds.

For Amazon Personalize and Amazon Pinpoint the emulators themselves say it. For MiniStack's services it is inferred: an
operation whose name is no string of the service's code cannot be served. Nothing follows from the code of services
that are addressed by paths instead of names.
"""

from __future__ import annotations

import importlib.util
import re
import textwrap
from pathlib import Path
from typing import cast

import botocore.session

from cdk_data_jobs_local.clock import Clock
from cdk_data_jobs_local.services.core.access import Access
from cdk_data_jobs_local.services.core.context import ServiceContext
from cdk_data_jobs_local.services.personalize import Personalize
from cdk_data_jobs_local.services.pinpoint import Pinpoint

PAGE = Path(__file__).parent / "offline-aws.md"
BEGIN, END = "<!-- begin: docs/operations.py writes this -->\n", "<!-- end -->\n"
MODULES = {
    "cloudformation": "cloudformation",
    "cloudwatch": "cloudwatch",
    "events": "eventbridge",
    "iam": "iam",
    "kms": "kms",
    "lambda": "lambda_svc",
    "logs": "cloudwatch_logs",
    "s3": "s3",
    "scheduler": "scheduler",
    "sns": "sns",
    "sqs": "sqs",
    "ssm": "ssm",
    "stepfunctions": "stepfunctions",
    "sts": "sts",
}
"""MiniStack's modules for the services that jobs, their stacks and the CDK CLI use, by botocore's names."""
MAX_LISTED = 15
"""Longer lists are of parts of a service that no job uses; their length says it."""


INFERRED = """\
**MiniStack's services.** Inferred: an operation whose name does not occur in the code of the service is not emulated.
Whether the others do all that AWS documents is not known."""


def names(service: str) -> list[str]:
    """Returns the names of a service's operations, by botocore's model."""
    return sorted(botocore.session.get_session().get_service_model(service).operation_names)


def emulators() -> list[str]:
    """Returns the paragraphs about the emulated services."""
    context = ServiceContext(
        account="111122223333", region="eu-west-1", clock=Clock(base=0), access=cast("Access", None)
    )
    personalize, pinpoint = Personalize(context), Pinpoint(context)
    personalize.close()
    paragraphs = []
    for title, emulator in (("Amazon Personalize", personalize), ("Amazon Pinpoint", pinpoint)):
        known = names(emulator.name)
        missing = [name for name in known if name not in emulator.operations]
        text = f"**{title}**: {len(known) - len(missing)} of {len(known)} operations are emulated, but not "
        paragraphs.append("\n".join(textwrap.wrap(f"{text}{', '.join(missing)}.", 120)))
    return paragraphs


def strings(module: str) -> set[str]:
    """Returns all words in quotes in the code of one of MiniStack's services."""
    spec = importlib.util.find_spec("ministack.services")
    folder = Path(next(iter(cast("list[str]", spec.submodule_search_locations)))) if spec else Path()
    files = [*(folder / module).rglob("*.py"), *folder.glob(f"{module}.py")]
    return {word for file in files for word in re.findall(r"""["'](\w+)["']""", file.read_text(encoding="utf-8"))}


def ministack() -> list[str]:
    """Returns the table about MiniStack's services."""
    rows = ["| service | operations | not emulated |", "|---|---|---|"]
    for service, module in MODULES.items():
        known = names(service)
        if "rest" in botocore.session.get_session().get_service_model(service).metadata["protocol"]:
            rows.append(f"| {service} | {len(known)} | not known: it is addressed by paths |")
            continue
        served = strings(module)
        missing = [name for name in known if name not in served]
        listed = ", ".join(missing) or "-"
        rows.append(f"| {service} | {len(known)} | {listed if len(missing) <= MAX_LISTED else len(missing)} |")
    return rows


def section() -> str:
    """Returns the generated part of the page."""
    return "\n\n".join(
        [
            *emulators(),
            "Calls of these fail with `UnknownOperationException`.",
            INFERRED,
            "\n".join(ministack()),
            "",
        ]
    )


def updated(page: str) -> str:
    """Returns the page with its generated part as it is now."""
    return re.sub(f"{BEGIN}.*?{END}", lambda _: f"{BEGIN}\n{section()}{END}", page, flags=re.DOTALL)


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
