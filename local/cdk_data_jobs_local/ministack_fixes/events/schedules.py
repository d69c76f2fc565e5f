"""Schedules of EventBridge Scheduler.

Real schedules (the guide's pages on schedule types, context attributes, execution roles and dead-letter queues):

- follow the emulated clock and their own time zone;
- need a role that `scheduler.amazonaws.com` may assume for the schedule's group, which CreateSchedule checks, and which
  must allow what the target takes, at every invocation;
- replace `<aws.scheduler.scheduled-time>` and its like by the facts of the invocation;
- retry what failed, and send it to the dead-letter queue in the end.

MiniStack 1.5.33 polls the real clock every ten seconds, reads times as UTC, passes the input unchanged, checks
and retries nothing, and its CloudFormation forgets the time zone, the dates and `ActionAfterCompletion`.

A schedule with a flexible time window fires at its start. Universal targets (`aws-sdk`) are not supported: their input
goes to the dead-letter queue. The intervals between retries are not AWS's, which grow exponentially, too.

Needed as long as this test fails without it:
`test_schedules.py::test_a_one_time_schedule_fires_once_and_is_deleted_if_so_wished`.
"""

# ruff: noqa: SLF001  (what ministack does not document)

import json
import logging
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from ministack.core.responses import get_account_id, get_region, new_uuid, request_scope
from ministack.services import scheduler
from ministack.services.cloudformation import provisioners

from cdk_data_jobs_local.clock import Clock, iso
from cdk_data_jobs_local.ministack_fixes.events import timetable
from cdk_data_jobs_local.ministack_fixes.events.delivery import (
    DeliveryError,
    RoleAuthorizer,
    dead_letter_attributes,
    deliver,
    send_to_dlq,
)
from cdk_data_jobs_local.ministack_fixes.iam.permissions import Caller

_log = logging.getLogger("cdk_data_jobs_local")
_SERVICE = "scheduler.amazonaws.com"
_POLL_SECONDS = 0.05
_FIRST_RETRY_SECONDS, _MAX_RETRY_SECONDS = 30, 900
_DEFAULT_RETRIES, _DEFAULT_AGE_SECONDS = 185, 86_400
_KIND = "AWS::Scheduler::Schedule"
_Handler = Callable[[str, dict[str, Any]], tuple[int, dict[str, str], bytes]]


class ScheduleFailedError(Exception):
    """A schedule cannot be created or changed; the message goes to the stack's events."""


def patch(clock: Clock) -> None:
    """Makes MiniStack's schedules behave as real ones do, on this clock."""
    scheduler._now = clock.now
    scheduler._SCHEDULE_TICK_INTERVAL = _POLL_SECONDS
    scheduler._tick_schedules = Schedules(clock).invoke_due
    scheduler._create_schedule = _checked(scheduler._create_schedule)
    scheduler._update_schedule = _checked(scheduler._update_schedule)
    provisioners._RESOURCE_HANDLERS[_KIND].update(create=_create, update=_update)
    provisioners._REPLACING_PROPERTIES[_KIND] = ("Name", "GroupName")


class Schedules:
    """All schedules, of every account and Region, and when each is due."""

    def __init__(self, clock: Clock) -> None:
        """Creates it.

        Args:
            clock: The emulated clock.
        """
        self._clock = clock
        self._due: dict[tuple[str, str, str], tuple[dict[str, Any], float | None]] = {}

    def invoke_due(self) -> None:
        """Invokes the targets of all schedules that are due."""
        records = dict(scheduler._schedules._data)
        # A change puts a new record in the place of the old one.
        known = {key: due for key, due in self._due.items() if records.get(key) is due[0]}
        self._due = {}
        for key, schedule in records.items():
            if schedule["State"] != "ENABLED":
                continue
            _, due = known.get(key) or (schedule, timetable.first_time(schedule))
            while due is not None and due <= self._clock.now():
                self._start(key, schedule, due)
                due = timetable.next_time(schedule, due)
            self._due[key] = (schedule, due)
            if due is None and schedule["ActionAfterCompletion"] == "DELETE":
                scheduler._schedules._data.pop(key, None)

    def _start(self, key: tuple[str, str, str], schedule: dict[str, Any], due: float) -> None:
        account, region, name = key

        def invoke() -> None:
            with request_scope(account, region):
                self._invoke(schedule, due)

        threading.Thread(target=invoke, daemon=True, name=f"cdk-data-jobs-schedule-{name}").start()

    def _invoke(self, schedule: dict[str, Any], due: float) -> None:
        target = schedule["Target"]
        authorizer, execution = _authorizer(schedule, target), new_uuid().replace("-", "")[:16]
        max_retries, max_age = retry_limits(target)
        retries = 0
        while True:
            payload = _payload(schedule, due, execution, attempt=retries + 1)
            try:
                deliver(authorizer, target, payload)
            except DeliveryError as error:
                _log.warning("%s did not invoke %s: %s", schedule["Arn"], target["Arn"], error)
                failure = error
            else:
                return
            pause = retry_delay(retries)
            if retries >= max_retries:
                exhausted = "MaximumRetryAttempts"
                break
            if self._clock.now() + pause - due > max_age:
                exhausted = "MaximumEventAgeInSeconds"
                break
            time.sleep(self._clock.real_seconds(pause))
            retries += 1
        attributes = {
            **dead_letter_attributes(failure, target, retries),
            "ERROR_CODE": failure.service_code,
            "EXECUTION_ID": execution,
            "EXHAUSTED_RETRY_CONDITION": exhausted,
            "IS_PAYLOAD_TRUNCATED": "false",
            "SCHEDULED_TIME": iso(due, timespec="seconds"),
            "SCHEDULE_ARN": schedule["Arn"],
        }
        send_to_dlq(authorizer, target, payload, attributes, source_arn=schedule["Arn"])


