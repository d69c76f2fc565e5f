"""Texts of CloudFormation's become what a service's model asks for, and its values become texts."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import boto3
import pytest
from botocore.validate import validate_parameters

from data_jobs.attributes import text, typed


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

    received = typed(sent, batch)

    validate_parameters(received, batch)
    assert received["numResults"] == 25
    assert received["tags"] == [{"tagKey": "rows", "tagValue": "42"}]
    assert received["batchInferenceJobConfig"] == {"itemExplorationConfig": {"explorationWeight": "0.3"}}


def test_fractions_get_their_type_back_in_a_map() -> None:
    update = shape("pinpoint", "UpdateEndpoint")
    sent = {"ApplicationId": "a", "EndpointId": "e", "EndpointRequest": {"Metrics": {"clicks": "0.5"}}}

    received = typed(sent, update)

    validate_parameters(received, update)
    assert received["EndpointRequest"]["Metrics"] == {"clicks": 0.5}


@pytest.mark.parametrize(("name", "value"), [("publishAttributionMetricsToS3", "yes")])
def test_a_text_of_another_type_is_refused(name: str, value: str) -> None:
    with pytest.raises(ValueError, match="expected true or false, got yes"):
        typed({name: value}, shape("personalize", "CreateDatasetImportJob"))


def test_what_the_model_does_not_know_is_left_for_the_service_to_judge() -> None:
    assert typed({"new": {"a": "1"}}, shape("personalize", "CreateDatasetImportJob")) == {"new": {"a": "1"}}


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
    ],
    ids=["scalars", "inside", "a whole document", "a text", "no JSON"],
)  # fmt: skip
def test_a_document_gets_back_the_types_that_its_texts_look_like(given: Any, received: Any) -> None:
    converse = shape("bedrock-runtime", "Converse")

    sent = typed({"additionalModelRequestFields": given}, converse)

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
        (dt.datetime(2024, 1, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=2))), "2024-01-01T10:00:00Z"),
    ],
)
def test_values_become_texts(value: object, expected: str) -> None:
    assert text(value) == expected
