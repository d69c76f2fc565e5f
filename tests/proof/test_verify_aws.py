"""`make verify-aws` in every stage: what `make test` shows of the cheapest ones in tests/conformance."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "conformance"))
from posing import CHEAP, Posing, account_for, wrong_offline
from verify_aws.command import Status
from verify_aws.comparison import divergences
from verify_aws.stages.catalogue import STAGES


@pytest.mark.parametrize("key", [key for key in STAGES if key not in CHEAP])
def test_the_offline_aws_is_wrong_only_where_it_is_known_to_be(key: str, everything: bool) -> None:
    if not everything:
        pytest.skip("one of the longer stages")
    with account_for(key) as (aws, boundary):
        assert wrong_offline(STAGES[key], aws, boundary) == []


@pytest.mark.parametrize("key", [key for key in STAGES if key != "a"])
def test_a_stage_is_resumed_after_ctrl_c(key: str, tmp_path: Path, everything: bool) -> None:
    if not everything:
        pytest.skip("the same is shown for stage a in tests/conformance")
    with account_for(key) as (aws, boundary):
        aws.bootstrap()
        posing, steps = Posing(aws, tmp_path), STAGES[key].steps()
        middle = len(steps) // 2
        arguments = ("--stage", key, "--budget", "5", *(("--boundary", boundary) if boundary else ()))

        status, printed = posing.interrupt(f"  {steps[middle]} ...", *arguments)
        assert status == Status.INTERRUPTED, printed
        assert [*posing.record(key).steps] == steps[:middle]
        assert posing.left() == []

        status, printed = posing.run("--yes", *arguments)
        assert status in (Status.AGREE, Status.DIFFER), printed
        assert f"  {steps[middle - 1]}: done before\n  {steps[middle]} ..." in printed
        assert [*posing.record(key).steps] == steps
        assert posing.left() == []
    assert {*re.findall("^the test is wrong: (.*)", printed, re.MULTILINE)} <= {*divergences(key)}
    assert "the offline AWS is wrong" not in printed
