"""Entries: what the runner of a job can have, one thing at a time, and all of it in an account with strict rules."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from catalogue import jobs
from catalogue.shop import ACCOUNT, DATASET_ARN, LAYER_ARN, REGION, Shop

from cdk_data_jobs import DataBucket, DataDestination, DataJobRunner, DataSource, personalize, pinpoint


def vpc(shop: Shop) -> None:
    _import_with_runner(shop, vpc=shop.vpc)


def security_groups_and_subnets(shop: Shop) -> None:
    group = ec2.SecurityGroup.from_security_group_id(shop.stack, "Group", "sg-0123456789abcdef0")
    subnets = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)
    _import_with_runner(shop, vpc=shop.vpc, vpc_subnets=subnets, security_groups=[group], tracing_enabled=True)


def log_group(shop: Shop) -> None:
    _import_with_runner(shop, log_group=logs.LogGroup(shop.stack, "Theirs"))


def key_for_executions_and_log(shop: Shop) -> None:
    _import_with_runner(shop, encryption_key=shop.key)


def tracing(shop: Shop) -> None:
    _import_with_runner(shop, tracing_enabled=True)


def dead_letter_queue(shop: Shop) -> None:
    _import_with_runner(shop, dead_letter_queue=shop.queue())


def encrypted_dead_letter_queue(shop: Shop) -> None:
    _import_with_runner(shop, dead_letter_queue=sqs.Queue(shop.stack, "Queue", encryption_master_key=shop.key))


def reserved_concurrency(shop: Shop) -> None:
    _import_with_runner(shop, reserved_concurrent_executions=10)


def permissions_boundary(shop: Shop) -> None:
    boundary = iam.ManagedPolicy.from_managed_policy_name(shop.stack, "Boundary", "boundary")
    _import_with_runner(shop, permissions_boundary=boundary)


def staging_bucket(shop: Shop) -> None:
    runner = DataJobRunner(shop.stack, "Runner", staging_bucket=shop.encrypted)
    jobs.import_users(shop, source=DataSource.from_asset(shop.write("users.csv")), runner=runner)


def locked_down_account(shop: Shop) -> None:
    LockedDown(cdk.App.of(shop.stack), shop.write("users.csv"))


def _import_with_runner(shop: Shop, **options: Any) -> None:
    jobs.import_users(shop, runner=DataJobRunner(shop.stack, "Runner", **options))


class LockedDown(cdk.Stack):
    """Jobs for an account with strict rules: every argument of the runner is set, every bucket has a key."""

    def __init__(self, app: Any, users: Path) -> None:
        super().__init__(app, "LockedDown", env=cdk.Environment(account=ACCOUNT, region=REGION))
        self.key = kms.Key(self, "Key", enable_key_rotation=True)
        vpc = ec2.Vpc.from_vpc_attributes(
            self,
            "Vpc",
            vpc_id="vpc-0123456789abcdef0",
            availability_zones=["eu-west-1a", "eu-west-1b"],
            isolated_subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        )
        endpoints = ec2.SecurityGroup.from_security_group_id(self, "ToEndpoints", "sg-0123456789abcdef0")
        data = self.bucket("Data")
        runner = DataJobRunner(
            self,
            "DataJobRunner",
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            security_groups=[endpoints],
            encryption_key=self.key,
            tracing_enabled=True,
            dead_letter_queue=sqs.Queue.from_queue_arn(self, "Letters", f"arn:aws:sqs:{REGION}:{ACCOUNT}:letters"),
            reserved_concurrent_executions=20,
            permissions_boundary=iam.ManagedPolicy.from_managed_policy_name(self, "Boundary", "boundary"),
            staging_bucket=self.bucket("Staging"),
            layers=[lambda_.LayerVersion.from_layer_version_arn(self, "Sdk", LAYER_ARN)],
        )
        dataset = personalize.Dataset.from_dataset_arn(self, "Users", DATASET_ARN)
        uploaded = personalize.DatasetImportJob(self, "Import", dataset=dataset, source=DataSource.from_asset(users))
        export = personalize.DatasetExportJob(
            self, "Export", dataset=dataset, destination=DataDestination.from_bucket(data, "out/")
        )
        readers = pinpoint.ImportJob(
            self,
            "Readers",
            application=pinpoint.App.from_application_id(self, "App", "0123456789abcdef"),
            source=DataSource.from_bucket(data, "readers/"),
            format=pinpoint.Format.CSV,
        )
        assert {uploaded.runner, export.runner, readers.runner} == {runner}

    def bucket(self, id_: str) -> DataBucket:
        replication = s3.ReplicationRule(
            destination=s3.Bucket.from_bucket_arn(self, f"{id_}Replica", "arn:aws:s3:::replica"),
            kms_key=kms.Key.from_key_arn(self, f"{id_}ReplicaKey", f"arn:aws:kms:eu-west-2:{ACCOUNT}:key/12345678"),
            sse_kms_encrypted_objects=True,
            priority=0,
        )
        return DataBucket(
            self,
            id_,
            encryption_key=self.key,
            server_access_logs_bucket=s3.Bucket.from_bucket_name(self, f"{id_}Logs", "central-logs"),
            replication_rules=[replication],
            replication_role=iam.Role.from_role_name(self, f"{id_}Replication", "replication"),
        )
