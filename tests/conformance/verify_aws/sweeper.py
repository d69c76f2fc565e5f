"""Finds what runs have left in an account, and deletes it.

Everything that a run makes has a name that begins with its prefix. Stacks, buckets, roles and tables have its tag, too:
those without it are somebody else's, and stay. Of Amazon Personalize's resources and of log groups, the name alone
decides: schemas have no tags, and CloudFormation gives none to dataset groups and datasets. But the log group of a
function is as much somebody else's as the function.

What goes wrong with one kind of resource keeps no other kind from being deleted, and is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from verify_aws.target import TAG, Clock

Client = Callable[[str], Any]
_IN_PROGRESS = "_IN_PROGRESS"
_FUNCTION_LOGS = "/aws/lambda/"
_PATIENCE = 300
"""For how many seconds what cannot be listed is listed again: a service may be out of order, or permission lack."""

_GONE = ("NoSuchBucket", "NoSuchEntity", "ResourceNotFoundException")
"""What services say of a resource that was deleted after it was listed."""

_AFTER_STACKS = ("bucket", "role", "table", "log group")
"""What the functions of a stack need until it is deleted."""


@dataclass(frozen=True)
class Leftover:
    """Something that is left: what it is, and its name, ARN or id.

    Attributes:
        kind: What it is.
        id: Its name, ARN or id.
        is_ours: Whether it has the tag, or needs none.
        problem: Why nobody knows whether it has the tag, or whether there is anything of its kind, which then has no
            id. It counts as left, and cannot be deleted.
    """

    kind: str
    id: str
    is_ours: bool = True
    problem: str = ""

    def __str__(self) -> str:
        if self.problem and not self.id:
            return f"{self.kind}s, perhaps (they cannot be listed: {self.problem})"
        if self.problem:
            return f"{self.kind} {self.id} (its tags cannot be read: {self.problem})"
        return f"{self.kind} {self.id}{'' if self.is_ours else f' (without the tag {TAG}: left alone)'}"


class Sweeper:
    """Finds and deletes what has a name that begins like this."""

    def __init__(self, client: Client, prefix: str, *, needs_tag: bool = True) -> None:
        """Creates it.

        Args:
            client: Returns a boto3 client of a service.
            prefix: What the names begin with.
            needs_tag: Whether what can have the tag must have it. The name of one run is enough, for nobody else has
                it; and a run can be interrupted between the creation of a bucket and its tag.
        """
        self._client = client
        self._prefix = prefix
        self._needs_tag = needs_tag
        self._kinds: dict[str, tuple[Callable[[], Iterator[Leftover]], Callable[[str], None]]] = {
            "stack": (self._stacks, self._delete_stack),
            "filter": (lambda: self._of_groups("list_filters", "Filters", "filterArn"), self._delete("filter")),
            "solution": (lambda: self._of_groups("list_solutions", "solutions"), self._delete("solution")),
            "dataset": (lambda: self._of_groups("list_datasets", "datasets"), self._delete("dataset")),
            "dataset group": (lambda: self._named("datasetGroup"), self._delete("dataset_group")),
            "schema": (lambda: self._named("schema"), self._delete("schema")),
            "bucket": (self._buckets, self._delete_bucket),
            "role": (self._roles, self._delete_role),
            "table": (self._tables, self._delete_table),
            "log group": (self._log_groups, self._delete_log_group),
        }

    def find(self) -> list[Leftover]:
        """Returns what is left."""
        return [left for kind in self._kinds for left in self._find(kind)]

    def _find(self, kind: str) -> Iterator[Leftover]:
        try:
            yield from self._kinds[kind][0]()
        except Exception as error:  # noqa: BLE001 - whatever it is, the other kinds are looked for, too
            yield Leftover(kind, "", problem=_described(error))

    def sweep(self, clock: Clock, *, seconds: float, tell: Callable[[str], None] = lambda _: None) -> list[Leftover]:
        """Deletes what is left, again and again, for some of it is in use by the rest.

        Args:
            clock: The time of the account.
            seconds: How long at most; less if nothing is left but what cannot be listed.
            tell: Gets a line about what could not be deleted yet.

        Returns:
            What is still left, if the time is over.
        """
        deadline = clock.now() + seconds
        had_no_problem = clock.now()
        while left := [one for one in self.find() if one.is_ours]:
            if not any(one.problem for one in left):
                had_no_problem = clock.now()
            is_hopeless = clock.now() > had_no_problem + _PATIENCE
            # If nobody can say whether there are stacks, it is better to delete the rest in the end than nothing.
            stacks = any(one.kind == "stack" and not (one.problem and is_hopeless) for one in left)
            reasons = {one: self._try(one) for one in left if not (stacks and one.kind in _AFTER_STACKS)}
            if clock.now() > deadline or (is_hopeless and all(one.problem for one in left)):
                for one, reason in reasons.items():
                    tell(f"{one}: {reason or 'is being deleted'}")
                return [one for one in self.find() if one.is_ours]
            clock.sleep(5)
        return []

    def _try(self, leftover: Leftover) -> str:
        """Deletes something; returns why not, or nothing."""
        if leftover.problem:
            return "it cannot be deleted"
        try:
            self._kinds[leftover.kind][1](leftover.id)
        except Exception as error:  # noqa: BLE001 - whatever it is, the rest is deleted
            return _described(error)
        return ""

    def _has_prefix(self, name: str) -> bool:
        return name.startswith(self._prefix)

    def _tagged(self, kind: str, id_: str, tags: Callable[[], Any]) -> Iterator[Leftover]:
        if not self._needs_tag:
            yield Leftover(kind, id_)
            return
        try:
            yield Leftover(kind, id_, any(one["Key"] == TAG for one in tags()))
        except (ClientError, BotoCoreError) as error:
            if _code(error) == "NoSuchTagSet":
                yield Leftover(kind, id_, is_ours=False)
            elif _code(error) not in _GONE:
                yield Leftover(kind, id_, problem=str(error))

    def _pages(self, service: str, operation: str, member: str, **arguments: Any) -> Iterator[Any]:
        for page in self._client(service).get_paginator(operation).paginate(**arguments):
            yield from page.get(member, [])

    # --- CloudFormation ---

    def _stacks(self) -> Iterator[Leftover]:
        for stack in self._pages("cloudformation", "describe_stacks", "Stacks"):
            # A nested stack goes with its parent.
            if self._has_prefix(stack["StackName"]) and "ParentId" not in stack and self._exists(stack):
                yield from self._tagged("stack", stack["StackName"], lambda stack=stack: stack.get("Tags", []))

    @staticmethod
    def _exists(stack: dict[str, Any]) -> bool:
        return bool(stack["StackStatus"] != "DELETE_COMPLETE")

    def _delete_stack(self, name: str) -> None:
        cloudformation = self._client("cloudformation")
        [stack] = cloudformation.describe_stacks(StackName=name)["Stacks"]
        status = stack["StackStatus"]
        if status == "UPDATE_IN_PROGRESS":
            cloudformation.cancel_update_stack(StackName=name)
        elif status in {"CREATE_IN_PROGRESS", "REVIEW_IN_PROGRESS"} or not status.endswith(_IN_PROGRESS):
            for resource in self._pages(
                "cloudformation", "list_stack_resources", "StackResourceSummaries", StackName=name
            ):
                if resource["ResourceType"] == "AWS::S3::Bucket" and "PhysicalResourceId" in resource:
                    self._empty(resource["PhysicalResourceId"])
            cloudformation.delete_stack(StackName=name)

    # --- Amazon Personalize ---

    def _named(self, kind: str) -> Iterator[Leftover]:
        title, operation = {
            "datasetGroup": ("dataset group", "list_dataset_groups"),
            "schema": ("schema", "list_schemas"),
        }[kind]
        for one in self._pages("personalize", operation, f"{kind}s"):
            if self._has_prefix(one["name"]):
                yield Leftover(title, one[f"{kind}Arn"])

    def _of_groups(self, operation: str, member: str, arn: str = "") -> Iterator[Leftover]:
        kind = member.lower().removesuffix("s")
        for group in self._named("datasetGroup"):
            try:
                for one in self._pages("personalize", operation, member, datasetGroupArn=group.id):
                    yield Leftover(kind, one[arn or f"{kind}Arn"])
            except ClientError as error:
                if _code(error) not in _GONE:
                    raise

    def _delete(self, kind: str) -> Callable[[str], None]:
        def delete(arn: str) -> None:
            words = kind.split("_")
            member = f"{words[0]}{''.join(word.capitalize() for word in words[1:])}Arn"
            getattr(self._client("personalize"), f"delete_{kind}")(**{member: arn})

        return delete

    # --- other services ---

    def _buckets(self) -> Iterator[Leftover]:
        s3 = self._client("s3")
        for bucket in s3.list_buckets()["Buckets"]:
            name = bucket["Name"]
            if self._has_prefix(name):
                yield from self._tagged("bucket", name, lambda name=name: s3.get_bucket_tagging(Bucket=name)["TagSet"])

    def _delete_bucket(self, name: str) -> None:
        self._empty(name)
        self._client("s3").delete_bucket(Bucket=name)

    def _empty(self, bucket: str) -> None:
        s3 = self._client("s3")
        try:
            for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
                found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
                objects = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]
                if objects:
                    s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
        except ClientError as error:
            if _code(error) not in _GONE:
                raise

    def _roles(self) -> Iterator[Leftover]:
        iam = self._client("iam")
        for role in self._pages("iam", "list_roles", "Roles"):
            name = role["RoleName"]
            if self._has_prefix(name):
                yield from self._tagged("role", name, lambda name=name: iam.list_role_tags(RoleName=name)["Tags"])

    def _delete_role(self, name: str) -> None:
        iam = self._client("iam")
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
        for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
        iam.delete_role(RoleName=name)

    def _tables(self) -> Iterator[Leftover]:
        for name in self._pages("dynamodb", "list_tables", "TableNames"):
            if self._has_prefix(name):
                yield from self._tagged("table", name, partial(self._table_tags, name))

    def _table_tags(self, name: str) -> Any:
        dynamodb = self._client("dynamodb")
        arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
        return dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"]

    def _delete_table(self, name: str) -> None:
        self._client("dynamodb").delete_table(TableName=name)

    def _log_groups(self) -> Iterator[Leftover]:
        for start in ("", _FUNCTION_LOGS):
            beginning = f"{start}{self._prefix}"
            for group in self._pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=beginning):
                name = group["logGroupName"]
                yield from self._tagged("log group", name, partial(self._function_tags, name))

    def _function_tags(self, log_group: str) -> Any:
        """Returns the tags of the function whose log group it is; ours if there is none, or none any more."""
        ours = [{"Key": TAG}]
        if not log_group.startswith(_FUNCTION_LOGS):
            return ours
        try:
            function = self._client("lambda").get_function(FunctionName=log_group.removeprefix(_FUNCTION_LOGS))
        except ClientError as error:
            if _code(error) in _GONE:
                return ours
            raise
        return [{"Key": key} for key in function.get("Tags", {})]

    def _delete_log_group(self, name: str) -> None:
        self._client("logs").delete_log_group(logGroupName=name)


def _code(error: Exception) -> str:
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else ""


def _described(error: Exception) -> str:
    return str(error) if isinstance(error, (ClientError, BotoCoreError)) else repr(error)
