"""CloudWatch in the offline AWS: metrics in log lines, and alarms on them."""

from __future__ import annotations

import json
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_local.ministack_fixes.cloudwatch import embedded_metrics

if TYPE_CHECKING:
    from conftest import AccountBuilder

EMITS = """
import json, time
def handler(event, context):
    directive = {
        "Namespace": event["namespace"],
        "Dimensions": [["Job"], []],
        "Metrics": [{"Name": "Failed", "Unit": "Count"}, {"Name": "Rows"}],
    }
    metadata = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}
    print(json.dumps({"_aws": metadata, "Job": event["job"], "Failed": event["failed"], "Rows": [1, 2, 6]}))
"""
LONG = {"EvaluationPeriods": 60, "DatapointsToAlarm": 1}
"""Of an alarm that looks back half a real minute, so that it is still on when a slow machine looks."""
PRINTS = "import json\ndef handler(event, context):\n    print('event', json.dumps(event))\n"


class Metrics:
    """A namespace of one test, and the function that writes to it."""

    def __init__(self, builder: AccountBuilder) -> None:
        self.builder, self.client, self.namespace = builder, builder.aws.client("cloudwatch"), builder.prefix

    def emit(self, job: str, failed: int) -> None:
        payload = {"namespace": self.namespace, "job": job, "failed": failed}
        response = self.builder.aws.client("lambda").invoke(
            FunctionName=self.builder.name("emits"), Payload=json.dumps(payload)
        )
        assert "FunctionError" not in response

    def put(self, value: float, job: str = "one", name: str = "Failed") -> None:
        dimensions = [{"Name": "Job", "Value": job}]
        data = [{"MetricName": name, "Dimensions": dimensions, "Value": value, "Unit": "Count"}]
        self.client.put_metric_data(Namespace=self.namespace, MetricData=data)

    def span(self) -> dict[str, Any]:
        begin, end = self.builder.aws.now() - 7200, self.builder.aws.now() + 600
        return {
            "StartTime": datetime.fromtimestamp(begin, tz=timezone.utc),
            "EndTime": datetime.fromtimestamp(end, tz=timezone.utc),
        }

    def metric(self, name: str, job: str | None = None) -> dict[str, Any]:
        dimensions = [{"Name": "Job", "Value": job}] if job else []
        return {"Namespace": self.namespace, "MetricName": name, "Dimensions": dimensions}

    def sum(self, name: str, job: str | None = None) -> float:
        stat = {"Metric": self.metric(name, job), "Period": 86_400, "Stat": "Sum"}
        query = [{"Id": "sum", "MetricStat": stat}]
        (result,) = self.client.get_metric_data(MetricDataQueries=query, **self.span())["MetricDataResults"]
        return sum(result["Values"])

    def alarm(self, **given: Any) -> str:
        name = self.builder.name(given.pop("name", "alarm"))
        alarm = {
            **self.metric("Failed", "one"),
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "notBreaching",
            **given,
        }
        self.client.put_metric_alarm(AlarmName=name, **alarm)
        return name

    def state(self, name: str) -> str:
        state: str = self.client.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]
        return state

    def wait_for(self, name: str, state: str, seconds: float = 60) -> bool:
        deadline = time.monotonic() + seconds
        while self.state(name) != state and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.state(name) == state


@pytest.fixture
def metrics(builder: AccountBuilder) -> Metrics:
    return Metrics(builder)


def test_a_functions_log_lines_become_metrics(builder: AccountBuilder, metrics: Metrics) -> None:
    builder.function("emits", EMITS)
    metrics.emit("one", 1)
    metrics.emit("two", 0)
    statistics = metrics.client.get_metric_statistics(
        **metrics.metric("Rows", "one"), Period=86_400, Statistics=["Average", "SampleCount"], **metrics.span()
    )["Datapoints"]
    listed = metrics.client.list_metrics(Namespace=metrics.namespace, MetricName="Failed")["Metrics"]

    assert (metrics.sum("Failed", "one"), metrics.sum("Failed", "two"), metrics.sum("Failed", "three")) == (1, 0, 0)
    assert sum(point["SampleCount"] for point in statistics) == 3
    assert statistics[0]["Average"] == 3
    assert sorted(str(one["Dimensions"]) for one in listed) == sorted(
        str([{"Name": "Job", "Value": job}] if job else []) for job in ("one", "two", None)
    )


