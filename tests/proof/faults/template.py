"""The template of a stack of the matrix: what was synthesized, with the stack's own names and what a case changes."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from faults.app import APPLICATION, DATASET, NAME, TASK_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Mapping

BROKEN = f"{DATASET}-that-is-not"
"""A dataset that does not exist."""

SHARED_PROPERTIES = ("ServiceTimeout", "WaitForCompletion", "OnFailure")
"""The properties that both a job's own resource and its waiting resources have."""

COLUMNS = {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"}


def template(
    templates: Mapping[str, dict[str, Any]],
    changes: Mapping[str, Any],
    *,
    kind: str,
    name: str,
    application: str,
    environment: Mapping[str, str],
) -> str:
    """The template as JSON.

    Args:
        templates: The synthesized templates, by kind.
        changes: Properties of the job by their names; its `tags`; properties of the `function`; another `kind` of
            stack; whether there is a `broken` job, which fails at once, `in_turn` after the other one or together with
            it; whether the job `moved` to a dataset that the stack makes; and the `task_timeout`.
        kind: The kind of stack.
        name: The stack's name, and that of its jobs.
        application: The id of its application in Amazon Pinpoint.
        environment: The function's variables.
    """
    changed = copy.deepcopy(templates[changes.get("kind", kind)])
    resources = changed["Resources"]
    for resource in resources.values():
        if resource["Type"] == "AWS::Lambda::Function":
            resource["Properties"]["Environment"] = {"Variables": dict(environment)}
            resource["Properties"].update(changes.get("function", {}))
    jobs = {key: one for key, one in resources.items() if one["Type"].startswith("Custom::")}
    [own] = [key for key, one in jobs.items() if key.startswith("Job") and one["Type"] != "Custom::DataJobWait"]
    for key, job in jobs.items():
        properties = {name: value for name, value in changes.items() if name[0].isupper()}
        job["Properties"].update(
            {name: properties[name] for name in properties if key == own or name in SHARED_PROPERTIES}
        )
    if "tags" in changes:
        jobs[own]["Properties"]["Tags"] = [{"Key": tag, "Value": value} for tag, value in changes["tags"].items()]
    if changes.get("moved"):
        move(resources, own, name)
    if changes.get("broken"):
        broken = copy.deepcopy(jobs[own])
        broken["Properties"]["Parameters"]["datasetArn"] = BROKEN
        for property_ in ("Relay", "Links", "Timeout"):
            broken["Properties"].pop(property_, None)
        broken["DependsOn"] = [*broken["DependsOn"], *([own] if changes.get("in_turn") else [])]
        resources["Broken"] = broken
    text = json.dumps(changed).replace(NAME, name).replace(APPLICATION, application or "none")
    return text.replace(f":{TASK_TIMEOUT}", f":{changes.get('task_timeout', TASK_TIMEOUT)}")


def move(resources: dict[str, Any], job: str, name: str) -> None:
    """Let a job fill a dataset that its stack makes, with names that another one cannot have as well."""
    fields = [{"name": column, "type": kind} for column, kind in COLUMNS.items()]
    schema = {"type": "record", "name": "Interactions", "namespace": "shop", "fields": fields, "version": "1.0"}
    resources["Schema"] = {
        "Type": "AWS::Personalize::Schema",
        "Properties": {"Name": f"{name}-moved", "Schema": json.dumps(schema)},
    }
    resources["Group"] = {"Type": "AWS::Personalize::DatasetGroup", "Properties": {"Name": f"{name}-moved"}}
    resources["Dataset"] = {
        "Type": "AWS::Personalize::Dataset",
        "Properties": {
            "Name": f"{name}-moved",
            "DatasetType": "Interactions",
            "DatasetGroupArn": {"Fn::GetAtt": ["Group", "DatasetGroupArn"]},
            "SchemaArn": {"Fn::GetAtt": ["Schema", "SchemaArn"]},
        },
    }
    resources[job]["Properties"]["Parameters"]["datasetArn"] = {"Fn::GetAtt": ["Dataset", "DatasetArn"]}
