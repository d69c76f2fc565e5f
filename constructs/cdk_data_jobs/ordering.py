"""Lists in policies whose order does not depend on the order of declarations."""

import json
from collections.abc import Iterable
from typing import Any, cast

import jsii
from aws_cdk import AspectPriority, Aspects, IAnyProducer, IAspect, IResolvable, IResolveContext, Lazy, aws_iam
from constructs import IConstruct


@jsii.implements(IAspect)
class OrderedResources:
    """The resources of a statement, in an order of their own, whatever the order in which they came."""

    def __init__(self, statement: aws_iam.PolicyStatement) -> None:
        """Adds nothing yet.

        Args:
            statement: The statement.
        """
        self._statement = statement
        self._arns: dict[str, str] = {}
        self._visited = False

    def fill_in(self, policy: IConstruct) -> None:
        """Lets the resources be added at synthesis, when all are known and before anybody looks at the policy.

        Args:
            policy: The policy that the statement is in.
        """
        Aspects.of(policy).add(cast("IAspect", self), priority=AspectPriority.MUTATING)

    def add(self, key: str, arn: str) -> None:
        """Adds a resource, once.

        Args:
            key: What tells it from the others, by which they are ordered: the ARN's tokens have numbers that depend on
                the order in which they were made.
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
class Sources:
    """The growing set of ARNs that a role is trusted for, which a condition lists in an order of its own."""

    def __init__(self) -> None:
        """Makes an empty set."""
        self._arns: dict[str, None] = {}

    def add(self, arn: str) -> None:
        """Adds an ARN.

        Args:
            arn: The ARN.
        """
        self._arns[arn] = None

    def as_value(self) -> IResolvable:
        """Returns a token for the one ARN or the list of them."""
        return Lazy.uncached_any(cast("IAnyProducer", self))

    def produce(self, context: IResolveContext) -> Any:  # noqa: ANN401 - JSON
        """Returns the one ARN or the list of them, at synthesis.

        Args:
            context: What resolves the tokens in the ARNs.
        """
        found = in_order(context, self._arns)
        return found[0] if len(found) == 1 else found


def in_order(context: IResolveContext, arns: Iterable[str]) -> list[Any]:
    """Returns what the tokens of ARNs stand for, in order, each once.

    Args:
        context: What resolves the tokens.
        arns: The ARNs.
    """
    texts = {json.dumps(arn, sort_keys=True) for arn in context.resolve([*arns])}
    return [json.loads(text) for text in sorted(texts)]
