"""Lists of ARNs in policies, sorted, so that they do not depend on the order in which jobs are declared."""

import json
from collections.abc import Iterable
from typing import Any, cast

import jsii
from aws_cdk import AspectPriority, Aspects, IAnyProducer, IAspect, IResolvable, IResolveContext, Lazy, aws_iam
from constructs import IConstruct


@jsii.implements(IAspect)
class SortedResources:
    """The resources of a statement, which are added to it sorted when the app is synthesized."""

    def __init__(self, statement: aws_iam.PolicyStatement) -> None:
        """Creates the object, without resources.

        Args:
            statement: The statement.
        """
        self._statement = statement
        self._arns: dict[str, str] = {}
        self._visited = False

    def add_at_synthesis(self, policy: IConstruct) -> None:
        """Has the resources added at synthesis, when all are known, and before other aspects see the policy.

        Args:
            policy: The policy that the statement is in.
        """
        Aspects.of(policy).add(cast("IAspect", self), priority=AspectPriority.MUTATING)

    def add(self, key: str, arn: str) -> None:
        """Adds a resource, unless it was added before.

        Args:
            key: What the resources are sorted by. Not by their ARNs: tokens in these have numbers that depend on the
                order in which they were created.
            arn: Its ARN.
        """
        if key not in self._arns:
            self._arns[key] = arn
            if self._visited:  # an aspect declares jobs
                self._statement.add_resources(arn)

    def visit(self, node: IConstruct) -> None:  # noqa: ARG002 - jsii's interface
        """Adds the resources.

        Args:
            node: The policy, or a part of it.
        """
        if not self._visited:
            self._visited = True
            self._statement.add_resources(*(self._arns[key] for key in sorted(self._arns)))


@jsii.implements(IAnyProducer)
class SourceArns:
    """The ARNs of a condition on `aws:SourceArn`, which grow until synthesis and are sorted then."""

    def __init__(self) -> None:
        """Creates an empty set."""
        self._arns: dict[str, None] = {}

    def add(self, arn: str) -> None:
        """Adds an ARN.

        Args:
            arn: The ARN.
        """
        self._arns[arn] = None

    def as_token(self) -> IResolvable:
        """Returns a token for the ARNs: one string, or a list if there are several."""
        return Lazy.uncached_any(cast("IAnyProducer", self))

    def produce(self, context: IResolveContext) -> Any:  # noqa: ANN401 - JSON
        """Returns the ARNs: one string, or a list if there are several.

        Args:
            context: What resolves the tokens in the ARNs.
        """
        found = sort_arns(context, self._arns)
        return found[0] if len(found) == 1 else found


def sort_arns(context: IResolveContext, arns: Iterable[str]) -> list[Any]:
    """Returns ARNs with their tokens resolved, sorted, each once.

    Args:
        context: What resolves the tokens.
        arns: The ARNs.
    """
    resolved = {json.dumps(arn, sort_keys=True) for arn in context.resolve([*arns])}
    return [json.loads(arn) for arn in sorted(resolved)]
