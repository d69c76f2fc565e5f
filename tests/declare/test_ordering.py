"""When the lists in policies are filled in."""

from typing import Any, cast

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from constructs import IConstruct


def test_aspects_that_look_at_a_policy_see_its_resources(stack: cdk.Stack, import_job: Any, resources: Any) -> None:
    import_job()
    seen: list[Any] = []

    @jsii.implements(cdk.IAspect)
    class Looking:
        def visit(self, node: IConstruct) -> None:
            if isinstance(node, iam.Policy) and "ReadData" in node.node.path:
                seen.extend(stack.resolve(node.document)["Statement"])

    cdk.Aspects.of(stack).add(cast("cdk.IAspect", Looking()))
    resources(stack)

    assert [one["Action"] for one in seen] == ["s3:GetObject", "s3:ListBucket"]
    assert all("Resource" in one for one in seen)
