"""Metrics and alarms.

Real CloudWatch (its user guide, "Publishing logs in the embedded metric format", "Alarm evaluation" and "Configuring
how alarms treat missing data"; API_GetMetricData):

- has one clock, here the emulated clock;
- makes metrics of log lines in the embedded metric format;
- evaluates every alarm continuously: its metric, with exactly its dimensions, in each of its last periods, and in how
  many of them the threshold is crossed;
- invokes functions as an alarm's actions, if their policy allows `lambda.alarms.cloudwatch.amazonaws.com`, and sends
  EventBridge an event for every change;
- treats a metric without dimensions as a metric of its own.

MiniStack 1.5.33 uses the real clock, ignores embedded metrics, evaluates an alarm when PutMetricData is called, in all
its periods together and whatever the dimensions, publishes to topics only, and adds up all metrics of a name when it is
requested for the one without dimensions.

An alarm's last period ends now, so that it sees what has just been written. Metric math is not supported: MiniStack
refuses alarms on it, and GetMetricData returns an error. Alarms on anomaly detection are stored, and not evaluated.

Needed as long as this test fails without it:
`test_metrics.py::test_log_lines_of_anybody_become_metrics`.
"""

# ruff: noqa: SLF001  (what ministack does not document)

import json
import logging
import operator
import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import cloudwatch, cloudwatch_logs, eventbridge

from cdk_data_jobs_local.clock import Clock
from cdk_data_jobs_local.ministack_fixes.cloudwatch import embedded_metrics
from cdk_data_jobs_local.ministack_fixes.events.delivery import DeliveryError, ResourcePolicyAuthorizer, deliver
from cdk_data_jobs_local.ministack_fixes.iam.permissions import Caller

_log = logging.getLogger("cdk_data_jobs_local")
_SERVICE = "lambda.alarms.cloudwatch.amazonaws.com"
_POLL_SECONDS = 0.1
_BREACHES: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


class _Dimensions(dict[str, str]):
    """Dimensions that count as given, even if there are none."""

    def __bool__(self) -> bool:
        return True


def patch(clock: Clock) -> None:
    """Makes MiniStack's CloudWatch behave as the real one does, on this clock."""
    append_log_events, dispatch_actions = cloudwatch_logs._append_log_events, cloudwatch._dispatch_alarm_actions
    dimensions_from_list = cloudwatch._dims_from_list

    def append(stream: dict[str, Any], events: list[dict[str, Any]]) -> None:
        append_log_events(stream, events)
        for event in events:
            for metric in embedded_metrics.read(event["message"], clock.now()):
                _store(metric)

    def dispatch(alarm: dict[str, Any], old: str, new: str, reason: str) -> None:
        dispatch_actions(alarm, old, new, reason)
        _send_event(alarm, old, new, reason)
        _invoke_functions(alarm, old, new, reason)

    cloudwatch.time = SimpleNamespace(time=clock.now)
    cloudwatch_logs._append_log_events = append
    cloudwatch._dims_from_list = lambda given: _Dimensions(dimensions_from_list(given))
    cloudwatch._dispatch_alarm_actions = dispatch
    cloudwatch._evaluate_alarm = lambda alarm: _evaluate(alarm, clock.now())
    threading.Thread(target=_evaluate_forever, daemon=True, name="cdk-data-jobs-alarms").start()


def _store(metric: embedded_metrics.EmbeddedMetric) -> None:
    given = (metric.namespace, metric.name, metric.dimensions, metric.time, metric.unit)
    cloudwatch._store_datum(*given, value=None, values=metric.values, counts=None, stat_values=None)


def _evaluate_forever() -> None:
    while True:
        time.sleep(_POLL_SECONDS)
        for account, region in {key[:2] for key in list(cloudwatch._alarms._data)}:
            with request_scope(account, region):
                cloudwatch._evaluate_all_alarms()


