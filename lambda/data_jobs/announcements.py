"""What is told of a job that has ended, to whom it may concern: metrics, and an event where one is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_jobs.aws import PATIENCE, CallFailed
from data_jobs.log import log

if TYPE_CHECKING:
    from data_jobs.step import Step

NAMESPACE = "DataJobs"

TRYING = 3600
"""Seconds for which an event is tried that could not be sent for passing trouble."""


def announce(step: Step) -> None:
    """Tell that a job has ended, and how.

    Raises:
        CallFailed: If the event was not sent and may be later.
    """
    request, outcome = step.request, step.run["outcome"]
    succeeded = outcome["succeeded"]
    seconds = round(step.now - step.run.get("since", step.run["started"]))
    if request.publishes:
        detail = {
            "stack": request.stack,
            "job": request.logical_id,
            "kind": request.kind,
            "id": step.run.get("id", ""),
            "status": step.run.get("status", ""),
            "reason": outcome["reason"],
            "duration": seconds,
            "startedBy": request.started_by,
            "attributes": outcome["attributes"],
        }
        if "files_given_up" in step.run:
            detail["filesGivenUp"] = step.run["files_given_up"]
        try:
            step.aws.publish(f"Data Job {'Succeeded' if succeeded else 'Failed'}", detail)
        except CallFailed as failure:
            # A run that raises begins this step anew, and keeps nothing of how long it has tried.
            if failure.means != "refused" and step.is_recent(TRYING if failure.means == "busy" else PATIENCE):
                raise
            step.log("event not sent", reason=failure.words)
    metrics = {"Succeeded": int(succeeded), "Failed": int(not succeeded), "Duration": seconds}
    if "files_given_up" in step.run:
        metrics["FilesGivenUp"] = step.run["files_given_up"]
    units = {"Duration": "Seconds"}
    described = {
        "Namespace": NAMESPACE,
        "Dimensions": [["Stack", "Job"]],
        "Metrics": [{"Name": name, "Unit": units.get(name, "Count")} for name in metrics],
    }
    # CloudWatch's embedded metric format: a log line is a metric, so no call and no permission is needed.
    log(
        "job ended",
        _aws={"Timestamp": int(step.now * 1000), "CloudWatchMetrics": [described]},
        Stack=request.stack,
        Job=request.logical_id,
        **metrics,
        execution=step.execution,
        job=step.run.get("id"),
        reason=outcome["reason"],
    )
