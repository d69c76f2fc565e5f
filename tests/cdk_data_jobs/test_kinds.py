"""Every kind of job with everything set: what it synthesizes, and what a review finds in it."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from cdk_nag import AwsSolutionsChecks
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

KINDS = [
    "dataset_import_job",
    "dataset_export_job",
    "data_deletion_job",
    "batch_inference_job",
    "batch_segment_job",
    "pinpoint_import_job",
    "pinpoint_export_job",
    "aws_job",
]


@pytest.mark.parametrize("kind", KINDS)
def test_snapshot(
    kind: str, everything: Any, scrubbed: Callable[[object], Any], snapshot: SnapshotAssertion, stack: cdk.Stack
) -> None:
    getattr(everything, kind)()

    # A runner without its policy is the same for all kinds.
    resources = {
        name: value
        for name, value in Template.from_stack(stack).to_json()["Resources"].items()
        if not name.startswith("DataJobRunner") or value["Type"] == "AWS::IAM::Policy"
    }
    assert scrubbed(resources) == snapshot(extension_class=JSONSnapshotExtension)


@pytest.mark.parametrize("kind", KINDS)
def test_the_review_finds_nothing(kind: str, app: cdk.App, everything: Any) -> None:
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app, verbose=True))
    getattr(everything, kind)()

    app.synth()


@pytest.mark.parametrize("kind", KINDS)
def test_no_action_is_a_wildcard_and_no_resource_is_one_alone(
    kind: str, everything: Any, stack: cdk.Stack, resources: Callable[..., Any]
) -> None:
    getattr(everything, kind)()

    statements = [
        statement
        for policy in resources(stack, "AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    assert statements
    assert [one for one in statements if "*" in str(one["Action"]) or one["Resource"] == "*"] == []


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_a_job_needs_exists_first(
    kind: str,
    everything: Any,
    stack: cdk.Stack,
    resources: Callable[..., Any],
    cycles: Callable[[dict[str, Any]], list[str]],
) -> None:
    getattr(everything, kind)()

    found = resources(stack)
    assert cycles({"Resources": found}) == []

    def before(name: str) -> set[str]:
        first = set(found[name].get("DependsOn", []))
        return first.union(*(before(one) for one in first))

    jobs = [name for name, value in found.items() if value["Type"].startswith("Custom::")]
    policies = {name for name, value in found.items() if value["Type"] == "AWS::IAM::Policy"}
    buckets_policies = {
        name
        for name, value in found.items()
        if value["Type"] == "AWS::S3::BucketPolicy" and "personalize" in str(value)
    }
    for job in jobs:
        assert before(job) >= policies | buckets_policies
