"""Custom resources: how they are invoked, time out, are replaced and deleted.

Real CloudFormation (CDK's docs/CLOUDFORMATION.md, aws-cdk#5525, crpg-ref-requesttypes-update.html):

- invokes the function asynchronously, so that Lambda tries a crashed invocation twice more with the same event;
- sends Delete after a failed Create, with the physical id of the response, or one that it generates;
- takes a new physical id in a failed Update's response for the resource's, as users saw it (aws-cdk#13527 and #30012):
  the rollback's Update carries it, and if its response has another, Delete follows in the rollback's clean-up. It is
  not documented, so `AccountSettings.adopts_failed_id` switches to the alternative;
- counts `ServiceTimeout` on its own clock, here the emulated clock;
- deletes what an update replaced or removed in `UPDATE_COMPLETE_CLEANUP_IN_PROGRESS`;
- keeps what a resource depends on that could not be deleted, so that its function exists for the next attempt;
- invokes only functions of the stack's Region ("The service token must be from the same Region in which you are
  creating the stack", Template Reference, "AWS::CloudFormation::CustomResource"). The message is MiniStack's: AWS's is
  nowhere published;
- refuses an Update with another `ServiceToken` ("Modifying service token is not allowed."), and a `ServiceTimeout` that
  is no whole number from 1 to 3600, before it invokes the function. That it then sends no Delete, and in the rollback
  no Update, is inferred.

MiniStack 1.5.33 invokes the function once and waits, does not record a resource whose Create failed nor the new id of a
failed Update, waits in real time, stays in `UPDATE_IN_PROGRESS`, and deletes the function of a resource that it could
not delete.

Needed as long as this test fails without it:
`test_cloudformation.py::test_a_changed_physical_id_is_deleted_after_the_update`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

import logging
import re
from collections.abc import Iterator
from typing import Any

from ministack.core.responses import get_region, new_uuid, now_iso
from ministack.services import cloudformation, lambda_svc
from ministack.services.cloudformation import custom_resource, handlers, stacks

from cdk_data_jobs_local.account_settings import AccountSettings
from cdk_data_jobs_local.clock import Clock
from cdk_data_jobs_local.ministack_fixes.cloudformation import deployment
from cdk_data_jobs_local.ministack_fixes.cloudformation.physical_names import generated_id
from cdk_data_jobs_local.ministack_fixes.cloudformation.resource_types import is_custom

_log = logging.getLogger("cdk_data_jobs_local")
_DEFAULT_TIMEOUT = 3600
_MAX_TIMEOUT = 3600
_NO_RESPONSE = (
    "CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [{}]. "
    "If you are using the Python cfn-response module, you may need to update your Lambda function code so that "
    "CloudFormation can attach the updated version."
)
_NOT_ROLLING_BACK = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")


class ResourceInUseError(Exception):
    """Another resource, which could not be deleted, depends on this one."""


class CustomResourceFailedError(Exception):
    """The custom resource responded FAILED, or did not respond in time, or its function cannot be invoked."""


class RequestNotSentError(CustomResourceFailedError):
    """The custom resource, or its function, is not one that a request is sent to."""


def patch(clock: Clock, settings: AccountSettings) -> None:
    """Makes MiniStack's CloudFormation treat custom resources as the real one does."""

    def invoke(  # noqa: PLR0917  (as ministack calls it)
        request_type: str,
        logical_id: str,
        props: dict[str, Any],
        stack_name: str,
        stack_id: str,
        resource_type: str,
        physical_id: str | None = None,
        old_props: dict[str, Any] | None = None,
    ) -> tuple[str | None, dict[str, Any]]:
        stack = cloudformation._stacks.get(stack_name) or {}
        not_sent = stack.setdefault("_updates_not_sent", set())
        if stack.get("StackStatus") == "UPDATE_ROLLBACK_IN_PROGRESS" and logical_id in not_sent:
            return physical_id, {}
        request = {
            "RequestType": request_type,
            "RequestId": new_uuid(),
            "StackId": stack_id,
            "ResourceType": resource_type,
            "LogicalResourceId": logical_id,
            "ResourceProperties": custom_resource._normalise_resource_properties(props),
        }
        if physical_id is not None:
            request["PhysicalResourceId"] = physical_id
        if old_props is not None:
            request["OldResourceProperties"] = custom_resource._normalise_resource_properties(old_props)
        try:
            function = _function(props, old_props)
        except RequestNotSentError:
            if request_type == "Update":
                not_sent.add(logical_id)
            raise
        response = _request(request, function, clock.real_seconds(int(props.get("ServiceTimeout", _DEFAULT_TIMEOUT))))
        response_id = response.get("PhysicalResourceId") or physical_id or generated_id(stack_name, logical_id)
        if response.get("Status") != "SUCCESS":
            # The response of a cancelled resource is ignored.
            if response_id != physical_id and not deployment.has_ended():
                rollback_physical_id = response_id if settings.adopts_failed_id else physical_id
                record = {
                    "PhysicalResourceId": response_id,
                    "rollback_physical_id": rollback_physical_id,
                    "ResourceType": resource_type,
                    "ResourceStatus": f"{request_type.upper()}_FAILED",
                    "LogicalResourceId": logical_id,
                    "Properties": props,
                    "Attributes": {},
                    "Timestamp": now_iso(),
                }
                _record_failed(request_type, stack_id, stack_name, record)
            reason = response.get("Reason") or "See the details in CloudWatch Log Stream"
            raise CustomResourceFailedError(
                response.get("Problem")
                or f"Received response status [FAILED] from custom resource. Message returned: {reason} "
                f"(RequestId: {request['RequestId']})"
            )
        return response_id, response.get("Data") or {}

    custom_resource.invoke_custom_resource = invoke
    stacks._failed_operation = _with_failed_create(stacks._failed_operation)
    stacks._roll_back_operation = handlers._roll_back_operation = _with_failed_updates(stacks._roll_back_operation)
    stacks._delete_resource = _in_cleanup_phase(stacks._delete_resource)


