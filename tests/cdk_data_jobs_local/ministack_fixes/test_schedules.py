"""EventBridge Scheduler in the offline AWS: when schedules fire, with which right, and what becomes of failures."""

from __future__ import annotations

import json
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import boto3
import pytest
from botocore.exceptions import ClientError

from cdk_data_jobs_local import OfflineAws
from cdk_data_jobs_local.ministack_fixes.events import schedules, timetable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import AccountBuilder

INPUT = json.dumps(
    {
        "scheduled": "<aws.scheduler.scheduled-time>",
        "schedule": "<aws.scheduler.schedule-arn>",
        "attempt": "<aws.scheduler.attempt-number>",
    }
)
OFF = {"Mode": "OFF"}
DAY, HOUR = 86_400, 3_600
PRINTS = "def handler(event, context):\n    print('called', event['scheduled'])\n"


@pytest.fixture(scope="module")
def aws() -> Iterator[OfflineAws]:
    with OfflineAws(speed=3600) as running:
        yield running


@pytest.fixture
def role(builder: AccountBuilder) -> str:
    condition = {
        "StringEquals": {
            "aws:SourceAccount": builder.aws.account,
            "aws:SourceArn": builder.arn("scheduler", "schedule-group/default"),
        }
    }
    actions = ["lambda:InvokeFunction", "states:StartExecution", "sqs:SendMessage"]
    arn: str = builder.role("schedules", "scheduler.amazonaws.com", *actions, condition=condition)
    return arn


def start(builder: AccountBuilder, name: str, expression: str, target: dict[str, Any], **options: Any) -> str:
    arn: str = builder.aws.client("scheduler").create_schedule(
        Name=builder.name(name),
        ScheduleExpression=expression,
        FlexibleTimeWindow=options.pop("window", OFF),
        Target={"Input": INPUT, **target},
        **options,
    )["ScheduleArn"]
    return arn


def iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_nightly_cron_fires_at_the_local_time_of_its_zone(builder: AccountBuilder, role: str) -> None:
    queue = builder.queue("nights")
    zone = "Asia/Kolkata"
    soon = datetime.fromtimestamp(builder.aws.now() + 2 * HOUR, ZoneInfo(zone)).replace(second=0, microsecond=0)
    window = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}
    arn = start(
        builder,
        "nights",
        f"cron({soon.minute} {soon.hour} * * ? *)",
        {"Arn": queue, "RoleArn": role},
        ScheduleExpressionTimezone=zone,
        window=window,
    )
    # It is too late for this night if it took two real seconds to make it.
    nights = 0 if builder.aws.now() < soon.timestamp() else 1
    (message,) = builder.messages(queue, more_for=1)

    assert json.loads(message["Body"]) == {
        "scheduled": iso(soon.timestamp() + nights * DAY),
        "schedule": arn,
        "attempt": "1",
    }


def test_a_rate_invokes_a_function_at_once_and_until_it_is_disabled(builder: AccountBuilder, role: str) -> None:
    function = builder.function("rate", PRINTS)
    target = {"Arn": function, "RoleArn": role}
    began = builder.aws.now()
    start(builder, "rate", "rate(1 hour)", target)
    started = builder.aws.now()
    builder.log_lines(function, "called", count=2)
    change = {"Name": builder.name("rate"), "FlexibleTimeWindow": OFF, "Target": {**target, "Input": INPUT}}
    builder.aws.client("scheduler").update_schedule(**change, ScheduleExpression="rate(1 hour)", State="DISABLED")
    disabled = builder.aws.now()
    lines = builder.log_lines(function, "called", more_for=2)
    times = sorted(datetime.strptime(line.split()[1], "%Y-%m-%dT%H:%M:%S%z").timestamp() for line in lines)

    assert began - 1 <= times[0] <= started
    assert times[1] - times[0] == HOUR
    assert times[-1] <= disabled


