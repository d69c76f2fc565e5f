"""Descriptions of a stack's resources: DescribeStackResource and its like.

Real CloudFormation (API_DescribeStackResource; the user guide's "View stack events" on what clean-up is; the messages
of errors, and that a removed resource is gone after its update, as LocalStack's tests have recorded them from AWS):

- returns `DELETE_IN_PROGRESS` for a resource that it is deleting;
- returns during a clean-up what stays: the new physical id of a replaced resource, in the clean-up of a rollback the
  old one. This is inferred from "the update is complete" and "rolled back to its previous working
  state";
- returns `DELETE_COMPLETE` for deleted resources of a stack under deletion, and for 90 days more if the request has
  the stack's id;
- responds with `Resource X does not exist for stack S` otherwise.

MiniStack 1.5.33 returns the last complete state of what it is deleting, in a rollback's clean-up the new physical id,
and nothing for what is deleted. Here a deleted stack is described until another one has its name.

Needed as long as this test fails without it:
`test_stack_resources.py::test_a_deleted_stack_tells_of_its_resources_by_its_id_only`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

import contextvars
from collections.abc import Callable
from typing import Any

from ministack.core.responses import now_iso
from ministack.services import cloudformation
from ministack.services.cloudformation import handlers, stacks

_ROLLBACK_CLEANUP = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
_describing: contextvars.ContextVar[bool] = contextvars.ContextVar("cdk_data_jobs_describing", default=False)


def patch() -> None:
    """Makes MiniStack describe resources as the real service does."""
    roll_back, resolve = stacks._roll_back_operation, handlers._resolve_stack

    async def roll_back_operation(
        stack_name: str, stack_id: str, stack: dict[str, Any], operation: dict[str, Any], *rest: Any, **options: Any
    ) -> None:
        stack["_rolled_back_to"] = (operation.get("previous_stack") or {}).get("_resources", {})
        await roll_back(stack_name, stack_id, stack, operation, *rest, **options)

    def resolve_stack(stack_name: str) -> Any:
        stack = resolve(stack_name)
        if stack is None or not _describing.get():
            return stack
        if stack["StackStatus"] == "DELETE_COMPLETE" and stack_name != stack["StackId"]:
            return None
        return {**stack, "_resources": _visible(stack)}

    stacks._delete_resource = _recording_deletion(stacks._delete_resource)
    stacks._roll_back_operation = handlers._roll_back_operation = roll_back_operation
    handlers._resolve_stack = resolve_stack
    for action in ("DescribeStackResource", "DescribeStackResources", "ListStackResources"):
        handlers._ACTION_HANDLERS[action] = _described(handlers._ACTION_HANDLERS[action])


def _visible(stack: dict[str, Any]) -> dict[str, Any]:
    resources = dict(stack.get("_resources", {}))
    if stack["StackStatus"] == _ROLLBACK_CLEANUP:
        resources.update(stack.get("_rolled_back_to", {}))
    if stack["StackStatus"].startswith("DELETE_"):
        resources = {**stack.get("_deleted", {}), **resources}
    return resources


def _recording_deletion(delete_resource: Callable[..., None]) -> Callable[..., None]:
    def delete_and_record(
        resource_type: str,
        physical_id: str,
        props: dict[str, Any],
        stack_name: str | None = None,
        logical_id: str | None = None,
    ) -> None:
        stack = cloudformation._stacks.get(stack_name) or {}
        record = stack.get("_resources", {}).get(logical_id) or {}
        if record.get("PhysicalResourceId") == physical_id:
            record.update(ResourceStatus="DELETE_IN_PROGRESS", Timestamp=now_iso())
        delete_resource(resource_type, physical_id, props, stack_name, logical_id)
        if stack.get("StackStatus") == "DELETE_IN_PROGRESS":
            deleted = {**record, "ResourceStatus": "DELETE_COMPLETE", "Timestamp": now_iso()}
            stack.setdefault("_deleted", {})[logical_id] = deleted

    return delete_and_record


def _described(handler: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    def described(params: dict[str, Any]) -> Any:
        token = _describing.set(True)
        try:
            stack_name, name = handlers._p(params, "StackName"), handlers._p(params, "LogicalResourceId")
            stack = handlers._resolve_stack(stack_name)
            if stack is None:
                return handlers._error("ValidationError", f"Stack '{stack_name}' does not exist")
            if name and name not in stack["_resources"]:
                return handlers._error("ValidationError", f"Resource {name} does not exist for stack {stack_name}")
            return handler(params)
        finally:
            _describing.reset(token)

    return described
