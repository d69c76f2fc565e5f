"""The stack that the argument STACK of a command names."""

from __future__ import annotations

import contextlib
import difflib
import re
from typing import TYPE_CHECKING, Any

from cdk_data_jobs_cli.aws.errors import AwsError, NotFoundError
from cdk_data_jobs_cli.aws.stack import Stack
from cdk_data_jobs_cli.commands.synthesized import synthesized_stacks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk_data_jobs_cli.aws.client import AwsClient

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
        nearest = _nearest_names(aws, argument)
        if not nearest:
            raise
        raise NotFoundError(f"{error}; did you mean {' or '.join(nearest)}?") from None


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
    for name in _possible_names(argument):
        try:
            return aws.describe_stack(name)
        except NotFoundError as error:
            missing = missing or error
    raise missing or NotFoundError(f"stack {argument} does not exist")


def _possible_names(argument: str) -> Iterator[str]:
    """Yields the names in CloudFormation that the argument may mean; a name with a slash is never one itself."""
    is_path = "/" in argument and not argument.startswith("arn:")
    if printed := _PRINTED.fullmatch(argument):
        yield printed[1]
        return
    if not is_path:
        yield argument
    yield from (stack.name for stack in synthesized_stacks() if stack.display_name == argument)
    if is_path:  # how the CDK names the stack of a stage, unless the app names it
        yield argument.replace("/", "-")


def _nearest_names(aws: AwsClient, argument: str) -> list[str]:
    names: dict[str, str] = {}
    with contextlib.suppress(AwsError):  # the caller may not list stacks
        names = {name.lower(): name for name in aws.list_stack_names()}
    wanted = argument.replace("/", "-").lower()
    return [names[one] for one in difflib.get_close_matches(wanted, names, _MAX_SUGGESTIONS)]
