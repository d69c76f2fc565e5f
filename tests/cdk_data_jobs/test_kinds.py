"""Every kind of job with every argument of its own: what it synthesizes."""

import aws_cdk as cdk
import pytest
from catalogue.everything import KINDS
from catalogue.shop import Shop
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from cdk_data_jobs.testing import stable_template


@pytest.mark.parametrize("kind", KINDS)
def test_snapshot(kind: str, shop: Shop, snapshot: SnapshotAssertion, stack: cdk.Stack) -> None:
    KINDS[kind](shop)

    # A runner without its policy is the same for all kinds.
    resources = {
        name: value
        for name, value in stable_template(stack)["Resources"].items()
        if not name.startswith("DataJobRunner") or value["Type"] == "AWS::IAM::Policy"
    }
    assert resources == snapshot(extension_class=JSONSnapshotExtension)
