"""Alarms for failed runs, which notify a topic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk_data_jobs._access.service_principals import account_service_principal
from cdk_data_jobs._support.memo import path_of, stack_of
from cdk_data_jobs._support.validation import validate_reference

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch, aws_sns
    from constructs import Construct


def create_failure_alarm(
    scope: Construct, id: str, *, metric: aws_cloudwatch.Metric, topic: aws_sns.ITopic, subject: Construct
) -> aws_cloudwatch.Alarm:
    """Creates an alarm for failed runs, which CloudWatch may tell to a topic.

    Args:
        scope: The construct that the alarm belongs to.
        id: The alarm's id in it.
        metric: How many runs failed.
        topic: The topic.
        subject: What the runs are of, for the alarm's description.

    Raises:
        ValidationError: If `topic` is no topic.
    """
    from aws_cdk import aws_cloudwatch, aws_cloudwatch_actions  # noqa: PLC0415 - they take long to load

    validate_reference(topic, "topic_arn", "topic", "an aws_sns.ITopic", "aws_sns.Topic.from_topic_arn(...)")
    alarm = aws_cloudwatch.Alarm(
        scope,
        id,
        alarm_description=f"A run of a data job failed: {path_of(subject) or 'the app'}",
        metric=metric,
        threshold=1,
        evaluation_periods=1,
        comparison_operator=aws_cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treat_missing_data=aws_cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    alarm.add_alarm_action(aws_cloudwatch_actions.SnsAction(topic))
    # Any other statement, as that of a rule's target, replaces the topic's default policy, which allows alarms; and
    # CloudWatch needs the topic's key (Amazon SNS Developer Guide, "Enable compatibility between event sources from AWS
    # services and encrypted topics"), which CDK allows with the publishing.
    topic.grant_publish(account_service_principal(stack_of(scope), "cloudwatch.amazonaws.com"))
    return alarm
