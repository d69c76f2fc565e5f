"""Which jobs has a stack, and by what function and state machine are they run?"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from cdk_data_jobs_cli.aws import Aws, NotThereError

if TYPE_CHECKING:
    from collections.abc import Iterator

_JOB_TYPE = re.compile(r"Custom::(AwsJob|(Personalize|Pinpoint)\w+Job)")
_WAIT_TYPE = "Custom::DataJobWait"
_STACK_TYPE = "AWS::CloudFormation::Stack"
_PATH = "aws:cdk:path"
_OWN_PATH = "/Resource"
_NAME_SHARE = 20


@dataclass(frozen=True)
class Job:
    """A job of a stack, or of a stack nested in it.

    Attributes:
        stack: The stack that it is in.
        logical_id: Its custom resource.
        resource_type: The type of that, such as `Custom::PersonalizeDatasetImportJob`.
        path: Its construct's path, such as `Shop/Catalog/ImportItems`; the logical id where the template tells none.
        name: The path below the stack that was asked for.
        function: The function that starts its runs, as the template says it.
        shares: The logical ids of the resources that wait on after it.
    """

    stack: Stack = field(repr=False, compare=False)
    stack_id: str
    logical_id: str
    resource_type: str
    path: str
    name: str
    function: object = field(repr=False, compare=False)
    shares: tuple[str, ...] = ()

    @property
    def machine(self) -> str | None:
        """The ARN of the state machine that runs it, which has the function's name, once the function is there."""
        function = self.stack.resolve(self.function)
        if not function:
            return None
        _, partition, _, region, account, *_ = self.stack_id.split(":")
        return f"arn:{partition}:states:{region}:{account}:stateMachine:{function.rpartition(':')[2]}"

    @property
    def execution_prefix(self) -> str:
        """What the names of all executions for this job start with."""
        return execution_prefix(self.stack_id, self.logical_id)


def execution_prefix(stack_id: str, logical_id: str) -> str:
    """What the names of all executions for a resource start with: the function that starts them names them so."""
    stack = stack_id.partition("/")[2].partition("/")[0]
    names = "-".join(re.sub(r"[^A-Za-z0-9-]", "", name)[:_NAME_SHARE] for name in (stack, logical_id))
    return f"{names}-{digest(stack_id + logical_id, 8)}-"


