"""Delivery to the targets of EventBridge rules and EventBridge Scheduler schedules.

A rule needs the target's own policy to name `events.amazonaws.com`, or a role of the target; a schedule always has a
role. Both are checked here at every delivery, whether or not MiniStack enforces IAM: a permission that a stack forgets
shows in its dead-letter queue, as on AWS.
"""

# ruff: noqa: SLF001  (what ministack does not document)

import contextvars
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol

from ministack.core import iam_evaluator
from ministack.core.arn import Arn, ArnParseError, parse_arn
from ministack.core.responses import (
    get_account_id,
    get_region,
    new_uuid,
    set_request_account_id,
    set_request_region,
)
from ministack.services import cloudwatch_logs, eventbridge, lambda_svc, sns, sqs, stepfunctions

from cdk_data_jobs_local.ministack_fixes.iam.permissions import Caller, Role, not_authorized, record_denial

_log = logging.getLogger("cdk_data_jobs_local")
Policy = str | dict[str, Any] | None


class DeliveryError(Exception):
    """A target was not reached.

    Args:
        code: The name of the error in the dead-letter queue of a rule.
        service_code: The name that the target's service, and the dead-letter queue of a schedule, give it.
        message: What failed.
    """

    def __init__(self, code: str, service_code: str, message: str) -> None:
        """Creates it."""
        super().__init__(message)
        self.code = code
        self.service_code = service_code


class Authorizer(Protocol):
    """The permission with which something is delivered."""

    def check(self, action: str, resource: str, policy: Policy) -> None:
        """Checks that an action is allowed.

        Args:
            action: Such as `sqs:SendMessage`.
            resource: The ARN of what it is done to.
            policy: That resource's own policy.

        Raises:
            DeliveryError: It is not.
        """


@dataclass(frozen=True)
class ResourcePolicyAuthorizer:
    """The permission that a resource's own policy gives a service."""

    caller: Caller

    def check(self, action: str, resource: str, policy: Policy) -> None:
        """Checks that the resource lets the service do it; see `Authorizer`."""
        context, service = self.caller.context(action, resource), self.caller.service
        if iam_evaluator.evaluate_resource_policy(policy, context, service=service).decision != "Allow":
            record_denial(service, action, resource, f"the policy of {resource}")
            raise _not_allowed(f"the policy of {resource} does not allow {service} {action}")


@dataclass(frozen=True)
class RoleAuthorizer:
    """The permission that a service has with a role."""

    caller: Caller
    role_arn: str

    def assume(self) -> Role:
        """Assumes the role.

        Raises:
            DeliveryError: The service may not.
        """
        try:
            role = Role(self.role_arn)
        except LookupError as error:
            raise _not_allowed(f"the role {self.role_arn} does not exist") from error
        if not role.trusts(self.caller):
            source = self.caller.source_arn
            raise _not_allowed(f"the role {self.role_arn} does not trust {self.caller.service} for {source}")
        return role

    def check(self, action: str, resource: str, policy: Policy) -> None:
        """Checks that the role is the service's to assume and allows it; see `Authorizer`."""
        role = self.assume()
        principal = role.session_arn(self.caller.service.partition(".")[0])
        context = self.caller.role_context(action, resource, principal)
        identity = role.evaluate(context)
        if iam_evaluator.combine_resource_policy(identity, context, policy, role.account).decision != "Allow":
            record_denial(principal, action, resource, f"the policies of role {role.name} and {resource}")
            raise _not_allowed(not_authorized(principal, action, resource))


def deliver(authorizer: Authorizer, target: dict[str, Any], payload: str) -> None:
    """Delivers a target's input, in the present account and Region.

    Args:
        authorizer: The permission with which it is delivered.
        target: The target, as PutTargets and CreateSchedule take it.
        payload: The input.

    Raises:
        DeliveryError: The target does not exist, does not take the input, or may not be reached.
    """
    try:
        arn = parse_arn(target["Arn"])
    except ArnParseError as error:
        raise DeliveryError("INVALID_PARAMETER", "ValidationException", f"{target['Arn']} is no ARN") from error
    send_to = _TARGETS.get(arn.service)
    if send_to is None or (arn.account_id, arn.region) != (get_account_id(), get_region()):
        raise DeliveryError("UNKNOWN", "InternalException", f"the offline AWS does not deliver to {arn}")
    send_to(authorizer, arn, target, payload)


def send(
    authorizer: Authorizer, queue_arn: str, body: str, *, attributes: dict[str, str] | None = None, group: str = ""
) -> None:
    """Sends a message to a queue.

    Args:
        authorizer: The permission with which it is delivered.
        queue_arn: The queue.
        body: The message's body.
        attributes: Its message attributes, all strings.
        group: Its message group, for a FIFO queue.

    Raises:
        DeliveryError: There is no such queue, it does not take the message, or may not be reached.
    """
    queue = sqs._queue_by_arn(queue_arn)
    if queue is None:
        raise _not_there("AWS.SimpleQueueService.NonExistentQueue", f"the queue {queue_arn} does not exist")
    authorizer.check("sqs:SendMessage", queue_arn, queue["attributes"].get("Policy"))
    message = {
        "MessageBody": body,
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": value} for name, value in (attributes or {}).items()
        },
        **({"MessageGroupId": group} if group else {}),
    }

    def send_over_tls() -> None:
        owner = parse_arn(queue_arn)
        # The check above is complete: MiniStack would check senders of another account once more.
        set_request_account_id(owner.account_id)
        set_request_region(owner.region)
        iam_evaluator.pin_request_origin("127.0.0.1", secure_transport=True)
        sqs._act_send_message(message, queue["url"])

    try:
        contextvars.copy_context().run(send_over_tls)
    except sqs._Err as error:
        raise DeliveryError("ERROR_FROM_TARGET", error.code, error.message) from error


