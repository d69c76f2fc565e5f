"""How a kind of job is created and watched, as data: a row of the table that the deployed function reads too."""

import dataclasses
import functools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aws_cdk import Stack

from cdk_data_jobs.calls import CreateCall, DescribeCall, FindCall, JobNaming, NextPage, TagCalls
from cdk_data_jobs.checks import ValidationError
from cdk_data_jobs.parameters import arn_of, parameter_at, set_parameter
from cdk_data_jobs.relay import KEPT

_PACKAGE = Path(__file__).parent
_FOR_SYNTHESIS = ("role", "source_arn", "permissions", "tag_permissions")


@dataclass(frozen=True, kw_only=True)
class JobDefinition:
    """How a kind of job is created and watched.

    It says in data what is special about a service: `AwsJob` takes one, and the library's own jobs have theirs in a
    table. Operations are those of the SDK for Python (boto3), paths are JMESPath.

    Attributes:
        title: What the job is called in messages, e.g. `Contact list import`.
        service: The service's name in the SDK for Python, e.g. `sesv2`.
        create: The call that creates a job.
        describe: The call that tells how far it is.
        status: Path of its status.
        succeeded: The statuses of a job that has succeeded. A status that is in neither set means: it goes on.
        failed: The statuses of a job that has failed.
        reason: Path of why it failed. By default only the status tells.
        created: Path of when it was created. Needed with `name`.
        attributes: What the deployment can use of a job: name to path. By default `status`.
        name: How jobs are named. By default they have no names.
        token: The create call's parameter for a client token, with which the service recognizes a repeated create.
        find: How a job that was made before is found. Without `name`, `token` and `find`, a create call whose answer
            is lost is repeated, and may make a second job.
        failures: Path of how many entries of a job failed although it succeeded.
        role: Where the ARN of the role goes that the service assumes: the name of a parameter, or `A.B` for the member
            B of the parameter A.
        not_identity: The parameters, written in the same way, whose change is no reason to run the job again. The
            role's and the tags' are so anyway.
        busy: The codes of errors that pass with time, such as a full quota. Throttling and server errors do so anyway.
        denied: Parts of messages that mean that a permission is missing, which may only be new.
        hints: What to do about known causes: a part of the service's message to an advice.
        tags: How a job is tagged. By default it has no tags.
        source_arn: What the service acts for when it assumes the role, for `aws:SourceArn` in the role's trust policy:
            an ARN with `{partition}`, `{region}`, `{account}` and `{X}` for the create call's parameter X.
        permissions: What the function that runs the job may do: IAM action to resources, each an ARN like
            `source_arn`, the name of a parameter whose value is one, `job` (any job that `name` names), or `*`.
        tag_permissions: The same, for jobs that have tags.

    Raises:
        ValueError: If something in it cannot work.
    """

    title: str
    service: str
    create: CreateCall
    describe: DescribeCall
    status: str
    succeeded: Sequence[str]
    failed: Sequence[str]
    reason: str = "`null`"
    created: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    name: JobNaming | None = None
    token: str | None = None
    find: FindCall | None = None
    failures: str | None = None
    role: str | None = None
    not_identity: Sequence[str] = ()
    busy: Sequence[str] = ()
    denied: Sequence[str] = ()
    hints: Mapping[str, str] = field(default_factory=dict)
    tags: TagCalls | None = None
    source_arn: str | None = None
    permissions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    tag_permissions: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Checks what can be checked without the service's model.

        Raises:
            ValidationError: If something in it cannot work.
        """
        _check_types(self)
        if both := sorted({*self.succeeded} & {*self.failed}):
            raise ValidationError(f"a status must mean that a job has succeeded or that it failed, got both for {both}")
        _check_calls(self)
        if not self.attributes:
            object.__setattr__(self, "attributes", {"status": self.status})

    @staticmethod
    @functools.cache
    def of(resource_type: str) -> "JobDefinition":
        """Returns the row of the table for a custom resource's type.

        Args:
            resource_type: A key of the table, e.g. `Custom::PersonalizeDatasetImportJob`.

        Raises:
            KeyError: If the table has no such row.
        """
        known = {parameter.name for parameter in dataclasses.fields(JobDefinition)}
        row = {key: value for key, value in _table()[resource_type].items() if key in known}
        row |= {key: made(**row[key]) for key, made in _PARTS.items() if key in row}
        if "find" in row:
            row["find"] = FindCall(**{**row["find"], "next": NextPage(**row["find"]["next"])})
        return JobDefinition(**row)

    def for_function(self) -> dict[str, Any]:
        """Returns it in the spelling of the table, less what only the synthesis needs: the property `Definition`."""
        row = {key: value for key, value in dataclasses.asdict(self).items() if key not in _FOR_SYNTHESIS}
        row["not_identity"] = [*dict.fromkeys([*self.not_identity, *filter(None, [self.role])])]
        needed = ("not_identity", "succeeded", "failed", "attributes")
        return {key: _plain(value) for key, value in row.items() if value or key in needed}

    @property
    def principal(self) -> str:
        """The service principal, where its prefix is the service's name in the SDK."""
        return f"{self.service}.amazonaws.com"

    def source(self, stack: Stack, parameters: Mapping[str, Any]) -> tuple[str, str]:
        """Returns what the service acts for when it assumes a role: the operator for aws:SourceArn, and the ARN.

        Args:
            stack: The stack that the role is in.
            parameters: The parameters of the create call.
        """
        if self.source_arn:
            return "ArnLike", arn_of(self.source_arn, stack, parameters)
        template = "arn:{partition}:" + self.service + ":{region}:{account}:*"
        return "StringLike", arn_of(template, stack, parameters)

    def resource(self, of: str, stack: Stack, parameters: Mapping[str, Any]) -> str:
        """Returns a resource of a permission.

        Args:
            of: What `permissions` says of an action.
            stack: The stack that the job is in.
            parameters: The parameters of the create call.
        """
        if of.startswith("arn:"):
            return arn_of(of, stack, parameters)
        if of == "job" and self.name:
            return arn_of(self.name.arn, stack, {"name": "*"})
        return "*" if of == "*" else parameters[of]

    def describing(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Returns those of a job's parameters that the describe call needs.

        Args:
            parameters: The parameters of the create call.
        """
        needed: dict[str, Any] = {}
        for value in self.describe.parameters.values():
            _, _, path = value.partition(".")
            if path:
                set_parameter(needed, path, parameter_at(parameters, path))
        return needed


_PARTS = {"create": CreateCall, "describe": DescribeCall, "name": JobNaming, "tags": TagCalls}


def lambda_directory() -> Path:
    """Returns the folder of what runs in AWS: inside the package in a wheel, beside the source root in a checkout."""
    packaged = _PACKAGE / "_lambda"
    return packaged if packaged.is_dir() else _PACKAGE.parents[1] / "lambda"


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    return value if isinstance(value, str | int) else [_plain(item) for item in value]


@functools.cache
def _table() -> Any:  # noqa: ANN401 - JSON
    return json.loads((lambda_directory() / "data_jobs" / "definitions.json").read_text(encoding="utf-8"))


def _check_types(definition: JobDefinition) -> None:
    for name in ("title", "service", "status", "reason"):
        if not isinstance(getattr(definition, name), str) or not getattr(definition, name):
            raise ValidationError(f"the {name} of a job's definition must be a text, got {getattr(definition, name)!r}")
    for name in ("succeeded", "failed"):
        if isinstance(getattr(definition, name), str) or not getattr(definition, name):
            raise ValidationError(
                f"{name} must name at least one status in a list, got {getattr(definition, name)!r}: a job that never "
                "ends would be waited for until the time-out"
            )
    for name in ("not_identity", "busy", "denied"):
        if isinstance(getattr(definition, name), str):
            raise ValidationError(f"{name} must be a list of texts, got the text {getattr(definition, name)!r}")
    for name in ("attributes", "hints", "permissions", "tag_permissions"):
        if not isinstance(getattr(definition, name), Mapping):
            raise ValidationError(f"{name} must be a mapping, got {type(getattr(definition, name)).__name__}")
    if KEPT in definition.attributes:
        raise ValidationError(
            f"attributes must not contain {KEPT}, which the library itself uses, got {definition.attributes[KEPT]!r} "
            "for it; use another name"
        )


def _check_calls(definition: JobDefinition) -> None:
    for parameter, path in definition.describe.parameters.items():
        if not re.fullmatch(r"id|parameters(\.\w+)+", path):
            raise ValidationError(
                f"a parameter of the describe call must be 'id' or 'parameters.<a parameter of the create call>', "
                f"got {path!r} for {parameter}"
            )
    if definition.name and not definition.created:
        raise ValidationError("created must be the path of when a job was created, if jobs have names, got none")
    if definition.name and "{name}" not in definition.name.arn:
        raise ValidationError(f"the ARN of a named job must have '{{name}}', got {definition.name.arn!r}")
