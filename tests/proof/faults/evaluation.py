"""Runs a case of the matrix, and compares what happened with what is promised."""

from __future__ import annotations

import contextlib
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from faults.faulty_stack import FaultyStack
from faults.triggers import ROWS
from faults.waiting import until

if TYPE_CHECKING:
    from faults.case import Case
    from faults.stack import Environment

MAX_RESPONSE_BYTES = 4096
"""Bytes of a response (CloudFormation User Guide, "Custom resource response objects")."""

MAX_REASON_LENGTH = 120
"""Characters of a reason in the report."""


@dataclass
class Outcome:
    """What came of a case.

    Attributes:
        problems: What is not as promised.
        status: How the stack ended.
        reason: The reason of a failure, as a user sees it.
        requests: How many requests CloudFormation made.
        responses: How many of them were answered.
        repeated: How many responses were delivered again, word for word, because nobody knew whether they had arrived.
        jobs: How many jobs were made.
        next_deploy: How the next deployment ended, or the next run.
        seconds: How long it took, in real seconds.
    """

    problems: list[str] = field(default_factory=list)
    status: str = ""
    reason: str = ""
    requests: int = 0
    responses: int = 0
    repeated: int = 0
    jobs: int = 0
    next_deploy: str = ""
    seconds: float = 0.0

    def check(self, right: object, problem: str) -> None:
        """Add a problem unless something is right."""
        if not right:
            self.problems.append(problem)


def evaluate(environment: Environment, case: Case, name: str) -> Outcome:
    """Deploy a stack, let the case happen, and check the outcome."""
    outcome, began = Outcome(), time.monotonic()
    stack = FaultyStack(environment, case.kind, name, short_timeout=case.short_timeout)
    try:
        before = prepare(stack, case)
        case.act(stack)
        (check_deployment if case.is_of_deployment else check_run)(stack, case, outcome, before)
    finally:
        stack.close()
    outcome.seconds = time.monotonic() - began
    return outcome


def check_deployment(stack: FaultyStack, case: Case, outcome: Outcome, before: int) -> None:
    """Compare what came of a request of CloudFormation with what is promised, and deploy again."""
    outcome.status, outcome.reason = stack.status, stack.failure_reasons()
    stack.settle()
    outcome.check(has_fault_occurred(stack), "no fault occurred")
    stack.network.heal()
    outcome.jobs = len(stack.jobs) - before
    check_end(stack, case, outcome, before)
    check_responses(stack, case, outcome)
    check_leftovers(stack, case, outcome)
    outcome.next_deploy = stack.next_deploy()
    right = outcome.next_deploy in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    outcome.check(right, f"the next deployment ended as {outcome.next_deploy}: {stack.failure_reasons()}")
    stack.settle()
    outcome.check(not stack.staged, f"the next deployment left {stack.staged}")


def has_fault_occurred(stack: FaultyStack) -> bool:
    """Whether a fault occurred; the last call of a run may take effect after its end."""
    with contextlib.suppress(AssertionError):
        until(lambda: stack.network.fired or stack.faulty, 5, lambda: "no fault has occurred")
    return stack.network.fired or stack.faulty


def check_run(stack: FaultyStack, case: Case, outcome: Outcome, before: int) -> None:
    """Compare what came of a run that no deployment starts with what is promised, and start another one."""
    triggers, fails = stack.triggers, case.ends != "SUCCEEDED"
    if not fails or stack.kind != "upload":  # what is left of an upload is tried again in an hour
        stack.settle()
    outcome.status, outcome.reason = triggers.status, triggers.reason
    outcome.check(has_fault_occurred(stack), "no fault occurred")
    stack.network.heal()
    outcome.jobs = len(stack.jobs) - before
    check_end(stack, case, outcome, before)
    events = triggers.events
    outcome.check(len(events) in case.events, f"there are {len(events)} events, not {case.events}")
    outcome.check(len({event["detail-type"] for event in events}) <= 1, f"the events contradict each other: {events}")
    outcome.requests, outcome.responses = 1, int("States.Timeout" not in outcome.reason)
    outcome.repeated = max(0, len(events) - 1)
    if not fails:
        check_leftovers(stack, case, outcome)
    outcome.next_deploy = next_run(stack, case, again=fails)
    outcome.check(outcome.next_deploy == "SUCCEEDED", f"the next run ended as {outcome.next_deploy}: {triggers.reason}")
    outcome.check(not triggers.overlaps, f"jobs overlap: {triggers.overlaps}")


