"""What shares the condition of a job's own resource: the resources of that job alone."""

from collections.abc import Iterator
from typing import cast

import jsii
from aws_cdk import AspectPriority, Aspects, CfnCondition, CfnResource, Fn, IAspect, ICfnConditionExpression
from constructs import Construct, IConstruct

from cdk_data_jobs.asked import path_of

_COMBINED_CONDITION_ID = "WithJob"
_LAST = AspectPriority.READONLY + 1


@jsii.implements(IAspect)
class JobOnlyResources:
    """The resources that refer to a job's own resource, or would run the job without it.

    They get its condition, which a user sets after the job is declared: `job.node.default_child.cfn_options.condition`.
    This is done by an Aspect that comes after all others, so that a condition set by one of them counts, and before the
    templates of nested stacks are hashed. What jobs share has no condition.
    """

    _own: CfnResource

    def __init__(self) -> None:
        """Begins with none."""
        self._constructs: list[Construct] = []

    def set_own_resource(self, own: CfnResource) -> None:
        """Names the job's own resource, whose condition the others get.

        Args:
            own: The resource.
        """
        self._own = own
        Aspects.of(own).add(cast("IAspect", self), priority=_LAST)

    def add(self, construct: Construct) -> None:
        """Adds all resources in a construct.

        Args:
            construct: The construct, or a resource.
        """
        self._constructs.append(construct)

    @property
    def condition(self) -> CfnCondition | None:
        """The condition of the job's own resource."""
        return self._own.cfn_options.condition

    def visit(self, node: IConstruct) -> None:  # noqa: ARG002 - jsii's interface
        """Gives the resources the condition.

        Args:
            node: The job's own resource.
        """
        if condition := self.condition:
            for resource in self._resources():
                resource.cfn_options.condition = _combined(condition, resource)

    def _resources(self) -> Iterator[CfnResource]:
        for construct in self._constructs:
            yield from (child for child in construct.node.find_all() if isinstance(child, CfnResource))


def _combined(condition: CfnCondition, resource: CfnResource) -> CfnCondition:
    """Returns a condition for a resource that may have one of its own."""
    own = resource.cfn_options.condition
    if own is None or path_of(own) == path_of(condition):
        return condition
    if resource.node.try_find_child(_COMBINED_CONDITION_ID):
        return own  # the combined one, of an earlier synthesis
    both = cast("tuple[ICfnConditionExpression, ...]", (condition, own))
    return CfnCondition(resource, _COMBINED_CONDITION_ID, expression=Fn.condition_and(*both))
