"""CloudFormation's strings get the types of a service's model, and a service's values become strings or times."""

from __future__ import annotations

import datetime as dt
import json
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.model import ShapeResolver
from botocore.validate import validate_parameters

from data_jobs.conversion import to_string, to_timestamp, to_typed

if TYPE_CHECKING:
    from collections.abc import Iterator


def shape(service: str, operation: str) -> Any:
    model = boto3.session.Session(region_name="eu-west-1").client(service).meta.service_model
    return model.operation_model(operation).input_shape


def test_scalars_get_their_types_back_at_every_depth() -> None:
    batch = shape("personalize", "CreateBatchInferenceJob")
    sent = {
        "jobName": "name",
        "solutionVersionArn": "arn",
        "numResults": "25",
        "jobInput": {"s3DataSource": {"path": "s3://bucket/in"}},
        "jobOutput": {"s3DataDestination": {"path": "s3://bucket/out"}},
        "roleArn": "arn",
        "batchInferenceJobConfig": {"itemExplorationConfig": {"explorationWeight": "0.3"}},
        "tags": [{"tagKey": "rows", "tagValue": "42"}],
    }

    received = to_typed(sent, batch)

    validate_parameters(received, batch)
    assert received["numResults"] == 25
    assert received["tags"] == [{"tagKey": "rows", "tagValue": "42"}]
    assert received["batchInferenceJobConfig"] == {"itemExplorationConfig": {"explorationWeight": "0.3"}}


def test_fractions_get_their_type_back_in_a_map() -> None:
    update = shape("pinpoint", "UpdateEndpoint")
    sent = {"ApplicationId": "a", "EndpointId": "e", "EndpointRequest": {"Metrics": {"clicks": "0.5"}}}

    received = to_typed(sent, update)

    validate_parameters(received, update)
    assert received["EndpointRequest"]["Metrics"] == {"clicks": 0.5}


@pytest.mark.parametrize(
    ("kind", "given", "received"),
    [
        ("boolean", "true", True),
        ("boolean", "false", False),
        ("integer", "7", 7),
        ("long", "7", 7),
        ("float", "0.5", 0.5),
        ("double", "0.5", 0.5),
        ("string", "7", "7"),
        ("timestamp", "2024-01-01", "2024-01-01"),
    ],
)
def test_each_type_is_given_back_and_what_has_its_type_is_left(kind: str, given: str, received: object) -> None:
    known = ShapeResolver(
        {
            "One": {"type": kind},
            "Key": {"type": "string"},
            "Many": {"type": "list", "member": {"shape": "One"}},
            "Named": {"type": "map", "key": {"shape": "Key"}, "value": {"shape": "One"}},
        }
    )

    def read(value: object, name: str) -> object:
        return to_typed(value, known.get_shape_by_name(name))

    assert [repr(read(value, "One")) for value in (given, received)] == [repr(received)] * 2
    assert read([given, received], "Many") == [received, received]
    assert read({"a": given}, "Named") == {"a": received}


@pytest.mark.parametrize("value", [{"a": "1"}, ["1"]], ids=repr)
def test_an_object_or_a_list_where_the_model_has_none_is_left_for_the_service_to_reject(value: Any) -> None:
    for kind in ({"type": "integer"}, {"type": "structure", "members": {}}):
        assert to_typed(value, ShapeResolver({"One": kind}).get_shape_by_name("One")) == value


@pytest.mark.parametrize(("name", "value"), [("publishAttributionMetricsToS3", "yes")])
def test_a_string_of_another_type_is_refused(name: str, value: str) -> None:
    with pytest.raises(ValueError, match="expected true or false, got yes"):
        to_typed({name: value}, shape("personalize", "CreateDatasetImportJob"))


def test_what_the_model_does_not_know_is_left_for_the_service_to_reject() -> None:
    assert to_typed({"new": {"a": "1"}}, shape("personalize", "CreateDatasetImportJob")) == {"new": {"a": "1"}}