def _function(props: dict[str, Any], old_props: dict[str, Any] | None) -> Any:
    service_token, timeout = props.get("ServiceToken", ""), str(props.get("ServiceTimeout", _DEFAULT_TIMEOUT))
    if old_props is not None and service_token != old_props.get("ServiceToken", ""):
        message = "Modifying service token is not allowed."
        raise RequestNotSentError(message)
    if not (re.fullmatch("[0-9]{1,4}", timeout) and 1 <= int(timeout) <= _MAX_TIMEOUT):
        message = f"ServiceTimeout must be a whole number from 1 to {_MAX_TIMEOUT}, got {timeout}"
        raise RequestNotSentError(message)
    region = get_region()
    if re.match(rf"arn:[^:]+:lambda:(?!{region}:)", str(service_token)):
        message = f"Custom resource ServiceToken {service_token!r} must be in the stack region {region}."
        raise RequestNotSentError(message)
    record, config, _name = lambda_svc._get_func_record_for_ref(service_token)
    if record is None or config is None:
        raise RequestNotSentError(f"Function not found: {service_token}")
    return lambda_svc._execution_record_for_config(record, config)


def _request(request: dict[str, Any], function: Any, real_seconds: float) -> dict[str, Any]:
    token = "|".join(request[name] for name in ("StackId", "LogicalResourceId", "RequestId"))
    responded = custom_resource.register_token(token)
    event = {**request, "ResponseURL": custom_resource._response_url(token)}
    lambda_svc.invoke_async_with_retry(function, event)
    responded.wait(timeout=real_seconds)
    with custom_resource._lock:
        pending = custom_resource._pending.pop(token, None)
    if pending is None or pending["result"] is None:
        return {"Status": "FAILED", "Problem": _NO_RESPONSE.format(request["RequestId"])}
    response: dict[str, Any] = pending["result"]
    return response


def _record_failed(request_type: str, stack_id: str, stack_name: str, record: dict[str, Any]) -> None:
    stack = cloudformation._stacks.get(stack_name)
    # It may be deleted, or another stack may have its name.
    if stack is None or stack["StackId"] != stack_id or stack["StackStatus"] not in _NOT_ROLLING_BACK:
        return
    # What failed in an Update is still there with its old id, until the rollback begins.
    records = stack.setdefault("_resources" if request_type == "Create" else "_failed_updates", {})
    records[record["LogicalResourceId"]] = record


