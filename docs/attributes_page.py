"""Writes docs/attributes.md from the constructs: the attributes of each kind of job, and what their docstrings say."""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import textwrap
from collections.abc import Iterator
from pathlib import Path

from cdk_data_jobs import DataJob, data_job

PAGE = Path(__file__).with_name("attributes.md")
SERVICES = ("athena", "bedrock", "dynamodb", "glue", "personalize", "pinpoint", "redshift", "sesv2", "stepfunctions")


def page() -> str:
    """Returns the page."""
    return "\n".join(
        [
            "# Attributes of jobs",
            "",
            "A job's attributes are known when it has run: tokens for outputs and other resources, such as",
            "`execution.output`. A task of a state machine (`as_task`) and an event have them by the names of the",
            "second column. Where the deployment does not wait for the end of a job, some are empty. The attributes of",
            "an `AwsJob` are those of [its definition](catalogue.md): `job.get_attribute(...)`. The page is made from",
            "the docstrings.",
            "",
            *(line for service in SERVICES for kind in jobs_of(service) for line in _section(service, kind)),
        ]
    )


def jobs_of(service: str) -> list[type[DataJob]]:
    """Returns the kinds of jobs of a service.

    Args:
        service: The name of the service's module.
    """
    module = importlib.import_module(f"cdk_data_jobs.{service}")
    public = [getattr(module, name) for name in module.__all__]
    return [one for one in public if inspect.isclass(one) and issubclass(one, DataJob)]


def attributes_of(kind: type[DataJob]) -> dict[str, str]:
    """Returns the attributes of a kind of job: the name in Python to that in the definition.

    Args:
        kind: The class.
    """
    named = [pair for owner in kind.__mro__ for pair in vars(owner).items() if isinstance(pair[1], data_job.Attribute)]
    return {name: attribute.name or _camel_case(name) for name, attribute in named}


def _section(service: str, kind: type[DataJob]) -> list[str]:
    said = dict(_said(kind))
    rows = [f"| `{name}` | `{wire}` | {said[name]} |" for name, wire in attributes_of(kind).items()]
    return [f"## {service}.{kind.__name__}", "", "| attribute | in tasks and events | |", "|---|---|---|", *rows, ""]


def _said(kind: type[DataJob]) -> Iterator[tuple[str, str]]:
    """Yields each attribute with its docstring."""
    for owner in kind.__mro__:
        if owner.__module__.startswith("cdk_data_jobs."):
            [parsed] = ast.parse(textwrap.dedent(inspect.getsource(owner))).body
            for assigned, said in itertools.pairwise(getattr(parsed, "body", [])):
                if isinstance(assigned, ast.Assign) and isinstance(said, ast.Expr):
                    yield ast.unparse(assigned.targets[0]), " ".join(ast.literal_eval(said.value).split())


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