def digest(text: str, length: int) -> str:
    """The first hexadecimal digits of a text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:length]


class Stack:
    """A stack, what is nested in it, and what its template refers to."""

    def __init__(self, aws: Aws, description: dict[str, Any], root: str = "") -> None:
        """Take a stack.

        Args:
            aws: The calls.
            description: The stack, as DescribeStacks tells it.
            root: The name of the stack that it is nested in, at the top; if none, it is that stack.
        """
        self.aws = aws
        self.id: str = description["StackId"]
        self.name: str = description["StackName"]
        self.root = root or self.name
        self._described = description
        self._nested: dict[str, Stack] = {}
        self._strangers: set[str] = set()
        self._definitions: dict[str, Any] | None = None

    def describe(self) -> str:
        """Ask for the stack's status, and take note of what else is told."""
        self._described = self.aws.stack(self.id)
        return str(self._described["StackStatus"])

    def reread(self) -> None:
        """Forget the template, and those of the nested stacks."""
        self._definitions = None
        for nested in self._nested.values():
            nested.reread()

    def meet(self, logical_id: str, physical_id: str) -> None:
        """Take note of a resource, as an event tells it; one that is new means another template."""
        if physical_id:
            self._ids[logical_id] = physical_id
        if logical_id not in self.definitions and logical_id not in self._strangers:
            self._strangers.add(logical_id)
            self._definitions = None

    @property
    def definitions(self) -> dict[str, Any]:
        """The resources as the template defines them, by logical id."""
        if self._definitions is None:
            self._definitions = dict(self.aws.template(self.id).get("Resources", {}))
        return self._definitions

    @property
    def own_jobs(self) -> list[Job]:
        """The jobs of this stack, without those of nested ones, in the template's order."""
        shares: dict[str, list[str]] = {}
        for logical_id, resource in self.definitions.items():
            if resource["Type"] == _WAIT_TYPE:
                shares.setdefault(str(resource.get("Properties", {}).get("Creator")), []).append(logical_id)
        return [
            self._job(logical_id, resource, tuple(shares.get(logical_id, ())))
            for logical_id, resource in self.definitions.items()
            if _is_job(resource)
        ]

    @property
    def jobs(self) -> list[Job]:
        """The jobs of this stack and of all that are nested in it, as far as those are there."""
        return [*self.own_jobs, *(job for nested in self.nested for job in nested.jobs)]

    @property
    def nested(self) -> Iterator[Stack]:
        """The stacks that are nested in this one, as far as they are there."""
        for logical_id, resource in self.definitions.items():
            if resource["Type"] == _STACK_TYPE and (nested := self.child(logical_id)):
                yield nested

    def child(self, logical_id: str) -> Stack | None:
        """The stack that is nested in this one as a resource, if it is there."""
        if logical_id not in self._nested:
            if not self.has(logical_id):
                return None
            try:
                self._nested[logical_id] = Stack(self.aws, self.aws.stack(self._ids[logical_id]), self.root)
            except NotThereError:
                return None
        return self._nested[logical_id]

    def resolve(self, value: object) -> str | None:
        """What an expression of the template refers to, once that is there: a text or an id.

        It knows the ways in which the CDK refers to a function: of this stack, of another one (an
        export, or a parameter), of one that it is nested in (a parameter), and of one that is nested in it (an output).
        """
        if not isinstance(value, dict) or len(value) != 1:
            return value if isinstance(value, str) else None
        [(how, what)] = value.items()
        if how == "Ref":
            return self._parameters.get(what) or self._ids.get(what)
        if how == "Fn::GetAtt":
            logical_id, attribute = what if isinstance(what, list) else what.split(".", 1)
            if attribute.startswith("Outputs."):
                nested = self.child(logical_id)
                return nested.output(attribute.removeprefix("Outputs.")) if nested else None
            return self._ids.get(logical_id)
        if how == "Fn::ImportValue" and (name := self.resolve(what)):
            return self.aws.export(name)
        return None

    @property
    def _parameters(self) -> dict[str, str]:
        told = self._described.get("Parameters", [])
        return {one["ParameterKey"]: one.get("ResolvedValue") or one["ParameterValue"] for one in told}

    def has(self, logical_id: str) -> bool:
        """Whether a resource is there, as far as is known."""
        return logical_id in self._ids

    @cached_property
    def _ids(self) -> dict[str, str]:
        told = self.aws.resources(self.id).items()
        return {name: resource["PhysicalResourceId"] for name, resource in told if resource.get("PhysicalResourceId")}

    def output(self, name: str) -> str | None:
        """What the stack gives out under a name, if it does so already."""
        if not self._described.get("Outputs"):
            self.describe()
        outputs = {one["OutputKey"]: str(one["OutputValue"]) for one in self._described.get("Outputs", [])}
        return outputs.get(name)

    def _job(self, logical_id: str, resource: dict[str, Any], shares: tuple[str, ...]) -> Job:
        path = resource.get("Metadata", {}).get(_PATH, "").removesuffix(_OWN_PATH) or logical_id
        return Job(
            stack=self,
            stack_id=self.id,
            logical_id=logical_id,
            resource_type=resource["Type"],
            path=path,
            name=_below(path, self.root),
            function=resource["Properties"]["ServiceToken"],
            shares=shares,
        )


def _is_job(resource: dict[str, Any]) -> bool:
    return bool(_JOB_TYPE.fullmatch(resource["Type"])) and "ServiceToken" in resource.get("Properties", {})


def _below(path: str, stack: str) -> str:
    """A construct's path below its stack, whose name the CDK makes from the stack's own path."""
    parts = path.split("/")
    for depth in range(1, len(parts)):
        if "-".join(parts[:depth]) == stack:
            return "/".join(parts[depth:])
    return "/".join(parts[1:]) or path


def find_job(stack: Stack, wanted: str) -> Job:
    """The job that a user means: by logical id, by path, or by a part of either that no other job has.

    Raises:
        NotThereError: If none is meant.
        click.BadParameter: If several may be.
    """
    jobs = stack.jobs
    exact = [job for job in jobs if wanted in (job.logical_id, job.path, job.name)]
    found = exact or [job for job in jobs if wanted.lower() in f"{job.logical_id} {job.path}".lower()]
    if not found:
        known = ", ".join(job.name for job in jobs)
        raise NotThereError(f"{stack.name} must have a job {wanted}, got {known or 'no jobs'}")
    if len(found) > 1:
        several = " or ".join(job.path for job in found)
        raise click.BadParameter(f"must be one job, got {wanted}, which may be {several}", param_hint="JOB")
    return found[0]
