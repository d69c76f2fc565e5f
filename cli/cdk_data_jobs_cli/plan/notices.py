"""What happens to datasets, their groups and schemas when a deployment cannot change them in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdk_data_jobs_cli.aws.replacements import DATASET, DATASET_GROUP, IRREPLACEABLE, SCHEMA, WAYS_THROUGH
from cdk_data_jobs_cli.aws.stack import construct_path, path_below
from cdk_data_jobs_cli.plan.templates import MAY_CHANGE, NEW, REPLACED, SAME, placeholders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk_data_jobs_cli.plan.changes import PlannedTemplate
    from cdk_data_jobs_cli.plan.templates import DeployedTemplate

FAILS, DELETES_DATA, NOTE = "fails", "deletes data", "note"

_NOUNS = {DATASET: "dataset", DATASET_GROUP: "dataset group", SCHEMA: "schema"}


@dataclass(frozen=True)
class Notice:
    """What a user should know before a deployment.

    Attributes:
        kind: `fails` (the deployment), `deletes data` or `note`.
        resource: The name of the resource; empty for the whole stack.
        message: What happens.
    """

    kind: str
    resource: str
    message: str


def resource_notices(
    planned: PlannedTemplate | None, deployed: DeployedTemplate | None, root: str
) -> Iterator[tuple[str, Notice]]:
    """Yields the notices of the resources of one template, each with the resource's path of logical ids.

    Args:
        planned: The template of the app; none if the nested stack is removed.
        deployed: The template that is deployed; none if the stack is new.
        root: The stack's name.
    """
    if deployed is None:
        return
    old = {name: one for name, one in deployed.resources.items() if one["Type"] in IRREPLACEABLE}
    existing = {_unique_part(one["Type"], deployed.properties(name)): name for name, one in old.items()}
    for logical_id, resource in planned.resources.items() if planned else ():
        if planned and resource["Type"] in IRREPLACEABLE:
            holder = existing.get(_unique_part(resource["Type"], planned.properties(logical_id)))
            for kind, message in _messages(planned, logical_id, holder):
                yield f"{planned.path}{logical_id}", Notice(kind, _name(logical_id, resource, root), message)
    for logical_id, resource in old.items():
        is_removed = planned is None or logical_id not in planned.resources
        if is_removed and resource["Type"] == DATASET and not _is_retained(resource, "DeletionPolicy"):
            message = "it is removed, and deleted with its data"
            yield f"{deployed.path}{logical_id}", Notice(DELETES_DATA, _name(logical_id, resource, root), message)


def retainable(planned: PlannedTemplate) -> Iterator[tuple[str, str]]:
    """Yields what a deployment creates that an earlier one may have created and retained under the same name.

    A dataset is left out if its group is created, too: no dataset is retained without its group.

    Args:
        planned: The template of the app.

    Yields:
        The resource's path of logical ids, and what it is called, such as `dataset group Shop`.
    """
    for logical_id, resource in planned.resources.items():
        kind, created = resource["Type"], (NEW, REPLACED)
        if (
            kind not in _NOUNS
            or planned.mark(logical_id) not in created
            or not _is_retained(resource, "DeletionPolicy")
        ):
            continue
        properties = planned.properties(logical_id)
        name = str(properties.get("Name"))
        has_new_group = any(mark in created for mark, _ in placeholders(properties.get("DatasetGroupArn")))
        if not placeholders(name) and not has_new_group:
            yield f"{planned.path}{logical_id}", f"{_NOUNS[kind]} {name}"


def _messages(planned: PlannedTemplate, logical_id: str, holder: str | None) -> Iterator[tuple[str, str]]:
    """Yields what happens to a resource of the app, and the kind of notice.

    Args:
        planned: The template of the app.
        logical_id: The resource.
        holder: The existing resource that has what only one may have, such as the name; none if there is none.
    """
    resource, mark = planned.resources[logical_id], planned.mark(logical_id)
    why = IRREPLACEABLE[resource["Type"]]
    ways = f": {WAYS_THROUGH}" if resource["Type"] == DATASET else ""
    if mark == SAME:
        return
    changed = ", ".join(planned.changed_properties(logical_id))
    if holder == logical_id:
        if mark == MAY_CHANGE:
            yield NOTE, f"{changed} may change, which would replace it, and fail, because {why}{ways}"
        else:
            yield FAILS, f"a change of {changed} replaces it, which fails, because {why}{ways}"
    elif holder:
        yield FAILS, f"it cannot be created before {holder} is deleted, because {why}{ways}"
    elif mark == REPLACED and resource["Type"] == DATASET and not _is_retained(resource, "UpdateReplacePolicy"):
        yield DELETES_DATA, f"a change of {changed} replaces it, and the old one is deleted with its data"


def _unique_part(resource_type: str, properties: dict[str, Any]) -> tuple[str, ...]:
    """Returns what only one resource may have: a dataset its group and type, the others their name."""
    if resource_type == DATASET:
        return resource_type, str(properties.get("DatasetGroupArn")), str(properties.get("DatasetType")).lower()
    return resource_type, str(properties.get("Name"))


def _is_retained(resource: dict[str, Any], policy: str) -> bool:
    return str(resource.get(policy, "")).startswith("Retain")


def _name(logical_id: str, resource: dict[str, Any], root: str) -> str:
    return path_below(construct_path(logical_id, resource), root)
