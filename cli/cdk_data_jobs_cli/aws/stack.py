"""The jobs of a stack, and the function and state machine that run each."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cdk_data_jobs_cli.aws.errors import NotFoundError, YamlTemplateError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk_data_jobs_cli.aws.client import AwsClient

_JOB_TYPE = re.compile(
    r"Custom::(AwsJob|(Personalize|Pinpoint)\w+Job|PersonalizeSolutionVersion|Aws(BedrockIngestionJob|SesContactImportJob"
    r"|DynamoDbTableExportJob|GlueJobRun|AthenaQuery|RedshiftStatement|StepFunctionsExecution))"
)
WAIT_TYPE = "Custom::DataJobWait"
NESTED_STACK_TYPE = "AWS::CloudFormation::Stack"
_PATH_METADATA = "aws:cdk:path"
_RESOURCE_PATH_SUFFIX = "/Resource"
_MAX_NAME_PART = 20


@dataclass(frozen=True)
class Job:
    """A job of a stack, or of a stack nested in it.

    Attributes:
        stack: The stack that declares it.
        stack_id: The ARN of that stack.
        logical_id: The logical id of its custom resource.
        resource_type: The type of its custom resource, such as `Custom::PersonalizeDatasetImportJob`.
        path: The path of its construct, such as `Shop/Catalog/ImportItems`; its logical id without path metadata.
        name: The part of the path below the stack that the user named.
        service_token: The property `ServiceToken` as it stands in the template, a string or an intrinsic function.
        wait_resources: The logical ids of the `Custom::DataJobWait` resources, each of which waits for it for up to
            another 55 minutes, because one custom resource may take an hour at most.
    """

    stack: Stack = field(repr=False, compare=False)
    stack_id: str
    logical_id: str
    resource_type: str
    path: str
    name: str
    service_token: object = field(repr=False, compare=False)
    wait_resources: tuple[str, ...] = ()

    @property
    def function(self) -> str | None:
        """The name or ARN of the function that starts its runs; none before the function exists."""
        return self.stack.resolve(self.service_token)

    @property
    def state_machine_arn(self) -> str | None:
        """The ARN of the state machine that runs it, which has the function's name; none before the function exists."""
        function = self.function
        if not function:
            return None
        _, partition, _, region, account, *_ = self.stack_id.split(":")
        return f"arn:{partition}:states:{region}:{account}:stateMachine:{function.rpartition(':')[2]}"

    @property
    def execution_prefix(self) -> str:
        """The prefix of the names of all executions for this job."""
        return execution_prefix(self.stack_id, self.logical_id)


def execution_prefix(stack_id: str, logical_id: str) -> str:
    """Returns the prefix of the names that the function gives to all executions for a resource."""
    stack = stack_id.partition("/")[2].partition("/")[0]
    parts = "-".join(re.sub(r"[^A-Za-z0-9-]", "", name)[:_MAX_NAME_PART] for name in (stack, logical_id))
    return f"{parts}-{short_hash(stack_id + logical_id)}-"


def short_hash(value: str) -> str:
    """Returns the first 8 hexadecimal digits of a string's SHA-256."""
    return hashlib.sha256(value.encode()).hexdigest()[:8]


