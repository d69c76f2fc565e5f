"""Names of columns are those of the schema if nothing else may be meant."""

from __future__ import annotations

import pytest

from cdk_data_jobs_cli.conversion.names import Match, match_names


@pytest.mark.parametrize("name", ["USER_ID", "user_id", "userId", "User Id", "user-id", "user\nid", "[user.id]"])
def test_a_name_may_be_spelt_in_many_ways(name: str) -> None:
    assert match_names(["USER_ID"], ["x", name]) == Match({"USER_ID": 1}, {}, ["x"])


def test_an_exact_name_comes_first_and_the_other_is_extra() -> None:
    assert match_names(["USER_ID"], ["user_id", "USER_ID"]) == Match({"USER_ID": 1}, {}, ["user_id"])


def test_several_names_are_ambiguous() -> None:
    assert match_names(["USER_ID"], ["userid", "user_id"]) == Match({}, {"USER_ID": ["userid", "user_id"]}, [])


def test_fields_that_differ_in_their_spelling_alone_have_their_exact_names() -> None:
    assert match_names(["A_B", "AB"], ["AB", "a_b"]) == Match({"AB": 0}, {}, ["a_b"])
