"""Whether an update runs a job again: decided by the code of the function that runs the jobs.

It is the one place in which the command line loads code of another root: docs/decisions/0022.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from functools import cache
from pathlib import Path
from typing import Any


def runs(resource_type: str, old: dict[str, Any] | None, new: dict[str, Any]) -> bool:
    """Returns whether CloudFormation's request to create or update a job's resource runs the job.

    Args:
        resource_type: The resource's type.
        old: The properties that it has; none if it is created.
        new: The properties that it gets.

    Raises:
        ValueError: If the function refuses the request.
    """
    request = _module("request").Request.from_event(
        {
            "RequestType": "Create" if old is None else "Update",
            "ResourceType": resource_type,
            "StackId": "plan",
            "RequestId": "plan",
            "LogicalResourceId": "plan",
            "ResponseURL": "https://plan",
            "ResourceProperties": new,
            "OldResourceProperties": old or {},
        }
    )
    return bool(request.runs_when_deployed and not request.keeps_job(_not_identity(resource_type, new)))


def defining_parameters(resource_type: str, new: dict[str, Any], properties: dict[str, Any]) -> dict[str, Any]:
    """Returns parameters of a job without those that may change without running it again, such as its role.

    Args:
        resource_type: The type of its resource.
        new: The properties that the resource gets, which may have a definition of the kind of job.
        properties: The properties with the parameters.
    """
    return dict(_module("matching").without(properties.get("Parameters", {}), _not_identity(resource_type, new)))


def _not_identity(resource_type: str, properties: dict[str, Any]) -> list[str]:
    return list(_module("definitions").definition_of(resource_type, properties)["not_identity"])


@cache
def _module(name: str) -> Any:  # noqa: ANN401 - a module
    """Loads a module of the function, from the wheel or from a checkout."""
    package = importlib.util.find_spec("cdk_data_jobs")  # which finds the package, but does not start Node.js
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("plan must be installed with cdk_data_jobs, got none", name="cdk_data_jobs")
    [constructs, *_] = map(Path, package.submodule_search_locations)
    packaged = constructs / "_lambda"
    folder = str(packaged if packaged.is_dir() else constructs.parents[1] / "lambda")
    sys.path.insert(0, folder)
    try:
        return importlib.import_module(f"data_jobs.{name}")
    finally:
        sys.path.remove(folder)
