"""Every kind of job with every argument of its own: what it synthesizes."""

from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from catalogue.everything import KINDS
from catalogue.shop import Shop
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension


@pytest.mark.parametrize("kind", KINDS)
def test_snapshot(
    kind: str, shop: Shop, scrubbed: Callable[[object], object], snapshot: SnapshotAssertion, stack: cdk.Stack
) -> None:
    KINDS[kind](shop)

    # A runner without its policy is the same for all kinds.
    resources = {
        name: value
        for name, value in Template.from_stack(stack).to_json()["Resources"].items()
        if not name.startswith("DataJobRunner") or value["Type"] == "AWS::IAM::Policy"
    }
    assert scrubbed(resources) == snapshot(extension_class=JSONSnapshotExtension)
