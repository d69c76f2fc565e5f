"""Jobs at set times."""

import json
from typing import Any

import pytest
from aws_cdk import Duration, Stack, TimeZone, aws_iam, aws_sqs
from aws_cdk.aws_scheduler import ScheduleExpression, TimeWindow

from cdk_data_jobs import DataJobRunner, OnFailure, Overlap

NIGHTLY = ScheduleExpression.cron(hour="3", minute="0", time_zone=TimeZone.EUROPE_BERLIN)


@pytest.fixture
def schedule(stack: Stack, resources: Any) -> Any:
    """Returns the properties of the only schedule, with its input as JSON."""

    def find(with_names: Any) -> Any:
        [found] = resources(stack, "AWS::Scheduler::Schedule").values()
        properties = with_names(found["Properties"])
        properties["Target"]["Input"] = json.loads(properties["Target"]["Input"])
        return properties

    return find


def test_a_schedule_requests_what_a_deployment_requests(
    import_job: Any, job_properties: Any, schedule: Any, with_names: Any
) -> None:
    import_job(on_failure=OnFailure.CONTINUE).run_on_schedule(NIGHTLY)

    request = schedule(with_names)["Target"]["Input"]
    own = {key: value for key, value in with_names(job_properties()).items() if key != "ServiceToken"}
    assert request["ResourceProperties"] == own
    assert (own["OnFailure"], request["StackId"]) == ("CONTINUE", "name")
    assert request["ResourceType"] == "Custom::PersonalizeDatasetImportJob"
    assert (request["RequestType"], request["StartedBy"], request["Overlap"]) == ("Run", "schedule", "WAIT")


def test_what_concerns_deployments_alone_is_not_in_the_request_of_a_run(
    import_job: Any, schedule: Any, with_names: Any
) -> None:
    options = {"timeout": Duration.hours(2), "on_failure": OnFailure.CONTINUE, "trigger": "2"}
    import_job(job_name="users", **options).run_on_schedule(NIGHTLY)

    said = schedule(with_names)["Target"]["Input"]["ResourceProperties"]
    assert said.keys() & {"Timeout", "Relay", "Links", "Trigger"} == set()


def test_each_time_is_another_run_and_each_attempt_the_same(
    stack: Stack, import_job: Any, schedule: Any, with_names: Any
) -> None:
    job = import_job()
    job.run_on_schedule(NIGHTLY)
    job.as_task(stack, "Task")

    assert schedule(with_names)["Target"]["Input"]["RequestId"] == (
        "<aws.scheduler.schedule-arn> <aws.scheduler.scheduled-time>"
    )


def test_the_logical_id_is_that_of_the_jobs_resource(
    stack: Stack, import_job: Any, schedule: Any, resources: Any, with_names: Any
) -> None:
    import_job().run_on_schedule(NIGHTLY)

    [name] = resources(stack, "Custom::PersonalizeDatasetImportJob")
    assert schedule(with_names)["Target"]["Input"]["LogicalResourceId"] == name


