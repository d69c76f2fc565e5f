"""Publishes how a job has ended: as metrics, and as an event if the job has them."""

from data_jobs.context import Context
from data_jobs.errors import PROPAGATION_GRACE, CallFailed
from data_jobs.log import log

NAMESPACE = "DataJobs"

MAX_EVENT_SECONDS = 3600
"""Seconds for which sending an event is retried while the service is busy."""


def publish_end(context: Context) -> None:
    """Publishes the outcome of a run."""
    request, run, outcome = context.request, context.run, context.run["outcome"]
    succeeded = outcome["succeeded"]
    seconds = round(context.now - run.get("since", run["started"]))
    if request.publishes_events:
        detail = {
            "stack": request.stack_name,
            "job": request.logical_id,
            "kind": request.kind,
            "id": run.get("id", ""),
            "status": run.get("status", ""),
            "reason": outcome["reason"],
            "duration": seconds,
            "startedBy": request.started_by,
            "attributes": outcome["attributes"],
        }
        if "files_given_up" in run:
            detail["filesGivenUp"] = run["files_given_up"]
        try:
            context.aws.put_event(f"Data Job {'Succeeded' if succeeded else 'Failed'}", detail)
        except CallFailed as failure:
            # If it raises, the state machine repeats the step.
            limit = MAX_EVENT_SECONDS if failure.category == "busy" else PROPAGATION_GRACE
            if failure.category != "refused" and context.is_outcome_newer_than(limit):
                raise
            context.log("event not sent", reason=failure.message)
    metrics = {"Succeeded": int(succeeded), "Failed": int(not succeeded), "Duration": seconds}
    if "files_given_up" in run:
        metrics["FilesGivenUp"] = run["files_given_up"]
    units = {"Duration": "Seconds"}
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [["Stack", "Job"], ["Stack"]],
        "Metrics": [{"Name": name, "Unit": units.get(name, "Count")} for name in metrics],
    }
    # CloudWatch's embedded metric format needs no call and no permission.
    log(
        "job ended",
        _aws={"Timestamp": int(context.now * 1000), "CloudWatchMetrics": [directive]},
        Stack=request.stack_name,
        Job=request.logical_id,
        **metrics,
        execution=context.execution,
        job=run.get("id"),
        reason=outcome["reason"],
    )
