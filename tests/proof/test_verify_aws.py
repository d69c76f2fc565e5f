"""`make verify-aws` in every stage: what `make test` shows of the cheapest ones in tests/conformance."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "conformance"))
from command_runner import FAST_STAGES, CommandRunner, strict_account, unexpected_answers
from verify_aws.command import Status
from verify_aws.comparison import divergences
from verify_aws.stages.all_stages import STAGES

if TYPE_CHECKING:
    from cdk_data_jobs_local import OfflineAws


@pytest.mark.parametrize("key", [key for key in STAGES if key not in FAST_STAGES])
def test_the_offline_aws_is_wrong_only_where_it_is_known_to_be(key: str, everything: bool) -> None:
    if not everything:
        pytest.skip("one of the longer stages")
    with strict_account() as (aws, boundary):
        assert unexpected_answers(STAGES[key], aws, boundary) == []


@pytest.mark.parametrize("key", [key for key in STAGES if key != "a"])
def test_a_stage_is_resumed_after_ctrl_c(key: str, offline_aws: OfflineAws, tmp_path: Path, everything: bool) -> None:
    if not everything:
        pytest.skip("the same is shown for stage a in tests/conformance")
    offline_aws.bootstrap()
    runner, steps = CommandRunner(offline_aws, tmp_path), STAGES[key].steps()
    middle = len(steps) // 2

    status, printed = runner.interrupt(f"  {steps[middle]} ...", "--stage", key, "--budget", "5")
    assert status == Status.INTERRUPTED, printed
    assert [*runner.record(key).steps] == steps[:middle]
    assert runner.left() == []

    status, printed = runner.run("--yes", "--stage", key, "--budget", "5")
    assert status in (Status.AGREE, Status.DIFFER), printed
    assert f"  {steps[middle - 1]}: done before\n  {steps[middle]} ..." in printed
    assert [*runner.record(key).steps] == steps
    assert runner.left() == []
    assert {*re.findall("^AWS differs from what was expected: (.*)", printed, re.MULTILINE)} <= {*divergences(key)}
    assert "the offline AWS is wrong" not in printed
