"""The packs of cdk-nag, for each kind of job and each thing that a job can be declared with."""

from typing import Any

import pytest
from cdk_nag import (
    AwsSolutionsChecks,
    HIPAASecurityChecks,
    NIST80053R5Checks,
    PCIDSS321Checks,
    ServerlessChecks,
)

PACKS = [AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks]


@pytest.mark.parametrize("pack", PACKS)
def test_every_finding_is_fixed_or_acknowledged_with_a_reason(pack: Any, declared: Any) -> None:
    assert declared.findings(pack) == {}


def test_every_acknowledgement_answers_a_finding(declared: Any) -> None:
    found = [declared.findings(pack, acknowledged=False) for pack in PACKS]
    broken = {(path, id_) for findings in found for id_, paths in findings.items() for path in paths}

    assert broken
    assert [
        (path, id_)
        for path, id_ in declared.acknowledged
        if not any(id_ == rule and f"{where}/".startswith(f"{path}/") for where, rule in broken)
    ] == []
