"""Alarms for failed runs, of one job."""

import json
from typing import Any

import pytest
from aws_cdk import Stack, aws_kms, aws_sns

CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}
OF_THIS_ACCOUNT = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


@pytest.fixture
def topic(stack: Stack) -> aws_sns.Topic:
    return aws_sns.Topic(stack, "Topic")


def test_an_alarm_notifies_the_topic_of_each_failed_run(
    stack: Stack, topic: aws_sns.Topic, import_job: Any, resources: Any
) -> None:
    job = import_job()
    job.alarm_on_failure(topic)

    [alarm] = resources(stack, "AWS::CloudWatch::Alarm").values()
    [name] = resources(stack, "Custom::PersonalizeDatasetImportJob")
    assert alarm["Properties"] == {
        "AlarmActions": [stack.resolve(topic.topic_arn)],
        "AlarmDescription": "A run of a data job failed: Shop/ImportUsers",
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "Dimensions": [{"Name": "Job", "Value": name}, {"Name": "Stack", "Value": "Shop"}],
        "EvaluationPeriods": 1,
        "MetricName": "Failed",
        "Namespace": "DataJobs",
        "Period": 300,
        "Statistic": "Sum",
        "Threshold": 1,
        "TreatMissingData": "notBreaching",
    }


def test_an_alarm_may_publish_to_the_topic_once_for_all_jobs(
    stack: Stack, topic: aws_sns.Topic, import_job: Any, resources: Any
) -> None:
    import_job("One").alarm_on_failure(topic)
    import_job("Two").alarm_on_failure(topic)

    [policy] = resources(stack, "AWS::SNS::TopicPolicy").values()
    [statement] = policy["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Principal"]) == ("sns:Publish", CLOUDWATCH)
    assert statement["Condition"] == OF_THIS_ACCOUNT


def test_an_alarm_may_use_the_key_of_the_topic(stack: Stack, import_job: Any, resources: Any) -> None:
    topic = aws_sns.Topic(stack, "Encrypted", master_key=aws_kms.Key(stack, "Key"))
    import_job().alarm_on_failure(topic)

    [key] = resources(stack, "AWS::KMS::Key").values()
    [statement] = [one for one in key["Properties"]["KeyPolicy"]["Statement"] if one["Principal"] == CLOUDWATCH]
    assert statement["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    assert statement["Condition"] == OF_THIS_ACCOUNT


def test_a_topic_outside_the_app_is_notified_as_it_is(stack: Stack, import_job: Any, resources: Any) -> None:
    arn = "arn:aws:sns:eu-west-1:111122223333:failures"
    import_job().alarm_on_failure(aws_sns.Topic.from_topic_arn(stack, "Theirs", arn), id="Failed")

    [alarm] = resources(stack, "AWS::CloudWatch::Alarm").values()
    assert alarm["Properties"]["AlarmActions"] == [arn]
    assert "cloudwatch.amazonaws.com" not in json.dumps(resources(stack))
