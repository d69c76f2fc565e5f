"""Nested stacks: when their id is known, and their attributes after an update.

As soon as CloudFormation has begun to create a nested stack, an event of its parent has the nested stack's id
("Resource creation Initiated"), so that it can be described. MiniStack 1.5.33 adds it when the nested stack is
complete. And when it updates a nested stack, it loses the attributes of resources that do not change.

A difference remains: an update of a nested stack is neither cancelled nor rolled back with its parent, but reverted by
an update, as any other resource.

Needed as long as this test fails without it:
`test_stack_operations.py::test_a_nested_stack_is_updated_beside_what_stays_in_it`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import provisioners, stacks

_ID_LENGTH = len("-123456789abc")


def patch() -> None:
    """Makes a parent have its nested stack's id at once, and updates keep attributes."""
    add_event, update_resource = stacks._add_event, provisioners._update_resource

    def update_with_attributes(*args: Any, old_attrs: dict[str, Any] | None = None) -> Any:
        *_, stack_name, logical_id = args
        known = cloudformation._stacks[stack_name]["_resources"].get(logical_id, {})
        return update_resource(*args, old_attrs=known.get("Attributes") if old_attrs is None else old_attrs)

    def add_event_to_both(stack_id: str, stack_name: str, logical_id: str, resource_type: str, status: str,  # noqa: PLR0917
                          reason: str = "", physical_id: str = "", **options: Any) -> None:  # fmt: skip
        parent = cloudformation._stacks.get(stack_name, {}).get("_parent_stack_name")
        if parent in cloudformation._stacks and physical_id == stack_id and status.endswith("_IN_PROGRESS"):
            own = stack_name[len(parent) + 1 : -_ID_LENGTH]
            parent_id = cloudformation._stacks[parent]["StackId"]
            add_event(parent_id, parent, own, resource_type, status, "Resource creation Initiated", stack_id)
        add_event(stack_id, stack_name, logical_id, resource_type, status, reason, physical_id, **options)

    stacks._add_event = add_event_to_both
    provisioners._update_resource = update_with_attributes
