"""How the event types of an import are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdk_data_jobs_check import check_files

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cdk_data_jobs_check import Report, Schema

    Check = Callable[..., Report]

INTERACTIONS = {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long", "EVENT_TYPE": "string"}


@pytest.fixture
def check_types(write: Callable[..., Path], make_schema: Callable[..., Schema]) -> Check:
    """Checks files of interactions with event types, one file a list."""

    def make(*files: Sequence[str], name: str = "Interactions", **more: Any) -> Report:
        types = {**INTERACTIONS, **more}
        ids = {"ACTION_ID": "string"} if name == "Action_Interactions" else {}
        schema = make_schema(name, **({key: types[key] for key in types if key != "ITEM_ID"} | ids if ids else types))
        header = f"{','.join(schema.names)}\n"
        known = {"USER_ID": "u1", "ITEM_ID": "i1", "ACTION_ID": "a1", "TIMESTAMP": "1735690635"}
        contents = [
            header
            + "".join(
                ",".join({"EVENT_TYPE": one, **known}.get(key, "1") for key in schema.names) + "\n" for one in file
            )
            for file in files
        ]
        return check_files(
            [write(content, f"{number}.csv") for number, content in enumerate(contents)], schema, min_interactions=0
        )

    return make


def kinds(count: int) -> list[str]:
    """Returns so many event types, each twice."""
    return [f"kind {number}" for number in range(count)] * 2


@pytest.mark.parametrize(
    ("count", "more", "rules"),
    [
        (9, {}, {}),
        (10, {}, {"event-types": 1}),
        (40, {}, {"event-types": 1}),
        (8, {"EVENT_VALUE": "float"}, {}),
        (9, {"EVENT_VALUE": "float"}, {"event-types": 1}),
        (7, {"PLACE": "int", "DEVICE": "int"}, {}),
        (8, {"PLACE": "int", "DEVICE": "int"}, {"event-types": 1}),
        (9, {"RECOMMENDATION_ID": "string", "IMPRESSION": "string"}, {}),
    ],
)
def test_there_are_only_so_many_event_types_and_optional_columns(
    check_types: Check, count: int, more: dict[str, str], rules: dict[str, int]
) -> None:
    report = check_types(kinds(count), **more)

    assert dict(report.violation_counts) == rules
    assert report.rows == 2 * count
    assert report.ok


def test_the_first_one_too_many_is_reported_where_it_is(check_types: Check) -> None:
    (finding,) = check_types(kinds(12)).findings

    assert (finding.line, finding.character, finding.column) == (11, 18, "EVENT_TYPE")
    assert finding.message == (
        "interactions should have at most 10 event types and optional columns together, got 10 or more event types, "
        "such as 'kind 9', and the columns EVENT_TYPE"
    )


def test_the_event_types_of_all_files_count_together(check_types: Check) -> None:
    assert check_types(kinds(6), kinds(9), kinds(3)).findings == ()
    assert check_types(kinds(6), ["other", "another", "third", *kinds(7)]).violation_counts == {"event-types": 1}


def test_action_interactions_have_no_such_limit(check_types: Check) -> None:
    assert check_types(kinds(20), name="Action_Interactions").findings == ()


def test_an_empty_event_type_is_none(check_types: Check) -> None:
    assert check_types([*kinds(9), ""], EVENT_TYPE=["null", "string"]).findings == ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(["a", '"a"', "b c", '"b c"', '"d,e"', '"f ""g"""', 'h"i', "j\\k", '"l\\"m"', "nn", "n", "o.*"])
    )
)
def test_event_types_count_once_however_they_are_spelt(check_types: Check, spellings: list[str]) -> None:
    types = {spelling.strip('"').replace('""', '"').replace("\\", "") for spelling in spellings}
    report = check_types(spellings, PLACE="int", DEVICE="int")

    assert ("event-types" in report.violation_counts) == (len(types) > 7)
    assert report.rows == len(spellings)
