"""EventBridge in the offline AWS: what reaches a rule's target, with which right, and what becomes of the rest."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import AccountBuilder

EVENTS = "events.amazonaws.com"
PRINTS = "import json\ndef handler(event, context):\n    print('event', json.dumps(event))\n"
FAILS = "def handler(event, context):\n    print('tried')\n    raise RuntimeError('as injected')\n"


class Bus:
    """The default event bus, with rules for one test's events."""

    def __init__(self, builder: AccountBuilder) -> None:
        self.builder, self.client = builder, builder.aws.client("events")

    def rule(self, name: str, *targets: dict[str, Any], **rule: Any) -> str:
        pattern = {} if "ScheduleExpression" in rule else {"EventPattern": {"source": [self.builder.prefix]}}
        given = {**pattern, **rule}
        if "EventPattern" in given:
            given["EventPattern"] = json.dumps(given["EventPattern"])
        arn: str = self.client.put_rule(Name=self.builder.name(name), **given)["RuleArn"]
        numbered = [{"Id": str(number), **target} for number, target in enumerate(targets)]
        self.client.put_targets(Rule=self.builder.name(name), Targets=numbered)
        return arn

    def put(self, **detail: Any) -> None:
        entry = {"Source": self.builder.prefix, "DetailType": "Data Job Failed", "Detail": json.dumps(detail)}
        assert self.client.put_events(Entries=[entry])["FailedEntryCount"] == 0


@pytest.fixture
def bus(builder: AccountBuilder) -> Bus:
    return Bus(builder)


def test_an_upload_reaches_a_queue_and_a_function_if_its_key_matches(builder: AccountBuilder, bus: Bus) -> None:
    s3, bucket = builder.aws.client("s3"), builder.name("bucket")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": builder.aws.region})
    enabled = {"EventBridgeConfiguration": {}}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=enabled)
    queue, function = builder.queue("uploads", allow=EVENTS), builder.function("uploads", PRINTS, allow=EVENTS)
    detail = {"bucket": {"name": [bucket]}, "object": {"key": [{"wildcard": "in/*.csv"}]}}
    pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": detail}
    bus.rule("uploads", {"Arn": queue}, {"Arn": function}, EventPattern=pattern)
    began = builder.aws.now()
    for key in ("other/a.csv", "in/a.txt", "in/a.csv"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"a")
    (message,) = builder.messages(queue, more_for=1)
    (line,) = builder.log_lines(function, "event")
    event = json.loads(message["Body"])
    when = datetime.strptime(event["time"], "%Y-%m-%dT%H:%M:%S%z").timestamp()

    assert event["detail"]["object"]["key"] == "in/a.csv"
    assert json.loads(line.removeprefix("event ")) == event
    assert began - 1 <= when <= builder.aws.now()


def test_an_event_reaches_a_topic_a_queue_and_a_log_group_transformed(builder: AccountBuilder, bus: Bus) -> None:
    sns, logs, group = builder.aws.client("sns"), builder.aws.client("logs"), f"/aws/events/{builder.prefix}"
    queue, reported = builder.queue("direct", allow=EVENTS), builder.queue("reported", allow="sns.amazonaws.com")
    topic = sns.create_topic(Name=builder.name("topic"))["TopicArn"]
    allow = {"Effect": "Allow", "Principal": {"Service": EVENTS}, "Resource": "*"}
    policy = json.dumps({"Statement": [{**allow, "Action": "sns:Publish"}]})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=reported, Attributes={"RawMessageDelivery": "true"})
    logs.create_log_group(logGroupName=group)
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    policy = json.dumps({"Statement": [{**allow, "Action": actions}]})
    logs.put_resource_policy(policyName=builder.prefix, policyDocument=policy)
    transformer = {"InputPathsMap": {"job": "$.detail.job"}, "InputTemplate": '"job <job> failed"'}
    log_group = builder.arn("logs", f"log-group:{group}:*")
    bus.rule(
        "failed",
        {"Arn": topic, "InputTransformer": transformer},
        {"Arn": queue, "InputPath": "$.detail"},
        {"Arn": log_group},
        EventPattern={"source": [builder.prefix], "detail": {"status": ["FAILED"]}},
    )
    bus.put(job="one", status="SUCCEEDED")
    bus.put(job="two", status="FAILED")
    through_topic = builder.messages(reported, more_for=0.5)
    (event,) = logs.filter_log_events(logGroupName=group)["events"]

    assert [one["Body"] for one in through_topic] == ['"job two failed"']
    assert [json.loads(one["Body"]) for one in builder.messages(queue)] == [{"job": "two", "status": "FAILED"}]
    assert json.loads(event["message"])["detail-type"] == "Data Job Failed"