def test_a_one_time_schedule_fires_once_and_is_deleted_if_so_wished(builder: AccountBuilder, role: str) -> None:
    queue, client = builder.queue("once"), builder.aws.client("scheduler")
    moment = datetime.fromtimestamp(builder.aws.now() + HOUR, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    for action in ("DELETE", "NONE"):
        start(builder, action, f"at({moment})", {"Arn": queue, "RoleArn": role}, ActionAfterCompletion=action)
    found = builder.messages(queue, count=2, more_for=1)
    left = [one["Name"] for one in client.list_schedules()["Schedules"] if one["Name"].startswith(builder.prefix)]

    assert [json.loads(one["Body"])["scheduled"] for one in found] == [f"{moment}Z", f"{moment}Z"]
    assert left == [builder.name("NONE")]


def test_a_schedule_starts_a_state_machine(builder: AccountBuilder, role: str) -> None:
    machine = builder.machine("run", {"Type": "Pass", "End": True})
    arn = start(builder, "run", "rate(1 day)", {"Arn": machine, "RoleArn": role})
    client = builder.aws.client("stepfunctions")
    deadline = time.monotonic() + 60
    while not (executions := client.list_executions(stateMachineArn=machine, statusFilter="SUCCEEDED")["executions"]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    given = json.loads(client.describe_execution(executionArn=executions[0]["executionArn"])["input"])

    assert given["schedule"] == arn


def test_a_role_for_another_group_or_service_is_refused(builder: AccountBuilder) -> None:
    queue = builder.queue("refused")
    other = {"StringEquals": {"aws:SourceArn": builder.arn("scheduler", "schedule-group/other")}}
    roles = [
        builder.role("group", "scheduler.amazonaws.com", condition=other),
        builder.role("service", "events.amazonaws.com"),
        f"arn:aws:iam::{builder.aws.account}:role/nobody",
    ]
    for role in roles:
        with pytest.raises(ClientError, match="must allow AWS EventBridge Scheduler to assume the role"):
            start(builder, "refused", "rate(1 hour)", {"Arn": queue, "RoleArn": role})


def test_what_is_not_allowed_is_retried_and_then_a_dead_letter(builder: AccountBuilder) -> None:
    queue, dead = builder.queue("closed"), builder.queue("dead")
    role = builder.role("narrow", "scheduler.amazonaws.com")
    policy = {"Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": dead}]}
    builder.aws.client("iam").put_role_policy(
        RoleName=builder.name("narrow"), PolicyName="dead", PolicyDocument=json.dumps(policy)
    )
    target = {
        "Arn": queue,
        "RoleArn": role,
        "RetryPolicy": {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": DAY},
        "DeadLetterConfig": {"Arn": dead},
    }
    arn = start(builder, "closed", "rate(5 days)", target)
    (letter,) = builder.messages(dead)
    attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}

    assert json.loads(letter["Body"])["attempt"] == "3"
    assert attributes["ERROR_CODE"] == "AccessDeniedException"
    assert f"sqs:SendMessage on resource: {queue}" in attributes["ERROR_MESSAGE"]
    assert attributes["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"
    assert (attributes["RETRY_ATTEMPTS"], attributes["SCHEDULE_ARN"]) == ("2", arn)
    assert builder.messages(queue, count=0, more_for=0.1) == []


def test_a_function_that_is_gone_is_a_dead_letter_when_the_event_is_too_old(builder: AccountBuilder, role: str) -> None:
    dead = builder.queue("old")
    target = {
        "Arn": builder.arn("lambda", "function:nobody"),
        "RoleArn": role,
        "RetryPolicy": {"MaximumEventAgeInSeconds": 60},
        "DeadLetterConfig": {"Arn": dead},
    }
    start(builder, "gone", "rate(5 days)", target)
    (letter,) = builder.messages(dead)
    attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}

    assert attributes["ERROR_CODE"] == "ResourceNotFoundException"
    assert attributes["EXHAUSTED_RETRY_CONDITION"] == "MaximumEventAgeInSeconds"


