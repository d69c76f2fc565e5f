"""Stacks whose operation failed and is not rolled back, as with `--no-rollback`.

Real CloudFormation (user guide, "Choose how to handle failures when provisioning resources"; API_UpdateStack):

- leaves the stack CREATE_FAILED or UPDATE_FAILED, complete resources as they are, and failed ones CREATE_FAILED or
  UPDATE_FAILED;
- retries what failed in the next update, which it accepts even if the template is unchanged;
- deletes resources whose creation failed "upon the next stack operation", here before they are created again.

What it sends a custom resource then is not documented. Inferred is what is worst for a custom resource that compares
old and new properties: `OldResourceProperties` are those of the attempt that failed. The guide also says that
failed resources are rolled back "to their last known stable state"; no user has reported that a custom resource gets
an Update for that, so it gets none here. Nor are replacements refused, as the guide says they are: CloudFormation
learns of a custom resource's only from its response.

MiniStack 1.5.33 accepts no update of such a stack, and does not record which resources failed. Two differences remain:
when a resource fails that its own loop makes (any but those of `deployment.takes_long`), it begins no other; and a
later rollback goes back to the state that a failed operation left, not to the last one that was complete.

Needed as long as this test fails without it:
`test_stack_operations.py::test_a_failed_creation_stays_and_the_next_update_deletes_and_creates_what_failed`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

from collections.abc import Callable
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import handlers, provisioners, stacks

from cdk_data_jobs_local.ministack_fixes.cloudformation.resource_types import is_custom

_FAILED = ("CREATE_FAILED", "UPDATE_FAILED")


def patch() -> None:
    """Makes MiniStack's CloudFormation accept updates of stacks that failed and were not rolled back."""
    has_no_updates = handlers._stack_has_no_updates
    handlers._stack_has_no_updates = lambda stack, *rest: (
        "_failed_operation" not in stack and has_no_updates(stack, *rest)
    )
    handlers._ACTION_HANDLERS["UpdateStack"] = _accepting_failed_stacks(handlers._ACTION_HANDLERS["UpdateStack"])


def _accepting_failed_stacks(handler: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    def update_stack(params: dict[str, Any]) -> Any:
        stack = handlers._resolve_stack(handlers._p(params, "StackName"))
        if stack is None or stack["StackStatus"] not in _FAILED:
            return handler(params)
        failed, stack["StackStatus"] = stack["StackStatus"], "UPDATE_COMPLETE"
        response = handler(params)
        if stack["StackStatus"] == "UPDATE_COMPLETE":
            stack["StackStatus"] = failed
        return response

    return update_stack


def take_failed_creations(stack_name: str, template: dict[str, Any], previous: dict[str, Any] | None) -> dict[str, Any]:
    """Takes from a stack what an earlier operation failed to make and this one makes again.

    Args:
        stack_name: The stack.
        template: What is wanted now.
        previous: The stack as it was before this operation.

    Returns:
        What was taken: MiniStack's records of these resources, by logical id.
    """
    stack = cloudformation._stacks[stack_name]
    stack.pop("_failed_updates", None)
    stack.pop("_updates_not_sent", None)
    found = {
        name: resource
        for name, resource in (previous or {}).get("_resources", {}).items()
        if resource.get("ResourceStatus") == "CREATE_FAILED" and name in template.get("Resources", {})
    }
    for name in found:
        (previous or {})["_resources"].pop(name)
        stack["_resources"].pop(name, None)
    return found


def create_again(failed: dict[str, Any], kind: str, name: str, props: dict[str, Any], stack_name: str) -> Any:
    """Makes a resource after deleting what is left of the creation that failed."""
    stack_id, physical_id = cloudformation._stacks[stack_name]["StackId"], failed["PhysicalResourceId"]
    stacks._add_event(stack_id, stack_name, name, kind, "DELETE_IN_PROGRESS", physical_id=physical_id)
    provisioners._delete_resource(kind, physical_id, failed["Properties"], stack_name, name)
    stacks._add_event(stack_id, stack_name, name, kind, "DELETE_COMPLETE", physical_id=physical_id)
    return stacks._provision_keeping_seed(kind, name, props, stack_name)


def update_again(  # noqa: PLR0917  (as ministack calls what it replaces)
    kind: str, physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str, name: str, _attributes: Any
) -> Any:
    """Updates a custom resource whose last Update failed, whether its properties changed since or not."""
    return provisioners._custom_resource_update(
        physical_id, old, new, stack_name, logical_id=name, resource_type=kind
    ), ""


def mark_failed(stack_name: str, previous: dict[str, Any] | None, failed: str | None) -> None:
    """Records what an operation that failed, and is not rolled back, leaves of the resources that it could not update.

    Args:
        stack_name: The stack.
        previous: The stack as it was before.
        failed: The resource at which MiniStack's loop stopped.
    """
    stack = cloudformation._stacks[stack_name]
    before = (previous or {}).get("_resources", {})
    for name, record in stack["_resources"].items():
        if name in before and name == failed:
            record["ResourceStatus"] = "UPDATE_FAILED"
        if record["ResourceStatus"] != "UPDATE_FAILED" or name not in before:
            continue
        if not is_custom(record["ResourceType"]) or name in stack.get("_updates_not_sent", ()):
            record["Properties"] = before[name]["Properties"]
        # Other custom resources keep the properties of the failed attempt, which the next Update sends as the old ones.
        if name in stack.get("_failed_updates", {}):
            record["PhysicalResourceId"] = stack["_failed_updates"][name]["rollback_physical_id"]
