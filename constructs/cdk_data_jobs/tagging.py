"""How the tags of a construct become the tags of a job."""

from typing import cast

import jsii
from aws_cdk import IResolvable, Stack, TagManager, TagType
from constructs import Construct, IValidation

from cdk_data_jobs.asked import once, path_of, stack_of
from cdk_data_jobs.checks import tag_errors


def make_tags(job: Construct, resource_type: str) -> TagManager:
    """Returns the tags of a job: those that its stacks were given as their argument, which no aspect brings to it.

    Args:
        job: The job.
        resource_type: The type of its custom resource.
    """
    tags = TagManager(TagType.KEY_VALUE, resource_type)
    for key, value in _stack_tags(stack_of(job)).items():
        tags.set_tag(key, value, 0)
    return tags


def add_tags(job: Construct, tags: TagManager) -> IResolvable:
    """Returns the property for a job's tags, and has them checked at synthesis, when those of all scopes are known.

    Args:
        job: The job.
        tags: Its tags.
    """
    rendered = tags.rendered_tags
    _check_of(stack_of(job)).tags[path_of(job)] = rendered
    return rendered


@once
def _stack_tags(stack: Stack) -> dict[str, str]:
    parent = stack.nested_stack_parent
    return {**(_stack_tags(parent) if parent else {}), **stack.tags.tag_values()}


@once
def _check_of(stack: Stack) -> "_TagCheck":
    check = _TagCheck(stack)
    stack.node.add_validation(cast("IValidation", check))
    return check


@jsii.implements(IValidation)
class _TagCheck:
    """Checks the tags of all jobs of a stack, for which it asks once."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.tags: dict[str, IResolvable] = {}

    def validate(self) -> list[str]:
        resolved = self._stack.resolve(self.tags)
        return [f"{job}: {error}" for job, tags in resolved.items() for error in tag_errors(tags)]
