"""The matrix proper: every fault at every call of every kind of request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from faults.case import ALWAYS, FAST, HAS_THREE_MINUTES, STEADY, UNANSWERED, Case, error, hang
from faults.network import RESPONSE, CallFault

if TYPE_CHECKING:
    from collections.abc import Callable

    from faults.faulty_stack import FaultyStack

TIMES, TIMES_AT_START = 4, 6
"""How often a fault occurs that occurs more than once: more often than the AWS SDK tries by itself, which is at most
three times in a step, and five times where a run is started (MAX_ATTEMPTS in handler.py)."""

DELAYED = "reset, and takes effect later"

FAULTS: dict[str, tuple[CallFault, int | None]] = {
    "throttled": (error("ThrottlingException"), TIMES),
    "HTTP 500 before": (error("InternalFailure", 500), TIMES),
    "HTTP 500 after": (error("InternalFailure", 500, after=True), 1),
    "reset before": (CallFault(rule={"reset": True}), TIMES),
    "reset after": (CallFault(rule={"reset": True}, after=True), 1),
    "time-out before": (hang(), 1),
    "time-out after": (CallFault(after=True), 1),
    "response cut off": (CallFault(rule={"response": {"abort_frac": 0.5}}), 1),
    "killed before": (CallFault(kill=True), 1),
    "killed after": (CallFault(kill=True, after=True), 1),
    "denied at first": (error("AccessDeniedException", 403), 1),
    "denied for good": (error("AccessDeniedException", 403), ALWAYS),
    DELAYED: (CallFault(effect_delay=40), 1),
}
"""How a call fails, and how often (None: every time). `before` and `after`: whether the call took effect."""

SLOW_DOWN = error("SlowDown", 503)
"""How S3 throttles; to HeadObject it reason everything by the status alone."""
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
    RESPONSE,
)
DELETING = (
    "StartExecution",
    "DescribeDatasetImportJob",
    "DescribeStackResource",
    "ListExecutions",
    "DeleteObject of the copy",
    RESPONSE,
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
"""What the reason reason where a call is denied for good. A request can do without the calls that are not here."""

OPTIONAL_CALLS = {("Update of tags", "DescribeDatasetImportJob")}
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

EFFECT_DELAYS = {"CopyObject": 5, "DeleteObject of the copy": 5, "PutObject of the marker": 5, "PutEvents": 1}
"""After how many seconds a call takes effect that comes late, if that is not 40."""


def inject(stack: FaultyStack, call: str, fault: str) -> None:
    """Let a stack's calls of an operation have a fault."""
    call_fault, times = FAULTS[fault]
    if times == TIMES and call == "StartExecution":
        times = TIMES_AT_START
    if fault == "throttled" and call.partition(" ")[0] in S3:
        call_fault = SLOW_DOWN
    elif fault == DELAYED:
        call_fault = CallFault(effect_delay=EFFECT_DELAYS.get(call, call_fault.effect_delay))
    stack.network.fail(call, call_fault, times=times)


def cell(request: str, kind: str, call: str, fault: str) -> Case:
    """A cell of the matrix."""

    def act(stack: FaultyStack) -> None:
        inject(stack, call, fault)
        REQUESTS[request](stack)

    # The response of an expired ResponseURL is HTTP 403, which no run may take for a permission that comes.
    no_response = call == RESPONSE and fault.startswith("denied")
    is_optional = request in ("Delete", "Removal") or call not in COULD_NOT or (request, call) in OPTIONAL_CALLS
    fails = fault == "denied for good" and not is_optional
    well, rolled_back, stuck = ENDS[request]
    error_code = "403" if call == "HeadObject" else "AccessDenied"
    reason = "did not receive a response" if no_response else f"{COULD_NOT[call]}: {error_code}" if fails else ""
    # Whether an Update is one of a rollback, which moves no data, cannot be known then.
    unknowable = request == "Update" and call == "DescribeStacks"
    refused = fault == "denied for good" and (no_response or unknowable)
    moves = request in ("Create", "Update")
    return Case(
        request=request,
        kind=kind,
        point=call,
        fault=fault,
        act=act,
        may_leave_copies=fault == "denied for good"
        and call in ("DeleteObject of the copy", "DescribeDatasetImportJob", "ListExecutions"),
        ends=stuck if refused else rolled_back if reason else well,
        reason=reason,
        jobs=(0, int(moves)) if reason else (int(moves),),
        may_go_unanswered=no_response,
        before={"ServiceTimeout": UNANSWERED} if no_response else {},
        short_timeout=fault.startswith("time-out"),
        # Where time runs fast, even a first check comes so late that it lists the executions.
        speed=STEADY if call == "ListExecutions" or (fault in HAS_THREE_MINUTES and not no_response) else FAST,
    )


CASES = [
    cell(*request, call, fault)
    for request, calls in CALLS.items()
    for call in calls
    for fault in FAULTS
    if (call, fault) != ("HeadObject", "response cut off")  # it has no body
    if fault != DELAYED or not call.startswith(NO_EFFECT)
]