def _with_failed_updates(roll_back: Any) -> Any:
    async def with_failed_updates(
        stack_name: str, stack_id: str, stack: dict[str, Any], operation: dict[str, Any], *rest: Any, **options: Any
    ) -> None:
        failed, name = stack.pop("_failed_updates", {}), operation.get("failed_logical_id")
        if failed:
            before = operation["previous_stack"]["_resources"]
            created = [name for name in operation["created"] if name not in failed]
            created_and_failed = _to_restore(created, failed, stack["_resources"], before)
            operation = {**operation, "created": created_and_failed}
        if name in failed:
            operation["failed_update"] = None
            options.setdefault("reason_override", f"The following resource(s) failed to update: [{name}]. ")
        await roll_back(stack_name, stack_id, stack, operation, *rest, **options)

    return with_failed_updates


def _to_restore(
    created: list[str], failed: dict[str, Any], resources: dict[str, Any], before: dict[str, Any]
) -> Iterator[str]:
    """Yields what MiniStack's rollback must undo, in order.

    Lazy on purpose: before each name the records are changed so that the rollback finds the id to update; a second
    yield of a name makes it delete the failed id.

    Args:
        created: What the operation made.
        failed: The resources whose Update failed with another id in its response.
        resources: The stack's, as the rollback finds them.
        before: The stack's, as they were before the operation.
    """
    yield from created
    for name, record in failed.items():
        before[name]["PhysicalResourceId"] = record["rollback_physical_id"]
        resources[name] = {**record, "PhysicalResourceId": record["rollback_physical_id"]}
        yield name
        if before[name]["PhysicalResourceId"] != record["PhysicalResourceId"]:
            resources[name] = record
            yield name


def _with_failed_create(failed_operation: Any) -> Any:
    def with_failed_create(
        is_update: bool,
        previous_stack: dict[str, Any] | None,
        created: list[str],
        failed_update: object,
        failed_logical_id: str | None,
        *rest: Any,
    ) -> Any:
        operation = failed_operation(is_update, previous_stack, created, failed_update, failed_logical_id, *rest)
        template = operation["template"].get("Resources", {})
        resource_type = template.get(failed_logical_id, {}).get("Type", "")
        if failed_update is None and is_custom(resource_type) and failed_logical_id not in operation["created"]:
            deploying = deployment.current.get()
            # Not one whose function was never invoked.
            if deploying is None or failed_logical_id in deploying.resources:
                operation["created"].append(failed_logical_id)
        return operation

    return with_failed_create


def _in_cleanup_phase(delete_resource: Any) -> Any:
    def in_cleanup_phase(
        resource_type: str,
        physical_id: str,
        props: dict[str, Any],
        stack_name: str | None = None,
        logical_id: str | None = None,
    ) -> None:
        stack = cloudformation._stacks.get(stack_name)
        if stack is not None and stack.get("StackStatus") == "UPDATE_IN_PROGRESS":
            stack["StackStatus"] = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
            stacks._add_event(
                stack["StackId"],
                stack_name,
                stack_name,
                "AWS::CloudFormation::Stack",
                stack["StackStatus"],
                "",
                stack["StackId"],
            )
        dependent = _dependent_that_failed(stack, logical_id)
        if dependent:
            raise ResourceInUseError(f"{dependent} needs it, and could not be deleted")
        delete_resource(resource_type, physical_id, props, stack_name, logical_id)

    return in_cleanup_phase


def _dependent_that_failed(stack: dict[str, Any] | None, logical_id: str | None) -> str:
    """Returns the resource of a stack under deletion that needs another one, and could not be deleted."""
    if stack is None or stack.get("StackStatus") != "DELETE_IN_PROGRESS":
        return ""
    resources, definitions = stack.get("_resources", {}), stack.get("_template", {}).get("Resources", {})
    failed = [str(name) for name, resource in resources.items() if resource.get("ResourceStatus") == "DELETE_FAILED"]
    for name in failed:
        if name != logical_id and logical_id in stacks._with_dependencies([name], definitions, set(resources)):
            return name
    return ""