@pytest.mark.parametrize(
    ("given", "received"),
    [
        ({"top": "10", "strict": "true", "ratio": "0.5", "name": "shop", "code": "007"},
         {"top": 10, "strict": True, "ratio": 0.5, "name": "shop", "code": "007"}),
        ({"list": ["1", {"a": "false"}], "nested": "[1]", "nothing": "null"},
         {"list": [1, {"a": False}], "nested": "[1]", "nothing": "null"}),
        ('{"code": "42", "top": 42}', {"code": "42", "top": 42}),
        ("a text", "a text"),
        ({"big": "Infinity"}, {"big": "Infinity"}),
        ({"top": 10, "strict": True, "nothing": None}, {"top": 10, "strict": True, "nothing": None}),
    ],
    ids=["scalars", "inside", "a whole document", "a text", "no JSON", "no texts"],
)  # fmt: skip
def test_a_document_gets_back_the_types_that_its_strings_look_like(given: Any, received: Any) -> None:
    converse = shape("bedrock-runtime", "Converse")

    sent = to_typed({"additionalModelRequestFields": given}, converse)

    assert json.dumps(sent) == json.dumps({"additionalModelRequestFields": received})  # where 1 is not true


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (3, "3"),
        ("Ä", "Ä"),
        (["Ä", 1], '["Ä", 1]'),
        ({"Ä": None}, '{"Ä": null}'),
        ({"at": dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc)}, '{"at": "2024-01-01T00:00:00Z"}'),
        (dt.datetime(2024, 1, 1, 0, 0, 0, 999_999, tzinfo=dt.timezone.utc), "2024-01-01T00:00:00Z"),
        (dt.datetime(2024, 1, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=2))), "2024-01-01T10:00:00Z"),
    ],
)
def test_values_become_strings(value: object, expected: str) -> None:
    assert to_string(value) == expected


NOON = 1_700_049_600.0  # 2023-11-15T12:00:00Z


@pytest.fixture
def _in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if not hasattr(time, "tzset"):  # Python for WebAssembly knows UTC alone
        yield
        return
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    "value",
    [
        dt.datetime(2023, 11, 15, 12, tzinfo=dt.timezone.utc),
        dt.datetime(2023, 11, 15, 13, tzinfo=dt.timezone(dt.timedelta(hours=1))),
        dt.datetime(2023, 11, 15, 12),  # noqa: DTZ001 - AWS's times are in UTC
        "2023-11-15T12:00:00Z",
        "2023-11-15T12:00:00.000Z",
        "2023-11-15T13:00:00+01:00",
        "2023-11-15T12:00:00",
        1_700_049_600,
        1_700_049_600.0,
        1_700_049_600_000,
        "2023-11-15T12:00:00.000+00:00",
        Decimal(1700049600),
    ],
    ids=str,
)
@pytest.mark.usefixtures("_in_tokyo")
def test_a_time_is_read_however_it_is_written(value: object) -> None:
    assert to_timestamp(value) == NOON


@pytest.mark.parametrize(
    "value", [None, "", "soon", True, 0, -1, 1_700_049_600_000_000, {}, [1], float("nan")], ids=str
)
def test_what_is_no_time_is_no_time_long_ago(value: object) -> None:
    with pytest.raises(ValueError, match="must be a date, or seconds or milliseconds since 1970, got ") as raised:
        to_timestamp(value)

    assert str(raised.value).endswith(f"got {value!r}")


@pytest.mark.parametrize(
    ("reported", "seconds"),
    [
        (0.5, 0.5),
        (1, 1.0),
        (99_999_999_999, 99_999_999_999.0),
        (100_000_000_000, 100_000_000.0),
        (99_999_999_999_999, 99_999_999_999.999),
    ],
)
def test_a_number_is_seconds_or_milliseconds_as_it_is_large(reported: float, seconds: float) -> None:
    assert to_timestamp(reported) == seconds


def test_a_number_that_is_too_large_for_milliseconds_is_no_time() -> None:
    with pytest.raises(ValueError, match="got 100000000000000"):
        to_timestamp(10**14)