def test_time_zone_window_retries_and_overlap_are_as_given(import_job: Any, schedule: Any, with_names: Any) -> None:
    import_job().run_on_schedule(
        NIGHTLY,
        time_window=TimeWindow.flexible(Duration.minutes(15)),
        overlap=Overlap.SKIP,
        retry_attempts=3,
        max_event_age=Duration.hours(2),
    )

    found = schedule(with_names)
    assert (found["ScheduleExpression"], found["ScheduleExpressionTimezone"]) == ("cron(0 3 * * ? *)", "Europe/Berlin")
    assert found["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}
    assert found["Target"]["RetryPolicy"] == {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 7200}
    assert found["Target"]["Input"]["Overlap"] == "SKIP"


def test_a_schedule_comes_after_its_job_and_goes_before_it(stack: Stack, import_job: Any, resources: Any) -> None:
    import_job().run_on_schedule(NIGHTLY)

    [job] = resources(stack, "Custom::PersonalizeDatasetImportJob")
    [schedule] = resources(stack, "AWS::Scheduler::Schedule").values()
    assert job in schedule["DependsOn"]


def test_what_cannot_be_delivered_goes_to_a_queue_of_the_stack_or_a_given_one(
    stack: Stack, import_job: Any, resources: Any
) -> None:
    job = import_job()
    job.run_on_schedule(NIGHTLY)
    job.run_on_schedule(NIGHTLY, id="Weekly")
    job.run_on_schedule(NIGHTLY, id="Yearly", dead_letter_queue=aws_sqs.Queue(stack, "Mine"))

    queues = [
        schedule["Properties"]["Target"]["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0]
        for schedule in resources(stack, "AWS::Scheduler::Schedule").values()
    ]
    assert sorted(queues) == ["DataJobAccessDeadLetters5F1DF6D0", "DataJobAccessDeadLetters5F1DF6D0", "MineC1B42D3A"]


def test_the_schedules_of_a_stack_share_a_role_that_may_invoke_the_function_alone(
    stack: Stack, import_job: Any, resources: Any
) -> None:
    for name in ("One", "Two"):
        import_job(name).run_on_schedule(NIGHTLY)

    roles = {
        schedule["Properties"]["Target"]["RoleArn"]["Fn::GetAtt"][0]
        for schedule in resources(stack, "AWS::Scheduler::Schedule").values()
    }
    [policy] = [
        policy["Properties"]["PolicyDocument"]["Statement"]
        for policy in resources(stack, "AWS::IAM::Policy").values()
        if policy["Properties"]["Roles"] == [{"Ref": role} for role in roles]
    ]
    assert [(statement["Action"], statement["Resource"]["Fn::GetAtt"][1]) for statement in policy] == [
        ("lambda:InvokeFunction", "Arn"),
        ("sqs:SendMessage", "Arn"),
    ]


def test_each_runner_is_invoked_with_a_role_of_its_own_within_its_boundary(
    stack: Stack, import_job: Any, resources: Any
) -> None:
    boundary = aws_iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "boundary")
    DataJobRunner(stack, "Theirs", permissions_boundary=boundary)
    for name in ("Ours", "Theirs"):
        runner = stack.node.try_find_child(name) or DataJobRunner(stack, name)
        import_job(f"Import{name}", runner=runner).run_on_schedule(NIGHTLY)

    targets = [one["Properties"]["Target"] for one in resources(stack, "AWS::Scheduler::Schedule").values()]
    names = [(one["Arn"]["Fn::GetAtt"][0], one["RoleArn"]["Fn::GetAtt"][0]) for one in targets]
    assert [(function[:4], role[:20]) for function, role in sorted(names)] == [
        ("Ours", "DataJobAccessSchedul"),
        ("Thei", "DataJobAccessSchedul"),
    ]
    roles = resources(stack, "AWS::IAM::Role")
    assert ["PermissionsBoundary" in roles[role]["Properties"] for _, role in sorted(names)] == [False, True]


def test_the_roles_trust_is_for_schedules_of_the_account(stack: Stack, import_job: Any, resources: Any) -> None:
    import_job().run_on_schedule(NIGHTLY)

    [statement] = [
        role["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
        for role in resources(stack, "AWS::IAM::Role").values()
        if "scheduler" in str(role["Properties"]["AssumeRolePolicyDocument"])
    ]
    assert statement["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert set(statement["Condition"]) == {"StringEquals", "ArnEquals"}
    partition, region, account = ({"Ref": f"AWS::{name}"} for name in ("Partition", "Region", "AccountId"))
    group = ["arn:", partition, ":scheduler:", region, ":", account, ":schedule-group/default"]
    assert statement["Condition"]["ArnEquals"] == {"aws:SourceArn": {"Fn::Join": ["", group]}}


def test_each_runner_is_invoked_with_a_role_for_it_alone(stack: Stack, import_job: Any, resources: Any) -> None:
    for name in ("One", "Two"):
        import_job(name, runner=DataJobRunner(stack, f"Runner{name}")).run_on_schedule(NIGHTLY)

    targets = [one["Properties"]["Target"] for one in resources(stack, "AWS::Scheduler::Schedule").values()]
    assert len({str(target["Arn"]) for target in targets}) == len({str(target["RoleArn"]) for target in targets}) == 2


def test_a_runner_of_another_stack_is_invoked_where_it_is(app: Any, import_job: Any) -> None:
    runner = DataJobRunner(Stack(app, "Central"), "Runner")
    import_job(runner=runner).run_on_schedule(NIGHTLY)

    template = app.synth().get_stack_by_name("Shop").template
    [schedule] = [one for one in template["Resources"].values() if one["Type"] == "AWS::Scheduler::Schedule"]
    assert "Fn::ImportValue" in schedule["Properties"]["Target"]["Arn"]


def test_a_job_that_no_deployment_runs_has_a_property_for_that(import_job: Any, job_properties: Any) -> None:
    import_job(deploy_time=False)

    assert job_properties()["DeployTime"] is False
