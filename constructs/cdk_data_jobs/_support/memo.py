"""Attributes of constructs, each read once: every read is a call through jsii to Node.js, slow in a large app."""

import functools
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakKeyDictionary

from aws_cdk import Stack, aws_iam, aws_s3
from constructs import IConstruct

_Construct = TypeVar("_Construct", bound=IConstruct)
_Result = TypeVar("_Result")


def memoize(function: Callable[[_Construct], _Result]) -> Callable[[_Construct], _Result]:
    """Returns a function that keeps its result for each construct, as long as the construct lives.

    Args:
        function: A function of a construct, whose result must not change.
    """
    results: WeakKeyDictionary[_Construct, _Result] = WeakKeyDictionary()

    @functools.wraps(function)
    def memoized(construct: _Construct) -> _Result:
        if construct not in results:
            results[construct] = function(construct)
        return results[construct]

    return memoized


@memoize
def stack_of(construct: IConstruct) -> Stack:
    """Returns the stack that a construct is in.

    Args:
        construct: The construct.
    """
    return construct if isinstance(construct, Stack) else Stack.of(construct)


@memoize
def path_of(construct: IConstruct) -> str:
    """Returns a construct's path.

    Args:
        construct: The construct.
    """
    return construct.node.path


@memoize
def environment_of(stack: Stack) -> dict[str, str]:
    """Returns the `partition`, the `region` and the `account` of a stack, which may be tokens.

    Args:
        stack: The stack.
    """
    return {"partition": stack.partition, "region": stack.region, "account": stack.account}


@memoize
def bucket_name(bucket: aws_s3.IBucket) -> str:
    """Returns a bucket's name, which may be a token.

    Args:
        bucket: The bucket.
    """
    return bucket.bucket_name


@memoize
def known_bucket_name(bucket: aws_s3.IBucket) -> str:
    """Returns the name that the app gives a bucket, or a token if it gives none: one string for each bucket.

    Args:
        bucket: The bucket.
    """
    resource = bucket.node.default_child
    given = resource.bucket_name if isinstance(resource, aws_s3.CfnBucket) else None
    return given or bucket_name(bucket)


@memoize
def bucket_arn(bucket: aws_s3.IBucket) -> str:
    """Returns a bucket's ARN, which may be a token.

    Args:
        bucket: The bucket.
    """
    return bucket.bucket_arn


@memoize
def role_arn(role: aws_iam.IRole) -> str:
    """Returns a role's ARN, which may be a token.

    Args:
        role: The role.
    """
    return role.role_arn
