"""All jobs below a construct: going through them, and one alarm."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import Environment, NestedStack, Stack, Stage, aws_s3, aws_sns
from constructs import Construct

from cdk_data_jobs import DataJobs, DataSource, personalize


@pytest.fixture
def topic(stack: Stack) -> aws_sns.ITopic:
    return aws_sns.Topic(stack, "Topic")


def alarm_of(stack: Stack, resources: Any) -> dict[str, Any]:
    [alarm] = resources(stack, "AWS::CloudWatch::Alarm").values()
    return dict(alarm["Properties"])


def watched(alarm: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """The dimensions of the metrics that are added up."""
    assert (alarm.get("MetricName"), alarm.get("Period"), alarm.get("Dimensions")) == (None, None, None)
    total, *metrics = alarm["Metrics"]
    names = ", ".join(one["Id"] for one in metrics)
    assert (total["Expression"], total.get("ReturnData", True)) == (f"SUM([{names}])", True)
    assert {one["ReturnData"] for one in metrics} == {False}
    assert {(one["MetricStat"]["Stat"], one["MetricStat"]["Period"]) for one in metrics} == {("Sum", 300)}
    assert {one["MetricStat"]["Metric"]["MetricName"] for one in metrics} == {"Failed"}
    return [one["MetricStat"]["Metric"]["Dimensions"] for one in metrics]


def test_jobs_of_a_scope_are_those_below_it(app: cdk.App, stack: Stack, import_job: Any) -> None:
    here, nested = import_job("Here"), import_job("Inner", NestedStack(stack, "Nested"))
    there = import_job("There", Stack(app, "Other"))

    assert [*DataJobs.of(stack)] == [here, nested]
    assert [*DataJobs.of(app)] == [here, nested, there]
    assert [*DataJobs.of(nested)] == [nested]


def test_jobs_can_be_changed_while_going_through_them(stack: Stack, import_job: Any, resources: Any) -> None:
    import_job("One")
    import_job("Two")
    for job in DataJobs.of(stack):
        job.on_failed("Failed")

    assert len(resources(stack, "AWS::Events::Rule")) == 2


def test_one_alarm_is_for_all_jobs_of_a_stack_whenever_they_are_declared(
    stack: Stack, topic: aws_sns.ITopic, import_job: Any, resources: Any
) -> None:
    import_job("Before")
    DataJobs.of(stack).alarm_on_failure(topic)
    import_job("After")

    alarm = alarm_of(stack, resources)
    assert alarm["Dimensions"] == [{"Name": "Stack", "Value": "Shop"}]
    assert (alarm["MetricName"], alarm["Statistic"], alarm["Period"]) == ("Failed", "Sum", 300)
    assert alarm["AlarmDescription"] == "A run of a data job failed: Shop"
    assert (alarm["TreatMissingData"], len(alarm["AlarmActions"])) == ("notBreaching", 1)


def test_the_jobs_of_nested_stacks_are_watched_too(
    stack: Stack, topic: aws_sns.ITopic, import_job: Any, resources: Any
) -> None:
    DataJobs.of(stack).alarm_on_failure(topic)
    import_job("Outer")
    import_job("Inner", NestedStack(stack, "Nested"))

    outer, inner = watched(alarm_of(stack, resources))
    assert outer == [{"Name": "Stack", "Value": "Shop"}]
    assert "NestedNestedStack" in str(inner)


def test_the_jobs_of_an_app_are_watched_from_one_stack(
    app: cdk.App, stack: Stack, topic: aws_sns.ITopic, import_job: Any, resources: Any
) -> None:
    DataJobs.of(app).alarm_on_failure(topic, scope=stack, id="AnyFailed")
    import_job("Here")
    import_job("There", Stack(app, "Other"))

    alarm = alarm_of(stack, resources)
    assert [names[0]["Value"] for names in watched(alarm)] == ["Shop", "Other"]
    assert alarm["AlarmDescription"] == "A run of a data job failed: the app"


def test_the_jobs_of_another_stack_alone_are_watched(
    app: cdk.App, stack: Stack, topic: aws_sns.ITopic, import_job: Any, resources: Any
) -> None:
    other = Stack(app, "Other")
    DataJobs.of(other).alarm_on_failure(topic, scope=stack)
    import_job("There", other)

    assert alarm_of(stack, resources)["Dimensions"] == [{"Name": "Stack", "Value": "Other"}]


def test_the_jobs_of_a_construct_are_watched_one_by_one(
    stack: Stack, topic: aws_sns.ITopic, import_job: Any, resources: Any
) -> None:
    part = Construct(stack, "Part")
    DataJobs.of(part).alarm_on_failure(topic)
    import_job("Elsewhere")
    names = [import_job(id_, part).node.default_child.logical_id for id_ in ("One", "Two")]

    found = [{one["Name"]: one["Value"] for one in names} for names in watched(alarm_of(stack, resources))]
    assert found == [{"Stack": "Shop", "Job": stack.resolve(name)} for name in names]


def test_an_alarm_in_no_stack_is_refused(app: cdk.App, topic: aws_sns.ITopic) -> None:
    for scope, name in ((app, "the app"), (Stage(app, "Dev"), "Dev")):
        with pytest.raises(ValueError, match=f"^scope must be a construct in a stack, .* of {name} .*, got none$"):
            DataJobs.of(scope).alarm_on_failure(topic)


def test_an_alarm_without_jobs_is_an_error(stack: Stack, topic: aws_sns.ITopic, app: cdk.App) -> None:
    DataJobs.of(stack).alarm_on_failure(topic)

    with pytest.raises(RuntimeError, match="an alarm on failed runs must have data jobs, got none"):
        app.synth()


def test_an_alarm_on_too_many_metrics_is_an_error(
    stack: Stack, topic: aws_sns.ITopic, import_job: Any, app: cdk.App
) -> None:
    part = Construct(stack, "Part")
    DataJobs.of(part).alarm_on_failure(topic)
    for number in range(11):
        import_job(f"Job{number}", part)

    with pytest.raises(RuntimeError, match="must be for at most 10 jobs, got 11; declare several alarms"):
        app.synth()


def test_an_alarm_for_jobs_of_another_region_is_an_error() -> None:
    app = cdk.App()
    here, there = (
        Stack(app, name, env=Environment(account="111122223333", region=region))
        for name, region in (("Here", "eu-west-1"), ("There", "us-east-1"))
    )
    dataset = personalize.Dataset.from_dataset_arn(
        there, "Users", "arn:aws:personalize:us-east-1:111122223333:dataset/shop/USERS"
    )
    bucket = aws_s3.Bucket(there, "Data")
    personalize.DatasetImportJob(there, "Import", dataset=dataset, source=DataSource.from_bucket(bucket, "users/"))
    DataJobs.of(app).alarm_on_failure(aws_sns.Topic(here, "Topic"), scope=here)

    with pytest.raises(RuntimeError, match="in the account and Region of the data jobs, got There/Import elsewhere"):
        app.synth()
