"""`make verify-aws` in every stage: what `make test` shows of the fastest ones in tests/conformance."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "conformance"))
from command_runner import FAST_STAGES, REGION, CommandRunner, unexpected_answers
from verify_aws.command import Status
from verify_aws.comparison import divergences
from verify_aws.offline import strict_account
from verify_aws.stages.all_stages import STAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk_data_jobs_local import OfflineAws


@pytest.fixture(scope="module")
def account(everything: bool) -> Iterator[tuple[OfflineAws, str]]:
    if not everything:
        pytest.skip("of the fastest stages, the same is shown in tests/conformance")
    with strict_account(REGION) as (aws, boundary):
        aws.bootstrap()
        yield aws, boundary


@pytest.mark.parametrize("key", [key for key in STAGES if key not in FAST_STAGES])
def test_the_offline_aws_is_wrong_only_where_it_is_known_to_be(key: str, account: tuple[OfflineAws, str]) -> None:
    assert unexpected_answers(STAGES[key], *account) == []


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("key", STAGES)
def test_each_step_may_be_the_first_of_a_run_that_is_resumed_after_ctrl_c(
    key: str, account: tuple[OfflineAws, str], tmp_path: Path
) -> None:
    runner, steps, arguments = CommandRunner(*account, tmp_path), STAGES[key].steps(), ("--stage", key, "--budget", "5")

    for done, step in enumerate(steps[1:], start=1):
        status, printed = runner.interrupt({f"  {step} ..."}, "--yes", *arguments)
        assert status == Status.INTERRUPTED, printed
        assert [*runner.record(key).steps] == steps[:done]
        assert runner.leftovers() == []

    status, printed = runner.run("--yes", *arguments)
    assert status in (Status.AGREE, Status.DIFFER), printed
    assert f"  {steps[-2]}: done before\n  {steps[-1]} ..." in printed
    assert [*runner.record(key).steps] == steps
    assert runner.leftovers() == []
    differs = re.findall(r"^AWS differs from what was expected: (.*?)(?: \(|$)", printed, re.MULTILINE)
    assert {*differs} <= {*divergences(key)}, printed
    assert "the offline AWS is wrong" not in printed
