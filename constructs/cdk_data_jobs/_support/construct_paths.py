"""Paths of constructs, for ids that stay the same when a stack moves into a Stage; and the scope of what jobs share."""

import hashlib

from aws_cdk import Stack, Stage
from constructs import Construct, IConstruct

from cdk_data_jobs._support.memo import memoize, path_of

_SHARED_ID = "DataJobAccess"
_HASH_LENGTH = 8


@memoize
def shared_scope(stack: Stack) -> Construct:
    """Returns the construct for what the jobs of a stack share, created on first use.

    Args:
        stack: The stack.
    """
    found = stack.node.try_find_child(_SHARED_ID)
    return found if isinstance(found, Construct) else Construct(stack, _SHARED_ID)


def path_below(stack: Stack, construct: IConstruct) -> str:
    """Returns a construct's path below a stack; one that is not in it begins with `/` and counts from its Stage.

    Args:
        stack: The stack.
        construct: The construct.
    """
    path, prefix = path_of(construct), f"{path_of(stack)}/"
    if path.startswith(prefix):
        return path.removeprefix(prefix)
    stage = Stage.of(construct)
    return f"/{path.removeprefix(f'{path_of(stage)}/') if stage and path_of(stage) else path}"


def short_hash(value: str) -> str:
    """Returns the first eight digits of a string's hash.

    Args:
        value: The string.
    """
    return hashlib.sha256(value.encode()).hexdigest()[:_HASH_LENGTH]
