"""The stacks of the proof: between them every kind of job, of access, and of whoever asks for runs.

Each is synthesized under a placeholder for its name, which is part of every name in it, so that many may be deployed at
the same time, each with something else taken away. Step 2 is an update: new tags for some jobs, a new run for others.
The jobs are those of the catalogue of the constructs' tests, in surroundings that can be deployed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from aws_cdk import (
    App,
    Aws,
    CfnResource,
    Duration,
    RemovalPolicy,
    Stack,
    Tags,
    aws_ec2,
    aws_events_targets,
    aws_iam,
    aws_kms,
    aws_s3,
    aws_scheduler,
    aws_sqs,
    aws_stepfunctions,
)
from least_privilege.surroundings import (
    ENDPOINTS_FILE,
    INPUT_FILE,
    USERS_FILE,
    Surroundings,
    Users,
    fill,
    key_of_another_stack,
    key_without_delegation,
    stack_in,
)

# isort: split
from catalogue import jobs

from cdk_data_jobs import (
    CreateCall,
    DataBucket,
    DataDestination,
    DataJobRunner,
    DataSource,
    DescribeCall,
    JobDefinition,
    JobNaming,
    OnFailure,
    personalize,
)
from cdk_data_jobs._job import wait_chain

FILES = Path(__file__).with_name("files")


@dataclass(frozen=True)
class Scenario:
    """Something that people deploy.

    Attributes:
        name: Its name, and the placeholder for the name of its stack; further stacks have a suffix.
        build: Declares it, in the first stack or in several: takes the app, the name and the step.
        what: What it is, for people.
        use: How it is used once it is there: a method of `use.Use`. If none, the deployment itself runs the jobs.
    """

    name: str
    build: Callable[[App, str, int], None]
    what: str
    use: str = ""

    @property
    def is_broken(self) -> bool:
        """Whether it is used in a way after which it can be neither updated nor deleted."""
        return self.use.startswith("break")


SCENARIOS: list[Scenario] = []


Build = Callable[[App, str, int], None]


def scenario(what: str, *, use: str = "") -> Callable[[Build], Build]:
    """Register a scenario; its name is the function's, as a stack may have it."""

    def register(build: Build) -> Build:
        name = "Proof" + "".join(word.capitalize() for word in build.__name__.split("_"))
        SCENARIOS.append(Scenario(name, build, what, use))
        return build

    return register


@scenario("import from local files, two datasets, tags changed on one and the other run again")
def assets(app: App, name: str, step: int) -> None:
    stack = stack_in(app, name)
    users = Users(stack, name)
    tagged = personalize.DatasetImportJob(
        stack, "Tagged", dataset=users.dataset, source=DataSource.from_asset(str(FILES / "users.csv"))
    )
    again = personalize.DatasetImportJob(
        stack,
        "Again",
        dataset=users.dataset,
        source=DataSource.from_asset(str(FILES / "more")),
        trigger=str(step),
    )
    again.node.add_dependency(tagged)
    Tags.of(tagged).add("team", f"books{step}")
    if step == 1:
        Tags.of(tagged).add("cost", "1")


@scenario("import from local files, which gets another logical id and runs on when the old resource is deleted")
def renamed(app: App, name: str, step: int) -> None:
    stack = stack_in(app, name)
    job = personalize.DatasetImportJob(
        stack,
        "Import",
        dataset=Users(stack, name).dataset,
        source=DataSource.from_asset(str(FILES / "users.csv")),
        wait_for_completion=False,
    )
    if step > 1:
        cast("CfnResource", job.node.default_child).override_logical_id("Renamed")


@scenario("import that failed, which was accepted, and which an update keeps that accepts no failure")
def accepted(app: App, name: str, step: int) -> None:
    shop = Surroundings(app, name, step, {"in/users.csv": "USER_ID,AGE\nann,old\n"})
    on_failure = OnFailure.CONTINUE if step == 1 else OnFailure.ROLL_BACK
    shop.declare(jobs.import_users, "Import", on_failure=on_failure, trigger=None)


@scenario("import from a folder of a bucket")
def bucket_import(app: App, name: str, step: int) -> None:
    Surroundings(app, name, step, USERS_FILE).declare(jobs.import_users, "Import")


def export(shop: Surroundings, **options: Any) -> personalize.DatasetExportJob:
    options.setdefault("destination", shop.destination)
    job = shop.declare(jobs.export_users, "Export", ingestion_mode=personalize.IngestionMode.ALL, **options)
    return cast("personalize.DatasetExportJob", job)


@scenario("export to a bucket")
def bucket_export(app: App, name: str, step: int) -> None:
    Tags.of(export(Surroundings(app, name, step))).add("step", str(step))


@scenario("data deletion")
def deletion(app: App, name: str, step: int) -> None:
    shop = Surroundings(app, name, step, {"gone/users.csv": "USER_ID\nann\n"})
    source = DataSource.from_bucket(shop.bucket, "gone/")
    shop.declare(jobs.delete_users, "Forget", source=source, wait_for_completion=True)


