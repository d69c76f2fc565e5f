"""What a deployment changes: the resources of the app compared with those that are deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_data_jobs_cli.aws.replacements import REPLACED_BY_EVERY_CHANGE
from cdk_data_jobs_cli.aws.stack import NESTED_STACK_TYPE, WAIT_TYPE, is_job
from cdk_data_jobs_cli.plan.job_plans import CANNOT_CHANGE, MAY_RUN, RUNS, Outcome, plan_job
from cdk_data_jobs_cli.plan.templates import (
    MAY_CHANGE,
    NEW,
    REPLACED,
    SAME,
    DeployedTemplate,
    Template,
    placeholder,
    placeholders,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_REPLACING = {
    "AWS::Glue::Crawler": ("Name",),
    "AWS::Glue::Job": ("Name",),
    "AWS::IAM::Role": ("Path", "RoleName"),
    "AWS::KMS::Key": (),
    "AWS::Lambda::Function": ("FunctionName", "PackageType"),
    "AWS::Pinpoint::App": ("Name",),
    "AWS::S3::Bucket": ("BucketName", "BucketNamePrefix", "BucketNamespace"),
    "AWS::StepFunctions::StateMachine": ("StateMachineName", "StateMachineType"),
}
"""The properties that replace a resource when they change, of the types that jobs often refer to (Template Reference).
Another resource that changes may be replaced."""

_REVISION = "StateMachineRevisionId"
"""The attribute that changes with a resource that stays the same one."""


class PlannedTemplate(Template):
    """The template of a synthesized stack, compared with the deployed one."""

    def __init__(
        self,
        body: Mapping[str, Any],
        deployed: DeployedTemplate | None,
        load_nested: Callable[[dict[str, Any]], dict[str, Any] | None],
        parent: PlannedTemplate | None = None,
        logical_id: str = "",
    ) -> None:
        """Creates a template.

        Args:
            body: The template.
            deployed: The template that is deployed; none if the stack does not exist.
            load_nested: Returns the template of a nested stack, given its resource.
            parent: The template of the stack that it is nested in.
            logical_id: Its logical id there.
        """
        super().__init__(body, deployed.stack.id if deployed else "", f"{parent.path}{logical_id}/" if parent else "")
        self.deployed = deployed
        self._load_nested = load_nested
        self._parent = parent
        self._logical_id = logical_id
        self._nested: dict[str, PlannedTemplate | None] = {}
        self._marks: dict[str, str] = {}

    def parameter(self, name: str) -> Any:  # noqa: ANN401 - a parameter may be a list
        """Returns the value that a parameter will have, if the deployment gives it no other one."""
        declared = self.body["Parameters"][name]
        if self._parent:
            given = self._parent.properties(self._logical_id).get("Parameters", {})
        else:
            given = self.deployed.stack.parameters if self.deployed else {}
        if str(declared.get("Type", "")).startswith("AWS::SSM::Parameter::Value"):
            return placeholder(MAY_CHANGE, f"{self.path}{name}")
        return given.get(name, str(declared.get("Default", "")))

    def reference(self, logical_id: str, attribute: str) -> str:
        """Returns what is deployed if it stays; a placeholder for what is replaced, may change or is new."""
        mark = self.mark(logical_id)
        if mark == SAME and attribute == _REVISION and self.changed_properties(logical_id):
            mark = MAY_CHANGE
        if mark == SAME and self.deployed:
            return self.deployed.reference(logical_id, attribute)
        return placeholder(mark, f"{self.path}{logical_id}.{attribute}")

    def nested(self, logical_id: str) -> PlannedTemplate | None:
        """Returns the template of a nested stack; none if the app has none."""
        if logical_id not in self._nested:
            body = self._load_nested(self.resources.get(logical_id, {}))
            deployed = self.deployed.nested(logical_id) if self.deployed else None
            nested = PlannedTemplate(body, deployed, self._load_nested, self, logical_id) if body else None
            self._nested[logical_id] = nested
        return self._nested[logical_id]

    def deployed_properties(self, logical_id: str) -> dict[str, Any] | None:
        """Returns the properties that a resource was deployed with; none if it does not exist."""
        exists = self.deployed and logical_id in self.deployed.resources
        return self.deployed.properties(logical_id) if self.deployed and exists else None

    def changed_properties(self, logical_id: str) -> list[str]:
        """Returns the names of the properties of an existing resource that change, or may."""
        old, new = self.deployed_properties(logical_id) or {}, self.properties(logical_id)
        return [name for name in {**old, **new} if old.get(name) != new.get(name)]

    def mark(self, logical_id: str) -> str:
        """Returns the mark of a resource's physical id: whether the deployment changes it."""
        if logical_id not in self._marks:
            self._marks[logical_id] = self._mark(logical_id)
        return self._marks[logical_id]

    def _mark(self, logical_id: str) -> str:
        resource = self.resources.get(logical_id)
        if resource is None:
            return SAME
        if self.deployed_properties(logical_id) is None:
            return NEW
        kind = resource["Type"]
        if is_job(resource):
            return {RUNS: REPLACED, MAY_RUN: MAY_CHANGE}.get(self.job_outcome(logical_id).result, SAME)
        changed = self.changed_properties(logical_id)
        if kind in _REPLACING:
            changed = [name for name in changed if name in _REPLACING[kind]]
        if kind == WAIT_TYPE:
            changed = [name for name in changed if name == "Job"]
        if not changed or kind == NESTED_STACK_TYPE:
            return SAME
        if kind not in (WAIT_TYPE, *_REPLACING) and not kind.startswith(REPLACED_BY_EVERY_CHANGE):
            return MAY_CHANGE
        marks = {mark for name in changed for mark, _ in placeholders(self.properties(logical_id).get(name))}
        return MAY_CHANGE if MAY_CHANGE in marks and not marks & {NEW, REPLACED} else REPLACED

    def job_outcome(self, logical_id: str) -> Outcome:
        """Returns what the deployment does with a job of the app."""
        resource = self.resources[logical_id]
        before = self.deployed.resources.get(logical_id) if self.deployed else None
        if before and before["Type"] != resource["Type"]:
            return Outcome(CANNOT_CHANGE, "CloudFormation refuses another type for the same id: give it another id")
        outcome = plan_job(resource["Type"], self.deployed_properties(logical_id), self.properties(logical_id))
        if self.deployed and self.deployed.stack.resource_status(logical_id) == "UPDATE_FAILED":
            return Outcome(MAY_RUN, "its last update failed, and which properties it has is not known")
        return outcome