def test_a_metric_without_dimensions_is_a_metric_of_its_own(builder: AccountBuilder, metrics: Metrics) -> None:
    builder.function("emits", EMITS)
    metrics.emit("one", 1)
    metrics.put(5)

    assert metrics.sum("Failed", "one") == 6
    assert metrics.sum("Failed") == 1


def test_log_lines_of_anybody_become_metrics(builder: AccountBuilder, metrics: Metrics) -> None:
    logs, group = builder.aws.client("logs"), {"logGroupName": builder.name("group")}
    directive = {"Namespace": metrics.namespace, "Dimensions": [[]], "Metrics": [{"Name": "Size"}]}
    line = {"_aws": {"Timestamp": int(builder.aws.now() * 1000), "CloudWatchMetrics": [directive]}, "Size": 7}
    logs.create_log_group(**group)
    logs.create_log_stream(**group, logStreamName="one")
    event = {"timestamp": int(time.time() * 1000), "message": json.dumps(line)}
    logs.put_log_events(**group, logStreamName="one", logEvents=[event])

    assert metrics.sum("Size") == 7


def test_an_alarm_goes_off_and_back_and_tells_everybody(builder: AccountBuilder, metrics: Metrics) -> None:
    builder.function("emits", EMITS)
    function = builder.function("reported", PRINTS, allow="lambda.alarms.cloudwatch.amazonaws.com")
    closed = builder.function("closed", PRINTS)
    sns, events = builder.aws.client("sns"), builder.aws.client("events")
    mail, changes = (
        builder.queue("mail", allow="sns.amazonaws.com"),
        builder.queue("changes", allow="events.amazonaws.com"),
    )
    topic = sns.create_topic(Name=builder.name("topic"))["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=mail, Attributes={"RawMessageDelivery": "true"})
    # Two real seconds, in which a slow machine, too, sees what was emitted.
    name = metrics.alarm(AlarmActions=[topic, function, closed], OKActions=[topic], Period=240)
    assert metrics.wait_for(name, "OK")
    pattern = {"source": ["aws.cloudwatch"], "detail": {"alarmName": [name]}}
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": changes}])
    metrics.emit("two", 1)
    metrics.emit("one", 1)
    reported = [json.loads(one["Body"]) for one in builder.messages(mail, count=3)]
    changed = [json.loads(one["Body"])["detail"] for one in builder.messages(changes, count=2)]
    (line,) = builder.log_lines(function, "event")

    assert metrics.state(name) == "OK"
    assert [one["NewStateValue"] for one in reported] == ["OK", "ALARM", "OK"]
    assert [one["state"]["value"] for one in changed] == ["ALARM", "OK"]
    assert json.loads(line.removeprefix("event "))["alarmData"]["state"]["value"] == "ALARM"
    assert builder.log_lines(closed, "event", count=0, more_for=0.3) == []


def test_an_alarm_sees_only_its_own_dimensions(metrics: Metrics) -> None:
    name = metrics.alarm(**LONG)
    other = metrics.alarm(name="other", **metrics.metric("Failed", "two"), **LONG)
    metrics.put(1, job="two")

    assert metrics.wait_for(other, "ALARM")
    assert metrics.state(name) == "OK"


def test_an_alarm_wants_as_many_periods_as_it_says(metrics: Metrics) -> None:
    one = metrics.alarm(name="one", **LONG)
    two = metrics.alarm(name="two", **{**LONG, "DatapointsToAlarm": 2})
    metrics.put(1)
    early = metrics.wait_for(one, "ALARM"), metrics.state(two)
    time.sleep(0.6)
    metrics.put(1)

    assert early == (True, "OK")
    assert metrics.wait_for(two, "ALARM")


@pytest.mark.parametrize(
    ("treatment", "state"),
    [
        ("missing", "INSUFFICIENT_DATA"),
        ("ignore", "INSUFFICIENT_DATA"),
        ("breaching", "ALARM"),
        ("notBreaching", "OK"),
    ],
)
def test_missing_data_is_treated_as_wished(metrics: Metrics, treatment: str, state: str) -> None:
    name = metrics.alarm(TreatMissingData=treatment)
    time.sleep(0.3)

    assert metrics.wait_for(name, state)


def test_an_alarm_that_ignores_missing_data_stays_as_it_is(metrics: Metrics) -> None:
    name = metrics.alarm(TreatMissingData="ignore")
    metrics.put(1)
    went_off = metrics.wait_for(name, "ALARM")
    time.sleep(1)

    assert (went_off, metrics.state(name)) == (True, "ALARM")


def test_an_alarm_for_anomaly_detection_is_stored_and_not_evaluated(metrics: Metrics) -> None:
    metrics.put(5)
    name = metrics.alarm(ComparisonOperator="GreaterThanUpperThreshold")

    assert metrics.state(name) == "INSUFFICIENT_DATA"


def test_a_stacks_alarm_and_dashboard_are_there(builder: AccountBuilder, metrics: Metrics) -> None:
    alarm = {
        "AlarmName": builder.name("stack"),
        "Namespace": metrics.namespace,
        "MetricName": "Failed",
        "Dimensions": [{"Name": "Job", "Value": "one"}],
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    }
    body = {"widgets": [{"type": "metric", "properties": {"metrics": [[metrics.namespace, "Failed"]]}}]}
    dashboard = {"DashboardName": builder.name("jobs"), "DashboardBody": json.dumps(body)}
    resources = {
        "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": alarm},
        "Dashboard": {"Type": "AWS::CloudWatch::Dashboard", "Properties": dashboard},
    }
    builder.deploy("stack", {"Resources": resources})
    metrics.put(1)

    assert metrics.wait_for(builder.name("stack"), "ALARM")
    assert json.loads(metrics.client.get_dashboard(DashboardName=builder.name("jobs"))["DashboardBody"]) == body


