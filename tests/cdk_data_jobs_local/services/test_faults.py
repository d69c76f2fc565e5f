from __future__ import annotations

from typing import Any

import pytest

from cdk_data_jobs_local.services.core.errors import ServiceError
from cdk_data_jobs_local.services.core.faults import Fault
from cdk_data_jobs_local.services.core.protocols import Request


def test_a_fault_befalls_as_many_calls_as_it_says(call: Any, personalize: Any) -> None:
    personalize.add_fault(
        Fault(operation="ListSchemas", error="ThrottlingException", message="Rate exceeded", times=2, status=429)
    )
    call("ListDatasetGroups")
    for _ in range(2):
        with pytest.raises(ServiceError, match="Rate exceeded") as error:
            call("ListSchemas")
        assert (error.value.code, error.value.status) == ("ThrottlingException", 429)

    assert call("ListSchemas") == {"schemas": []}


@pytest.mark.parametrize(("when", "groups"), [("before", 0), ("after", 1)])
def test_a_fault_comes_before_or_after_the_call_took_effect(
    call: Any, personalize: Any, when: Any, groups: int
) -> None:
    personalize.add_fault(Fault(operation="CreateDatasetGroup", error="InternalServerException", when=when))
    with pytest.raises(ServiceError):
        call("CreateDatasetGroup", name="a")

    assert len(call("ListDatasetGroups")["datasetGroups"]) == groups


def test_a_dropped_connection_and_a_delay_are_passed_on(personalize: Any) -> None:
    personalize.add_fault(Fault(operation="ListSchemas", drop=True, delay=2))
    personalize.add_fault(Fault(operation="ListSchemas", delay=3))
    request = Request(headers={"x-amz-target": "AmazonPersonalize.ListSchemas"})
    dropped, late = personalize.respond(request), personalize.respond(request)

    assert (dropped.drop, dropped.delay) == (True, 2)
    assert (late.drop, late.delay, late.status) == (False, 3, 200)


def test_faults_can_be_forgotten(call: Any, personalize: Any) -> None:
    personalize.add_fault(Fault(operation="ListSchemas", error="ThrottlingException", times=100))
    personalize.clear_faults()

    assert call("ListSchemas") == {"schemas": []}


def test_calls_are_counted(call: Any, personalize: Any) -> None:
    call("ListSchemas")
    with pytest.raises(ServiceError):
        call("CreateSchema")

    assert personalize.calls() == {"ListSchemas": 1, "CreateSchema": 1}


def test_a_call_may_take_effect_later_than_its_connection_broke(call: Any, personalize: Any, clock: Any) -> None:
    personalize.add_fault(Fault(operation="CreateDatasetGroup", late=30))
    request = {"headers": {"x-amz-target": "AmazonPersonalize.CreateDatasetGroup"}, "body": b'{"name": "a"}'}
    broken = personalize.respond(Request(**request))
    clock.advance(29)
    before = call("ListDatasetGroups")["datasetGroups"]
    clock.advance(1)
    after = call("ListDatasetGroups")["datasetGroups"]

    assert (broken.drop, before) == (True, [])
    assert [group["name"] for group in after] == ["a"]
