"""Rules of EventBridge.

Real rules (the user guide's pages on targets, on resource-based policies and on dead-letter queues):

- have the time of the emulated clock in their events and schedules;
- reach a target only if its policy, or the target's role, lets `events.amazonaws.com`;
- invoke functions asynchronously, so that Lambda tries a failed invocation twice more;
- write to log groups;
- send what cannot be delivered to the target's dead-letter queue. Missing permissions and targets are not retried, and
  nothing else fails here;
- are refused with a pattern that is not valid, by CloudFormation too.

MiniStack 1.5.33 uses the real clock, checks nothing, invokes a function once, knows neither log groups nor dead-letter
queues, and takes any pattern from a template. Buses and API destinations as targets stay as in MiniStack.

Needed as long as this test fails without it:
`test_events.py::test_a_target_that_does_not_let_the_rule_is_a_dead_letter`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

import json
import logging
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import eventbridge
from ministack.services.cloudformation import provisioners

from cdk_data_jobs_local.clock import Clock
from cdk_data_jobs_local.ministack_fixes.events.delivery import (
    Authorizer,
    DeliveryError,
    ResourcePolicyAuthorizer,
    RoleAuthorizer,
    dead_letter_attributes,
    deliver,
    send_to_dlq,
)
from cdk_data_jobs_local.ministack_fixes.iam.permissions import Caller

_log = logging.getLogger("cdk_data_jobs_local")
_SERVICE = "events.amazonaws.com"
_POLL_SECONDS = 0.1
_KIND = "AWS::Events::Rule"


class InvalidPatternError(Exception):
    """A rule of a stack has a pattern that EventBridge refuses."""


def patch(clock: Clock) -> None:
    """Makes MiniStack's rules behave as real ones do, on this clock."""
    dispatch_event, invoke_target = eventbridge._dispatch_event, eventbridge._invoke_target
    create_rule = provisioners._RESOURCE_HANDLERS[_KIND]["create"]

    def dispatch(event: dict[str, Any], view: Any = None) -> None:
        if event["Source"] == "aws.s3":
            event, view = {**event, "Time": int(clock.now())}, None
        dispatch_event(event, view)

    def invoke(target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], view: Any = None) -> None:
        if target["Arn"].startswith("arn:aws:events:"):
            invoke_target(target, event, rule, view)
        else:
            _invoke(target, rule, view or eventbridge._pattern_event_view(event))

    def create(logical_id: str, properties: dict[str, Any], stack_name: str) -> Any:
        pattern = properties.get("EventPattern")
        problem = eventbridge._event_pattern_error(json.dumps(pattern) if isinstance(pattern, dict) else pattern)
        if problem:
            raise InvalidPatternError(f"Event pattern is not valid. Reason: {problem} (Service: EventBridge)")
        return create_rule(logical_id, properties, stack_name)

    eventbridge._now_ts = clock.now
    eventbridge._SCHEDULER_TICK_INTERVAL = _POLL_SECONDS
    eventbridge._dispatch_event = dispatch
    eventbridge._invoke_target = invoke
    provisioners._RESOURCE_HANDLERS[_KIND]["create"] = create


def _invoke(target: dict[str, Any], rule: dict[str, Any], view: Any) -> None:
    caller = Caller(account=get_account_id(), region=get_region(), service=_SERVICE, source_arn=rule["Arn"])
    by_policy: Authorizer = ResourcePolicyAuthorizer(caller)
    authorizer = RoleAuthorizer(caller, target["RoleArn"]) if target.get("RoleArn") else by_policy
    try:
        deliver(authorizer, target, _payload(target, rule, view))
    except DeliveryError as error:
        _log.warning("%s did not reach %s: %s", rule["Arn"], target["Arn"], error)
        attributes = {**dead_letter_attributes(error, target, retries=0), "RULE_ARN": rule["Arn"]}
        send_to_dlq(by_policy, target, json.dumps(view.event_with_detail()), attributes, source_arn=rule["Arn"])


def _payload(target: dict[str, Any], rule: dict[str, Any], view: Any) -> str:
    event = view.event_with_detail()
    if target.get("InputTransformer"):
        transformed: str = eventbridge._apply_input_transformer(target["InputTransformer"], rule, view)
        return transformed
    if target.get("Input"):
        given: str = target["Input"]
        return given
    value = event
    for part in (target.get("InputPath") or "$").split(".")[1:]:
        if not isinstance(value, dict) or part not in value:
            return json.dumps(event)
        value = value[part]
    return json.dumps(value)
