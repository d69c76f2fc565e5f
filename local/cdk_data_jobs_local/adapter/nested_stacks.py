"""Where does MiniStack treat nested stacks otherwise than CloudFormation does?

As soon as CloudFormation has begun to make a nested stack, an event of the stack around it tells the nested one's id
("Resource creation Initiated"), so that one can look into it. MiniStack 1.5.33 tells it when the nested stack is done.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import stacks

_ID_LENGTH = len("-123456789abc")


def patch() -> None:
    """Make the stack around a nested one tell of it at once."""
    add_event = stacks._add_event

    def add_event_of_both(stack_id: str, stack_name: str, logical_id: str, resource_type: str, status: str,  # noqa: PLR0917
                          reason: str = "", physical_id: str = "", **options: Any) -> None:  # fmt: skip
        around = cloudformation._stacks.get(stack_name, {}).get("_parent_stack_name")
        if around in cloudformation._stacks and physical_id == stack_id and status.endswith("_IN_PROGRESS"):
            own = stack_name[len(around) + 1 : -_ID_LENGTH]
            around_id = cloudformation._stacks[around]["StackId"]
            add_event(around_id, around, own, resource_type, status, "Resource creation Initiated", stack_id)
        add_event(stack_id, stack_name, logical_id, resource_type, status, reason, physical_id, **options)

    stacks._add_event = add_event_of_both