def retry_limits(target: dict[str, Any]) -> tuple[int, int]:
    """Returns how often an invocation of a target is retried, and how old its event may become, in seconds."""
    policy = target.get("RetryPolicy") or {}
    max_retries = policy.get("MaximumRetryAttempts", _DEFAULT_RETRIES)
    return int(max_retries), int(policy.get("MaximumEventAgeInSeconds", _DEFAULT_AGE_SECONDS))


def retry_delay(retries: int) -> int:
    """Returns how long the next retry waits after so many others, in seconds."""
    return int(min(_FIRST_RETRY_SECONDS * 2**retries, _MAX_RETRY_SECONDS))


def _authorizer(schedule: dict[str, Any], target: dict[str, Any]) -> RoleAuthorizer:
    # A role is trusted for a group of schedules, not for one of them.
    group = scheduler._group_arn(schedule.get("GroupName") or "default")
    caller = Caller(account=get_account_id(), region=get_region(), service=_SERVICE, source_arn=group)
    return RoleAuthorizer(caller, target["RoleArn"])


def _payload(schedule: dict[str, Any], due: float, execution: str, *, attempt: int) -> str:
    event = {
        "version": "0",
        "id": execution,
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": get_account_id(),
        "time": iso(due, timespec="seconds"),
        "region": get_region(),
        "resources": [schedule["Arn"]],
        "detail": "{}",
    }
    payload: str = schedule["Target"].get("Input") or json.dumps(event)
    attributes = {
        "schedule-arn": schedule["Arn"],
        "scheduled-time": iso(due, timespec="seconds"),
        "execution-id": execution,
        "attempt-number": str(attempt),
    }
    for name, value in attributes.items():
        payload = payload.replace(f"<aws.scheduler.{name}>", value)
    return payload


def _checked(handler: _Handler) -> _Handler:
    def checked(name: str, body: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        target = body.get("Target") or {}
        try:
            if body.get("ScheduleExpression"):
                timetable.check(body)
            if target.get("RoleArn"):
                _authorizer(body, target).assume()
        except ValueError as error:
            return scheduler._error(HTTPStatus.BAD_REQUEST, "ValidationException", str(error))  # type: ignore[no-any-return]
        except DeliveryError:
            message = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
            return scheduler._error(HTTPStatus.BAD_REQUEST, "ValidationException", message)  # type: ignore[no-any-return]
        return handler(name, body)

    return checked


def _create(logical_id: str, properties: dict[str, Any], stack_name: str) -> tuple[str, dict[str, str]]:
    name = properties.get("Name") or provisioners._physical_name(stack_name, logical_id, max_len=64)
    return name, {"Arn": _arn_of(scheduler._create_schedule(name, properties))}


def _update(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str) -> tuple[str, dict[str, str]]:
    del old, stack_name
    return physical_id, {"Arn": _arn_of(scheduler._update_schedule(physical_id, new))}


def _arn_of(response: tuple[int, dict[str, str], bytes]) -> str:
    status, _headers, body = response
    content = json.loads(body)
    if status != HTTPStatus.OK:
        raise ScheduleFailedError(f"{content['Message']} (Service: Scheduler, Error Code: {content['__type']})")
    arn: str = content["ScheduleArn"]
    return arn
