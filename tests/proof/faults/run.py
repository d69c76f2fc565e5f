"""Plays a case of the matrix, and says what is not as promised."""

from __future__ import annotations

import contextlib
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from faults.stack import FaultyStack
from faults.started import ROWS
from faults.waiting import until

if TYPE_CHECKING:
    from faults.case import Case
    from faults.stack import Lab

LONGEST_ANSWER = 4096
"""Bytes of an answer (CloudFormation User Guide, "Custom resource response objects")."""

LONGEST_REASON = 120
"""Characters of a reason in the report."""


@dataclass
class Outcome:
    """What came of a case.

    Attributes:
        problems: What is not as promised.
        status: How the stack ended.
        reason: What a person was told of a failure.
        requests: How many requests CloudFormation made.
        answers: How many of them were answered.
        repeated: How many answers were delivered again, word for word, because nobody knew whether they had arrived.
        jobs: How many jobs were made.
        next_deploy: How the next deployment ended, or the next run.
        seconds: How long it took, in real seconds.
    """

    problems: list[str] = field(default_factory=list)
    status: str = ""
    reason: str = ""
    requests: int = 0
    answers: int = 0
    repeated: int = 0
    jobs: int = 0
    next_deploy: str = ""
    seconds: float = 0.0

    def check(self, right: object, problem: str) -> None:
        """Note a problem unless something is right."""
        if not right:
            self.problems.append(problem)


def play(lab: Lab, case: Case, name: str) -> Outcome:
    """Deploy a stack, let it happen, and look."""
    outcome, began = Outcome(), time.monotonic()
    stack = FaultyStack(lab, case.kind, name, impatient=case.impatient)
    try:
        before = prepare(stack, case)
        case.act(stack)
        (look_at_deployment if case.is_of_deployment else look_at_run)(stack, case, outcome, before)
    finally:
        stack.close()
    outcome.seconds = time.monotonic() - began
    return outcome


def look_at_deployment(stack: FaultyStack, case: Case, outcome: Outcome, before: int) -> None:
    """Compare what came of a request of CloudFormation with what is promised, and deploy again."""
    outcome.status, outcome.reason = stack.status, stack.told()
    stack.settle()
    outcome.check(went_wrong(stack), "nothing went wrong")
    stack.network.heal()
    outcome.jobs = len(stack.jobs) - before
    judge(stack, case, outcome, before)
    judge_answers(stack, case, outcome)
    judge_what_is_left(stack, case, outcome)
    outcome.next_deploy = stack.next_deploy()
    right = outcome.next_deploy in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    outcome.check(right, f"the next deployment ended as {outcome.next_deploy}: {stack.told()}")
    stack.settle()
    outcome.check(not stack.staged, f"the next deployment left {stack.staged}")


def went_wrong(stack: FaultyStack) -> bool:
    """Whether something went wrong; the last call of a run may take effect after its end."""
    with contextlib.suppress(AssertionError):
        until(lambda: stack.network.fired or stack.faulty, 5, lambda: "nothing has gone wrong")
    return stack.network.fired or stack.faulty


def look_at_run(stack: FaultyStack, case: Case, outcome: Outcome, before: int) -> None:
    """Compare what came of a run that no deployment asks for with what is promised, and start another one."""
    started, fails = stack.started, case.ends != "SUCCEEDED"
    if not fails or stack.kind != "upload":  # what is left of an upload is tried again in an hour
        stack.settle()
    outcome.status, outcome.reason = started.status, started.reason
    outcome.check(went_wrong(stack), "nothing went wrong")
    stack.network.heal()
    outcome.jobs = len(stack.jobs) - before
    judge(stack, case, outcome, before)
    events = started.events
    outcome.check(len(events) in case.events, f"there are {len(events)} events, not {case.events}")
    outcome.check(len({event["detail-type"] for event in events}) <= 1, f"the events contradict each other: {events}")
    outcome.requests, outcome.answers = 1, int("States.Timeout" not in outcome.reason)
    outcome.repeated = max(0, len(events) - 1)
    if not fails:
        judge_what_is_left(stack, case, outcome)
    outcome.next_deploy = next_run(stack, case, again=fails)
    outcome.check(outcome.next_deploy == "SUCCEEDED", f"the next run ended as {outcome.next_deploy}: {started.reason}")
    outcome.check(not started.overlaps, f"jobs overlap: {started.overlaps}")


