"""Whatever fails: one response, at most one job, a stack that can be deployed again, and a reason that helps."""

from __future__ import annotations

import gc
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from faults import app, cloudformation, request_calls, scenarios, stack_operations, throttling, triggered_runs
from faults.environment import start
from faults.evaluation import evaluate, report_row
from faults.scenarios import QUOTA

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from faults.case import Case
    from faults.evaluation import Outcome

AT_ONCE = max(4, min(16, 4 * (os.cpu_count() or 1)))
"""How many cases run at the same time: each is busy for a fifth of its time."""

CASES = [
    *scenarios.CASES,
    *cloudformation.CASES,
    *stack_operations.CASES,
    *throttling.CASES,
    *triggered_runs.CASES,
    *request_calls.CASES,
]
SELECTED = [
    *(
        request_calls.cell("Create", "import", request_calls.MOVING[n % len(request_calls.MOVING)], fault)
        for n, fault in enumerate(request_calls.FAULTS)
        if fault != request_calls.DELAYED
    ),
    request_calls.cell("Create", "nameless", "CreateImportJob", "reset after"),
    request_calls.cell("Create", "nameless", "CreateImportJob", "killed after"),
    request_calls.cell("Create", "nameless", "CreateImportJob", request_calls.DELAYED),
    request_calls.cell("Update", "import", "CreateDatasetImportJob", "killed after"),
    request_calls.cell("Delete", "import", "DescribeDatasetImportJob", "denied for good"),
    triggered_runs.cell(triggered_runs.UPLOAD, "DeleteObject of the marker", "killed after"),
    triggered_runs.cell(triggered_runs.SCHEDULE, "PutEvents", "throttled"),
    triggered_runs.cell(triggered_runs.TASK, "SendTaskSuccess", "HTTP 500 after"),
    *(
        case
        for case in stack_operations.CASES
        if (case.request, case.point, case.fault)
        in (("Create", QUOTA, stack_operations.PERSON), ("Move", QUOTA, "cancelled"))
    ),
    *(case for case in throttling.CASES if (case.request, case.fault) == ("Delete", throttling.THROTTLED)),
    *(
        case
        for case in (*scenarios.CASES, *cloudformation.CASES)
        if case.fault
        in (
            "LimitExceeded for 5 minutes",
            "a foreign job has the name",
            "a reason of 100 KB: every script",
            "again, with another ResponseURL",
            "deleted",
            "rolled back",
        )
    ),
]
"""What runs without --all: every fault once, and what is most likely to happen."""


# Nobody closes a connection that was broken on purpose.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    everything = metafunc.config.getoption("--all", default=False)
    metafunc.parametrize("case", CASES if everything else SELECTED, ids=str)


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The outcomes of the cases, which all run at the same time."""
    here = [
        item for item in request.session.items if isinstance(item, pytest.Function) and item.module is request.module
    ]
    cases = {str(item.callspec.params["case"]): item.callspec.params["case"] for item in here}
    directory = tmp_path_factory.mktemp("faults")
    templates = app.synthesize(directory)
    with ExitStack() as stack:
        environments = {
            speed: stack.enter_context(start(directory, templates, speed=speed))
            for speed in sorted({case.speed for case in cases.values()})
        }
        pool = stack.enter_context(ThreadPoolExecutor(AT_ONCE))
        yield {
            name: pool.submit(evaluate, environments[case.speed], case, f"Fault{number:03}")
            for number, (name, case) in enumerate(cases.items())
        }
        pool.shutdown(cancel_futures=True)
    gc.collect()


def test_whatever_goes_wrong(case: Case, outcomes: dict[str, Future[Outcome]], record: Any) -> None:
    outcome = outcomes[str(case)].result()

    assert outcome.problems == []
    record.add("faults", **report_row(case, outcome))
