"""Nested stacks: when their id is known, and their attributes after an update.

As soon as CloudFormation has begun to make a nested stack, an event of the stack around it tells the nested one's id
("Resource creation Initiated"), so that one can look into it. MiniStack 1.5.33 tells it when the nested stack is done.
And it forgets, when it updates a nested stack, the attributes of what has not changed there.

What stays as MiniStack does it: an update of a nested stack is neither cancelled nor rolled back with the stack around
it, but updated back as any other resource.

Needed as long as this test fails without it:
`test_stack_operations.py::test_a_nested_stack_is_updated_beside_what_stays_in_it`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import provisioners, stacks

_ID_LENGTH = len("-123456789abc")


def patch() -> None:
    """Make the stack around a nested one tell of it at once, and updates know what there is."""
    add_event, update_resource = stacks._add_event, provisioners._update_resource

    def update_with_attributes(*args: Any, old_attrs: dict[str, Any] | None = None) -> Any:
        *_, stack_name, logical_id = args
        known = cloudformation._stacks[stack_name]["_resources"].get(logical_id, {})
        return update_resource(*args, old_attrs=known.get("Attributes") if old_attrs is None else old_attrs)

    def add_event_of_both(stack_id: str, stack_name: str, logical_id: str, resource_type: str, status: str,  # noqa: PLR0917
                          reason: str = "", physical_id: str = "", **options: Any) -> None:  # fmt: skip
        around = cloudformation._stacks.get(stack_name, {}).get("_parent_stack_name")
        if around in cloudformation._stacks and physical_id == stack_id and status.endswith("_IN_PROGRESS"):
            own = stack_name[len(around) + 1 : -_ID_LENGTH]
            around_id = cloudformation._stacks[around]["StackId"]
            add_event(around_id, around, own, resource_type, status, "Resource creation Initiated", stack_id)
        add_event(stack_id, stack_name, logical_id, resource_type, status, reason, physical_id, **options)

    stacks._add_event = add_event_of_both
    provisioners._update_resource = update_with_attributes
