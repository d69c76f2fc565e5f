"""The stack of a scenario, with what its jobs refer to: all of it can be deployed, and deleted again."""

from __future__ import annotations

import json
import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_cdk import (
    App,
    Aws,
    CustomResource,
    DefaultStackSynthesizer,
    RemovalPolicy,
    Stack,
    aws_iam,
    aws_kms,
    aws_s3,
)
from aws_cdk import aws_personalize as cfn
from aws_cdk import aws_pinpoint as cfn_pinpoint
from constructs import Construct

from cdk_data_jobs import DataBucket, DataDestination, DataSource, personalize

# The catalogue's functions declare the jobs; that folder is no package.
sys.path.append(str(Path(__file__).parents[2] / "cdk_data_jobs"))

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdk_data_jobs.data_job import DataJob

SEED = "proof-seed"
USERS_FILE = {"in/users.csv": "USER_ID,AGE\nann,1\n"}
INPUT_FILE = {"in/users.json": '{"userId": "ann"}\n'}
ENDPOINTS_FILE = {"in/a.csv": "ChannelType,Address\nEMAIL,ann@example.com\n"}

_USERS = {"USER_ID": "string", "AGE": ["null", "int"]}


class Surroundings:
    """A stack with a filled bucket, a dataset and an application, for the functions of `catalogue.jobs`.

    Attributes:
        stack: The stack.
        bucket: The bucket.
        filled: The custom resource that fills it.
    """

    def __init__(
        self,
        app: App,
        name: str,
        step: int,
        files: dict[str, str] | None = None,
        *,
        key: Callable[[Stack], aws_kms.IKey] | None = None,
        group_key: Callable[[Stack], aws_kms.IKey] | None = None,
    ) -> None:
        """Makes the stack and the bucket.

        Args:
            app: The app.
            name: The stack's name.
            step: 1 to create it, 2 to update it.
            files: The content of the files in the bucket, by their keys.
            key: Makes the key of the bucket, for the stack; if none, it has none.
            group_key: Makes the key of the dataset group.
        """
        self._name, self._step, self._group_key = name, step, group_key
        self.stack = stack_in(app, name)
        self.bucket = DataBucket(
            self.stack,
            "Data",
            encryption_key=key(self.stack) if key else None,
            removal_policy=RemovalPolicy.DESTROY,
            auto_delete_objects=False,
        )
        self.filled = fill(self.bucket, files or {})
        self.source = self.input = DataSource.from_bucket(self.bucket, "in/")
        self.destination = DataDestination.from_bucket(self.bucket, "out/")
        solution_arn = f"arn:aws:personalize:{Aws.REGION}:{Aws.ACCOUNT_ID}:solution/proof"
        self.solution = personalize.Solution.from_solution_arn(self.stack, "Solution", solution_arn)
        self.solution_version_arn = f"{solution_arn}/latest"

    def declare(self, kind: Callable[..., DataJob], id: str, **options: Any) -> DataJob:
        """Declares a job that runs when the bucket is filled, and again in the second step."""
        job = kind(self, id, **({"trigger": str(self._step)} | options))
        job.node.add_dependency(self.filled)
        return job

    @property
    def dataset(self) -> cfn.CfnDataset:
        """A dataset of users."""
        return self._users.dataset

    @property
    def dataset_group(self) -> cfn.CfnDatasetGroup:
        """The dataset's group."""
        return self._users.group

    @cached_property
    def _users(self) -> Users:
        if self._group_key is None:
            return Users(self.stack, self._name)
        role = aws_iam.Role(self.stack, "OwnRole", assumed_by=aws_iam.ServicePrincipal("personalize.amazonaws.com"))
        key = self._group_key(self.stack)
        return Users(self.stack, self._name, kms_key_arn=key.key_arn, role_arn=role.role_arn)

    @cached_property
    def application(self) -> cfn_pinpoint.CfnApp:
        """An application of Amazon Pinpoint."""
        return cfn_pinpoint.CfnApp(self.stack, "App", name=self._name)


class Users(Construct):
    """A dataset of users, with its group and its schema."""

    def __init__(self, scope: Construct, name: str, **group: Any) -> None:
        super().__init__(scope, "Dataset")
        schema = {
            "type": "record",
            "name": "Users",
            "namespace": "proof",
            "fields": [{"name": column, "type": kind} for column, kind in _USERS.items()],
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


def stack_in(app: App, name: str) -> Stack:
    return Stack(app, name, synthesizer=DefaultStackSynthesizer(generate_bootstrap_version_rule=False))


def fill(bucket: aws_s3.IBucket, files: dict[str, str]) -> CustomResource:
    """Puts files into a bucket of the stack before its jobs run; the bucket is emptied before it goes."""
    return CustomResource(
        bucket,
        "Files",
        service_token=f"arn:aws:lambda:{Aws.REGION}:{Aws.ACCOUNT_ID}:function:{SEED}",
        resource_type="Custom::Files",
        properties={"Bucket": bucket.bucket_name, "Files": json.dumps(files)},
    )


def key_without_delegation(stack: Stack) -> aws_kms.Key:
    """Makes a key whose policy lets the account manage it, but not give its use away: who uses it is named."""
    manage = aws_iam.PolicyStatement(
        principals=[aws_iam.AccountRootPrincipal()],
        actions=["kms:Create*", "kms:Describe*", "kms:Get*", "kms:Put*", "kms:Update*", "kms:Schedule*", "kms:Delete*"],
        resources=["*"],
    )
    seed = f"arn:aws:iam::{Aws.ACCOUNT_ID}:role/{SEED}"
    use = aws_iam.PolicyStatement(principals=[aws_iam.ArnPrincipal(seed)], actions=["kms:*"], resources=["*"])
    policy = aws_iam.PolicyDocument(statements=[manage, use])
    return aws_kms.Key(stack, "Key", policy=policy, removal_policy=RemovalPolicy.DESTROY)


def key_of_another_stack(app: App, name: str) -> Callable[[Stack], aws_kms.IKey]:
    """Makes such a key in a stack of its own."""
    key = key_without_delegation(stack_in(app, f"{name}Home"))
    return lambda _stack: key


def deletable_key(stack: Stack, id: str) -> aws_kms.Key:
    """Makes a key that goes with its stack."""
    return aws_kms.Key(stack, id, removal_policy=RemovalPolicy.DESTROY)
