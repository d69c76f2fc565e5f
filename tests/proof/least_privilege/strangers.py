"""Strangers who try what the conditions of the policies are to keep them from.

A stranger's method tells whether somebody gets through: never with the policies as they are, and with a condition taken
away.
"""

from __future__ import annotations

import contextlib
import json
import uuid
from typing import TYPE_CHECKING, Any, cast

import boto3
from botocore.config import Config
from least_privilege.impostors import Impostors, gets_through
from least_privilege.mutations import without_deny, without_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cdk_data_jobs_local import OfflineAws


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

    # --- services that act for a stranger ---

    def trust(self, logical_id: str, *, serves_account: bool) -> Iterator[tuple[str, str]]:
        """For each condition key of a role's trust policy: who gets through without it.

        Args:
            logical_id: The role's.
            serves_account: Whether it is trusted for nothing in particular, so that it serves all of its account.

        Yields:
            The key, and who; nobody if the other keys keep everybody out.
        """
        iam, name = self._aws.client("iam"), self._ids[logical_id]
        document = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        [statement] = document["Statement"]
        service, arn = statement["Principal"]["Service"], f"arn:aws:iam::{self._aws.account}:role/{name}"

        def put(policy: dict[str, Any]) -> None:
            iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(policy))

        tried = Impostors(self.client, self._function_arn()).with_role(service, arn)
        return _without_each(document, statement, put, tried, serves_account=serves_account)

    def sending(self) -> Iterator[tuple[str, str]]:
        """The same for the policy of the queue for dead letters, and the rules that may send to it."""
        queue, document, put = self._dead_letters()
        [statement] = [one for one in document["Statement"] if one["Effect"] == "Allow"]
        arn = statement["Resource"]
        return _without_each(document, statement, put, Impostors(self.client, arn).with_queue(queue, arn))

    # --- iam:PassedToService ---

    def passing(self, logical_id: str) -> str:
        """Who is given a role that is another service's, without the condition on the function's policy."""
        del logical_id

        def through() -> str:
            return ", ".join(who for who, attempt in self._given().items() if attempt())

        assert through() == ""
        with self._function_without("iam:PassRole", "iam:PassedToService"):
            return through()

    def _given(self) -> dict[str, Callable[[], bool]]:
        """What the function does with the role of the other service."""
        keys, arn = self._function(), f"arn:aws:iam::{self._aws.account}:role/"
        roles = {
            service: arn + self._ids[self._only("AWS::IAM::Role", f"DataJobAccess{service}")]
            for service in ("Personalize", "Pinpoint")
        }
        application = self._ids[self._only("AWS::Pinpoint::App", "")]
        dataset = self._ids[self._only("AWS::Personalize::Dataset", "")]
        return {
            "Pinpoint, with the role of Personalize": lambda: gets_through(
                "iam:PassRole",
                self.client("pinpoint", keys=keys).create_import_job,
                ApplicationId=application,
                ImportJobRequest={"Format": "CSV", "RoleArn": roles["Personalize"], "S3Url": "s3://anywhere/"},
            ),
            "Personalize, with the role of Pinpoint": lambda: gets_through(
                "iam:PassRole",
                self.client("personalize", keys=keys).create_dataset_import_job,
                jobName="stranger",
                datasetArn=dataset,
                roleArn=roles["Pinpoint"],
                dataSource={"dataLocation": "s3://anywhere/"},
            ),
        }

    # --- s3:prefix ---

    def listing(self) -> str:
        """Who sees what else is in a staging bucket that is not the runner's own, without the condition."""
        staging = self._ids[self._only("AWS::S3::Bucket", "DataJobStaging")]

        def through() -> bool:
            s3 = self.client("s3", keys=self._function())
            return gets_through("AccessDenied", s3.list_objects_v2, Bucket=staging)

        assert not through()
        with self._function_without("s3:ListBucket", "s3:prefix"):
            return "the function, of what is not its own in a given staging bucket" if through() else ""

    # --- TLS ---

    def eavesdropping(self, logical_id: str) -> str:
        """Who gets data without TLS, when nothing denies it."""
        name, kind = self._ids[logical_id], self._kinds[logical_id]
        service = "sqs" if kind == "AWS::SQS::QueuePolicy" else "s3"
        reader = self.client(service, keys=self._reader())
        reader.meta.events.register("before-sign", _without_tls)
        if service == "s3":
            bucket = self._bucket(name)
            client = self._aws.client("s3")
            document = json.loads(client.get_bucket_policy(Bucket=bucket)["Policy"])

            def through() -> bool:
                return gets_through("AccessDenied", reader.list_objects_v2, Bucket=bucket)

            def put(policy: Any) -> None:
                client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))

        else:
            queue, document, put = self._dead_letters()

            def through() -> bool:
                return gets_through("AccessDenied", reader.receive_message, QueueUrl=queue)

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

    def _function(self) -> tuple[str, ...]:
        """The credentials of the function."""
        iam, role = self._aws.client("iam"), self._ids[self._only("AWS::IAM::Role", "DataJobRunnerRole")]
        account = f"arn:aws:iam::{self._aws.account}"
        document = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
        us = {"Effect": "Allow", "Principal": {"AWS": f"{account}:root"}, "Action": "sts:AssumeRole"}

        def trust(*statements: dict[str, Any]) -> None:
            policy = {**document, "Statement": [*document["Statement"], *statements]}
            iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(policy))

        trust(us)  # for the role trusts Lambda alone
        assumed = self._aws.client("sts").assume_role(RoleArn=f"{account}:role/{role}", RoleSessionName="stranger")
        trust()
        found = assumed["Credentials"]
        return found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"]

    @contextlib.contextmanager
    def _function_without(self, action: str, key: str) -> Iterator[None]:
        """Take a condition away from the statements on an action of the function's policies, and give it back."""
        iam, role = self._aws.client("iam"), self._ids[self._only("AWS::IAM::Role", "DataJobRunnerRole")]
        policies = {
            name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
        }
        changed = {name: without_key(document, action, (key,)) for name, document in policies.items()}
        assert changed != policies
        for name, document in changed.items():
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
        yield
        for name, document in policies.items():
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))

    def _dead_letters(self) -> tuple[str, dict[str, Any], Callable[[dict[str, Any]], None]]:
        """The queue for dead letters: its URL, its policy, and what gives it another one."""
        queue, client = self._ids[self._only("AWS::SQS::Queue", "DataJobAccessDeadLetters")], self._aws.client("sqs")
        attributes = client.get_queue_attributes(QueueUrl=queue, AttributeNames=["Policy"])["Attributes"]

        def put(policy: dict[str, Any]) -> None:
            client.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})

        return queue, json.loads(attributes["Policy"]), put

    def _only(self, kind: str, start: str) -> str:
        return next(name for name, one in self._kinds.items() if one == kind and name.startswith(start))

    def _function_arn(self) -> str:
        name = self._ids[self._only("AWS::Lambda::Function", "DataJobRunner")]
        return f"arn:aws:lambda:{self._aws.region}:{self._aws.account}:function:{name}"

    def client(self, service: str, *, account: str = "", region: str = "", keys: tuple[str, ...] = ()) -> Any:
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


def _without_each(
    document: dict[str, Any],
    statement: dict[str, Any],
    put: Callable[[dict[str, Any]], None],
    tried: dict[str, Callable[[], bool]],
    *,
    serves_account: bool = False,
) -> Iterator[tuple[str, str]]:
    """For each condition key of a statement: who gets through without it; nobody if the other keys keep all out."""
    [action] = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
    keys = [key for block in statement["Condition"].values() for key in block]

    def through(without: tuple[str, ...]) -> set[str]:
        put(without_key(document, action, without))
        return {who for who, attempt in tried.items() if attempt()}

    foreign = next(who for who in tried if who.startswith("another account"))
    usual = through(())
    assert foreign not in usual
    assert serves_account or not usual, f"nothing keeps out {', '.join(usual)}"
    for key in keys:
        others = tuple(one for one in keys if one != key)
        if others:
            assert foreign not in through(others), f"{key} alone keeps nobody out"
        yield key, ", ".join(sorted(through((key,)) - usual))
    assert foreign in through(tuple(keys))
    through(())


def _without_tls(request: Any, **_: Any) -> None:
    request.headers["X-Forwarded-Proto"] = "http"
