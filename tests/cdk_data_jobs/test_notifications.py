"""Events, metrics and a dashboard of jobs."""

import json
from typing import Any

import pytest
from aws_cdk import Duration, NestedStack, Stack, aws_cloudwatch, aws_events_targets, aws_sns, aws_sqs
from aws_cdk.aws_scheduler import ScheduleExpression

from cdk_data_jobs import DataJobDashboard
from cdk_data_jobs._job.notifications import EVENT_SOURCE, METRIC_NAMESPACE
from data_jobs import aws, notifications


def test_both_sides_name_events_and_metrics_alike() -> None:
    assert (EVENT_SOURCE, METRIC_NAMESPACE) == (aws.EVENT_SOURCE, notifications.NAMESPACE)


@pytest.mark.parametrize("end", ["Succeeded", "Failed"])
def test_a_rule_is_for_the_ends_of_this_job(stack: Stack, import_job: Any, resources: Any, end: str) -> None:
    job = import_job()
    queue = aws_events_targets.SqsQueue(aws_sqs.Queue(stack, "Queue"))
    getattr(job, f"on_{end.lower()}")("Told", target=queue, description="who is told", rule_name="told")

    [rule] = resources(stack, "AWS::Events::Rule").values()
    [name] = resources(stack, "Custom::PersonalizeDatasetImportJob")
    assert rule["Properties"]["EventPattern"] == {
        "source": ["cdk-data-jobs"],
        "detail-type": [f"Data Job {end}"],
        "detail": {"stack": ["Shop"], "job": [name]},
    }
    assert (rule["Properties"]["Description"], rule["Properties"]["Name"]) == ("who is told", "told")
    assert len(rule["Properties"]["Targets"]) == 1


def test_the_target_may_use_the_job(app: Any, stack: Stack, import_job: Any, cycles: Any) -> None:
    job = import_job()
    topic = aws_sns.Topic(stack, "Topic", display_name=job.dataset_import_job_arn)
    job.on_succeeded("Told", target=aws_events_targets.SnsTopic(topic))

    assert cycles(app.synth().get_stack_by_name("Shop").template) == []


def test_undelivered_events_go_to_the_queue_of_the_target_or_of_the_stack(
    stack: Stack, import_job: Any, resources: Any
) -> None:
    topic, queue = aws_sns.Topic(stack, "Topic"), aws_sqs.Queue(stack, "Queue")
    rule = import_job().on_failed("Told", target=aws_events_targets.SnsTopic(topic))
    rule.add_target(aws_events_targets.SnsTopic(topic, dead_letter_queue=queue))
    rule.add_target(aws_events_targets.SqsQueue(queue, retry_attempts=3))

    [found] = resources(stack, "AWS::Events::Rule").values()
    queues = [target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0][:12] for target in found["Properties"]["Targets"]]
    assert queues == ["DataJobAcces", "Queue4A7E355", "DataJobAcces"]
    assert found["Properties"]["Targets"][2]["RetryPolicy"] == {"MaximumRetryAttempts": 3}
    policies = [
        json.dumps(one) for name, one in resources(stack, "AWS::SQS::QueuePolicy").items() if name.startswith("DataJob")
    ]
    assert [":rule/*" in policy for policy in policies] == [True]


def test_a_queue_is_made_only_for_targets_without_one(stack: Stack, import_job: Any, resources: Any) -> None:
    queue = aws_sqs.Queue(stack, "Queue")
    import_job().on_failed("Told", target=aws_events_targets.SqsQueue(queue, dead_letter_queue=queue))
    import_job("Other").on_failed("Silent")

    assert len(resources(stack, "AWS::SQS::Queue")) == 1


def test_waiting_resources_send_no_events(stack: Stack, import_job: Any, resources: Any) -> None:
    import_job(timeout=Duration.hours(2)).on_failed("Told")

    waiting = resources(stack, "Custom::DataJobWait").values()
    assert waiting
    assert not any("Events" in one["Properties"] for one in waiting)


def test_a_job_sends_events_only_if_there_is_a_rule(stack: Stack, import_job: Any, resources: Any) -> None:
    import_job("Quiet")
    import_job("Told").on_succeeded("Rule")

    told = {
        name[:4]: one["Properties"].get("Events")
        for name, one in resources(stack, "Custom::PersonalizeDatasetImportJob").items()
    }
    assert told == {"Quie": None, "Told": True}


