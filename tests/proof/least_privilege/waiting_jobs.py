"""Scenarios: jobs that no deployment runs, but a schedule, an upload or a task."""

from __future__ import annotations

from aws_cdk import (
    App,
    Duration,
    RemovalPolicy,
    aws_events_targets,
    aws_scheduler,
    aws_sqs,
    aws_stepfunctions,
)
from least_privilege.scenario import Scenario, registering
from least_privilege.surroundings import (
    USERS_FILE,
    Surroundings,
    deletable_key,
    fill,
)

# isort: split
from catalogue import jobs

from cdk_data_jobs import (
    DataBucket,
    DataJobRunner,
    personalize,
)

SCENARIOS: list[Scenario] = []
scenario = registering(SCENARIOS)


def waiting_import(shop: Surroundings, runner: DataJobRunner | None = None) -> personalize.DatasetImportJob:
    """Declares an import that runs when it is asked to, and not when it is deployed."""
    return jobs.import_users(shop, "Import", deploy_time=False, runner=runner)


def every_few_minutes(step: int) -> aws_scheduler.ScheduleExpression:
    return aws_scheduler.ScheduleExpression.rate(Duration.minutes(4 + step))


@scenario("import on a schedule, whose end is reported", use="wait_for_reported_run")
def scheduled(app: App, name: str, step: int) -> None:
    shop = Surroundings(app, name, step, USERS_FILE)
    job = waiting_import(shop)
    job.run_on_schedule(every_few_minutes(step))
    job.on_succeeded("Reported", target=aws_events_targets.SqsQueue(aws_sqs.Queue(shop.stack, "OwnQueue")))


@scenario("import of what arrives in a bucket, and on a schedule of what is there", use="upload_and_wait")
def uploaded(app: App, name: str, step: int) -> None:
    job = waiting_import(Surroundings(app, name, step, USERS_FILE))
    job.run_on_schedule(every_few_minutes(step))
    job.run_on_upload(batching_window=Duration.minutes(step))


@scenario("import of what arrives, with keys of two buckets", use="upload_and_wait")
def key_uploaded(app: App, name: str, step: int) -> None:
    shop = Surroundings(app, name, step, USERS_FILE, key=lambda stack: deletable_key(stack, "OtherKey"))
    key = deletable_key(shop.stack, "Key")
    staging = DataBucket(shop.stack, "DataJobStaging", encryption_key=key, removal_policy=RemovalPolicy.DESTROY)
    fill(staging, {})
    job = waiting_import(shop, DataJobRunner(shop.stack, "DataJobRunner", staging_bucket=staging))
    job.run_on_schedule(every_few_minutes(step))
    job.run_on_upload(batching_window=Duration.minutes(step))


@scenario("import as a task of a state machine", use="start_and_wait")
def task(app: App, name: str, step: int) -> None:
    shop = Surroundings(app, name, step, USERS_FILE)
    run = waiting_import(shop).as_task(shop.stack, "Run", comment=str(step))
    definition = aws_stepfunctions.DefinitionBody.from_chainable(run)
    aws_stepfunctions.StateMachine(shop.stack, "OwnCaller", definition_body=definition)


@scenario("a schedule and an upload that do not reach the function", use="break_and_wait_for_letters")
def undelivered(app: App, name: str, step: int) -> None:
    job = waiting_import(Surroundings(app, name, step, USERS_FILE))
    job.run_on_schedule(every_few_minutes(step), retry_attempts=0, max_event_age=Duration.minutes(1))
    job.run_on_upload(batching_window=Duration.minutes(step))
