"""Completes the names of stacks and jobs in a shell, from the synthesized app: without calling AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_data_jobs_cli.aws.stack import NESTED_STACK_TYPE, construct_path, is_job, path_below
from cdk_data_jobs_cli.commands.synthesized import synthesized_stacks

if TYPE_CHECKING:
    from collections.abc import Iterator

    import click

    from cdk_data_jobs_cli.plan.assembly import SynthesizedStack


def complete_stacks(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Returns the names of the app's stacks that begin like this: as the CDK CLI or else CloudFormation names them."""
    names = (
        next((name for name in (stack.display_name, stack.name) if name.startswith(incomplete)), None)
        for stack in synthesized_stacks()
    )
    return [name for name in names if name]


def complete_jobs(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Returns the names that begin like this of the jobs of the stack that the command line names."""
    # Click does not assign arguments in front of an option that still lacks its value.
    named = ctx.params.get("stack") or next(iter(ctx.args), None)
    stacks = [stack for stack in synthesized_stacks() if named in (stack.display_name, stack.name)]
    names = [name for stack in stacks for name in _job_names(stack, stack.template)]
    return [name for name in names if name.startswith(incomplete)]


def _job_names(stack: SynthesizedStack, template: dict[str, Any]) -> Iterator[str]:
    for logical_id, resource in template.get("Resources", {}).items():
        if is_job(resource):
            yield path_below(construct_path(logical_id, resource), stack.name)
        elif resource["Type"] == NESTED_STACK_TYPE and (nested := stack.nested_template(resource)):
            yield from _job_names(stack, nested)