def batch(shop: Surroundings) -> None:
    shop.declare(jobs.recommend, "BatchInferenceJob")
    shop.declare(jobs.segment, "BatchSegmentJob")


@scenario("batch inference and batch segment job in a bucket")
def batches(app: App, name: str, step: int) -> None:
    batch(Surroundings(app, name, step, INPUT_FILE))


# --- keys ---


@scenario("import from a bucket with a key that names who uses it")
def key_import(app: App, name: str, step: int) -> None:
    shop = Surroundings(app, name, step, USERS_FILE, key=key_without_delegation)
    shop.declare(jobs.import_users, "Import", source=DataSource.from_bucket(shop.bucket, "in/users.csv"))


@scenario("export with a key that names who uses it")
def key_export(app: App, name: str, step: int) -> None:
    shop = Surroundings(app, name, step)
    key = key_without_delegation(shop.stack)
    export(shop, destination=DataDestination.from_bucket(shop.bucket, "out/", key))


@scenario("export from a dataset group with a key")
def group_key_export(app: App, name: str, step: int) -> None:
    export(Surroundings(app, name, step, group_key=key_without_delegation))


@scenario("import from a bucket whose key belongs to another stack")
def foreign_key_import(app: App, name: str, step: int) -> None:
    shop = Surroundings(app, name, step, USERS_FILE, key=key_of_another_stack(app, name))
    shop.declare(jobs.import_users, "Import")


@scenario("export to a bucket whose key belongs to another stack")
def foreign_key_export(app: App, name: str, step: int) -> None:
    export(Surroundings(app, name, step, key=key_of_another_stack(app, name)))


@scenario("export from a dataset group whose key belongs to another stack")
def foreign_group_key_export(app: App, name: str, step: int) -> None:
    export(Surroundings(app, name, step, group_key=key_of_another_stack(app, name)))


@scenario("batch jobs in a bucket whose key belongs to another stack")
def foreign_key_batches(app: App, name: str, step: int) -> None:
    batch(Surroundings(app, name, step, INPUT_FILE, key=key_of_another_stack(app, name)))


# --- Pinpoint ---


def campaign_import(shop: Surroundings) -> None:
    source = DataSource.from_bucket(shop.bucket, "in/")
    shop.declare(jobs.import_endpoints, "Import", source=source, register_endpoints=True)


@scenario("Pinpoint import from a bucket")
def endpoints_import(app: App, name: str, step: int) -> None:
    campaign_import(Surroundings(app, name, step, ENDPOINTS_FILE))


@scenario("Pinpoint import from a bucket with a key that names who uses it")
def key_endpoints_import(app: App, name: str, step: int) -> None:
    campaign_import(Surroundings(app, name, step, ENDPOINTS_FILE, key=key_without_delegation))


@scenario("Pinpoint import from a bucket whose key belongs to another stack")
def foreign_key_endpoints_import(app: App, name: str, step: int) -> None:
    campaign_import(Surroundings(app, name, step, ENDPOINTS_FILE, key=key_of_another_stack(app, name)))


@scenario("Pinpoint export to a bucket")
def endpoints_export(app: App, name: str, step: int) -> None:
    Surroundings(app, name, step).declare(jobs.export_endpoints, "Export")


@scenario("Pinpoint export to a bucket with a key that names who uses it")
def key_endpoints_export(app: App, name: str, step: int) -> None:
    Surroundings(app, name, step, key=key_without_delegation).declare(jobs.export_endpoints, "Export")


@scenario("Pinpoint export to a bucket whose key belongs to another stack")
def foreign_key_endpoints_export(app: App, name: str, step: int) -> None:
    shop = Surroundings(app, name, step, key=key_of_another_stack(app, name))
    shop.declare(jobs.export_endpoints, "Export")


# --- others ---


@scenario("a long time-out: three resources wait for one import, run by another stack's runner")
def relayed(app: App, name: str, step: int) -> None:
    runner = DataJobRunner(stack_in(app, f"{name}Home"), "DataJobRunner")
    shop = Surroundings(app, name, step, USERS_FILE)
    before, wait_chain.MAX_SEGMENT_SECONDS = wait_chain.MAX_SEGMENT_SECONDS, 60
    shop.declare(jobs.import_users, "Import", timeout=Duration.minutes(3), runner=runner)
    wait_chain.MAX_SEGMENT_SECONDS = before


EXPORT = JobDefinition(
    title="export",
    service="personalize",
    create=CreateCall(operation="create_dataset_export_job", id="datasetExportJobArn"),
    describe=DescribeCall(
        operation="describe_dataset_export_job", parameters={"datasetExportJobArn": "id"}, job="datasetExportJob"
    ),
    status="status",
    succeeded=["ACTIVE"],
    failed=["CREATE FAILED"],
    reason="failureReason",
    created="creationDateTime",
    name=JobNaming(
        parameter="jobName",
        max_length=63,
        arn="arn:{partition}:personalize:{region}:{account}:dataset-export-job/{name}",
        name_taken_errors=["ResourceAlreadyExistsException"],
    ),
    role="roleArn",
    permissions={"personalize:CreateDatasetExportJob": ["job"]},
    access_denied_messages=["Insufficient privileges", "cannot be assumed"],
)


