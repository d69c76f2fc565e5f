"""The stack's queue for what schedules and rules could not deliver."""

from typing import Any

import pytest
from aws_cdk import Duration, Stack, aws_sqs
from aws_cdk.aws_scheduler import ScheduleExpression

QUEUE = {"Fn::GetAtt": ["DataJobAccessDeadLetters5F1DF6D0", "Arn"]}
MINE = {"Fn::GetAtt": ["MineC1B42D3A", "Arn"]}
ANY_RULE = [":events:", {"Ref": "AWS::Region"}, ":", {"Ref": "AWS::AccountId"}, ":rule/*"]


def test_it_is_encrypted_and_keeps_what_it_gets_as_long_as_a_queue_can(
    stack: Stack, import_job: Any, resources: Any
) -> None:
    for name in ("One", "Two"):
        import_job(name).run_on_schedule(ScheduleExpression.rate(Duration.days(1)))

    [queue] = resources(stack, "AWS::SQS::Queue").values()
    assert queue["Properties"] == {"MessageRetentionPeriod": 14 * 24 * 3600, "SqsManagedSseEnabled": True}
    [policy] = resources(stack, "AWS::SQS::QueuePolicy").values()
    [statement] = policy["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_its_own_lack_of_a_queue_is_acknowledged(stack: Stack, import_job: Any) -> None:
    import_job().run_on_schedule(ScheduleExpression.rate(Duration.days(1)))

    queue = stack.node.find_child("DataJobAccess").node.find_child("DeadLetters")
    acknowledged = {
        id_: reason
        for entry in queue.node.metadata
        if entry.type == "aws:cdk:acknowledged-rules"
        for id_, reason in entry.data.items()
    }
    assert {*acknowledged.values()} == {"It is the queue for dead letters itself."}
    assert {id_.rpartition("-")[2] for id_ in acknowledged} == {"SQS3", "SQSRedrivePolicy"}


@pytest.mark.parametrize("given", [False, True])
def test_only_rules_of_the_account_may_send_to_it(stack: Stack, import_job: Any, resources: Any, given: bool) -> None:
    job = import_job()
    job.run_on_upload(dead_letter_queue=aws_sqs.Queue(stack, "Mine") if given else None)

    statements = [
        statement
        for policy in resources(stack, "AWS::SQS::QueuePolicy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]
    [rule] = resources(stack, "AWS::Events::Rule")
    any_rule = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, *ANY_RULE]]}
    assert [{**one, "Sid": None} for one in statements] == [
        {
            "Sid": None,
            "Action": "sqs:SendMessage",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Resource": MINE if given else QUEUE,
            "Condition": {
                "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
                "ArnLike": {"aws:SourceArn": {"Fn::GetAtt": [rule, "Arn"]} if given else any_rule},
            },
        }
    ]
