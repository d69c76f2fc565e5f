"""The CloudFormation condition of a job's own resource, which other resources of that job get too."""

from collections.abc import Iterator
from typing import cast

import jsii
from aws_cdk import AspectPriority, Aspects, CfnCondition, CfnResource, Fn, IAspect, ICfnConditionExpression
from constructs import Construct, IConstruct

from cdk_data_jobs._support.memo import path_of

_COMBINED_CONDITION_ID = "WithJob"
_LAST = AspectPriority.READONLY + 1


@jsii.implements(IAspect)
class JobCondition:
    """The condition of a job's own resource, applied to resources that refer to it, or would run the job without it.

    A user sets it after the job is declared: `job.node.default_child.cfn_options.condition`. An aspect copies it after
    all other aspects, so that a condition that one of them sets counts, and before the templates of nested stacks are
    hashed. Resources that jobs share have no condition, and a job without resources of its own beside it has no aspect.
    """

    def __init__(self) -> None:
        """Creates the object, which applies to no resources yet."""
        self._job_resource: CfnResource | None = None
        self._constructs: list[Construct] = []

    def set_job_resource(self, resource: CfnResource) -> None:
        """Sets the job's own resource, whose condition the others get.

        Args:
            resource: The resource.
        """
        self._job_resource = resource
        if self._constructs:
            self._add_aspect(resource)

    def apply_to(self, construct: Construct) -> None:
        """Applies the condition to all resources in a construct, at synthesis.

        Args:
            construct: The construct, or a resource.
        """
        self._constructs.append(construct)
        if self._job_resource and len(self._constructs) == 1:
            self._add_aspect(self._job_resource)

    @property
    def value(self) -> CfnCondition | None:
        """The condition of the job's own resource; None if it has none."""
        return self._job_resource.cfn_options.condition if self._job_resource else None

    def visit(self, node: IConstruct) -> None:  # noqa: ARG002 - jsii's interface
        """Gives the resources the condition.

        Args:
            node: The job's own resource.
        """
        if condition := self.value:
            for resource in self._resources():
                resource.cfn_options.condition = _combine(condition, resource)

    def _add_aspect(self, resource: CfnResource) -> None:
        Aspects.of(resource).add(cast("IAspect", self), priority=_LAST)

    def _resources(self) -> Iterator[CfnResource]:
        for construct in self._constructs:
            yield from (child for child in construct.node.find_all() if isinstance(child, CfnResource))


def _combine(condition: CfnCondition, resource: CfnResource) -> CfnCondition:
    """Returns a condition for a resource that may have one of its own."""
    own = resource.cfn_options.condition
    if own is None or path_of(own) == path_of(condition):
        return condition
    if resource.node.try_find_child(_COMBINED_CONDITION_ID):
        return own  # the combined one, of an earlier synthesis
    both = cast("tuple[ICfnConditionExpression, ...]", (condition, own))
    return CfnCondition(resource, _COMBINED_CONDITION_ID, expression=Fn.condition_and(*both))
