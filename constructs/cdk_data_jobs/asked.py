"""Questions to constructs, each asked once: every question crosses to Node.js, which is what a large app waits for."""

import functools
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakKeyDictionary

from aws_cdk import Stack, aws_iam, aws_s3
from constructs import IConstruct

_Construct = TypeVar("_Construct", bound=IConstruct)
_Answer = TypeVar("_Answer")


def once(question: Callable[[_Construct], _Answer]) -> Callable[[_Construct], _Answer]:
    """Returns a question that remembers its answers, which must stay the same.

    Args:
        question: What is asked of a construct.
    """
    answers: WeakKeyDictionary[_Construct, _Answer] = WeakKeyDictionary()

    @functools.wraps(question)
    def asked(construct: _Construct) -> _Answer:
        if construct not in answers:
            answers[construct] = question(construct)
        return answers[construct]

    return asked


@once
def stack_of(construct: IConstruct) -> Stack:
    """Returns the stack that a construct is in.

    Args:
        construct: The construct.
    """
    return construct if isinstance(construct, Stack) else Stack.of(construct)


@once
def path_of(construct: IConstruct) -> str:
    """Returns a construct's path.

    Args:
        construct: The construct.
    """
    return construct.node.path


@once
def environment_of(stack: Stack) -> dict[str, str]:
    """Returns the `partition`, the `region` and the `account` of a stack, which may be tokens.

    Args:
        stack: The stack.
    """
    return {"partition": stack.partition, "region": stack.region, "account": stack.account}


@once
def bucket_name(bucket: aws_s3.IBucket) -> str:
    """Returns a bucket's name, which may be a token.

    Args:
        bucket: The bucket.
    """
    return bucket.bucket_name


@once
def known_name(bucket: aws_s3.IBucket) -> str:
    """Returns what tells a bucket from others: the name that the app gives it, if it does, or else a token.

    Args:
        bucket: The bucket.
    """
    resource = bucket.node.default_child
    given = resource.bucket_name if isinstance(resource, aws_s3.CfnBucket) else None
    return given or bucket_name(bucket)


@once
def bucket_arn(bucket: aws_s3.IBucket) -> str:
    """Returns a bucket's ARN, which may be a token.

    Args:
        bucket: The bucket.
    """
    return bucket.bucket_arn


@once
def role_arn(role: aws_iam.IRole) -> str:
    """Returns a role's ARN, which may be a token.

    Args:
        role: The role.
    """
    return role.role_arn
