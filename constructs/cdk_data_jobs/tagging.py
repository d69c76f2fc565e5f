"""How the tags of a construct become the tags of a job."""

from typing import Any, cast

import jsii
from aws_cdk import IAnyProducer, IResolveContext, Lazy, Stack, TagManager
from constructs import Construct, IValidation

from cdk_data_jobs.calls import TagCalls
from cdk_data_jobs.checks import tag_errors


def add_tags(job: Construct, tags: TagManager, calls: TagCalls) -> dict[str, Any]:
    """Returns the parameter for a job's tags, and has them checked at synthesis, when those of all scopes are known.

    Args:
        job: The job.
        tags: Its tags.
        calls: How its service takes tags.
    """
    job.node.add_validation(cast("IValidation", _TagCheck(tags)))
    return {calls.list: Lazy.uncached_any(cast("IAnyProducer", _JobTags(tags, calls)))}


def stack_tags(job: Construct) -> dict[str, str]:
    """Returns the tags that a job's stack was given as its argument, which no aspect brings to the job.

    Args:
        job: The job.
    """
    stack: Stack | None = Stack.of(job)
    tags: dict[str, str] = {}
    while stack:
        tags = {**stack.tags.tag_values(), **tags}
        stack = stack.nested_stack_parent
    return tags


@jsii.implements(IAnyProducer)
class _JobTags:
    """The tags as the service wants them, at synthesis, when the aspects have added those of all scopes."""

    def __init__(self, tags: TagManager, calls: TagCalls) -> None:
        self._tags = tags
        self._calls = calls

    def produce(self, context: IResolveContext) -> list[dict[str, str]] | None:  # noqa: ARG002 - jsii's interface
        tags = self._tags.tag_values()
        return [{self._calls.key: key, self._calls.value: tags[key]} for key in sorted(tags)] or None


@jsii.implements(IValidation)
class _TagCheck:
    def __init__(self, tags: TagManager) -> None:
        self._tags = tags

    def validate(self) -> list[str]:
        return tag_errors(self._tags.tag_values())
