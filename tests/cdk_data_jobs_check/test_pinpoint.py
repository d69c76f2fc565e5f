"""Files of endpoints: what the guide shows is valid, and findings are few and say what to do."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_check import findings
from cdk_data_jobs_check.pinpoint.attributes import CHANNELS
from cdk_data_jobs_check.pinpoint.entries import read_entries
from cdk_data_jobs_check.pinpoint.files import check_endpoint_files, names_of_format
from cdk_data_jobs_local.services.core.model import botocore_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdk_data_jobs_check import Report

DATA = Path(__file__).parents[2] / "examples" / "data"
# Of the user guide's examples.
HEADER = "ChannelType,Address,Location.Country,Demographic.Platform,Demographic.Make,User.UserId\n"
ROWS = "SMS,+16045550182,CA,Android,LG,example-user-id-1\nEMAIL,john.stiles@example.com,US,iOS,Apple,user-2\n"
MULTIPLE = "ChannelType,Address,User.UserAttributes.new,User.UserAttributes.new\nEMAIL,a@example.com,test10,test20\n"
JSON = (
    '{"ChannelType":"SMS","Address":"+16045550182","Location":{"Country":"CA"},'
    '"Demographic":{"Platform":"Android","Make":"LG"},"User":{"UserId":"example-user-id-1"},'
    '"Attributes":{"Ride":["Bus"]}}\n'
)


@pytest.fixture
def check(write: Callable[..., Path]) -> Callable[..., Report]:
    """Checks a file; JSON if it begins with a brace."""

    def check(content: str) -> Report:
        return check_endpoint_files([write(content)], "JSON" if content.startswith("{") else "CSV")

    return check


@pytest.mark.parametrize("content", [HEADER + ROWS, MULTIPLE, JSON], ids=["csv", "several-values", "json"])
def test_the_examples_of_the_guide_are_valid(check: Callable[..., Report], content: str) -> None:
    assert check(content).findings == ()


def test_the_data_of_the_examples_is_valid() -> None:
    assert check_endpoint_files([DATA / "endpoints.csv"], "CSV").findings == ()


def test_the_channels_are_those_of_the_service_model() -> None:
    shape: Any = botocore_model("pinpoint").shape_for("ChannelType")

    assert [*CHANNELS] == shape.enum


def test_all_attributes_are_members_of_the_service_model(check: Callable[..., Report]) -> None:
    shape: Any = botocore_model("pinpoint").shape_for("EndpointBatchItem")
    names = [
        f"{name}.{inner}" if member.type_name == "structure" else name
        for name, member in shape.members.items()
        for inner in getattr(member, "members", [""])
        if member.type_name != "map" and inner != "UserAttributes"
    ]
    header = ",".join([*names, "Attributes.A", "User.UserAttributes.A", "Metrics.A"])

    assert check(header + "\n").ok
    assert len(names) > 20


@pytest.mark.parametrize(
    "entry", [{"Location.Country": "US"}, {"Location": {"Town": "x"}}, {"": "x"}, {"Attributes": {"": ["x"]}}]
)
def test_in_json_attributes_are_nested(check: Callable[..., Report], entry: dict[str, Any]) -> None:
    content = json.dumps({"ChannelType": "EMAIL", "Address": "a@example.com", **entry})

    assert [*check(content).violation_counts] == ["pinpoint-attribute"]


def test_an_entry_has_the_error_for_which_it_is_not_imported() -> None:
    lines = [{"ChannelType": "EMAIL", "Id": 1, "OptOut": "no"}, {"ChannelType": "EMAIL", "Id": 1}]
    content = "".join(f"{json.dumps(line)}\n" for line in lines)
    refused, imported = read_entries(io.BytesIO(content.encode()), "JSON")

    assert refused.error is not None
    assert refused.error.rule == "pinpoint-opt-out"
    assert (imported.error, imported.definition) == (None, {"ChannelType": "EMAIL", "Id": "1"})


def test_findings_are_counted_by_rule_and_attribute(check: Callable[..., Report]) -> None:
    line = json.dumps({"ChannelType": "EMAIL", "Address": "a@example.com", "Attributes": {"a": [1], "b": ["v" * 101]}})
    report = check(f"{line}\n" * 1000)

    assert (report.rows, report.errors) == (1000, 2000)
    assert [(one.rule, one.column, one.count) for one in report.findings] == [
        ("pinpoint-structure", "Attributes.a", 1000),
        ("pinpoint-attribute-value", "Attributes.b", 1000),
    ]


def test_attributes_with_names_of_their_own_make_few_findings(check: Callable[..., Report]) -> None:
    lines = ({"ChannelType": "EMAIL", "Address": "a@b.c", "Attributes": {f"a{n}": "x"}} for n in range(1000))
    report = check("".join(f"{json.dumps(line)}\n" for line in lines))

    assert report.errors == 1000
    assert len(report.findings) < 260


def test_custom_attributes_beyond_the_limit_are_told_once_and_their_flaws_together(
    check: Callable[..., Report],
) -> None:
    names = [f"a{number}" for number in range(253)]
    lines = ({"ChannelType": "EMAIL", "Address": "a@b.cd", "Attributes": {name: ["v" * 101]}} for name in names)
    report = check("".join(f"{json.dumps(line)}\n" for line in lines))

    assert [(one.line, one.rule, one.column, one.count) for one in report.findings[250:]] == [
        (251, "pinpoint-attribute-value", "Attributes.a250", 1),
        (251, "pinpoint-attributes", None, 1),
        (252, "pinpoint-attribute-value", None, 2),
    ]


def test_a_check_that_stops_has_counted_the_files_that_are_ignored(
    write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings, "MAX_ERRORS", 1)
    write("{}\n", "a.json")
    report = check_endpoint_files([write('ChannelType\n"', "a.csv").parent], "CSV")

    assert [(one.rule, one.is_lower_bound) for one in report.findings] == [
        ("pinpoint-ignored-file", False),
        ("pinpoint-csv", True),
    ]


@pytest.mark.parametrize(
    ("names", "read"),
    [
        (["a.csv", "b.CSV", "c"], ["a.csv", "b.CSV", "c"]),
        (["a.csv", "b.json", "c"], ["a.csv"]),
        (["b.json", "c"], ["c"]),
    ],
)
def test_of_a_folder_the_files_of_the_format_are_read(names: list[str], read: list[str]) -> None:
    assert names_of_format(names, "CSV") == read