class Stack:
    """A stack, the stacks nested in it, and the values that its template refers to."""

    def __init__(self, aws: AwsClient, description: dict[str, Any], root_name: str = "") -> None:
        """Creates a stack from its description, without calling AWS.

        Args:
            aws: Calls AWS.
            description: The stack, as DescribeStacks returns it.
            root_name: The name of the topmost stack that it is nested in. By default its own name.
        """
        self.aws = aws
        self.id: str = description["StackId"]
        self.name: str = description["StackName"]
        self.root_name = root_name or self.name
        self._description = description
        self._nested: dict[str, Stack] = {}
        self._unknown_ids: set[str] = set()
        self._template: dict[str, Any] | None = None
        self._is_yaml_without_jobs = False

    def refresh_status(self) -> str:
        """Describes the stack anew and returns its status."""
        self._description = self.aws.describe_stack(self.id)
        return self.status

    def discard_template(self) -> None:
        """Discards the template and those of the nested stacks, so that they are read again."""
        self._template = None
        self._is_yaml_without_jobs = False
        for nested in self._nested.values():
            nested.discard_template()

    def record_resource(self, logical_id: str, physical_id: str, *, is_deleted: bool) -> None:
        """Records a resource that an event names; reads the template again if it lacks that resource.

        Args:
            logical_id: Its logical id.
            physical_id: Its physical id; empty if it has none yet.
            is_deleted: Whether it is deleted, which may be the one that the resource of this logical id has replaced.
        """
        if physical_id and not (is_deleted and logical_id in self._physical_ids):
            self._physical_ids[logical_id] = physical_id
        if logical_id not in self.resources and logical_id not in self._unknown_ids:
            self._unknown_ids.add(logical_id)
            self._template = None

    @property
    def status(self) -> str:
        """The stack's status when it was last described."""
        return str(self._description["StackStatus"])

    @property
    def template(self) -> dict[str, Any]:
        """The template that was deployed last."""
        if self._template is None:
            self._template = self.aws.get_template(self.id)
        return self._template

    @property
    def resources(self) -> dict[str, Any]:
        """The resources as the template declares them, by logical id; none if it is YAML that declares no job.

        Raises:
            YamlTemplateError: If it is YAML that declares a job.
        """
        if self._is_yaml_without_jobs:
            return {}
        try:
            return dict(self.template.get("Resources", {}))
        except YamlTemplateError:
            if any(_JOB_TYPE.fullmatch(one["ResourceType"]) for one in self._summaries.values()):
                raise
            self._is_yaml_without_jobs = True
            return {}

    @property
    def own_jobs(self) -> list[Job]:
        """The jobs of this stack, without those of nested ones, in the template's order."""
        wait_resources: dict[str, list[str]] = {}
        for logical_id, resource in self.resources.items():
            if resource["Type"] == WAIT_TYPE:
                creator = str(resource.get("Properties", {}).get("Creator"))
                wait_resources.setdefault(creator, []).append(logical_id)
        return [
            self._job(logical_id, resource, tuple(wait_resources.get(logical_id, ())))
            for logical_id, resource in self.resources.items()
            if is_job(resource)
        ]

    @property
    def jobs(self) -> list[Job]:
        """The jobs of this stack and of all existing stacks that are nested in it."""
        return [*self.own_jobs, *(job for nested in self.nested_stacks for job in nested.jobs)]

    @property
    def nested_stacks(self) -> Iterator[Stack]:
        """The existing stacks that are nested in this one."""
        for logical_id, resource in self.resources.items():
            if resource["Type"] == NESTED_STACK_TYPE and (nested := self.nested_stack(logical_id)):
                yield nested

    def nested_stack(self, logical_id: str) -> Stack | None:
        """Returns the stack that is nested in this one under a logical id; none before it exists."""
        if logical_id not in self._nested:
            if not self.has_resource(logical_id):
                return None
            try:
                description = self.aws.describe_stack(self._physical_ids[logical_id])
            except NotFoundError:
                return None
            self._nested[logical_id] = Stack(self.aws, description, self.root_name)
        return self._nested[logical_id]

    def resolve(self, value: object) -> str | None:
        """Returns the string that a value of the template stands for; none before what it refers to exists.

        It resolves the ways in which the CDK refers to a function: of the same stack, of another stack (an export, or a
        parameter), of a stack around this one (a parameter), and of a nested stack (an output).
        """
        if not isinstance(value, dict) or len(value) != 1:
            return value if isinstance(value, str) else None
        [(intrinsic, argument)] = value.items()
        if intrinsic == "Ref":
            return self.parameters.get(argument) or self._physical_ids.get(argument)
        if intrinsic == "Fn::GetAtt":
            logical_id, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
            if attribute.startswith("Outputs."):
                nested = self.nested_stack(logical_id)
                return nested.output(attribute.removeprefix("Outputs.")) if nested else None
            return self._physical_ids.get(logical_id)
        if intrinsic == "Fn::ImportValue" and (name := self.resolve(argument)):
            return self.aws.get_export(name)
        return None

    @property
    def parameters(self) -> dict[str, str]:
        """The values of the template's parameters."""
        parameters = self._description.get("Parameters", [])
        return {one["ParameterKey"]: one.get("ResolvedValue") or one["ParameterValue"] for one in parameters}

    def has_resource(self, logical_id: str) -> bool:
        """Returns whether a resource is known to exist."""
        return logical_id in self._physical_ids

    def physical_id(self, logical_id: str) -> str | None:
        """Returns the physical id of a resource; none if it is not known to exist."""
        return self._physical_ids.get(logical_id)

    def resource_status(self, logical_id: str) -> str:
        """Returns the status of a resource when the resources were listed; an empty string if it was not there."""
        return str(self._summaries.get(logical_id, {}).get("ResourceStatus", ""))

    @cached_property
    def _summaries(self) -> dict[str, dict[str, Any]]:
        return self.aws.list_stack_resources(self.id)

    @cached_property
    def _physical_ids(self) -> dict[str, str]:
        summaries = self._summaries.items()
        return {name: one["PhysicalResourceId"] for name, one in summaries if one.get("PhysicalResourceId")}

    def output(self, name: str) -> str | None:
        """Returns the value of an output of the stack; none before it has one."""
        if not self._description.get("Outputs"):
            self.refresh_status()
        outputs = {one["OutputKey"]: str(one["OutputValue"]) for one in self._description.get("Outputs", [])}
        return outputs.get(name)

    def _job(self, logical_id: str, resource: dict[str, Any], wait_resources: tuple[str, ...]) -> Job:
        path = construct_path(logical_id, resource)
        return Job(
            stack=self,
            stack_id=self.id,
            logical_id=logical_id,
            resource_type=resource["Type"],
            path=path,
            name=path_below(path, self.root_name),
            service_token=resource["Properties"]["ServiceToken"],
            wait_resources=wait_resources,
        )


def is_job(resource: dict[str, Any]) -> bool:
    """Returns whether a resource of a template is a job's own."""
    return bool(_JOB_TYPE.fullmatch(resource["Type"])) and "ServiceToken" in resource.get("Properties", {})


def construct_path(logical_id: str, resource: dict[str, Any]) -> str:
    """Returns the path of a resource's construct; its logical id without path metadata."""
    path = str(resource.get("Metadata", {}).get(_PATH_METADATA, ""))
    return path.removesuffix(_RESOURCE_PATH_SUFFIX) or logical_id


def path_below(path: str, stack: str) -> str:
    """Returns the part of a construct's path below its stack, whose name the CDK makes from the stack's own path."""
    parts = path.split("/")
    for depth in range(1, len(parts)):
        if "-".join(parts[:depth]) == stack:
            return "/".join(parts[depth:])
    return "/".join(parts[1:]) or path