def test_a_run_sends_events_for_rules_that_are_declared_after_its_schedule(
    stack: Stack, import_job: Any, resources: Any
) -> None:
    job = import_job()
    job.run_on_schedule(ScheduleExpression.rate(Duration.days(1)))
    job.on_failed("Failed")

    [schedule] = resources(stack, "AWS::Scheduler::Schedule").values()
    assert '\\"Events\\":true' in json.dumps(schedule["Properties"]["Target"]["Input"])


@pytest.mark.parametrize("wanted", [True, False])
def test_a_scheduled_run_sends_events_only_if_there_is_a_rule(
    stack: Stack, import_job: Any, resources: Any, with_names: Any, wanted: bool
) -> None:
    job = import_job()
    job.run_on_schedule(ScheduleExpression.rate(Duration.days(1)))
    if wanted:
        job.on_failed("Rule")

    [schedule] = resources(stack, "AWS::Scheduler::Schedule").values()
    request = json.loads(with_names(schedule["Properties"]["Target"]["Input"]))
    assert request["ResourceProperties"].get("Events") is (True if wanted else None)


@pytest.mark.parametrize("wanted", [True, False])
def test_the_function_may_send_events_only_if_there_is_a_rule(
    stack: Stack, import_job: Any, resources: Any, wanted: bool
) -> None:
    job = import_job()
    if wanted:
        job.on_succeeded("Rule")

    assert ("events:PutEvents" in json.dumps(resources(stack, "AWS::IAM::Policy"))) == wanted


def test_metrics_are_of_this_job(stack: Stack, import_job: Any, resources: Any) -> None:
    job = import_job()
    job.metric_failed().create_alarm(stack, "Alarm", threshold=1, evaluation_periods=1)

    [alarm] = resources(stack, "AWS::CloudWatch::Alarm").values()
    [name] = resources(stack, "Custom::PersonalizeDatasetImportJob")
    properties = alarm["Properties"]
    assert (properties["Namespace"], properties["MetricName"], properties["Statistic"]) == ("DataJobs", "Failed", "Sum")
    assert {one["Name"]: one["Value"] for one in properties["Dimensions"]} == {"Stack": "Shop", "Job": name}


@pytest.mark.parametrize(
    ("which", "name", "statistic"),
    [("succeeded", "Succeeded", "Sum"), ("failed", "Failed", "Sum"), ("duration", "Duration", "Average")],
)
def test_metrics_have_statistics_that_fit_and_can_be_changed(
    import_job: Any, which: str, name: str, statistic: str
) -> None:
    metric = getattr(import_job(), f"metric_{which}")
    changed = metric(statistic="Maximum", period=Duration.hours(1), label="mine")

    assert (metric().metric_name, metric().statistic, metric().period.to_minutes()) == (name, statistic, 5)
    assert (changed.statistic, changed.period.to_hours(), changed.label) == ("Maximum", 1, "mine")


def board(stack: Stack, resources: Any) -> Any:
    [dashboard] = resources(stack, "AWS::CloudWatch::Dashboard").values()
    body = dashboard["Properties"]["DashboardBody"]
    return json.dumps(body)


def test_a_dashboard_shows_the_jobs_of_its_stack_whenever_they_are_declared(
    app: Any, stack: Stack, import_job: Any, resources: Any
) -> None:
    import_job("Before")
    DataJobDashboard(stack, "Board", dashboard_name="jobs")
    import_job("After")
    import_job("Elsewhere", Stack(app, "Other"))

    body = board(stack, resources)
    assert body.count("Shop/Before") == body.count("Shop/After") == 1
    assert "Elsewhere" not in body


def test_a_dashboard_can_show_the_jobs_of_an_app(app: Any, stack: Stack, import_job: Any, resources: Any) -> None:
    import_job("Here")
    import_job("There", Stack(app, "Other"))
    DataJobDashboard(stack, "Board", jobs_in=app)

    body = board(stack, resources)
    assert "Shop/Here" in body
    assert "Other/There" in body


def test_a_job_of_a_nested_stack_is_known_by_the_nested_stacks_name(
    stack: Stack, import_job: Any, resources: Any
) -> None:
    import_job("Inner", NestedStack(stack, "Nested"))
    DataJobDashboard(stack, "Board")

    assert "NestedNestedStackNestedNestedStackResource" in board(stack, resources)


def test_a_dashboard_takes_widgets_of_ones_own(stack: Stack, import_job: Any, resources: Any) -> None:
    import_job()
    DataJobDashboard(stack, "Board").dashboard.add_widgets(aws_cloudwatch.TextWidget(markdown="our shop"))

    assert "our shop" in board(stack, resources)
