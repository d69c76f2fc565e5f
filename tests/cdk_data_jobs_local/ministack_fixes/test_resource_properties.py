"""Properties that a resource type does not have."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdk_data_jobs_local import ministack_fixes

if TYPE_CHECKING:
    from conftest import AccountBuilder

PROPERTIES = Path(ministack_fixes.__path__[0]) / "cloudformation" / "resource_properties.json"
SNAPSHOTS = Path(__file__).parents[2] / "cdk_data_jobs" / "__snapshots__"
CUSTOM = {"AWS::CloudFormation::CustomResource"}
NOT_OFFLINE = {"AWS::Bedrock::DataSource"}
"""Types that the offline AWS does not deploy."""


def reasons(builder: AccountBuilder, name: str) -> list[tuple[str, str, str]]:
    return [
        (event["LogicalResourceId"], event["ResourceStatus"], event.get("ResourceStatusReason", ""))
        for event in builder.aws.stack_events(builder.name(name))
    ]


def test_a_property_that_the_type_does_not_have_fails_the_resource(builder: AccountBuilder) -> None:
    group = {"Type": "AWS::Personalize::DatasetGroup", "Properties": {"Name": builder.name("a"), "Nam": 1, "Ame": 2}}
    stack = builder.deploy("stack", {"Resources": {"Group": group}})
    message = (
        "Properties validation failed for resource Group with message:"
        "\n#: extraneous key [Nam] is not permitted\n#: extraneous key [Ame] is not permitted"
    )

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert ("Group", "CREATE_FAILED", message) in reasons(builder, "stack")
    assert builder.name("a") not in str(builder.aws.client("personalize").list_dataset_groups())


def test_an_update_with_such_a_property_is_rolled_back(builder: AccountBuilder) -> None:
    def template(**properties: Any) -> dict[str, Any]:
        queue = {"QueueName": builder.name("queue"), **properties}
        return {"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": queue}}}

    made = builder.deploy("stack", template())
    updated = builder.deploy("stack", template(Delay=5, DelaySeconds=5), update=True)

    assert (made["StackStatus"], updated["StackStatus"]) == ("CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
    assert [reason for _, _, reason in reasons(builder, "stack") if "extraneous" in reason] == [
        "Properties validation failed for resource Queue with message:\n#: extraneous key [Delay] is not permitted"
    ]


def test_a_nested_stack_says_it_otherwise(builder: AccountBuilder) -> None:
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateBody": {}}}
    builder.deploy("stack", {"Resources": {"Nested": nested}})

    assert ("Nested", "CREATE_FAILED", "Encountered unsupported property TemplateBody") in reasons(builder, "stack")


def test_a_custom_resource_has_any_property(builder: AccountBuilder) -> None:
    missing = {"ServiceToken": builder.arn("lambda", "function:none"), "Anything": 1}
    builder.deploy("stack", {"Resources": {"It": {"Type": "Custom::Thing", "Properties": missing}}})

    assert "Anything" not in str(reasons(builder, "stack"))


def test_the_types_that_the_library_uses_are_checked() -> None:
    known = json.loads(PROPERTIES.read_text(encoding="utf-8"))
    snapshots = "".join(file.read_text(encoding="utf-8") for file in SNAPSHOTS.rglob("*") if file.is_file())
    used = set(re.findall(r"""['"]Type['"]: ['"](AWS::\w+::\w+)['"]""", snapshots)) - CUSTOM - NOT_OFFLINE

    assert len(used) > 10
    assert used <= {*known}
