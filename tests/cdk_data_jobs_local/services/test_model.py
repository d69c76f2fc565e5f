from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_local.services.core.errors import ServiceError
from cdk_data_jobs_local.services.core.protocols import Request

if TYPE_CHECKING:
    from cdk_data_jobs_local.services.personalize import Personalize

GROUP_ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset-group/shop"


@pytest.mark.parametrize(
    ("operation", "parameters", "message"),
    [
        ("CreateDatasetGroup", {}, 'Missing required parameter in input: "name"'),
        ("CreateDatasetGroup", {"name": 5}, "Invalid type for parameter name"),
        ("CreateDatasetGroup", {"name": ""}, "Invalid length for parameter name"),
        ("CreateDatasetGroup", {"name": "a" * 64}, "length less than or equal to 63"),
        ("CreateDatasetGroup", {"name": "-a"}, "regular expression pattern: ^[a-zA-Z0-9]"),
        ("CreateDatasetGroup", {"name": "a", "domain": "SHOP"}, "enum value set: [ECOMMERCE, VIDEO_ON_DEMAND]"),
        ("CreateDatasetGroup", {"name": "a", "tags": [{"tagKey": "a", "tagValue": "%"}]}, "'tags.1.member.tagValue'"),
        ("CreateDatasetGroup", {"name": "a", "tags": [{"tagKey": "k" * 129, "tagValue": ""}]}, "equal to 128"),
        ("ListDatasetGroups", {"maxResults": 101}, "value less than or equal to 100"),
        ("DescribeDatasetGroup", {"datasetGroupArn": "no-arn"}, "arn:([a-z\\d-]+):personalize"),
    ],
)
def test_a_request_that_breaks_the_model_is_refused(
    call: Any, operation: str, parameters: dict[str, Any], message: str
) -> None:
    with pytest.raises(ServiceError) as refused:
        call(operation, **parameters)

    assert refused.value.code == "InvalidInputException"
    assert message in refused.value.message


def test_tags_may_be_in_any_script(call: Any) -> None:
    call("CreateDatasetGroup", name="a", tags=[{"tagKey": "größe 大", "tagValue": "a b/c:d=e+f-g@h_1.\u0663"}])


def test_a_response_has_the_members_of_the_model_and_no_other(call: Any) -> None:
    call("CreateDatasetGroup", name="shop", tags=[{"tagKey": "a", "tagValue": "b"}])

    group = call("DescribeDatasetGroup", datasetGroupArn=GROUP_ARN)["datasetGroup"]

    assert sorted(group) == ["creationDateTime", "datasetGroupArn", "lastUpdatedDateTime", "name", "status"]


def test_an_operation_that_is_not_emulated_says_so(call: Any) -> None:
    with pytest.raises(ServiceError) as refused:
        call("ListRecipes")

    assert (refused.value.code, refused.value.status) == ("UnknownOperationException", 501)


def request(operation: str, body: bytes) -> Request:
    return Request(headers={"x-amz-target": f"AmazonPersonalize.{operation}"}, body=body)


def test_an_operation_that_does_not_exist_is_refused(personalize: Personalize) -> None:
    response = personalize.respond(request("CreateWonders", b"{}"))

    assert (response.status, b"CreateWonders is not an operation" in response.body) == (400, True)


@pytest.mark.parametrize("body", [b"[", b"[]"])
def test_a_body_that_is_no_json_object_is_refused(personalize: Personalize, body: bytes) -> None:
    assert personalize.respond(request("ListSchemas", body)).status == 400
