"""Independent resources of a stack, which are created and updated at the same time.

Real CloudFormation starts each resource as soon as its dependencies are complete (user guide, "DependsOn attribute").
MiniStack 1.5.33 goes through the resources of a stack one by one. Here those that take long (custom resources,
datasets) are started before their turn in its loop, which finds them running, or complete.

Needed as long as this test fails without it:
`test_cloudformation.py::test_independent_resources_run_at_once_and_dependent_ones_in_order`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import changesets, handlers, stacks

from cdk_data_jobs_local.ministack_fixes.cloudformation import preservation
from cdk_data_jobs_local.ministack_fixes.cloudformation.deletions import sort_for_deletion
from cdk_data_jobs_local.ministack_fixes.cloudformation.deployment import (
    Deployment,
    current,
    in_progress,
    original_add_event,
    original_sort,
    takes_long,
)


def patch() -> None:
    """Makes MiniStack's CloudFormation start resources as soon as they can be."""
    deploy = stacks._deploy_stack_async
    run_reentrant = stacks.run_reentrant
    failed_operation = stacks._failed_operation

    async def deploy_stack(stack_name: str, stack_id: str, template: Any, param_values: Any, disables_rollback: bool,
                           *args: Any, is_update: bool = False, previous_stack: Any = None,
                           **options: Any) -> None:  # fmt: skip
        before = (previous_stack or {}) if is_update else None
        deployment = Deployment(
            stack_name, stack_id, template, param_values, before, disables_rollback=disables_rollback
        )
        token = current.set(deployment)
        in_progress[stack_id] = deployment
        try:
            await deploy(
                stack_name, stack_id, template, param_values, disables_rollback, *args,
                is_update=is_update, previous_stack=previous_stack, **options,
            )  # fmt: skip
        finally:
            current.reset(token)
            del in_progress[stack_id]

    async def run(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        deployment = current.get()
        index = {stacks._provision_keeping_seed: 1, stacks._update_keeping_seed: 5}.get(function)
        if deployment is not None and index is not None and args[index] in deployment.started:
            return await deployment.result(args[index])
        return await run_reentrant(function, *args, **options)

    def fail(is_update: bool, previous: Any, created: Any, failed_update: Any, failed: Any, *rest: Any) -> Any:
        deployment = current.get()
        created = list(created)
        if deployment is not None:
            deployment.roll_back(created, failed)
        operation = failed_operation(is_update, previous, created, failed_update, failed, *rest)
        if deployment is not None and deployment.disables_rollback:
            preservation.mark_failed(deployment.stack_name, previous, failed)
        # A person cancelled it, whichever resource that has stopped.
        operation["cancelled"] |= deployment is not None and deployment.is_cancelled
        return operation

    for module in (stacks, handlers, changesets):
        module._deploy_stack_async = deploy_stack
    stacks.run_reentrant = run
    stacks._failed_operation = fail
    stacks._topological_sort = _sort_for_deployment
    stacks._add_event = _add_event_of_loop


def _sort_for_deployment(definitions: dict[str, Any], conditions: dict[str, Any]) -> list[str]:
    deployment = current.get()
    if deployment is not None and definitions is deployment.template.get("Resources") and not deployment.order:
        return deployment.sort(definitions, conditions)
    return sort_for_deletion(definitions, original_sort(definitions, conditions), takes_long=takes_long)


def _add_event_of_loop(stack_id: str, stack_name: str, logical_id: str, resource_type: str, status: str,
                       *args: Any, **options: Any) -> None:  # fmt: skip
    deployment = current.get()
    if deployment is None or not deployment.has_event(logical_id, status):
        actual = status if deployment is None else deployment.actual_status(logical_id, status)
        original_add_event(stack_id, stack_name, logical_id, resource_type, actual, *args, **options)
    if deployment is not None and status == f"{deployment.prefix}_COMPLETE":
        deployment.start_ready()
