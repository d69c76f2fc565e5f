"""The test steps that ask AWS hold on the offline AWS, too, and it answers what AWS was recorded to answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from command_runner import FAST_STAGES, unexpected_answers
from verify_aws.comparison import DIVERGENCES
from verify_aws.records import AWS, RECORDINGS, Record
from verify_aws.stages.all_stages import STAGES

if TYPE_CHECKING:
    from cdk_data_jobs_local import OfflineAws


@pytest.mark.parametrize("key", FAST_STAGES)
def test_the_offline_aws_is_wrong_only_where_it_is_known_to_be(key: str, account: tuple[OfflineAws, str]) -> None:
    assert unexpected_answers(STAGES[key], *account) == []


def test_a_resumed_run_that_begins_with_a_deletion_answers_the_same(
    account: tuple[OfflineAws, str],
) -> None:
    assert unexpected_answers(STAGES["b"], *account, first="deletion") == []


def test_each_step_is_documented_and_each_divergence_is_of_a_stage_and_has_a_reason() -> None:
    listed = json.loads(DIVERGENCES.read_text(encoding="utf-8"))

    assert {*listed} <= {*STAGES}
    assert all(reason for reasons in listed.values() for reason in reasons.values())
    assert [name for stage in STAGES.values() for name in stage.steps() if not getattr(stage, name).__doc__] == []
    assert all(stage.steps() for stage in STAGES.values())


def test_recordings_are_of_aws() -> None:
    assert {Record.read(file).answered_by for file in RECORDINGS.glob("*.json")} <= {AWS}