def next_run(stack: FaultyStack, case: Case, *, again: bool) -> str:
    """Start another run, and tell how that ended.

    Args:
        stack: The stack.
        case: What went wrong with the run before: what that left may have to stay, as do lists of what runs have taken.
        again: Whether a person does again what was told to have failed.
    """
    started, left = stack.started, {*stack.staged} if case.leaves else set()
    succeeded = started.ends["Succeeded"]
    if again and stack.kind == "upload":
        started.write_again()
    started.start()
    if stack.kind == "task":
        started.wait(1)
        return started.status
    until(lambda: started.ends["Succeeded"] > succeeded, 120, lambda: f"the next run has not ended: {started.ends}")
    if stack.kind == "upload":
        wanted = ROWS * started.times
        until(lambda: started.rows >= wanted, 60, lambda: f"there are {started.rows} rows, not {wanted}")
        lists = "/arrived/taken/" if case.leaves else "\n"
        until(
            lambda: all(lists in key or key in left for key in stack.staged),
            60,
            lambda: f"the next run left {stack.staged}",
        )
        if started.rows != wanted and not case.repeats:
            return f"{started.rows} rows, not {wanted}"
    return "SUCCEEDED"


def judge_what_is_left(stack: FaultyStack, case: Case, outcome: Outcome) -> None:
    """Look for what nobody needs any more."""
    if stack.status != "DELETE_COMPLETE" and not case.leaves:
        outcome.check(not stack.staged, f"{stack.staged} was left behind")
    for problem in case.also(stack) if case.also else []:
        outcome.check(right=False, problem=problem)


def prepare(stack: FaultyStack, case: Case) -> int:
    """Deploy what the request is about, and count the jobs until then."""
    stack.changes = dict(case.before)
    if case.request == "Create":
        return 0
    status = stack.create(**case.before)
    assert status == "CREATE_COMPLETE", stack.told()
    stack.settle()
    stack.network.calls.clear()
    return len(stack.jobs)


def judge(stack: FaultyStack, case: Case, outcome: Outcome, before: int) -> None:
    """Compare how the stack ended with what is promised."""
    outcome.check(
        outcome.status == case.ends, f"the stack ended as {outcome.status}, not {case.ends}: {outcome.reason}"
    )
    outcome.check(case.says in outcome.reason, f"the reason lacks '{case.says}': {outcome.reason}")
    outcome.check(outcome.jobs in case.jobs, f"{outcome.jobs} jobs were made, not {case.jobs}")
    for request, jobs in stack.jobs_by_request().items():
        known = case.is_of_deployment and request != "another"
        outcome.check(jobs <= (1 if known else before + max(case.jobs)), f"request {request} made {jobs} jobs")


def judge_answers(stack: FaultyStack, case: Case, outcome: Outcome) -> None:
    """Count the answers: each request has exactly one, which may come again word for word."""
    requests, answers = stack.requests, stack.answers
    outcome.requests = len(requests)
    outcome.check(requests, "there was no request")
    outcome.check(set(answers) <= set(requests), "somebody was answered who had not asked")
    for request_id, request in requests.items():
        calls = answers.get(request_id, [])
        taken = [call for call in calls if call.status == 200]
        different = len({str(sorted(call.body.items(), key=str)) for call in taken})
        outcome.answers += different
        outcome.repeated += len(taken) - different
        outcome.check(
            different == 1 or (case.dead and not taken),
            f"the {request['RequestType']} has {different} different answers",
        )
        outcome.check(all(call.size <= LONGEST_ANSWER for call in calls), "an answer is too long")


def row(case: Case, outcome: Outcome) -> dict[str, object]:
    """What the report says of a case: nothing that chance decides."""
    return {
        "request": case.request,
        "kind": case.kind,
        "point": case.point,
        "fault": case.fault,
        "ends": outcome.status,
        "told": shortened(outcome.reason),
        "answered": not (case.dead or case.says == "States.Timeout"),
        "jobs": " or ".join(map(str, case.jobs)),
    }


def shortened(reason: str) -> str:
    """What a person was told first, without what is new in every run."""
    lines = reason.splitlines()
    answers = [line.partition("Message returned: ")[2] for line in lines if "Message returned: " in line]
    first = next(iter([*answers, *lines]), "").partition(" (RequestId")[0]
    first = re.sub(r"Fault\d{3,}(-[0-9a-f]{8})?|(?<![0-9a-z])[0-9a-f]{8,}(?![0-9a-z])|127\.0\.0\.1:\d+", "…", first)
    first = re.sub(r"[^ -~]{2,}", "…", first)
    return first if len(first) <= LONGEST_REASON else first[:LONGEST_REASON] + " …"
