"""Scenarios: jobs of Amazon Pinpoint and of any service, a long time-out, two services, a locked-down account."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from aws_cdk import (
    App,
    Aws,
    Duration,
    RemovalPolicy,
    aws_ec2,
    aws_iam,
    aws_s3,
    aws_sqs,
)
from least_privilege.scenario import Scenario, registering
from least_privilege.surroundings import (
    ENDPOINTS_FILE,
    USERS_FILE,
    Surroundings,
    Users,
    deletable_key,
    key_of_another_stack,
    key_without_delegation,
    stack_in,
)

# isort: split
from catalogue import jobs

from cdk_data_jobs import (
    CreateCall,
    DataJobRunner,
    DataSource,
    DescribeCall,
    JobDefinition,
    JobNaming,
    personalize,
)
from cdk_data_jobs._job import wait_chain

SCENARIOS: list[Scenario] = []
scenario = registering(SCENARIOS)


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
        job_id="arn:{partition}:personalize:{region}:{account}:dataset-export-job/{name}",
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
        policy_statements=[
            aws_iam.PolicyStatement(actions=["personalize:DescribeDatasetExportJob"], resources=[exports])
        ],
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
