"""The packs of cdk-nag, for each entry of the catalogue."""

from typing import Any

import aws_cdk as cdk
import pytest
from cdk_nag import (
    AwsSolutionsChecks,
    HIPAASecurityChecks,
    NIST80053R5Checks,
    PCIDSS321Checks,
    ServerlessChecks,
)

from cdk_data_jobs import DataBucket

PACKS = [AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks]


def test_every_finding_is_acknowledged_and_every_acknowledgment_is_of_a_finding(
    declared: Any, request: pytest.FixtureRequest
) -> None:
    found = [declared.findings(pack) for pack in PACKS]
    broken = {(path, id_) for findings in found for id_, paths in findings.items() for path in paths}
    declared.acknowledge()

    assert {pack.__name__: left for pack in PACKS if (left := declared.findings(pack))} == {}
    assert broken
    # Only now, for what it returns has the acknowledgments.
    acknowledged = request.getfixturevalue("synthesized").acknowledged
    assert [
        (path, id_)
        for path, id_ in acknowledged
        if not any(id_ == rule and f"{where}/".startswith(f"{path}/") for where, rule in broken)
    ] == []


def test_findings_that_nobody_acknowledged_are_errors(app: cdk.App, stack: cdk.Stack) -> None:
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    DataBucket(stack, "Bucket")

    with pytest.raises(RuntimeError, match="AwsSolutions-S1"):
        app.synth()
