"""The stacks of the proof: between them every kind of job, of access, and of whoever asks for runs.

Each is synthesized under a placeholder for its name, which is part of every name in it, so that many may be deployed at
the same time, each with something else taken away. Step 2 is an update: new tags for some jobs, a new run for others.
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
    CustomResource,
    DefaultStackSynthesizer,
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
from aws_cdk import aws_personalize as cfn
from aws_cdk import aws_pinpoint as cfn_pinpoint
from constructs import Construct

from cdk_data_jobs import (
    AwsJob,
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
    pinpoint,
)
from cdk_data_jobs._job import wait_chain

SEED = "proof-seed"
FILES = Path(__file__).with_name("files")
USERS = {"USER_ID": "string", "AGE": ["null", "int"]}


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


class People(Construct):
    """A dataset of users."""

    def __init__(self, scope: Construct, name: str, **group: Any) -> None:
        super().__init__(scope, "Dataset")
        schema = {
            "type": "record",
            "name": "Users",
            "namespace": "proof",
            "fields": [{"name": column, "type": kind} for column, kind in USERS.items()],
            "version": "1.0",
        }
        self.group = cfn.CfnDatasetGroup(self, "Group", name=name, **group)
        made = cfn.CfnSchema(self, "Schema", name=name, schema=json.dumps(schema))
        self.dataset = cfn.CfnDataset(
            self,
            "Dataset",
            name=name,
            dataset_type="Users",
            dataset_group_arn=self.group.attr_dataset_group_arn,
            schema_arn=made.attr_schema_arn,
        )


def files(bucket: aws_s3.IBucket, **contents: str) -> CustomResource:
    """Put files into a bucket of the stack before its jobs run; the bucket is emptied before it goes."""
    return CustomResource(
        bucket,
        "Files",
        service_token=f"arn:aws:lambda:{Aws.REGION}:{Aws.ACCOUNT_ID}:function:{SEED}",
        resource_type="Custom::Files",
        properties={"Bucket": bucket.bucket_name, "Files": json.dumps(contents)},
    )


def bucket_in(stack: Construct, *, key: aws_kms.IKey | None = None, **contents: str) -> tuple[DataBucket, Construct]:
    bucket = DataBucket(
        stack, "Data", encryption_key=key, removal_policy=RemovalPolicy.DESTROY, auto_delete_objects=False
    )
    return bucket, files(bucket, **contents)


def stack_in(app: App, name: str) -> Stack:
    return Stack(app, name, synthesizer=DefaultStackSynthesizer(generate_bootstrap_version_rule=False))


@scenario("import from local files, two datasets, tags changed on one and the other run again")
def assets(app: App, name: str, step: int) -> None:
    stack = stack_in(app, name)
    people = People(stack, name)
    tagged = personalize.DatasetImportJob(
        stack, "Tagged", dataset=people.dataset, source=DataSource.from_asset(str(FILES / "users.csv"))
    )
    again = personalize.DatasetImportJob(
        stack,
        "Again",
        dataset=people.dataset,
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
        dataset=People(stack, name).dataset,
        source=DataSource.from_asset(str(FILES / "users.csv")),
        wait_for_completion=False,
    )
    if step > 1:
        cast("CfnResource", job.node.default_child).override_logical_id("Renamed")


@scenario("import that failed, which was accepted, and which an update keeps that accepts no failure")
def accepted(app: App, name: str, step: int) -> None:
    stack = stack_in(app, name)
    bucket, filled = bucket_in(stack, **{"in/users.csv": "USER_ID,AGE\nann,old\n"})
    job = personalize.DatasetImportJob(
        stack,
        "Import",
        dataset=People(stack, name).dataset,
        source=DataSource.from_bucket(bucket, "in/"),
        on_failure=OnFailure.CONTINUE if step == 1 else OnFailure.ROLL_BACK,
    )
    job.node.add_dependency(filled)


@scenario("import from a folder of a bucket")
def bucket_import(app: App, name: str, step: int) -> None:
    stack = stack_in(app, name)
    bucket, filled = bucket_in(stack, **{"in/users.csv": "USER_ID,AGE\nann,1\n"})
    job = personalize.DatasetImportJob(
        stack,
        "Import",
        dataset=People(stack, name).dataset,
        source=DataSource.from_bucket(bucket, "in/"),
        trigger=str(step),
    )
    job.node.add_dependency(filled)


def export(
    stack: Stack, people: People, bucket: aws_s3.IBucket, step: int, **destination: Any
) -> personalize.DatasetExportJob:
    return personalize.DatasetExportJob(
        stack,
        "Export",
        dataset=people.dataset,
        destination=DataDestination.from_bucket(bucket, "out/", **destination),
        ingestion_mode=personalize.IngestionMode.ALL,
        trigger=str(step),
    )


@scenario("export to a bucket")
def bucket_export(app: App, name: str, step: int) -> None:
    stack = stack_in(app, name)
    bucket, filled = bucket_in(stack)
    job = export(stack, People(stack, name), bucket, step)
    job.node.add_dependency(filled)
    Tags.of(job).add("step", str(step))


@scenario("data deletion")
def deletion(app: App, name: str, step: int) -> None:
    stack = stack_in(app, name)
    bucket, filled = bucket_in(stack, **{"gone/users.csv": "USER_ID\nann\n"})
    job = personalize.DataDeletionJob(
        stack,
        "Forget",
        dataset_group=People(stack, name).group,
        source=DataSource.from_bucket(bucket, "gone/"),
        wait_for_completion=True,
        trigger=str(step),
    )
    job.node.add_dependency(filled)


def batch(stack: Stack, bucket: aws_s3.IBucket, filled: Construct, step: int, **destination: Any) -> None:
    version = f"arn:aws:personalize:{Aws.REGION}:{Aws.ACCOUNT_ID}:solution/proof/latest"
    options = {
        "source": DataSource.from_bucket(bucket, "in/"),
        "destination": DataDestination.from_bucket(bucket, "out/", **destination),
        "trigger": str(step),
        "solution_version_arn": version,
    }
    for kind in (personalize.BatchInferenceJob, personalize.BatchSegmentJob):
        kind(stack, kind.__name__, **options).node.add_dependency(filled)


@scenario("batch inference and batch segment job in a bucket")
def batches(app: App, name: str, step: int) -> None:
    stack = stack_in(app, name)
    bucket, filled = bucket_in(stack, **{"in/users.json": '{"userId": "ann"}\n'})
    batch(stack, bucket, filled, step)


# --- keys ---


def key_without_delegation(stack: Stack) -> aws_kms.Key:
    """A key whose policy lets the account manage it, but not give its use away: who uses it is named."""
    manage = aws_iam.PolicyStatement(
        principals=[aws_iam.AccountRootPrincipal()],
        actions=["kms:Create*", "kms:Describe*", "kms:Get*", "kms:Put*", "kms:Update*", "kms:Schedule*", "kms:Delete*"],
        resources=["*"],
    )
    seed = f"arn:aws:iam::{Aws.ACCOUNT_ID}:role/{SEED}"
    fill = aws_iam.PolicyStatement(principals=[aws_iam.ArnPrincipal(seed)], actions=["kms:*"], resources=["*"])
    policy = aws_iam.PolicyDocument(statements=[manage, fill])
    return aws_kms.Key(stack, "Key", policy=policy, removal_policy=RemovalPolicy.DESTROY)


@scenario("import from a bucket with a key that names who uses it")
def key_import(app: App, name: str, step: int) -> None:
    stack = stack_in(app, name)
    bucket, filled = bucket_in(stack, key=key_without_delegation(stack), **{"in/users.csv": "USER_ID,AGE\nann,1\n"})
    job = personalize.DatasetImportJob(
        stack,
        "Import",
        dataset=People(stack, name).dataset,
        source=DataSource.from_bucket(bucket, "in/users.csv"),
        trigger=str(step),
    )
    job.node.add_dependency(filled)


@scenario("export with a key that names who uses it")
def key_export(app: App, name: str, step: int) -> None:
    stack = stack_in(app, name)
    bucket, filled = bucket_in(stack)
    job = export(stack, People(stack, name), bucket, step, encryption_key=key_without_delegation(stack))
    job.node.add_dependency(filled)


@scenario("export from a dataset group with a key")
def group_key_export(app: App, name: str, step: int) -> None:
    stack = stack_in(app, name)
    bucket, filled = bucket_in(stack)
    people = people_with_key(stack, name, key_without_delegation(stack))
    export(stack, people, bucket, step).node.add_dependency(filled)


def people_with_key(stack: Stack, name: str, key: aws_kms.Key) -> People:
    role = aws_iam.Role(stack, "OwnRole", assumed_by=aws_iam.ServicePrincipal("personalize.amazonaws.com"))
    return People(stack, name, kms_key_arn=key.key_arn, role_arn=role.role_arn)


@scenario("import from a bucket whose key belongs to another stack")
def foreign_key_import(app: App, name: str, step: int) -> None:
    key = key_without_delegation(stack_in(app, f"{name}Home"))
    stack = stack_in(app, name)
    bucket, filled = bucket_in(stack, key=key, **{"in/users.csv": "USER_ID,AGE\nann,1\n"})
    job = personalize.DatasetImportJob(
        stack,
        "Import",
        dataset=People(stack, name).dataset,
        source=DataSource.from_bucket(bucket, "in/"),
        trigger=str(step),
    )
    job.node.add_dependency(filled)


@scenario("export to a bucket whose key belongs to another stack")
def foreign_key_export(app: App, name: str, step: int) -> None:
    key = key_without_delegation(stack_in(app, f"{name}Home"))
    stack = stack_in(app, name)
    bucket, filled = bucket_in(stack, key=key)
    export(stack, People(stack, name), bucket, step).node.add_dependency(filled)


@scenario("export from a dataset group whose key belongs to another stack")
def foreign_group_key_export(app: App, name: str, step: int) -> None:
    key = key_without_delegation(stack_in(app, f"{name}Home"))
    stack = stack_in(app, name)
    bucket, filled = bucket_in(stack)
    export(stack, people_with_key(stack, name, key), bucket, step).node.add_dependency(filled)


@scenario("batch jobs in a bucket whose key belongs to another stack")
def foreign_key_batches(app: App, name: str, step: int) -> None:
    key = key_without_delegation(stack_in(app, f"{name}Home"))
    stack = stack_in(app, name)
    bucket, filled = bucket_in(stack, key=key, **{"in/users.json": '{"userId": "ann"}\n'})
    batch(stack, bucket, filled, step)


# --- Pinpoint ---


def campaign_import(stack: Stack, name: str, step: int, bucket: aws_s3.IBucket) -> pinpoint.ImportJob:
    return pinpoint.ImportJob(
        stack,
        "Import",
        application=cfn_pinpoint.CfnApp(stack, "App", name=name),
        source=DataSource.from_bucket(bucket, "in/"),
        format=pinpoint.Format.CSV,
        register_endpoints=True,
        trigger=str(step),
    )


ENDPOINTS = {"in/a.csv": "ChannelType,Address\nEMAIL,ann@example.com\n"}


@scenario("Pinpoint import from a bucket")
def endpoints_import(app: App, name: str, step: int) -> None:
    stack = stack_in(app, name)
    bucket, filled = bucket_in(stack, **ENDPOINTS)
    campaign_import(stack, name, step, bucket).node.add_dependency(filled)


@scenario("Pinpoint import from a bucket with a key that names who uses it")
def key_endpoints_import(app: App, name: str, step: int) -> None:
    stack = stack_in(app, name)
    bucket, filled = bucket_in(stack, key=key_without_delegation(stack), **ENDPOINTS)
    campaign_import(stack, name, step, bucket).node.add_dependency(filled)


@scenario("Pinpoint import from a bucket whose key belongs to another stack")
def foreign_key_endpoints_import(app: App, name: str, step: int) -> None:
    key = key_without_delegation(stack_in(app, f"{name}Home"))
    stack = stack_in(app, name)
    bucket, filled = bucket_in(stack, key=key, **ENDPOINTS)
    campaign_import(stack, name, step, bucket).node.add_dependency(filled)


def campaign_export(stack: Stack, name: str, step: int, bucket: aws_s3.IBucket) -> pinpoint.ExportJob:
    return pinpoint.ExportJob(
        stack,
        "Export",
        application=cfn_pinpoint.CfnApp(stack, "App", name=name),
        destination=DataDestination.from_bucket(bucket, "out/"),
        trigger=str(step),
    )


@scenario("Pinpoint export to a bucket")
def endpoints_export(app: App, name: str, step: int) -> None:
    stack = stack_in(app, name)
    bucket, filled = bucket_in(stack)
    campaign_export(stack, name, step, bucket).node.add_dependency(filled)


@scenario("Pinpoint export to a bucket with a key that names who uses it")
def key_endpoints_export(app: App, name: str, step: int) -> None:
    stack = stack_in(app, name)
    bucket, filled = bucket_in(stack, key=key_without_delegation(stack))
    campaign_export(stack, name, step, bucket).node.add_dependency(filled)


@scenario("Pinpoint export to a bucket whose key belongs to another stack")
def foreign_key_endpoints_export(app: App, name: str, step: int) -> None:
    key = key_without_delegation(stack_in(app, f"{name}Home"))
    stack = stack_in(app, name)
    bucket, filled = bucket_in(stack, key=key)
    campaign_export(stack, name, step, bucket).node.add_dependency(filled)


# --- others ---


@scenario("a long time-out: three resources wait for one import, run by another stack's runner")
def relayed(app: App, name: str, step: int) -> None:
    home = stack_in(app, f"{name}Home")
    runner = DataJobRunner(home, "DataJobRunner")
    stack = stack_in(app, name)
    bucket, filled = bucket_in(stack, **{"in/users.csv": "USER_ID,AGE\nann,1\n"})
    before, wait_chain.MAX_SEGMENT_SECONDS = wait_chain.MAX_SEGMENT_SECONDS, 60
    job = personalize.DatasetImportJob(
        stack,
        "Import",
        dataset=People(stack, name).dataset,
        source=DataSource.from_bucket(bucket, "in/"),
        timeout=Duration.minutes(3),
        runner=runner,
        trigger=str(step),
    )
    wait_chain.MAX_SEGMENT_SECONDS = before
    job.node.add_dependency(filled)


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
    stack = stack_in(app, name)
    bucket, filled = bucket_in(stack)
    jobs = f"arn:aws:personalize:{Aws.REGION}:{Aws.ACCOUNT_ID}:dataset-export-job/*"
    job = AwsJob(
        stack,
        "Export",
        definition=EXPORT,
        parameters={
            "datasetArn": People(stack, name).dataset.attr_dataset_arn,
            "jobOutput": {"s3DataDestination": {"path": f"s3://{bucket.bucket_name}/out/"}},
        },
        statements=[aws_iam.PolicyStatement(actions=["personalize:DescribeDatasetExportJob"], resources=[jobs])],
        service_principal="personalize.amazonaws.com",
        trigger=str(step),
    )
    access = aws_iam.PolicyStatement(
        actions=["s3:PutObject", "s3:ListBucket"], resources=[bucket.bucket_arn, bucket.arn_for_objects("*")]
    )
    job.role.add_to_principal_policy(access)
    service = aws_iam.ServicePrincipal("personalize.amazonaws.com")
    bucket.add_to_resource_policy(
        aws_iam.PolicyStatement(principals=[service], actions=access.actions, resources=access.resources)
    )
    job.node.add_dependency(filled)


@scenario("imports of two services, run by the same function")
def two_services(app: App, name: str, step: int) -> None:
    stack = stack_in(app, name)
    bucket, filled = bucket_in(stack, **{"users/users.csv": "USER_ID,AGE\nann,1\n", **ENDPOINTS})
    job = personalize.DatasetImportJob(
        stack,
        "People",
        dataset=People(stack, name).dataset,
        source=DataSource.from_bucket(bucket, "users/"),
        trigger=str(step),
    )
    job.node.add_dependency(filled)
    campaign_import(stack, name, step, bucket).node.add_dependency(filled)


def large_file(app: App) -> Path:
    """A file that is copied in parts: boto3 does so from 8 megabytes on."""
    file = Path(app.outdir) / "large.csv"
    file.write_text("USER_ID,AGE\n" + "".join(f"{number:0200},1\n" for number in range(45_000)), encoding="utf-8")
    return file


@scenario("a runner for a locked-down account: VPC, keys, tracing, a dead-letter queue, a staging bucket with a key")
def locked_down(app: App, name: str, step: int) -> None:
    stack = stack_in(app, name)
    key, other = (aws_kms.Key(stack, id, removal_policy=RemovalPolicy.DESTROY) for id in ("Key", "OtherKey"))
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
        dataset=People(stack, name).dataset,
        source=DataSource.from_asset(str(large_file(app))),
        runner=runner,
        trigger=str(step),
    )


# --- runs that nobody deploys ---


def waiting_import(
    stack: Stack, name: str, *, key: aws_kms.IKey | None = None, runner: DataJobRunner | None = None
) -> tuple[personalize.DatasetImportJob, DataBucket]:
    """An import that runs when it is asked to, and not when it is deployed."""
    bucket, _ = bucket_in(stack, key=key, **{"in/users.csv": "USER_ID,AGE\nann,1\n"})
    job = personalize.DatasetImportJob(
        stack,
        "Import",
        dataset=People(stack, name).dataset,
        source=DataSource.from_bucket(bucket, "in/"),
        deploy_time=False,
        runner=runner,
    )
    return job, bucket


@scenario("import on a schedule, whose end is told", use="wait_for_told_run")
def scheduled(app: App, name: str, step: int) -> None:
    stack = stack_in(app, name)
    job, _ = waiting_import(stack, name)
    job.run_on_schedule(aws_scheduler.ScheduleExpression.rate(Duration.minutes(4 + step)))
    queue = aws_sqs.Queue(stack, "OwnQueue")
    job.on_succeeded("Told", target=aws_events_targets.SqsQueue(queue))


@scenario("import of what arrives in a bucket, and on a schedule of what is there", use="upload_and_wait")
def uploaded(app: App, name: str, step: int) -> None:
    stack = stack_in(app, name)
    job, _ = waiting_import(stack, name)
    job.run_on_schedule(aws_scheduler.ScheduleExpression.rate(Duration.minutes(4 + step)))
    job.run_on_upload(batching_window=Duration.minutes(step))


@scenario("import of what arrives, with keys of two buckets", use="upload_and_wait")
def key_uploaded(app: App, name: str, step: int) -> None:
    stack = stack_in(app, name)
    key, other = (aws_kms.Key(stack, id, removal_policy=RemovalPolicy.DESTROY) for id in ("Key", "OtherKey"))
    staging = DataBucket(stack, "DataJobStaging", encryption_key=key, removal_policy=RemovalPolicy.DESTROY)
    files(staging)
    runner = DataJobRunner(stack, "DataJobRunner", staging_bucket=staging)
    job, _ = waiting_import(stack, name, key=other, runner=runner)
    job.run_on_schedule(aws_scheduler.ScheduleExpression.rate(Duration.minutes(4 + step)))
    job.run_on_upload(batching_window=Duration.minutes(step))


@scenario("import as a task of a state machine", use="start_and_wait")
def task(app: App, name: str, step: int) -> None:
    stack = stack_in(app, name)
    job, _ = waiting_import(stack, name)
    definition = aws_stepfunctions.DefinitionBody.from_chainable(job.as_task(stack, "Run", comment=str(step)))
    aws_stepfunctions.StateMachine(stack, "OwnCaller", definition_body=definition)


@scenario("a schedule and an upload that do not reach the function", use="break_and_wait_for_letters")
def undelivered(app: App, name: str, step: int) -> None:
    stack = stack_in(app, name)
    job, _ = waiting_import(stack, name)
    job.run_on_schedule(
        aws_scheduler.ScheduleExpression.rate(Duration.minutes(4 + step)),
        retry_attempts=0,
        max_event_age=Duration.minutes(1),
    )
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
