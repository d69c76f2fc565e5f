"""The stacks that the arguments STACK of a command name."""

from __future__ import annotations

import contextlib
import difflib
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from cdk_data_jobs_cli.aws.errors import AwsError, NotFoundError
from cdk_data_jobs_cli.aws.stack import Stack
from cdk_data_jobs_cli.commands.synthesized import synthesized_stacks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cdk_data_jobs_cli.aws.client import AwsClient
    from cdk_data_jobs_cli.plan.assembly import SynthesizedStack

_PRINTED = re.compile(r".+ \((\S+)\)")
"""How the CDK CLI prints a stack whose name is not that of its construct: `Dev/Loading (Dev-Loading)`."""

_MAX_SUGGESTIONS = 3


def find_stack(aws: AwsClient, argument: str) -> Stack:
    """Returns the stack that the argument STACK names.

    Args:
        aws: Calls AWS.
        argument: The stack's name in CloudFormation, its ARN, or its name as the CDK CLI prints it.

    Raises:
        NotFoundError: If there is none; the message has the names that are nearest, if they may be listed.
        AwsError: If a call fails.
    """
    try:
        return Stack(aws, describe_stack(aws, argument))
    except NotFoundError as error:
        raise NotFoundError(f"{error}{_deployed_suggestion(aws, argument)}") from None


def describe_stack(aws: AwsClient, argument: str) -> dict[str, Any]:
    """Returns the stack that the argument STACK names, as DescribeStacks does.

    Args:
        aws: Calls AWS.
        argument: As for `find_stack`.

    Raises:
        NotFoundError: If there is none.
        AwsError: If a call fails.
    """
    missing: NotFoundError | None = None
    for name in _possible_names(argument, synthesized_stacks()):
        try:
            return aws.describe_stack(name)
        except NotFoundError as error:
            missing = missing or error
    raise missing or NotFoundError(f"stack {argument} does not exist")


def select_stacks(stacks: list[SynthesizedStack], arguments: tuple[str, ...]) -> list[SynthesizedStack]:
    """Returns the stacks of an app that the arguments STACK name, in the app's order; all if there are no arguments.

    Args:
        stacks: The stacks of the app.
        arguments: As for `find_stack`, but no ARNs; or patterns of the names that the CDK CLI prints, as it takes them:
            `Dev/*` are the stacks of a stage, and `**` are all.

    Raises:
        NotFoundError: If an argument names no stack; the message has the names of all, and those that are nearest.
    """
    found = {argument: [one for one in stacks if _is_named(one, argument, stacks)] for argument in arguments}
    for argument, ones in found.items():
        if not ones:
            names = [one.display_name for one in stacks]
            nearest = _suggestion(argument, names)
            raise NotFoundError(f"the app must have a stack {argument}, got {', '.join(names) or 'no stacks'}{nearest}")
    return [one for one in stacks if not arguments or any(one in ones for ones in found.values())]


def _is_named(stack: SynthesizedStack, argument: str, stacks: list[SynthesizedStack]) -> bool:
    has_depth = "**" in argument or stack.display_name.count("/") == argument.count("/")
    matches = has_depth and fnmatchcase(stack.display_name, argument)
    return matches or stack.name in _possible_names(argument, stacks)


def _possible_names(argument: str, stacks: list[SynthesizedStack]) -> Iterator[str]:
    """Yields the names in CloudFormation that the argument may mean; a name with a slash is never one itself."""
    is_path = "/" in argument and not argument.startswith("arn:")
    if printed := _PRINTED.fullmatch(argument):
        yield printed[1]
        return
    if not is_path:
        yield argument
    yield from (stack.name for stack in stacks if stack.display_name == argument)
    if is_path:  # how the CDK names the stack of a stage, unless the app names it
        yield argument.replace("/", "-")


def _deployed_suggestion(aws: AwsClient, argument: str) -> str:
    """Returns the end of a message that suggests deployed stacks; empty if none is near, or they may not be listed."""
    with contextlib.suppress(AwsError):
        return _suggestion(argument, aws.list_stack_names())
    return ""


def _suggestion(argument: str, names: Iterable[str]) -> str:
    """Returns the end of a message that suggests the nearest of these names; empty if none is near."""
    known = {name.replace("/", "-").lower(): name for name in names}
    wanted = argument.replace("/", "-").lower()
    nearest = [known[one] for one in difflib.get_close_matches(wanted, known, _MAX_SUGGESTIONS)]
    return f"; did you mean {' or '.join(nearest)}?" if nearest else ""