def send_to_dlq(
    authorizer: Authorizer, target: dict[str, Any], event: str, attributes: dict[str, str], *, source_arn: str
) -> None:
    """Sends what did not reach a target to the target's dead-letter queue, if it has one.

    Args:
        authorizer: The permission with which it is sent.
        target: The target.
        event: What did not reach it.
        attributes: The message's attributes.
        source_arn: The ARN of the rule or schedule, for the log.
    """
    queue = (target.get("DeadLetterConfig") or {}).get("Arn")
    if queue is None:
        return
    try:
        send(authorizer, queue, event, attributes=attributes)
    except DeliveryError as error:
        _log.warning("%s has no dead letter: %s", source_arn, error)


def dead_letter_attributes(error: DeliveryError, target: dict[str, Any], retries: int) -> dict[str, str]:
    """Returns the message attributes that every dead letter has."""
    return {
        "ERROR_CODE": error.code,
        "ERROR_MESSAGE": str(error),
        "RETRY_ATTEMPTS": str(retries),
        "TARGET_ARN": target["Arn"],
    }


def _not_allowed(message: str) -> DeliveryError:
    return DeliveryError("NO_PERMISSIONS", "AccessDeniedException", message)


def _not_there(code: str, message: str) -> DeliveryError:
    return DeliveryError("NO_RESOURCE", code, message)


def _invoke_function(authorizer: Authorizer, arn: Arn, target: dict[str, Any], payload: str) -> None:
    del target
    record, config, _name = lambda_svc._get_func_record_for_ref(str(arn))
    if not record or not config:
        raise _not_there("ResourceNotFoundException", f"Function not found: {arn}")
    policy, _owner = lambda_svc.function_policy_for_arn(str(arn)) or (None, None)
    authorizer.check("lambda:InvokeFunction", str(arn), policy)
    try:
        event = json.loads(payload)
    except ValueError as error:
        raise DeliveryError("INVALID_JSON", "InvalidRequestContentException", "the input is no JSON") from error
    lambda_svc.invoke_async_with_retry(lambda_svc._execution_record_for_config(record, config), event)


def _start_execution(authorizer: Authorizer, arn: Arn, target: dict[str, Any], payload: str) -> None:
    del target
    authorizer.check("states:StartExecution", str(arn), None)
    status, _headers, body = stepfunctions._start_execution({"stateMachineArn": str(arn), "input": payload})
    if status != HTTPStatus.OK:
        response = json.loads(body)
        raise _not_there(response.get("__type", "ValidationException"), response.get("message", "it cannot be started"))


def _send_message(authorizer: Authorizer, arn: Arn, target: dict[str, Any], payload: str) -> None:
    send(authorizer, str(arn), payload, group=(target.get("SqsParameters") or {}).get("MessageGroupId", ""))


def _publish(authorizer: Authorizer, arn: Arn, target: dict[str, Any], payload: str) -> None:
    del target
    policy = sns.topic_policy_for_arn(str(arn))
    if policy is None:
        raise _not_there("NotFound", f"the topic {arn} does not exist")
    authorizer.check("sns:Publish", str(arn), policy[0])
    try:
        sns.publish_internal(str(arn), payload)
    except sns.SnsPublishError as error:
        raise DeliveryError("ERROR_FROM_TARGET", "InvalidParameter", str(error)) from error


def _put_event(authorizer: Authorizer, arn: Arn, target: dict[str, Any], payload: str) -> None:
    authorizer.check("events:PutEvents", str(arn), None)
    parameters = target.get("EventBridgeParameters") or {}
    entry = {**parameters, "Detail": payload, "EventBusName": arn.resource.removeprefix("event-bus/")}
    eventbridge._ensure_default_bus()
    eventbridge._put_events({"Entries": [entry]})


def _put_log_event(authorizer: Authorizer, arn: Arn, target: dict[str, Any], payload: str) -> None:
    del target
    group = cloudwatch_logs._resolve_group_by_arn(str(arn))
    if group is None:
        raise _not_there("ResourceNotFoundException", f"the log group {arn} does not exist")
    stream = new_uuid()
    documents = [json.loads(policy["policyDocument"]) for policy in cloudwatch_logs._resource_policies.values()]
    statements = [statement for document in documents for statement in _listed(document.get("Statement"))]
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        authorizer.check(action, f"{str(arn).removesuffix(':*')}:log-stream:{stream}", {"Statement": statements})
    cloudwatch_logs._create_log_stream({"logGroupName": group, "logStreamName": stream})
    event = {"message": payload}
    cloudwatch_logs._put_log_events({"logGroupName": group, "logStreamName": stream, "logEvents": [event]})


def _listed(statement: Any) -> list[Any]:  # noqa: ANN401  (JSON)
    return statement if isinstance(statement, list) else [statement]


_TARGETS: dict[str, Callable[[Authorizer, Arn, dict[str, Any], str], None]] = {
    "lambda": _invoke_function,
    "states": _start_execution,
    "sqs": _send_message,
    "sns": _publish,
    "events": _put_event,
    "logs": _put_log_event,
}