NOW = 1_700_000_000.0
METRIC = {"Name": "Failed", "Unit": "Count"}


def line(time: float = NOW, **changes: Any) -> str:
    directive = {"Namespace": "Jobs", "Dimensions": [["Job"]], "Metrics": [METRIC], **changes.pop("directive", {})}
    metadata = {"Timestamp": int(time * 1000), "CloudWatchMetrics": [directive]}
    return json.dumps({"_aws": metadata, "Job": "one", "Failed": 1, **changes})


def test_a_line_in_the_format_is_read() -> None:
    (metric,) = embedded_metrics.read(line(), NOW)

    assert (metric.namespace, metric.name, metric.dimensions) == ("Jobs", "Failed", {"Job": "one"})
    assert (metric.unit, metric.values, metric.time) == ("Count", [1], NOW)


def wide(dimensions: int) -> str:
    names = [f"d{number}" for number in range(dimensions)]
    return line(directive={"Dimensions": [names]}, **dict.fromkeys(names, "one"))


DAYS, HOURS = 86_400, 3600


@pytest.mark.parametrize(
    "text", [line(Failed=[1] * 100), wide(30), line(time=NOW - 14 * DAYS), line(time=NOW + 2 * HOURS)]
)
def test_what_is_as_large_old_or_early_as_can_be_is_read(text: str) -> None:
    assert len(list(embedded_metrics.read(text, NOW))) == 1


@pytest.mark.parametrize(
    "text",
    [
        line(Job=1),
        line(Failed="1"),
        line(Failed=True),
        line(Failed=[1] * 101),
        line(time=NOW / 1000),
        wide(31),
        line(time=NOW - 14 * DAYS - 1),
        line(time=NOW + 2 * HOURS + 1),
        line(directive={"Dimensions": []}),
        line(directive={"Namespace": "AWS/Lambda"}),
        "INFO " + line(),
        '{"_aws": 1}',
        '["_aws"]',
    ],
)
def test_what_breaks_the_format_is_no_metric(text: str) -> None:
    assert list(embedded_metrics.read(text, NOW)) == []
