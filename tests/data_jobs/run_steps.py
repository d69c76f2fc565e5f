"""Requests for runs that no deployment starts, and the steps of such runs."""

from __future__ import annotations

from typing import Any

JOB = "arn:aws:personalize:eu-west-1:111122223333:dataset-import-job/shop-interactions-"
TOKEN = "the-token-of-the-task"  # noqa: S105 - of nothing


def run_event(function: Any, **changes: Any) -> dict[str, Any]:
    """A request for a run, which has no ResponseURL."""
    event = function.event("Run", RequestId="schedule-1", StartedBy="schedule", **changes)
    del event["ResponseURL"]
    return dict(event)


def stub_created_job(function: Any, name: str = "shop-interactions-cde4f7a6") -> None:
    function.stubs["personalize"].add_response("create_dataset_import_job", {"datasetImportJobArn": JOB + name[18:]})


def ended_run(function: Any, event: dict[str, Any], **outcome: Any) -> dict[str, Any]:
    known = {"succeeded": True, "reason": "", "error": "", "attributes": {"status": "ACTIVE"}}
    run = function.run(event, id=JOB + "1", since=function.now - 90, status="ACTIVE", ended=True, step="check")
    return {**run, "outcome": known | outcome}


def publishing_event(function: Any, **changes: Any) -> dict[str, Any]:
    event = run_event(function, **changes)
    event["ResourceProperties"] |= {"Events": "true"}
    return event
