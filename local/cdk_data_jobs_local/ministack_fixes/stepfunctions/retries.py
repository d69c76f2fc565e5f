"""Retriers of states.

Real retriers (the developer guide's "Handling errors in Step Functions workflows", "Retrying after an error"):

- wait `IntervalSeconds * BackoffRate ** retries`, at most `MaxDelaySeconds`, and with `JitterStrategy` `FULL` a random
  part of that; nothing else limits a wait;
- end with their execution;
- match neither `States.DataLimitExceeded` nor `States.Runtime` by `States.ALL` or `States.TaskFailed`, and nor do
  catchers. The first may be named; the second "will always cause the execution to fail".

MiniStack 1.5.33 waits a minute at most, ignores `MaxDelaySeconds` and `JitterStrategy`, continues the retries of an
execution that was stopped, and lets the wildcards match everything.

Needed as long as this test fails without it:
`test_retries.py::test_too_large_a_result_is_caught_by_its_name_only`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

import random
import time
from typing import Any

from ministack.services import stepfunctions

from cdk_data_jobs_local.clock import Clock
from cdk_data_jobs_local.ministack_fixes.stepfunctions.task_tokens import current_execution

_INTERVAL, _RATE = 1, 2.0
_POLL_SECONDS = 0.05


def patch(clock: Clock) -> None:
    """Makes MiniStack retry as the real service does, on this clock."""
    find, matches = stepfunctions._find_matching_retrier, stepfunctions._error_matches

    def find_and_wait(retriers: Any, error: str, counts: dict[int, int]) -> tuple[dict[str, Any] | None, int]:
        retrier, index = find(retriers, error, counts)
        if retrier is None:
            return None, index
        _wait(clock.real_seconds(delay(retrier, counts.get(index, 0))))
        return {**retrier, "IntervalSeconds": 0}, index

    def error_matches(names: list[str], error: str) -> bool:
        if error == "States.Runtime":
            return False
        return error in names if error == "States.DataLimitExceeded" else bool(matches(names, error))

    stepfunctions._find_matching_retrier = find_and_wait
    stepfunctions._error_matches = error_matches


def delay(retrier: dict[str, Any], retries: int) -> float:
    """Returns how many seconds to wait before the next try.

    Args:
        retrier: The retrier, as the machine's definition has it.
        retries: How often it has retried the state already.
    """
    # A number so large that it has no value as a float is limited as well.
    growth = min(float(retrier.get("BackoffRate", _RATE)), 1e6) ** min(retries, 50)
    seconds = min(retrier.get("IntervalSeconds", _INTERVAL) * growth, retrier.get("MaxDelaySeconds", float("inf")))
    return random.uniform(0, seconds) if retrier.get("JitterStrategy") == "FULL" else seconds  # noqa: S311


def _wait(seconds: float) -> None:
    execution = current_execution.get(None)
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        time.sleep(min(left, _POLL_SECONDS))
        if execution is not None and execution["status"] != "RUNNING":
            # Not an error of the task: it would turn the execution from ABORTED to FAILED.
            raise SystemExit