@scenario("a job of any service, with statements and a role of its own")
def any_job(app: App, name: str, step: int) -> None:
    shop = Surroundings(app, name, step)
    bucket, service = shop.bucket, "personalize.amazonaws.com"
    exports = f"arn:aws:personalize:{Aws.REGION}:{Aws.ACCOUNT_ID}:dataset-export-job/*"
    job = shop.declare(
        jobs.import_contacts,
        "Export",
        definition=EXPORT,
        parameters={
            "datasetArn": shop.dataset.attr_dataset_arn,
            "jobOutput": {"s3DataDestination": {"path": f"s3://{bucket.bucket_name}/out/"}},
        },
        statements=[aws_iam.PolicyStatement(actions=["personalize:DescribeDatasetExportJob"], resources=[exports])],
        service_principal=service,
    )
    access = aws_iam.PolicyStatement(
        actions=["s3:PutObject", "s3:ListBucket"], resources=[bucket.bucket_arn, bucket.arn_for_objects("*")]
    )
    cast("aws_iam.Role", job.role).add_to_principal_policy(access)
    principal = aws_iam.ServicePrincipal(service)
    bucket.add_to_resource_policy(
        aws_iam.PolicyStatement(principals=[principal], actions=access.actions, resources=access.resources)
    )


@scenario("imports of two services, run by the same function")
def two_services(app: App, name: str, step: int) -> None:
    shop = Surroundings(app, name, step, {"users/users.csv": USERS_FILE["in/users.csv"], **ENDPOINTS_FILE})
    shop.declare(jobs.import_users, "People", source=DataSource.from_bucket(shop.bucket, "users/"))
    campaign_import(shop)


def large_file(app: App) -> Path:
    """A file that is copied in parts: boto3 does so from 8 megabytes on."""
    file = Path(app.outdir) / "large.csv"
    file.write_text("USER_ID,AGE\n" + "".join(f"{number:0200},1\n" for number in range(45_000)), encoding="utf-8")
    return file


@scenario("a runner for a locked-down account: VPC, keys, tracing, a dead-letter queue, a staging bucket with a key")
def locked_down(app: App, name: str, step: int) -> None:
    stack = stack_in(app, name)
    key, other = (deletable_key(stack, id) for id in ("Key", "OtherKey"))
    subnets = [aws_ec2.SubnetConfiguration(name="Inside", subnet_type=aws_ec2.SubnetType.PRIVATE_ISOLATED)]
    runner = DataJobRunner(
        stack,
        "DataJobRunner",
        vpc=aws_ec2.Vpc(stack, "OwnVpc", max_azs=1, nat_gateways=0, subnet_configuration=subnets),
        encryption_key=key,
        tracing_enabled=True,
        dead_letter_queue=aws_sqs.Queue(stack, "OwnQueue", encryption_master_key=key),
        # Without versions, or those of copies would keep the bucket from being deleted.
        staging_bucket=aws_s3.Bucket(
            stack, "Data", encryption_key=other, enforce_ssl=True, removal_policy=RemovalPolicy.DESTROY
        ),
    )
    personalize.DatasetImportJob(
        stack,
        "Import",
        dataset=Users(stack, name).dataset,
        source=DataSource.from_asset(str(large_file(app))),
        runner=runner,
        trigger=str(step),
    )


# --- runs that nobody deploys ---


def waiting_import(shop: Surroundings, runner: DataJobRunner | None = None) -> personalize.DatasetImportJob:
    """Declares an import that runs when it is asked to, and not when it is deployed."""
    return jobs.import_users(shop, "Import", deploy_time=False, runner=runner)


def every_few_minutes(step: int) -> aws_scheduler.ScheduleExpression:
    return aws_scheduler.ScheduleExpression.rate(Duration.minutes(4 + step))


@scenario("import on a schedule, whose end is told", use="wait_for_told_run")
def scheduled(app: App, name: str, step: int) -> None:
    shop = Surroundings(app, name, step, USERS_FILE)
    job = waiting_import(shop)
    job.run_on_schedule(every_few_minutes(step))
    job.on_succeeded("Told", target=aws_events_targets.SqsQueue(aws_sqs.Queue(shop.stack, "OwnQueue")))


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


def deletable_key(stack: Stack, id: str) -> aws_kms.Key:
    return aws_kms.Key(stack, id, removal_policy=RemovalPolicy.DESTROY)


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


def synthesize(one: Scenario, step: int, folder: Path) -> list[dict[str, Any]]:
    """Synthesize a scenario; returns the templates of its stacks, in the order of their deployment.

    Args:
        one: The scenario.
        step: 1 to create it, 2 to update it.
        folder: Where it goes.
    """
    app = App(outdir=str(folder), analytics_reporting=False, context={"aws:cdk:enable-path-metadata": True})
    one.build(app, one.name, step)
    app.synth()
    files = (folder / f"{one.name}{suffix}.template.json" for suffix in ("Home", ""))
    return [json.loads(file.read_text(encoding="utf-8")) for file in files if file.exists()]
