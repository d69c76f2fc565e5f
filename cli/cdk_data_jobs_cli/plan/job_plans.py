"""What a deployment does with one job, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdk_data_jobs_cli.plan import job_rule
from cdk_data_jobs_cli.plan.templates import MAY_CHANGE, NEW, REPLACED, is_placeholder, placeholders

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNS, MAY_RUN, KEPT, REMOVED, CANNOT_CHANGE = "runs", "may run", "does not run", "is removed", "cannot change"

_LABELS = {
    "Definition": "definition",
    "DeployTime": "deploy_time",
    "Events": "events",
    "Files": "files' place",
    "JobName": "job_name",
    "Links": "timeout",
    "MaxFailures": "max_failures",
    "OnFailure": "on_failure",
    "Relay": "timeout",
    "Tags": "tags",
    "Timeout": "timeout",
    "Trigger": "trigger",
    "WaitForCompletion": "wait_for_completion",
}
"""The arguments of a job, by the properties of its resource."""

_FILE_NAME = re.compile(r"/[0-9a-f]{32}/(.+)$")
"""The name of a local file, below the folder that has a digest of the files for its name."""

_MAX_NAMES = 3


@dataclass(frozen=True)
class Outcome:
    """What a deployment does with a job.

    Attributes:
        result: `runs`, `may run`, `does not run`, `is removed` or `cannot change` (the deployment fails).
        reason: Why.
    """

    result: str
    reason: str


def plan_job(resource_type: str, old: dict[str, Any] | None, new: dict[str, Any]) -> Outcome:
    """Returns what the creation or the update of a job's resource does.

    Args:
        resource_type: The resource's type.
        old: Its properties as they were deployed, resolved; none if it is created.
        new: Its properties in the app, resolved.
    """
    try:
        runs = job_rule.runs(resource_type, old, new)
    except ValueError as error:
        return Outcome(CANNOT_CHANGE, str(error))
    if old is None:
        return Outcome(RUNS, "it is new") if runs else Outcome(KEPT, "it is new, and no deployment runs it")
    if old.get("ServiceToken") != new.get("ServiceToken"):
        return Outcome(CANNOT_CHANGE, "its runner is another one, which CloudFormation refuses: give it another id")
    if not runs:
        return Outcome(KEPT, _why_kept(old, new))
    before, after = (_defining(resource_type, new, properties) for properties in (old, new))
    changes = [*_differences(before, after)]
    is_certain = any(_is_certain(*values) for _, *values in changes)
    reasons = dict.fromkeys(_why(name, after, old, new) for name, _, after in changes)
    return Outcome(RUNS if is_certain else MAY_RUN, ", ".join(reasons))


def _defining(resource_type: str, new: dict[str, Any], properties: dict[str, Any]) -> dict[str, Any]:
    """Returns what defines a job, for the reason; whether the job runs is the function's decision."""
    definition = properties.get("Definition", {})
    call = {"service": definition.get("service"), "operation": definition.get("create", {}).get("operation")}
    others = {name: properties.get(name) for name in ("Trigger", "DeployTime")}
    return {**job_rule.defining_parameters(resource_type, new, properties), **others, **call}


def _differences(old: Any, new: Any, name: str = "") -> Iterator[tuple[str, Any, Any]]:  # noqa: ANN401 - JSON
    """Yields the name of each member that differs, with both values."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*old, *new]):
            yield from _differences(old.get(key), new.get(key), key)
    elif old != new:
        yield name, old, new


def _is_certain(old: object, new: object) -> bool:
    """Returns whether two values that differ are certain to do so when the deployment knows them."""
    marks = {mark for mark, _ in placeholders(new)}
    if marks & {REPLACED, NEW}:
        return True
    return MAY_CHANGE not in marks and sorted(placeholders(old)) == sorted(placeholders(new))


def _why(name: str, after: object, old: dict[str, Any], new: dict[str, Any]) -> str:
    if name == "DeployTime":
        return "it now runs when it is deployed"
    is_of_files = any(file["Target"].startswith(str(after)) for file in new.get("Files", []))
    if is_of_files and (files := _changed_files(_files(old), _files(new))):
        return files
    marks = {mark for mark, _ in placeholders(after)}
    changes = {NEW: "is another one", REPLACED: "is replaced"} if is_placeholder(after) else {}
    changes[MAY_CHANGE] = "may change"
    return f"its {_words(name)} {next((changes[mark] for mark in changes if mark in marks), 'has changed')}"


def _words(parameter: str) -> str:
    """Returns what a parameter is called, such as `trace header` for `traceHeader`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub(r"Arn$", "", parameter)).lower()


def _files(properties: dict[str, Any]) -> dict[str, str]:
    """Returns the names of a job's local files, each with the name of its asset, which has a digest of the content."""
    names = ((_FILE_NAME.search(file["Target"]), file["Source"]) for file in properties.get("Files", []))
    return {name[1]: source.rpartition("/")[2] for name, source in names if name}


def _changed_files(old: dict[str, str], new: dict[str, str]) -> str:
    changes = {
        "changed": [name for name in new if name in old and old[name] != new[name]],
        "been added": [name for name in new if name not in old],
        "been removed": [name for name in old if name not in new],
    }
    return ", ".join(f"{_enumerate(names, 'file')} {change}" for change, names in changes.items() if names)


def _why_kept(old: dict[str, Any], new: dict[str, Any]) -> str:
    if new.get("DeployTime") == "false":
        return "no deployment runs it"
    names = {name for name in {**old, **new} if old.get(name) != new.get(name)}
    parameters = _differences(old.get("Parameters", {}), new.get("Parameters", {}))
    labels = sorted(
        {
            *(_LABELS.get(name, name) for name in names - {"Parameters"}),
            *(_words(name) for name, *_ in parameters),
        }
    )
    if not labels:
        return "nothing of it has changed"
    return f"only its {_enumerate(labels, 'argument', is_plural=labels[0].endswith('s'))} changed"


def _enumerate(names: list[str], noun: str, *, is_plural: bool = False) -> str:
    """Returns names, at most so many, with the verb that follows them.

    Args:
        names: The names.
        noun: What they are the names of.
        is_plural: Whether the first name, if it is the only one, is a plural.
    """
    left = len(names) - _MAX_NAMES
    shown = [*names[:_MAX_NAMES], f"{left} more {noun}{'s' if left > 1 else ''}"] if left > 0 else names
    *first, last = shown
    if first:
        return f"{', '.join(first)} and {last} have"
    return f"{last} {'have' if is_plural else 'has'}"
