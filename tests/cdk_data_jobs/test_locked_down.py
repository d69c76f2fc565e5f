"""An app for an account with strict rules, in which every option is set: what remains to be acknowledged."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from cdk_nag import (
    AwsSolutionsChecks,
    HIPAASecurityChecks,
    NIST80053R5Checks,
    PCIDSS321Checks,
    ServerlessChecks,
)

from cdk_data_jobs import DataBucket, DataDestination, DataJobRunner, DataSource, personalize, pinpoint

ARN = "arn:aws:personalize:eu-west-1:111122223333"


class LockedDown(cdk.Stack):
    def __init__(self, app: cdk.App, users: Path) -> None:
        super().__init__(app, "LockedDown", env=cdk.Environment(account="111122223333", region="eu-west-1"))
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
            dead_letter_queue=sqs.Queue.from_queue_arn(
                self, "Letters", f"arn:aws:sqs:{self.region}:{self.account}:letters"
            ),
            reserved_concurrent_executions=20,
            permissions_boundary=iam.ManagedPolicy.from_managed_policy_name(self, "Boundary", "boundary"),
            staging_bucket=self.bucket("Staging"),
            layers=[
                lambda_.LayerVersion.from_layer_version_arn(
                    self, "Sdk", f"arn:aws:lambda:{self.region}:{self.account}:layer:boto3:1"
                )
            ],
        )
        dataset = personalize.Dataset.from_dataset_arn(self, "Users", f"{ARN}:dataset/shop/USERS")
        uploaded = personalize.DatasetImportJob(self, "Import", dataset=dataset, source=DataSource.from_asset(users))
        export = personalize.DatasetExportJob(
            self, "Export", dataset=dataset, destination=DataDestination.from_bucket(data, "out/")
        )
        application = pinpoint.App.from_application_id(self, "App", "0123456789abcdef")
        readers = pinpoint.ImportJob(
            self,
            "Readers",
            application=application,
            source=DataSource.from_bucket(data, "readers/"),
            format=pinpoint.Format.CSV,
        )
        assert {uploaded.runner, export.runner, readers.runner} == {runner}

    def bucket(self, id_: str) -> DataBucket:
        return DataBucket(
            self,
            id_,
            encryption_key=self.key,
            server_access_logs_bucket=s3.Bucket.from_bucket_name(self, f"{id_}Logs", "central-logs"),
            replication_rules=[
                s3.ReplicationRule(
                    destination=s3.Bucket.from_bucket_arn(self, f"{id_}Replica", "arn:aws:s3:::replica"),
                    kms_key=kms.Key.from_key_arn(
                        self, f"{id_}ReplicaKey", f"arn:aws:kms:eu-west-2:{self.account}:key/12345678"
                    ),
                    sse_kms_encrypted_objects=True,
                    priority=0,
                )
            ],
            replication_role=iam.Role.from_role_name(self, f"{id_}Replication", "replication"),
        )


@pytest.fixture
def locked_down(app: cdk.App, write: Callable[..., Path]) -> LockedDown:
    stack = LockedDown(app, write("users.csv") / "users.csv")
    app.synth()
    return stack


@pytest.mark.parametrize(
    "pack", [AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks]
)
def test_every_pack_passes(pack: Any, app: cdk.App, locked_down: LockedDown) -> None:
    assert locked_down.key
    report = pack(app).validate_scope(app)

    assert [(one.rule_name, one.violating_resources) for one in report.violations] == []


def test_only_what_has_no_alternative_is_acknowledged(locked_down: LockedDown) -> None:
    acknowledged = {
        re.sub(r"\[.*", "", id_).partition("::")[2]
        for construct in locked_down.node.find_all()
        for entry in construct.node.metadata
        if entry.type == "aws:cdk:acknowledged-rules"
        for id_ in entry.data
    }

    assert acknowledged == {
        "AwsSolutions-IAM5",
        "AwsSolutions-SF1",
        "HIPAA.Security-IAMNoInlinePolicy",
        "NIST.800.53.R5-IAMNoInlinePolicy",
        "PCI.DSS.321-IAMNoInlinePolicy",
    }


def test_every_role_has_the_boundary(locked_down: LockedDown, resources: Callable[..., Any]) -> None:
    roles = resources(locked_down, "AWS::IAM::Role").values()

    # Of the function, the state machine, and the service for each bucket.
    assert len(roles) == 2 + 3
    assert {str(role["Properties"]["PermissionsBoundary"]).count(":policy/boundary") for role in roles} == {1}


def test_a_boundary_of_the_app_covers_the_roles_of_the_jobs(
    app: cdk.App, everything: Any, stack: cdk.Stack, resources: Callable[..., Any]
) -> None:
    boundary = iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "boundary")
    iam.PermissionsBoundary.of(app).apply(boundary)
    everything.aws_job()
    personalize.DatasetExportJob(stack, "Export", dataset=everything.dataset)

    roles = resources(stack, "AWS::IAM::Role").values()
    assert len(roles) == 4
    assert all("PermissionsBoundary" in role["Properties"] for role in roles)


def test_nothing_waits_for_itself(
    locked_down: LockedDown, resources: Callable[..., Any], cycles: Callable[[dict[str, Any]], list[str]]
) -> None:
    assert cycles({"Resources": resources(locked_down)}) == []


def test_the_cdk_itself_finds_nothing(monkeypatch: pytest.MonkeyPatch, write: Callable[..., Path]) -> None:
    monkeypatch.setenv("CDK_VALIDATION", "true")
    app = cdk.App(context={"@aws-cdk/core:validateAgainstDefaultRules": True})
    LockedDown(app, write("users.csv") / "users.csv")

    app.synth()