def _evaluate(alarm: dict[str, Any], now: float) -> None:
    # Those for anomaly detection compare with a model.
    if not alarm.get("MetricName") or alarm["ComparisonOperator"] not in _BREACHES:
        return
    values = _values(alarm, now)
    new = _state(alarm, values)
    old = alarm["StateValue"]
    if new == old:
        return
    reason = f"Threshold Crossed: {alarm['ComparisonOperator']} {alarm['Threshold']} in the last periods: {values}"
    if all(value is None for value in values):
        reason = f"No data in the last periods, and missing data is treated as {alarm['TreatMissingData']}"
    alarm.update(StateValue=new, StateReason=reason, StateUpdatedTimestamp=int(now))
    cloudwatch._record_history(alarm["AlarmName"], old, new, reason)
    cloudwatch._dispatch_alarm_actions(alarm, old, new, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def _values(alarm: dict[str, Any], now: float) -> list[float | None]:
    """Returns the statistic of each of the alarm's last periods, the latest first; None where there is no data."""
    dimensions = cloudwatch._dims_key({one["Name"]: one["Value"] for one in alarm["Dimensions"]})
    points = list(cloudwatch._metrics.get((alarm["Namespace"], alarm["MetricName"], dimensions)) or ())
    statistic = alarm.get("ExtendedStatistic") or alarm["Statistic"]
    values: list[float | None] = []
    for number in range(alarm["EvaluationPeriods"]):
        end = now - number * alarm["Period"]
        period = [
            point
            for point in points
            if end - alarm["Period"] < point["Timestamp"] <= end and alarm["Unit"] in {None, point["Unit"]}
        ]
        values.append(cloudwatch._stat_value(cloudwatch._calc_stats(period), statistic, period) if period else None)
    return values


def _state(alarm: dict[str, Any], values: list[float | None]) -> str:
    missing = alarm["TreatMissingData"]
    needed: int = alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"]
    breaches = _BREACHES[alarm["ComparisonOperator"]]
    known = [breaches(value, alarm["Threshold"]) for value in values if value is not None]
    if missing in {"breaching", "notBreaching"}:
        known += [missing == "breaching"] * values.count(None)
    if missing == "ignore" and len(known) < needed:
        unchanged: str = alarm["StateValue"]
        return unchanged
    if not known:
        return "INSUFFICIENT_DATA"
    # Where some periods have no data, those that have decide.
    return "ALARM" if sum(known) >= min(needed, len(known)) else "OK"


def _send_event(alarm: dict[str, Any], old: str, new: str, reason: str) -> None:
    detail = {
        "alarmName": alarm["AlarmName"],
        "state": {"value": new, "reason": reason, "timestamp": _iso(alarm["StateUpdatedTimestamp"])},
        "previousState": {"value": old},
    }
    entry = {
        "Source": "aws.cloudwatch",
        "DetailType": "CloudWatch Alarm State Change",
        "Detail": json.dumps(detail),
        "Resources": [alarm["AlarmArn"]],
    }
    eventbridge._ensure_default_bus()
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)


def _invoke_functions(alarm: dict[str, Any], old: str, new: str, reason: str) -> None:
    kind = {"ALARM": "AlarmActions", "OK": "OKActions"}.get(new, "InsufficientDataActions")
    functions = [action for action in alarm.get(kind) or () if action.startswith("arn:aws:lambda:")]
    if not alarm.get("ActionsEnabled", True) or not functions:
        return
    arn, account, region = alarm["AlarmArn"], get_account_id(), get_region()
    time_of_change = _iso(alarm["StateUpdatedTimestamp"])
    event = {
        "source": "aws.cloudwatch",
        "alarmArn": arn,
        "accountId": account,
        "time": time_of_change,
        "region": region,
        "alarmData": {
            "alarmName": alarm["AlarmName"],
            "state": {"value": new, "reason": reason, "timestamp": time_of_change},
            "previousState": {"value": old},
        },
    }
    authorizer = ResourcePolicyAuthorizer(Caller(account=account, region=region, service=_SERVICE, source_arn=arn))
    for function in functions:
        try:
            deliver(authorizer, {"Arn": function}, json.dumps(event))
        except DeliveryError as error:
            _log.warning("%s did not invoke %s: %s", arn, function, error)


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
