"""What all apps share: the stack and its bucket, what there is to import, and the access that the service needs.

What to make comes as JSON in $BENCHMARK. Every app imports the same: a folder of one bucket into each of some datasets
that exist. The service needs the same role and the same bucket policy whoever asks it to import, so every app has them:
this library makes them, the others are given them here.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any

from aws_cdk import App, RemovalPolicy, Stack, aws_iam, aws_s3

SERVICE = "personalize.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class Options:
    """What an app is told.

    Attributes:
        stack: The stack's name; the bucket's is the same in lower case.
        jobs: How many imports.
        dataset: The ARN of the datasets, with `{}` for the number of the job.
        interval: Seconds between two looks of a CDK Provider; none for its own default.
        timeout: Minutes that a deployment waits; none for the default.
    """

    stack: str = "Imports"
    jobs: int = 1
    dataset: str = "arn:aws:personalize:eu-west-1:111122223333:dataset/shop-{}/INTERACTIONS"
    interval: int | None = None
    timeout: int | None = None

    @classmethod
    def from_environment(cls) -> Options:
        """Reads $BENCHMARK."""
        return cls(**json.loads(os.environ.get("BENCHMARK", "{}")))

    def folder(self, number: int) -> str:
        """The folder of an import."""
        return f"day-{number:03}/"

    def dataset_arn(self, number: int) -> str:
        """The dataset of an import."""
        return self.dataset.format(number)


def stack_of(wanted: Options) -> tuple[App, Stack]:
    """An app with one stack."""
    # What CDK adds for its own statistics is no part of what is compared; what cannot be deployed is counted too.
    app = App(analytics_reporting=False, context={"@aws-cdk/core:stackResourceLimit": 0})
    return app, Stack(app, wanted.stack)


def data_bucket(stack: Stack, wanted: Options) -> aws_s3.Bucket:
    """The bucket that the imports read, which is not counted."""
    return aws_s3.Bucket(stack, "Data", bucket_name=wanted.stack.lower(), removal_policy=RemovalPolicy.DESTROY)


def service_role(stack: Stack, bucket: aws_s3.Bucket, wanted: Options) -> aws_iam.Role:
    """The role and the bucket policy that the developer guide asks for, scoped to the folders, as one writes them."""
    objects = [bucket.arn_for_objects(f"{wanted.folder(number)}*") for number in range(wanted.jobs)]
    trusted = aws_iam.ServicePrincipal(
        SERVICE,
        conditions={
            "StringEquals": {"aws:SourceAccount": stack.account},
            "StringLike": {"aws:SourceArn": stack.format_arn(service="personalize", resource="*")},
        },
    )
    role = aws_iam.Role(stack, "ServiceRole", assumed_by=trusted)
    for actions, resources in ((["s3:GetObject"], objects), (["s3:ListBucket"], [bucket.bucket_arn])):
        role.add_to_policy(aws_iam.PolicyStatement(actions=actions, resources=resources))
        bucket.add_to_resource_policy(
            aws_iam.PolicyStatement(
                principals=[aws_iam.ServicePrincipal(SERVICE)], actions=actions, resources=resources
            )
        )
    return role


def calls(stack: Stack, role: aws_iam.Role, *actions: str) -> list[aws_iam.PolicyStatement]:
    """What somebody must be allowed who creates imports, and describes them."""
    jobs, datasets = (
        stack.format_arn(service="personalize", resource=resource, resource_name="*")
        for resource in ("dataset-import-job", "dataset")
    )
    create, describe = "personalize:CreateDatasetImportJob", "personalize:DescribeDatasetImportJob"
    resources = {create: [jobs, datasets], describe: [jobs]}
    return [
        *(aws_iam.PolicyStatement(actions=[action], resources=resources[action]) for action in actions),
        aws_iam.PolicyStatement(
            actions=["iam:PassRole"],
            resources=[role.role_arn],
            conditions={"StringEquals": {"iam:PassedToService": SERVICE}},
        ),
    ]


def parameters(bucket: aws_s3.Bucket, role: aws_iam.Role, wanted: Options, number: int) -> dict[str, Any]:
    """The parameters of an import, less its name."""
    return {
        "datasetArn": wanted.dataset_arn(number),
        "dataSource": {"dataLocation": bucket.s3_url_for_object(wanted.folder(number))},
        "roleArn": role.role_arn,
    }
