"""Strangers who try what the conditions of the policies are to keep them from.

A stranger's method tells whether somebody gets through: never with the policies as they are, and with a condition taken
away.
"""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING, Any, cast

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from least_privilege.mutations import without_deny, without_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cdk_data_jobs_local import OfflineAws

STRANGER, ELSEWHERE = "999988887777", "us-east-1"
_SCHEMA = {
    "type": "record",
    "name": "Users",
    "fields": [{"name": "USER_ID", "type": "string"}, {"name": "AGE", "type": "int"}],
}


class Strangers:
    """Those who try, at one deployed stack."""

    def __init__(self, aws: OfflineAws, stack: str) -> None:
        self._aws, self._stack = aws, stack
        pages = aws.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
        self._ids = {
            one["LogicalResourceId"]: one["PhysicalResourceId"]
            for page in pages
            for one in page["StackResourceSummaries"]
        }
        self._kinds = {
            one["LogicalResourceId"]: one["ResourceType"] for page in pages for one in page["StackResourceSummaries"]
        }

    # --- trust policies ---

    def trust(self, logical_id: str) -> Iterator[tuple[str, str]]:
        """For each condition key of a role's trust policy: who gets through without it.

        Yields:
            The key, and who; nobody if the other keys keep everybody out.
        """
        iam, name = self._aws.client("iam"), self._ids[logical_id]
        document = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        [statement] = document["Statement"]
        keys = [key for block in statement["Condition"].values() for key in block]
        tried = self._tried(statement["Principal"]["Service"], name)

        def through(without: tuple[str, ...]) -> set[str]:
            changed = json.dumps(without_key(document, "sts:AssumeRole", without))
            iam.update_assume_role_policy(RoleName=name, PolicyDocument=changed)
            return {who for who, attempt in tried.items() if attempt()}

        foreign = next(who for who in tried if who.startswith("another account"))
        # A role that is trusted for nothing in particular serves all of its account.
        usual = through(())
        assert foreign not in usual
        for key in keys:
            others = tuple(one for one in keys if one != key)
            if others:
                assert foreign not in through(others), f"{key} alone keeps nobody out"
            yield key, ", ".join(sorted(through((key,)) - usual))
        assert foreign in through(tuple(keys))
        through(())

    def _tried(self, service: str, role: str) -> dict[str, Callable[[], bool]]:
        arn = f"arn:aws:iam::{self._aws.account}:role/{role}"
        if service == "personalize.amazonaws.com":
            return {
                "another account's job": lambda: self._personalize(arn, account=STRANGER),
                "a job in another Region": lambda: self._personalize(arn, region=ELSEWHERE),
            }
        if service == "pinpoint.amazonaws.com":
            return {
                "another account's application": lambda: self._pinpoint(arn, account=STRANGER),
                "another application": lambda: self._pinpoint(arn),
            }
        return {
            "another account's schedule": lambda: self._schedule(arn, account=STRANGER),
            "a schedule of another group": lambda: self._schedule(arn, group=f"group-{uuid.uuid4().hex[:8]}"),
        }

    def _personalize(self, role: str, **whose: str) -> bool:
        personalize = self._client("personalize", **whose)
        name = f"stranger-{uuid.uuid4().hex[:8]}"
        group = personalize.create_dataset_group(name=name)["datasetGroupArn"]
        while personalize.describe_dataset_group(datasetGroupArn=group)["datasetGroup"]["status"] != "ACTIVE":
            time.sleep(0.05)
        schema = personalize.create_schema(name=name, schema=json.dumps(_SCHEMA))["schemaArn"]
        dataset = personalize.create_dataset(name=name, schemaArn=schema, datasetGroupArn=group, datasetType="Users")[
            "datasetArn"
        ]
        while personalize.describe_dataset(datasetArn=dataset)["dataset"]["status"] != "ACTIVE":
            time.sleep(0.05)
        return _gets_through(
            "cannot be assumed",
            personalize.create_dataset_export_job,
            jobName=name,
            datasetArn=dataset,
            roleArn=role,
            jobOutput={"s3DataDestination": {"path": "s3://anywhere/"}},
        )

    def _pinpoint(self, role: str, **whose: str) -> bool:
        pinpoint = self._client("pinpoint", **whose)
        made = pinpoint.create_app(CreateApplicationRequest={"Name": "stranger"})["ApplicationResponse"]
        request = {"RoleArn": role, "S3UrlPrefix": "s3://anywhere/"}
        return _gets_through(
            "cannot be assumed", pinpoint.create_export_job, ApplicationId=made["Id"], ExportJobRequest=request
        )

    def _schedule(self, role: str, group: str = "default", **whose: str) -> bool:
        scheduler = self._client("scheduler", **whose)
        if group != "default":
            scheduler.create_schedule_group(Name=group)
        return _gets_through(
            "assume the role",
            scheduler.create_schedule,
            Name=f"stranger-{uuid.uuid4().hex[:8]}",
            GroupName=group,
            ScheduleExpression="rate(1 day)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": self._function_arn(), "RoleArn": role},
        )

    # --- iam:PassedToService ---

    def passing(self, logical_id: str) -> str:
        """Who is given a role that is another service's, without the condition on the function's policy."""
        iam, role = self._aws.client("iam"), self._ids[self._only("AWS::IAM::Role", "DataJobRunnerRole")]
        name, document = next(
            (name, found)
            for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
            if "iam:PassRole" in str(found := iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])
        )
        del logical_id

        def through() -> str:
            return ", ".join(who for who, attempt in self._given().items() if attempt())

        assert through() == ""
        changed = json.dumps(without_key(document, "iam:PassRole", ("iam:PassedToService",)))
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=changed)
        found = through()
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
        return found

    def _given(self) -> dict[str, Callable[[], bool]]:
        """What the function does with the role of the other service."""
        sts = self._aws.client("sts")
        arn = f"arn:aws:iam::{self._aws.account}:role/"
        function = sts.assume_role(
            RoleArn=arn + self._ids[self._only("AWS::IAM::Role", "DataJobRunnerRole")], RoleSessionName="stranger"
        )["Credentials"]
        keys = (function["AccessKeyId"], function["SecretAccessKey"], function["SessionToken"])
        roles = {
            service: arn + self._ids[self._only("AWS::IAM::Role", f"DataJobAccess{service}")]
            for service in ("Personalize", "Pinpoint")
        }
        application = self._ids[self._only("AWS::Pinpoint::App", "")]
        dataset = self._ids[self._only("AWS::Personalize::Dataset", "")]
        return {
            "Pinpoint, with the role of Personalize": lambda: _gets_through(
                "iam:PassRole",
                self._client("pinpoint", keys=keys).create_import_job,
                ApplicationId=application,
                ImportJobRequest={"Format": "CSV", "RoleArn": roles["Personalize"], "S3Url": "s3://anywhere/"},
            ),
            "Personalize, with the role of Pinpoint": lambda: _gets_through(
                "iam:PassRole",
                self._client("personalize", keys=keys).create_dataset_import_job,
                jobName="stranger",
                datasetArn=dataset,
                roleArn=roles["Pinpoint"],
                dataSource={"dataLocation": "s3://anywhere/"},
            ),
        }

    # --- TLS ---

    def eavesdropping(self, logical_id: str) -> str:
        """Who gets data without TLS, when nothing denies it."""
        name, kind = self._ids[logical_id], self._kinds[logical_id]
        service = "sqs" if kind == "AWS::SQS::QueuePolicy" else "s3"
        reader = self._client(service, keys=self._reader())
        reader.meta.events.register("before-sign", _without_tls)
        if service == "s3":
            bucket = self._bucket(name)
            client = self._aws.client("s3")
            document = json.loads(client.get_bucket_policy(Bucket=bucket)["Policy"])

            def through() -> bool:
                return _gets_through("AccessDenied", reader.list_objects_v2, Bucket=bucket)

            def put(policy: Any) -> None:
                client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))

        else:
            queue = self._ids[self._only("AWS::SQS::Queue", "DataJobAccessDeadLetters")]
            queues = self._aws.client("sqs")
            attributes = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["Policy"])["Attributes"]
            document = json.loads(attributes["Policy"])

            def through() -> bool:
                return _gets_through("AccessDenied", reader.receive_message, QueueUrl=queue)

            def put(policy: Any) -> None:
                queues.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})

        assert not through()
        put(without_deny(document))
        found = "whoever may read, without TLS" if through() else ""
        put(document)
        return found

    def _reader(self) -> tuple[str, str]:
        iam, name = self._aws.client("iam"), f"reader-{uuid.uuid4().hex[:8]}"
        iam.create_user(UserName=name)
        everything = {"Effect": "Allow", "Action": ["s3:*", "sqs:*"], "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]

    def _bucket(self, policy: str) -> str:
        """The bucket that a policy is of: CloudFormation names the policy by it."""
        buckets = [self._ids[name] for name, kind in self._kinds.items() if kind == "AWS::S3::Bucket"]
        return next(bucket for bucket in buckets if bucket in policy)

    # --- helpers ---

    def _only(self, kind: str, start: str) -> str:
        return next(name for name, one in self._kinds.items() if one == kind and name.startswith(start))

    def _function_arn(self) -> str:
        name = self._ids[self._only("AWS::Lambda::Function", "DataJobRunner")]
        return f"arn:aws:lambda:{self._aws.region}:{self._aws.account}:function:{name}"

    def _client(self, service: str, *, account: str = "", region: str = "", keys: tuple[str, ...] = ()) -> Any:
        key, secret, *token = keys or (account or self._aws.account, "test")
        return boto3.client(
            cast("Any", service),
            endpoint_url=self._aws.endpoint_url,
            region_name=region or self._aws.region,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token[0] if token else None,
            verify=str(self._aws.server.certificate),
            config=Config(retries={"total_max_attempts": 1}),
        )


def _gets_through(refused: str, call: Callable[..., Any], **parameters: Any) -> bool:
    """Whether a call gets as far as its permission: another error than that of the refusal is behind the door."""
    try:
        call(**parameters)
    except ClientError as error:
        return refused not in str(error)
    return True


def _without_tls(request: Any, **_: Any) -> None:
    request.headers["X-Forwarded-Proto"] = "http"
