"""Custom resources whose function cannot be invoked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import AccountBuilder


def events(builder: AccountBuilder, name: str) -> list[tuple[str, str, str]]:
    return [
        (event["LogicalResourceId"], event["ResourceStatus"], event.get("ResourceStatusReason", ""))
        for event in builder.aws.stack_events(builder.name(name))
    ]


@pytest.mark.parametrize("function", ["there", "none"])
def test_a_function_of_another_region_is_refused(builder: AccountBuilder, function: str) -> None:
    here = builder.function("there", "def handler(event, context): print('it was invoked')")
    token = here.replace(builder.aws.region, "us-east-1").replace("-there", f"-{function}")
    thing: dict[str, Any] = {"Type": "Custom::Thing", "Properties": {"ServiceToken": token}}
    stack = builder.deploy("stack", {"Resources": {"It": thing}})
    seen = events(builder, "stack")
    message = f"Custom resource ServiceToken '{token}' must be in the stack region {builder.aws.region}."

    assert ("It", "CREATE_FAILED", message) in seen
    # Nothing was invoked, so nothing is deleted.
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert builder.log_lines(here, "it was invoked", count=0, more_for=0.5) == []
