"""The matrix proper: every fault at every call of every kind of request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from faults.case import FAST, FOR_GOOD, STEADY, UNANSWERED, Case, error, hang
from faults.network import ANSWER, Wrong

if TYPE_CHECKING:
    from collections.abc import Callable

    from faults.stack import FaultyStack

TIMES = 6
"""How often a fault befalls a call if it comes more than once: more often than AWS' SDK tries by itself, at most five
times (MAX_ATTEMPTS in handler.py)."""

LATE = "reset, and takes effect later"

FAULTS: dict[str, tuple[Wrong, int | None]] = {
    "throttled": (error("ThrottlingException"), TIMES),
    "HTTP 500 before": (error("InternalFailure", 500), TIMES),
    "HTTP 500 after": (error("InternalFailure", 500, after=True), 1),
    "reset before": (Wrong(rule={"reset": True}), TIMES),
    "reset after": (Wrong(rule={"reset": True}, after=True), 1),
    "time-out before": (hang(), 1),
    "time-out after": (Wrong(after=True), 1),
    "answer cut off": (Wrong(rule={"response": {"abort_frac": 0.5}}), 1),
    "killed before": (Wrong(kill=True), 1),
    "killed after": (Wrong(kill=True, after=True), 1),
    "denied at first": (error("AccessDeniedException", 403), 1),
    "denied for good": (error("AccessDeniedException", 403), FOR_GOOD),
    LATE: (Wrong(later=40), 1),
}
"""What goes wrong with a call, and how often (None: every time). `before` and `after`: whether the call took effect."""

SLOW_DOWN = error("SlowDown", 503)
"""How S3 throttles; to HeadObject it says everything by the status alone."""
S3 = ("HeadObject", "CopyObject", "PutObject", "GetObject", "DeleteObject", "ListObjectsV2")

MOVING = (
    "StartExecution",
    "DescribeStacks",
    "HeadObject",
    "CopyObject",
    "CreateDatasetImportJob",
    "DescribeDatasetImportJob",
    "ListExecutions",
    "DeleteObject of the copy",
    ANSWER,
)
DELETING = (
    "StartExecution",
    "DescribeDatasetImportJob",
    "DescribeStackResource",
    "ListExecutions",
    "DeleteObject of the copy",
    ANSWER,
)
CALLS: dict[tuple[str, str], tuple[str, ...]] = {
    ("Create", "import"): MOVING,
    ("Create", "export"): ("CreateDatasetExportJob", "DescribeDatasetExportJob"),
    ("Create", "nameless"): ("GetImportJobs", "CreateImportJob", "GetImportJob"),
    ("Update", "import"): MOVING,
    ("Update of tags", "import"): ("TagResource", "UntagResource", "DescribeDatasetImportJob"),
    ("Delete", "import"): DELETING,
    ("Delete", "nameless"): ("GetImportJob",),
    ("Removal", "two"): DELETING,
}
"""The calls that each request makes, by the request and the kind of job."""

COULD_NOT = {
    "StartExecution": "the run could not be started",
    "DescribeStacks": "could not be created",
    "HeadObject": "could not be created",
    "CopyObject": "could not be created",
    "CreateDatasetImportJob": "could not be created",
    "CreateDatasetExportJob": "could not be created",
    "CreateImportJob": "could not be created",
    "GetImportJobs": "could not be created",
    "DescribeDatasetImportJob": "could not be described",
    "DescribeDatasetExportJob": "could not be described",
    "GetImportJob": "could not be described",
    "TagResource": "could not be updated",
    "UntagResource": "could not be updated",
}
"""What the reason says where a call is denied for good. A request can do without the calls that are not here."""

CAN_DO_WITHOUT = {("Update of tags", "DescribeDatasetImportJob")}
"""The requests that can, beside every Delete and Removal, do without one of those calls."""

ENDS = {
    "Create": ("CREATE_COMPLETE", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"),
    "Update": ("UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"),
    "Update of tags": ("UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"),
    "Delete": ("DELETE_COMPLETE", "DELETE_FAILED", "DELETE_FAILED"),
    "Removal": ("UPDATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_COMPLETE"),
}
"""How a stack ends: well, rolled back, or where the rollback is refused as well."""

REQUESTS: dict[str, Callable[[FaultyStack], object]] = {
    "Create": lambda stack: stack.create(**stack.changes),
    "Update": lambda stack: stack.update(Trigger="the update"),
    "Update of tags": lambda stack: stack.update(tags={"owner": "books"}),
    "Delete": lambda stack: stack.delete(),
    "Removal": lambda stack: stack.update(kind="import"),
}


NO_EFFECT = ("Describe", "Get", "Head", "List")
"""What the calls begin with that make no difference when they come late."""

LATENESS = {"CopyObject": 5, "DeleteObject of the copy": 5, "PutObject of the note": 5, "PutEvents": 1}
"""After how many seconds a call takes effect that comes late, if that is not 40."""


def befall(stack: FaultyStack, call: str, fault: str) -> None:
    """Let a fault befall a stack's calls of an operation."""
    wrong, times = FAULTS[fault]
    wrong = SLOW_DOWN if fault == "throttled" and call.partition(" ")[0] in S3 else wrong
    wrong = Wrong(later=LATENESS.get(call, wrong.later)) if fault == LATE else wrong
    stack.network.fail(call, wrong, times=times)


def cell(request: str, kind: str, call: str, fault: str) -> Case:
    """A cell of the matrix."""

    def act(stack: FaultyStack) -> None:
        befall(stack, call, fault)
        REQUESTS[request](stack)

    # What an expired ResponseURL answers is HTTP 403, which no run may take for a permission that comes.
    dead = call == ANSWER and fault.startswith("denied")
    can_do_without = request in ("Delete", "Removal") or call not in COULD_NOT or (request, call) in CAN_DO_WITHOUT
    fails = fault == "denied for good" and not can_do_without
    well, rolled_back, stuck = ENDS[request]
    words = "403" if call == "HeadObject" else "AccessDenied"
    says = "did not receive a response" if dead else f"{COULD_NOT[call]}: {words}" if fails else ""
    # Whether an Update is one of a rollback, which moves no data, cannot be known then.
    unknowable = request == "Update" and call == "DescribeStacks"
    refused = fault == "denied for good" and (dead or unknowable)
    moves = request in ("Create", "Update")
    is_slow = call == "ListExecutions" or (call, fault) == ("DescribeStacks", "reset before")
    return Case(
        request=request,
        kind=kind,
        point=call,
        fault=fault,
        act=act,
        leaves=fault == "denied for good"
        and call in ("DeleteObject of the copy", "DescribeDatasetImportJob", "ListExecutions"),
        ends=stuck if refused else rolled_back if says else well,
        says=says,
        jobs=(0, int(moves)) if says else (int(moves),),
        dead=dead,
        before={"ServiceTimeout": UNANSWERED} if dead else {},
        impatient=fault.startswith("time-out"),
        # Where time runs fast, even a first look comes so late that it asks for the executions; and a service that
        # never answered is given up before it does.
        speed=STEADY if (fault == "denied at first" and not dead) or is_slow else FAST,
    )


CASES = [
    cell(*request, call, fault)
    for request, calls in CALLS.items()
    for call in calls
    for fault in FAULTS
    if (call, fault) != ("HeadObject", "answer cut off")  # it has no body
    if fault != LATE or not call.startswith(NO_EFFECT)
]