def test_a_target_that_does_not_let_the_rule_is_a_dead_letter(builder: AccountBuilder, bus: Bus) -> None:
    dead, closed = builder.queue("dead", allow=EVENTS), builder.queue("closed", allow="sns.amazonaws.com")
    function = builder.function("closed", PRINTS)
    letters = {"DeadLetterConfig": {"Arn": dead}}
    gone = builder.arn("sqs", "nobody")
    targets = [{"Arn": arn, **letters} for arn in (function, closed, gone)]
    rule = bus.rule("closed", *targets)
    bus.put(job="one")
    found = builder.messages(dead, count=3)
    attributes = [
        {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()} for letter in found
    ]

    assert [(one["TARGET_ARN"], one["ERROR_CODE"], one["RETRY_ATTEMPTS"]) for one in attributes] == [
        (function, "NO_PERMISSIONS", "0"),
        (closed, "NO_PERMISSIONS", "0"),
        (gone, "NO_RESOURCE", "0"),
    ]
    assert {one["RULE_ARN"] for one in attributes} == {rule}
    assert [json.loads(letter["Body"])["detail"] for letter in found] == [{"job": "one"}] * 3
    assert builder.log_lines(function, "event", count=0, more_for=0.5) == []


def test_a_function_lets_one_rule_and_not_another(builder: AccountBuilder, bus: Bus) -> None:
    function, dead = builder.function("choosy", PRINTS), builder.queue("dead", allow=EVENTS)
    target = {"Arn": function, "DeadLetterConfig": {"Arn": dead}}
    allowed, other = bus.rule("allowed", target), bus.rule("other", target)
    grant = {"StatementId": "one", "Action": "lambda:InvokeFunction", "Principal": EVENTS, "SourceArn": allowed}
    builder.aws.client("lambda").add_permission(FunctionName=function, **grant)
    bus.put(job="one")
    (letter,) = builder.messages(dead, more_for=1)

    assert letter["MessageAttributes"]["RULE_ARN"]["StringValue"] == other
    assert len(builder.log_lines(function, "event")) == 1


def test_a_function_that_fails_is_tried_twice_more_and_then_its_own_dead_letter(
    builder: AccountBuilder, bus: Bus
) -> None:
    function, dead = builder.function("fails", FAILS, allow=EVENTS), builder.queue("dead")
    letters = {"TargetArn": dead}
    builder.aws.client("lambda").update_function_configuration(FunctionName=function, DeadLetterConfig=letters)
    bus.rule("fails", {"Arn": function})
    bus.put(job="one")

    assert len(builder.messages(dead)) == 1
    assert len(builder.log_lines(function, "tried", count=3)) == 3


def test_a_state_machine_is_started_with_the_targets_role(builder: AccountBuilder, bus: Bus) -> None:
    machine, dead = builder.machine("run", {"Type": "Pass", "End": True}), builder.queue("dead", allow=EVENTS)
    may, may_not = builder.role("may", EVENTS, "states:StartExecution"), builder.role("may-not", EVENTS)
    bus.rule("run", *({"Arn": machine, "RoleArn": role, "DeadLetterConfig": {"Arn": dead}} for role in (may, may_not)))
    bus.put(job="one")
    (letter,) = builder.messages(dead, more_for=1)
    # The other target's message has come a real second ago, which is longer than it takes until an execution is listed.
    executions = builder.aws.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]

    assert "states:StartExecution" in letter["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"]
    assert len(executions) == 1


def test_a_scheduled_rule_follows_the_emulated_clock(builder: AccountBuilder, bus: Bus) -> None:
    queue = builder.queue("minutes", allow=EVENTS)
    bus.rule("minutes", {"Arn": queue}, ScheduleExpression="rate(2 minutes)")
    found = builder.messages(queue, count=2)
    bus.client.disable_rule(Name=builder.name("minutes"))
    first, second = (
        datetime.strptime(json.loads(one["Body"])["time"], "%Y-%m-%dT%H:%M:%S%z").astimezone(timezone.utc)
        for one in found
    )

    # Two minutes of the real clock were four hours.
    assert 120 <= (second - first).total_seconds() < 7200


def test_a_pattern_that_is_not_valid_is_reported_to_the_stack(builder: AccountBuilder) -> None:
    pattern = {"detail": {"object": {"key": [{"wildcard": "in/**.csv"}]}}}
    template = {"Resources": {"Rule": {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": pattern}}}}
    stack = builder.deploy("pattern", template)
    reasons = [event.get("ResourceStatusReason", "") for event in builder.aws.stack_events(builder.name("pattern"))]

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any("Event pattern is not valid" in reason for reason in reasons)


def test_a_stacks_bucket_tells_its_uploads(builder: AccountBuilder) -> None:
    queue, bucket = builder.queue("stack", allow=EVENTS), builder.name("stack")
    detail = {"bucket": {"name": [bucket]}, "object": {"key": [{"prefix": "in/"}]}}
    notifications = {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    resources = {
        "Bucket": {
            "Type": "AWS::S3::Bucket",
            "Properties": {"BucketName": bucket, "NotificationConfiguration": notifications},
        },
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "EventPattern": {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": detail},
                "Targets": [{"Id": "queue", "Arn": queue}],
            },
        },
    }
    builder.deploy("stack", {"Resources": resources})
    builder.aws.client("s3").put_object(Bucket=bucket, Key="in/a b+c.csv", Body=b"a")
    (message,) = builder.messages(queue)

    assert json.loads(message["Body"])["detail"]["object"]["key"] == "in/a b+c.csv"