@pytest.mark.parametrize(
    ("policy", "limits"), [({}, (185, DAY)), ({"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}, (0, 60))]
)
def test_an_invocation_is_retried_185_times_for_a_day_unless_its_target_says_otherwise(
    policy: dict[str, int], limits: tuple[int, int]
) -> None:
    assert schedules.retry_limits({"RetryPolicy": policy}) == limits


def test_retries_wait_longer_and_longer() -> None:
    assert [schedules.retry_delay(retries) for retries in range(7)] == [30, 60, 120, 240, 480, 900, 900]


def test_schedules_of_another_region_fire_there(builder: AccountBuilder) -> None:
    elsewhere = boto3.session.Session("test", "test", region_name="us-west-2")
    sqs, scheduler = (elsewhere.client(name, endpoint_url=builder.aws.endpoint_url) for name in ("sqs", "scheduler"))
    url = sqs.create_queue(QueueName="west")["QueueUrl"]
    role = builder.role("west", "scheduler.amazonaws.com", "sqs:SendMessage")
    target = {"Arn": f"arn:aws:sqs:us-west-2:{builder.aws.account}:west", "RoleArn": role}
    scheduler.create_schedule(Name="west", ScheduleExpression="rate(1 day)", FlexibleTimeWindow=OFF, Target=target)
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"]

    assert json.loads(message["Body"])["region"] == "us-west-2"


def test_a_queue_that_wants_tls_takes_what_a_schedule_sends_where_iam_is_enforced(builder: AccountBuilder) -> None:
    with OfflineAws(speed=3600, enforce_iam=True) as strict:
        builder = type(builder)(strict)
        arn = builder.arn("sqs", builder.name("strict"))
        condition = {"Bool": {"aws:SecureTransport": "false"}}
        deny = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": arn, "Condition": condition}
        attributes = {"Policy": json.dumps({"Statement": [deny]})}
        builder.sqs.create_queue(QueueName=builder.name("strict"), Attributes=attributes)
        role = builder.role("strict", "scheduler.amazonaws.com", "sqs:SendMessage")
        start(builder, "strict", "rate(1 day)", {"Arn": arn, "RoleArn": role})

        assert len(builder.messages(arn)) == 1


@pytest.mark.parametrize(
    ("expression", "zone"), [("cron(0 3 * * *)", "UTC"), ("rate(0 hours)", "UTC"), ("rate(1 day)", "Mars/Olympus")]
)
def test_what_cannot_be_read_is_refused(builder: AccountBuilder, role: str, expression: str, zone: str) -> None:
    with pytest.raises(ClientError, match="Invalid Schedule"):
        start(builder, "bad", expression, {"Arn": role, "RoleArn": role}, ScheduleExpressionTimezone=zone)


def test_a_stacks_schedule_keeps_all_its_properties(builder: AccountBuilder, role: str) -> None:
    client = builder.aws.client("scheduler")
    properties = {
        "Name": builder.name("stack"),
        "ScheduleExpression": "cron(0 3 L * ? *)",
        "ScheduleExpressionTimezone": "Europe/Vienna",
        "StartDate": "2040-01-01T00:00:00Z",
        "EndDate": "2041-01-01T00:00:00Z",
        "FlexibleTimeWindow": OFF,
        "Target": {"Arn": builder.queue("stack"), "RoleArn": role, "RetryPolicy": {"MaximumRetryAttempts": 3}},
    }
    template = {"Resources": {"Schedule": {"Type": "AWS::Scheduler::Schedule", "Properties": properties}}}
    builder.deploy("stack", template)
    made = client.get_schedule(Name=builder.name("stack"))
    properties.update(ScheduleExpression="rate(2 days)", State="DISABLED")
    del properties["EndDate"]
    updated = builder.deploy("stack", template, update=True)
    changed = client.get_schedule(Name=builder.name("stack"))

    assert (made["ScheduleExpressionTimezone"], made["StartDate"].year, made["EndDate"].year) == (
        "Europe/Vienna",
        2040,
        2041,
    )
    assert made["Target"]["RetryPolicy"]["MaximumRetryAttempts"] == 3
    assert updated["StackStatus"] == "UPDATE_COMPLETE"
    assert (changed["ScheduleExpression"], changed["State"]) == ("rate(2 days)", "DISABLED")
    assert "EndDate" not in changed


def test_a_stack_tells_what_is_wrong_with_its_schedule(builder: AccountBuilder) -> None:
    properties = {
        "ScheduleExpression": "rate(1 hour)",
        "FlexibleTimeWindow": OFF,
        "Target": {"Arn": builder.queue("wrong"), "RoleArn": builder.role("wrong", "lambda.amazonaws.com")},
    }
    template = {"Resources": {"Schedule": {"Type": "AWS::Scheduler::Schedule", "Properties": properties}}}
    stack = builder.deploy("wrong", template)
    reasons = [event.get("ResourceStatusReason", "") for event in builder.aws.stack_events(builder.name("wrong"))]

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any("must allow AWS EventBridge Scheduler to assume the role" in reason for reason in reasons)


def times(expression: str, zone: str, made: str, count: int, **dates: str) -> list[str]:
    moment = datetime.fromisoformat(made).replace(tzinfo=timezone.utc).timestamp()
    schedule: dict[str, Any] = {
        "ScheduleExpression": expression,
        "ScheduleExpressionTimezone": zone,
        "CreationDate": moment,
        "LastModificationDate": moment,
        **dates,
    }
    found: list[str] = []
    due = timetable.first_time(schedule)
    while due is not None and len(found) < count:
        found.append(datetime.fromtimestamp(due, tz=timezone.utc).strftime("%m-%dT%H:%M"))
        due = timetable.next_time(schedule, due)
    return found


def test_a_cron_is_in_local_time() -> None:
    new_york = times("cron(0 22 * * ? *)", "America/New_York", "2026-04-01T23:00:00", 2)

    assert new_york == ["04-02T02:00", "04-03T02:00"]


def test_a_local_time_that_spring_skips_is_left_out() -> None:
    vienna = times("cron(30 2 * * ? *)", "Europe/Vienna", "2026-03-27T12:00:00", 3)

    assert vienna == ["03-28T01:30", "03-30T00:30", "03-31T00:30"]


def test_a_local_time_that_autumn_repeats_counts_once() -> None:
    vienna = times("cron(0,30 2 * * ? *)", "Europe/Vienna", "2026-10-24T12:00:00", 4)

    assert vienna == ["10-25T00:00", "10-25T00:30", "10-26T01:00", "10-26T01:30"]


def test_a_cron_falls_on_its_start_and_ends_before_its_end() -> None:
    dates = {"StartDate": "2026-05-02T03:00:00Z", "EndDate": "2026-05-04T03:00:00Z"}

    assert times("cron(0 3 * * ? *)", "UTC", "2026-04-01T00:00:00", 9, **dates) == ["05-02T03:00", "05-03T03:00"]


def test_a_rate_counts_from_its_start() -> None:
    dates = {"StartDate": "2026-05-01T00:15:00Z", "EndDate": "2026-05-01T02:00:00Z"}

    assert times("rate(1 hour)", "UTC", "2026-04-30T12:00:00", 9, **dates) == ["05-01T00:15", "05-01T01:15"]
    assert times("rate(1 hour)", "UTC", "2026-04-30T12:10:00", 2) == ["04-30T12:10", "04-30T13:10"]
    assert times("rate(1 hour)", "UTC", "2026-05-01T00:30:00", 1, **dates) == ["05-01T01:15"]


def test_a_one_time_schedule_is_in_local_time() -> None:
    assert times("at(2026-07-01T08:00:00)", "America/New_York", "2026-04-01T00:00:00", 2) == ["07-01T12:00"]
