"""Stacks that are deleted while they are being created.

CloudFormation accepts DeleteStack then, too. What happens to the resources that are being created, and in which order
the events come, is not documented. Inferred is that it does what it does in a rollback: it starts no
further resource, reports "Resource creation cancelled" for those in progress, and sends each Delete; a custom resource
that has not responded gets a generated physical id.

MiniStack 1.5.33 continues to create while it deletes, so that resources stay, and the stack's last state is a matter of
chance. It also deletes a stack that is being updated or rolled back from an update, which CloudFormation refuses.

Needed as long as this test fails without it:
`test_stack_operations.py::test_a_stack_that_is_updated_is_not_deleted`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

import asyncio
from collections.abc import Callable
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, handlers, stacks

from cdk_data_jobs_local.ministack_fixes.cloudformation.deployment import ResourceCancelledError, in_progress


def patch() -> None:
    """Makes MiniStack end a creation before it deletes the stack."""
    deploy, delete = handlers._deploy_stack_async, handlers._delete_stack_async
    add_event, roll_back = stacks._add_event, stacks._roll_back_operation
    handlers._ACTION_HANDLERS["DeleteStack"] = _refusing(handlers._ACTION_HANDLERS["DeleteStack"])
    creations: dict[str, asyncio.Event] = {}
    cancelled: set[str] = set()

    async def deploy_stack(stack_name: str, stack_id: str, *args: Any, is_update: bool = False, **options: Any) -> None:
        ended = asyncio.Event()
        if not is_update:
            creations[stack_id] = ended
        try:
            await deploy(stack_name, stack_id, *args, is_update=is_update, **options)
        finally:
            creations.pop(stack_id, None)
            ended.set()

    async def delete_stack(stack_name: str, stack_id: str, *args: Any, **options: Any) -> None:
        ended = creations.get(stack_id)
        if ended is not None:
            cancelled.add(stack_id)
            # Who describes the stack meanwhile sees the deletion.
            cloudformation._stacks[stack_name]["StackStatus"] = "DELETE_IN_PROGRESS"
            in_progress[stack_id].cancel()
            await ended.wait()
        await delete(stack_name, stack_id, *args, **options)

    def add(stack_id: str, stack_name: str, logical_id: str, resource_type: str, status: str,
            *args: Any, **options: Any) -> None:  # fmt: skip
        if stack_id in cancelled and status == "CREATE_IN_PROGRESS":
            raise ResourceCancelledError("Resource creation cancelled")
        add_event(stack_id, stack_name, logical_id, resource_type, status, *args, **options)

    async def roll_back_unless_cancelled(stack_name: str, stack_id: str, *args: Any, **options: Any) -> None:
        if stack_id not in cancelled:
            await roll_back(stack_name, stack_id, *args, **options)

    for module in (stacks, handlers, changesets):
        module._deploy_stack_async = deploy_stack
    handlers._delete_stack_async = delete_stack
    stacks._add_event = add
    stacks._roll_back_operation = roll_back_unless_cancelled


def _refusing(handler: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    def delete_stack(params: dict[str, Any]) -> Any:
        stack = handlers._resolve_stack(handlers._p(params, "StackName")) or {"StackStatus": ""}
        status = stack["StackStatus"]
        if status.startswith("UPDATE_") and status.endswith("_IN_PROGRESS"):
            message = f"Stack [{stack['StackId']}] cannot be deleted while in status {status}"
            return handlers._error("ValidationError", message)
        return handler(params)

    return delete_stack
