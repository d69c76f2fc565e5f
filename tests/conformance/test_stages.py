"""The bodies that ask AWS hold on the offline AWS, too, and it answers what AWS was recorded to answer."""

from __future__ import annotations

import json

import pytest
from posing import CHEAP, account_for, wrong_offline
from verify_aws.comparison import DIVERGENCES
from verify_aws.records import AWS, RECORDINGS, Record
from verify_aws.stages.catalogue import STAGES


@pytest.mark.parametrize("key", CHEAP)
def test_the_offline_aws_is_wrong_only_where_it_is_known_to_be(key: str) -> None:
    with account_for(key) as (aws, boundary):
        assert wrong_offline(STAGES[key], aws, boundary) == []


def test_each_step_is_documented_and_each_divergence_is_of_a_stage_and_has_a_reason() -> None:
    listed = json.loads(DIVERGENCES.read_text(encoding="utf-8"))

    assert {*listed} <= {*STAGES}
    assert all(reason for reasons in listed.values() for reason in reasons.values())
    assert [name for stage in STAGES.values() for name in stage.steps() if not getattr(stage, name).__doc__] == []
    assert all(stage.steps() for stage in STAGES.values())


def test_recordings_are_of_aws() -> None:
    assert {Record.read(file).answered_by for file in RECORDINGS.glob("*.json")} <= {AWS}
