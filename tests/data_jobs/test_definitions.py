"""A definition that no run could use to its end is rejected before there is a job."""

from __future__ import annotations

import json
from typing import Any

import pytest

from data_jobs.definitions import table, validated_definition


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"attributes": {"count": "Stats[0.count"}}, "Stats[0.count"),
        ({"status": "job."}, "job."),
        ({"create": {"operation": "create_it", "id": ""}}, "EmptyExpressionError"),
        ({"find": {"parameters": {}, "jobs": "a b"}}, "KeyError"),
        ({"attributes": ["status"]}, "AttributeError"),
        ({"attributes": {"count": "(" * 9999}}, "RecursionError"),
        ({"failed": "FAILED"}, "TypeError: failed must be a list of strings"),
        ({"failed": []}, "failed must not be empty"),
        ({"name": {"arn": "arn:{nobody}", "max_length": 63}}, "KeyError: 'nobody'"),
    ],
    ids=["attribute", "status", "id", "find", "attributes", "nested", "text", "empty", "name"],
)
def test_a_definition_that_can_never_work_is_refused_before_there_is_a_job(
    function: Any, changes: dict[str, Any], reason: str
) -> None:
    event = function.event()
    event["ResourceProperties"]["Definition"] = {**table()["Custom::PersonalizeDatasetImportJob"], **changes}

    function.start(event)

    [body] = function.responses.bodies
    assert body["Status"] == "FAILED"
    assert body["Reason"].startswith("the job's definition is invalid: ")
    assert reason in body["Reason"]


def paths(value: dict[str, Any], at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every place of a definition at which a JMESPath stands."""
    inner = [found for name, part in value.items() if isinstance(part, dict) for found in paths(part, (*at, name))]
    return [(*at, name) for name, part in value.items() if isinstance(part, str)] + inner


NO_PATHS = ("title", "service", "operation", "parameter", "hints", "JobStatus")
PATHS = [path for path in paths(table()["Custom::PinpointImportJob"]) if not {path[0], path[-1]} & {*NO_PATHS}]


@pytest.mark.parametrize("path", PATHS, ids=".".join)
def test_a_path_that_is_none_is_refused_wherever_it_stands(path: tuple[str, ...]) -> None:
    definition = json.loads(json.dumps(table()["Custom::PinpointImportJob"]))
    place = definition
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = "job."

    with pytest.raises(ValueError, match=r"^the job's definition is invalid: \w+: "):
        validated_definition("kind", {"Definition": definition})


@pytest.mark.parametrize("name", ["succeeded", "failed", "not_identity", "busy", "denied"])
@pytest.mark.parametrize("value", ["ACTIVE", ["ACTIVE", 5]], ids=str)
def test_a_list_of_strings_is_nothing_else(name: str, value: object) -> None:
    definition = {**table()["Custom::PersonalizeDatasetImportJob"], name: value}

    with pytest.raises(ValueError, match=f"is invalid: TypeError: {name} must be a list of strings"):
        validated_definition("kind", {"Definition": definition})


def test_the_length_of_a_name_is_a_number() -> None:
    row = table()["Custom::PersonalizeDatasetImportJob"]

    with pytest.raises(ValueError, match="is invalid: ValueError: invalid literal"):
        validated_definition("kind", {"Definition": {**row, "name": {**row["name"], "max_length": "many"}}})


@pytest.mark.parametrize("definition", [None, "text", []], ids=repr)
def test_an_unknown_kind_is_reported_with_those_that_are_known(definition: object) -> None:
    with pytest.raises(ValueError, match=r"^unknown kind of job: Custom::Other; this version knows ") as raised:
        validated_definition("Custom::Other", {"Definition": definition})

    assert str(raised.value).partition(" knows ")[2].split(", ") == sorted(table())


def test_the_kinds_of_jobs_are_read_on_first_use() -> None:
    table.cache_clear()

    assert table()["Custom::PinpointImportJob"]["service"] == "pinpoint"


@pytest.mark.parametrize("row", table(), ids=str)
def test_every_definition_of_the_library_is_valid(row: str) -> None:
    assert validated_definition(row, {}) == table()[row]
