"""Time-outs that are longer than CloudFormation waits for one resource."""

import json
import re
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import Duration
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_stepfunctions as sfn
from hypothesis import given
from hypothesis import strategies as st

from cdk_data_jobs import DataSource, OnFailure, personalize, pinpoint
from cdk_data_jobs._job import wait_chain

WAIT = "Custom::DataJobWait"
IMPORT = "Custom::PersonalizeDatasetImportJob"
Declare = Callable[..., personalize.DatasetImportJob]
Resources = Callable[..., dict[str, Any]]


@given(st.integers(60, 7 * 24 * 3600))
def test_the_segments_add_up_to_the_timeout(seconds: int) -> None:
    segments = wait_chain.segments(Duration.seconds(seconds))

    waits = [segment.get("Timeout", 3300) for segment in segments]
    assert sum(waits) == seconds
    assert all(0 < wait <= 3300 for wait in waits)
    assert [segment.get("Relay") for segment in segments] == [seconds] * (len(segments) - 1) + [None]


@pytest.mark.parametrize(
    ("timeout", "segments"),
    [
        (None, [{}]),
        (Duration.minutes(1), [{"Timeout": 60}]),
        (Duration.minutes(55), [{}]),
        (Duration.minutes(56), [{"Relay": 3360}, {"Timeout": 60}]),
        (Duration.minutes(110), [{"Relay": 6600}, {}]),
    ],
)
def test_what_has_its_default_is_left_out(timeout: Duration | None, segments: list[dict[str, int]]) -> None:
    assert wait_chain.segments(timeout) == segments


def test_a_segment_can_be_shortened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wait_chain, "MAX_SEGMENT_SECONDS", 60)

    assert wait_chain.segments(Duration.seconds(150)) == [
        {"Timeout": 60, "Relay": 150},
        {"Timeout": 60, "Relay": 150},
        {"Timeout": 30},
    ]


def test_each_waiting_resource_waits_for_the_job_of_the_one_before(
    import_job: Declare, stack: cdk.Stack, resources: Resources
) -> None:
    job = import_job(timeout=Duration.hours(2), on_failure=OnFailure.CONTINUE, trigger="1")
    cdk.Tags.of(job).add("team", "search")

    ((creator, own),) = resources(stack, IMPORT).items()
    (first, one), (second, two) = resources(stack, WAIT).items()
    assert (own["Properties"]["Relay"], "Timeout" in own["Properties"]) == (7200, False)
    runner = {name: own["Properties"][name] for name in ("ServiceToken", "OnFailure")}
    kept = {"Fn::GetAtt": [creator, "DataJobKept"]}
    common = {**runner, "Kind": IMPORT, "Creator": creator, "Kept": kept}
    assert one["Properties"] == {**common, "Job": {"Ref": creator}, "Relay": 7200}
    assert two["Properties"] == {**common, "Job": {"Ref": first}, "Timeout": 600}
    assert stack.resolve(job.dataset_import_job_arn) == {"Ref": second}
    assert stack.resolve(job.status) == {"Fn::GetAtt": [second, "status"]}


def test_the_ids_of_waiting_resources_are_pinned(import_job: Declare, stack: cdk.Stack) -> None:
    import_job(timeout=Duration.hours(2))

    ids = [one.node.id for one in stack.node.find_child("ImportUsers").node.children if "Wait" in one.node.id]
    assert ids == ["Wait1", "Wait2"]


def test_a_longer_time_out_keeps_the_waiting_resources_there_are(
    import_job: Declare, stack: cdk.Stack, resources: Resources
) -> None:
    import_job(timeout=Duration.hours(2))
    other = cdk.Stack(cdk.App(), "Shop")
    dataset = personalize.Dataset.from_dataset_arn(other, "Users", "arn:aws:personalize:r:a:dataset/shop/USERS")
    source = DataSource.from_bucket(s3.Bucket(other, "Data"), "users/")
    import_job(scope=other, dataset=dataset, source=source, timeout=Duration.hours(3))

    assert set(resources(stack, WAIT)) < set(resources(other, WAIT))


def test_a_waiting_resource_gets_the_parameters_that_the_describe_call_needs(
    stack: cdk.Stack, bucket: s3.Bucket, resources: Resources
) -> None:
    pinpoint.ImportJob(
        stack,
        "Import",
        application=pinpoint.App.from_application_id(stack, "Application", "abc123"),
        source=DataSource.from_bucket(bucket, "endpoints/"),
        format=pinpoint.Format.CSV,
        max_failures=3,
        timeout=Duration.hours(1),
    )

    (wait,) = resources(stack, WAIT).values()
    assert wait["Properties"]["Parameters"] == {"ApplicationId": "abc123"}
    assert wait["Properties"]["MaxFailures"] == 3


def test_what_depends_on_the_job_depends_on_its_last_waiting_resource(
    import_job: Declare, stack: cdk.Stack, resources: Resources
) -> None:
    first = import_job("First", timeout=Duration.hours(2))
    import_job("Second").node.add_dependency(first)

    (second,) = (one for name, one in resources(stack, IMPORT).items() if name.startswith("Second"))
    assert set(resources(stack, WAIT)) < set(second["DependsOn"])


def test_a_time_out_that_is_not_known_yet_is_not_divided(
    import_job: Declare, stack: cdk.Stack, resources: Resources
) -> None:
    import_job(timeout=Duration.seconds(cdk.CfnParameter(stack, "Seconds", type="Number").value_as_number))

    (job,) = resources(stack, IMPORT).values()
    assert job["Properties"]["Timeout"] == {"Ref": "Seconds"}
    assert not resources(stack, WAIT)


@pytest.mark.parametrize(("timeout", "links"), [(55, None), (56, 1), (24 * 60, 26), (7 * 24 * 60, 183)])
def test_a_job_has_the_number_of_its_waiting_resources(
    import_job: Declare, stack: cdk.Stack, resources: Resources, timeout: int, links: int | None
) -> None:
    import_job(timeout=Duration.minutes(timeout))

    (own,) = resources(stack, IMPORT).values()
    assert own["Properties"].get("Links") == links
    assert len(resources(stack, WAIT)) == (links or 0)


def test_runs_that_no_deployment_requests_have_no_waiting_resources(
    import_job: Declare, stack: cdk.Stack, resources: Resources
) -> None:
    job = import_job(timeout=Duration.hours(2))
    job.run_on_schedule(scheduler.ScheduleExpression.rate(Duration.days(1)))
    job.run_on_upload()
    sfn.StateMachine(stack, "Theirs", definition_body=sfn.DefinitionBody.from_chainable(job.as_task(stack, "Task")))

    (own,) = resources(stack, IMPORT).values()
    (schedule,) = resources(stack, "AWS::Scheduler::Schedule").values()
    (rule,) = resources(stack, "AWS::Events::Rule").values()
    theirs = [one for one in resources(stack, "AWS::StepFunctions::StateMachine").values() if "Task" in str(one)]
    requests = [
        json.dumps(one) for one in (schedule["Properties"]["Target"]["Input"], rule["Properties"]["Targets"], theirs)
    ]
    assert own["Properties"]["Links"] == 2
    assert all("JobName" in request for request in requests)
    assert not [request for request in requests if re.search(r"Links|Relay|DataJobKept", request)]
