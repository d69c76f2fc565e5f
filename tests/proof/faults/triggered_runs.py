"""Runs that no deployment starts: every fault at every call of a run on upload, on schedule and as a task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from faults.case import ALWAYS, FAST, HAS_THREE_MINUTES, STEADY, UNANSWERED, Case, describe_as
from faults.request_calls import DELAYED, FAULTS, NO_EFFECT, inject
from faults.waiting import until

if TYPE_CHECKING:
    from faults.faulty_stack import FaultyStack

UPLOAD, SCHEDULE, TASK, FAILED_TASK = "Run on upload", "Run on schedule", "Run as a task", "Run as a task that fails"
KINDS = {UPLOAD: "upload", SCHEDULE: "schedule", TASK: "task", FAILED_TASK: "task"}
CHECKING = ("DescribeStackResource", "ListExecutions")

CALLS: dict[str, tuple[str, ...]] = {
    UPLOAD: (
        "PutObject of the marker",
        "StartExecution",
        *CHECKING,
        "ListObjectsV2 of the markers",
        "PutObject of the manifest",
        "GetObject of the manifest",
        "GetObject of the marker",
        "HeadObject",
        "CopyObject",
        "ListObjectsV2 of the copies",
        "CreateDatasetImportJob",
        "DescribeDatasetImportJob",
        "DeleteObject of the marker",
        "DeleteObject of the manifest",
        "DeleteObject of the copy",
        "PutEvents",
    ),
    SCHEDULE: ("StartExecution", *CHECKING, "CreateDatasetExportJob", "DescribeDatasetExportJob", "PutEvents"),
    TASK: ("StartExecution", *CHECKING, "CreateDatasetImportJob", "DescribeDatasetImportJob", "SendTaskSuccess"),
    FAILED_TASK: ("SendTaskFailure",),
}
"""The calls that each run makes, in their order."""

TIMED_OUT = "States.Timeout"

REASONS = {
    "PutObject of the marker": "the run could not be started: AccessDenied",
    "StartExecution": "the run could not be started: AccessDenied",
    "ListExecutions": "could not be created: AccessDenied",
    "ListObjectsV2 of the markers": "could not be created: AccessDenied",
    "PutObject of the manifest": "could not be created: AccessDenied",
    "GetObject of the manifest": "could not be created: AccessDenied",
    "GetObject of the marker": "no uploaded file could be read: ",
    "HeadObject": "no uploaded file could be read: ",
    "CopyObject": "no uploaded file could be read: ",
    "ListObjectsV2 of the copies": "could not be created: AccessDenied",
    "CreateDatasetImportJob": "could not be created: AccessDenied",
    "CreateDatasetExportJob": "could not be created: AccessDenied",
    "DescribeDatasetImportJob": "could not be described: AccessDenied",
    "DescribeDatasetExportJob": "could not be described: AccessDenied",
    "SendTaskSuccess": TIMED_OUT,
    "SendTaskFailure": TIMED_OUT,
}
"""The reason where a call is denied for good. A run can do without the calls that are not here."""


def cell(request: str, call: str, fault: str) -> Case:
    """A cell of the matrix."""

    def act(stack: FaultyStack) -> None:
        inject(stack, call, fault)
        if request == FAILED_TASK:
            broken = describe_as(status="CREATE FAILED", failureReason="a column is missing")
            stack.network.fail("DescribeDatasetImportJob", broken, times=ALWAYS)
        stack.triggers.start()
        stack.triggers.wait(1)
        if request == FAILED_TASK:  # the service has only been said to have ended the job
            until(lambda: {job["status"] for job in stack.jobs} == {"ACTIVE"}, 60, lambda: "a job has not ended")

    for_good = fault == "denied for good"
    reason = REASONS.get(call, "") if for_good else "DataJob.Failed: " if request == FAILED_TASK else ""
    made = call in ("DescribeDatasetImportJob", "DescribeDatasetExportJob", "SendTaskSuccess", "SendTaskFailure")
    return Case(
        request=request,
        kind=KINDS[request],
        point=call,
        fault=fault,
        act=act,
        ends="FAILED" if reason else "SUCCEEDED",
        reason=reason,
        jobs=(int(made or not for_good or not reason),),
        events=events(request, call, fault),
        before={"task_timeout": UNANSWERED} if reason == TIMED_OUT else {},
        may_leave_copies=for_good,
        # Lambda invokes a killed function again, which may be after the import.
        may_import_twice=(for_good and call in ("DescribeDatasetImportJob", "DeleteObject of the marker"))
        or (call, fault) == ("StartExecution", "killed after"),
        short_timeout=fault.startswith("time-out"),
        speed=STEADY if fault in HAS_THREE_MINUTES else FAST,
    )


def events(request: str, call: str, fault: str) -> tuple[int, ...]:
    """How many events may report a run's end: one, or the same again where nobody knows whether it was sent."""
    if fault == "denied for good" and (call == "PutEvents" or (request, call) == (TASK, "StartExecution")):
        return (0,)
    # A task whose function was killed is tried again, with a run of its own that finds the job.
    again = call == "PutEvents" or (request, call, fault) == (TASK, "StartExecution", "killed after")
    return (1, 2) if again else (1,)


CASES = [
    cell(request, call, fault)
    for request, calls in CALLS.items()
    for call in calls
    for fault in FAULTS
    if (call, fault) != ("HeadObject", "response cut off")  # it has no body
    if fault != DELAYED or not call.startswith(NO_EFFECT)
]