def next_run(stack: FaultyStack, case: Case, *, again: bool) -> str:
    """Start another run; returns how it ended.

    Args:
        stack: The stack.
        case: The case of the run before: what that left may have to stay, as do the manifests of batches.
        again: Whether a user repeats what was reported to have failed.
    """
    triggers, left = stack.triggers, {*stack.staged} if case.may_leave_copies else set()
    succeeded = triggers.ends["Succeeded"]
    if again and stack.kind == "upload":
        triggers.write_again()
    triggers.start()
    if stack.kind == "task":
        triggers.wait(1)
        return triggers.status
    until(lambda: triggers.ends["Succeeded"] > succeeded, 120, lambda: f"the next run has not ended: {triggers.ends}")
    if stack.kind == "upload":
        wanted = ROWS * triggers.times
        until(lambda: triggers.rows >= wanted, 60, lambda: f"there are {triggers.rows} rows, not {wanted}")
        lists = "/arrived/taken/" if case.may_leave_copies else "\n"
        until(
            lambda: all(lists in key or key in left for key in stack.staged),
            60,
            lambda: f"the next run left {stack.staged}",
        )
        if triggers.rows != wanted and not case.may_import_twice:
            return f"{triggers.rows} rows, not {wanted}"
    return "SUCCEEDED"


def check_leftovers(stack: FaultyStack, case: Case, outcome: Outcome) -> None:
    """Check that nothing is left that is not needed any more."""
    if stack.status != "DELETE_COMPLETE" and not case.may_leave_copies:
        outcome.check(not stack.staged, f"{stack.staged} was left behind")
    for problem in case.more_problems(stack) if case.more_problems else []:
        outcome.check(right=False, problem=problem)


def prepare(stack: FaultyStack, case: Case) -> int:
    """Deploy what the request is about, and count the jobs until then."""
    stack.changes = dict(case.before)
    if case.request == "Create":
        return 0
    status = stack.create(**case.before)
    assert status == "CREATE_COMPLETE", stack.failure_reasons()
    stack.settle()
    stack.network.calls.clear()
    return len(stack.jobs)


def check_end(stack: FaultyStack, case: Case, outcome: Outcome, before: int) -> None:
    """Compare how the stack ended with what is promised."""
    outcome.check(
        outcome.status == case.ends, f"the stack ended as {outcome.status}, not {case.ends}: {outcome.reason}"
    )
    outcome.check(case.reason in outcome.reason, f"the reason lacks '{case.reason}': {outcome.reason}")
    outcome.check(outcome.jobs in case.jobs, f"{outcome.jobs} jobs were made, not {case.jobs}")
    for request, jobs in stack.jobs_by_request().items():
        known = case.is_of_deployment and request != "another"
        outcome.check(jobs <= (1 if known else before + max(case.jobs)), f"request {request} made {jobs} jobs")


def check_responses(stack: FaultyStack, case: Case, outcome: Outcome) -> None:
    """Count the responses: each request has exactly one, which may be sent again unchanged."""
    requests, responses = stack.requests, stack.responses
    outcome.requests = len(requests)
    outcome.check(requests, "there was no request")
    outcome.check(set(responses) <= set(requests), "there is a response without a request")
    for request_id, request in requests.items():
        calls = responses.get(request_id, [])
        taken = [call for call in calls if call.status == 200]
        different = len({str(sorted(call.body.items(), key=str)) for call in taken})
        outcome.responses += different
        outcome.repeated += len(taken) - different
        outcome.check(
            different == 1 or (case.may_go_unanswered and not taken),
            f"the {request['RequestType']} has {different} different responses",
        )
        outcome.check(all(call.size <= MAX_RESPONSE_BYTES for call in calls), "a response is too long")


def report_row(case: Case, outcome: Outcome) -> dict[str, object]:
    """The row of a case in the report: nothing that differs by chance."""
    return {
        "request": case.request,
        "kind": case.kind,
        "point": case.point,
        "fault": case.fault,
        "ends": outcome.status,
        "reason": shortened(outcome.reason),
        "answered": not (case.may_go_unanswered or case.reason == "States.Timeout"),
        "jobs": " or ".join(map(str, case.jobs)),
    }


def shortened(reason: str) -> str:
    """The first reason that a user sees, without what is different in every run."""
    lines = reason.splitlines()
    responses = [line.partition("Message returned: ")[2] for line in lines if "Message returned: " in line]
    first = next(iter([*responses, *lines]), "").partition(" (RequestId")[0]
    first = re.sub(r"Fault\d{3,}(-[0-9a-f]{8})?|(?<![0-9a-z])[0-9a-f]{8,}(?![0-9a-z])|127\.0\.0\.1:\d+", "…", first)
    first = re.sub(r"[^ -~]{2,}", "…", first)
    return first if len(first) <= MAX_REASON_LENGTH else first[:MAX_REASON_LENGTH] + " …"
