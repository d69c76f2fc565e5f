"""Whatever goes wrong: one answer, at most one job, a stack that can be deployed again, and a reason that helps."""

from __future__ import annotations

import gc
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from faults import app, busy, calls, life, runs, scenarios
from faults.lab import lab
from faults.run import play, row
from faults.scenarios import QUOTA

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from faults.case import Case
    from faults.run import Outcome

AT_ONCE = max(4, min(16, 4 * (os.cpu_count() or 1)))
"""How many cases are played at the same time: each is busy for a fifth of its time."""

CASES = [*scenarios.CASES, *life.CASES, *busy.CASES, *runs.CASES, *calls.CASES]
A_PART = [
    *(
        calls.cell("Create", "import", calls.MOVING[n % len(calls.MOVING)], fault)
        for n, fault in enumerate(calls.FAULTS)
        if fault != calls.LATE
    ),
    calls.cell("Create", "nameless", "CreateImportJob", "reset after"),
    calls.cell("Create", "nameless", "CreateImportJob", "killed after"),
    calls.cell("Create", "nameless", "CreateImportJob", calls.LATE),
    calls.cell("Update", "import", "CreateDatasetImportJob", "killed after"),
    calls.cell("Delete", "import", "DescribeDatasetImportJob", "denied for good"),
    runs.cell(runs.UPLOAD, "DeleteObject of the note", "killed after"),
    runs.cell(runs.SCHEDULE, "PutEvents", "throttled"),
    runs.cell(runs.TASK, "SendTaskSuccess", "HTTP 500 after"),
    *(
        case
        for case in life.CASES
        if (case.request, case.point, case.fault) in (("Create", QUOTA, life.PERSON), ("Move", QUOTA, "cancelled"))
    ),
    *(case for case in busy.CASES if (case.request, case.fault) == ("Delete", busy.THROTTLED)),
    *(
        case
        for case in scenarios.CASES
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
"""What is played where time is short: every fault once, and what is most likely to happen."""


# A connection that was broken on purpose is nobody's to close.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    everything = metafunc.config.getoption("--all", default=False)
    metafunc.parametrize("case", CASES if everything else A_PART, ids=str)


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What comes of each case that is to be tested; they are all under way."""
    here = [
        item for item in request.session.items if isinstance(item, pytest.Function) and item.module is request.module
    ]
    cases = {str(item.callspec.params["case"]): item.callspec.params["case"] for item in here}
    directory = tmp_path_factory.mktemp("faults")
    templates = app.synthesize(directory)
    with ExitStack() as stack:
        labs = {
            speed: stack.enter_context(lab(directory, templates, speed=speed))
            for speed in sorted({case.speed for case in cases.values()})
        }
        pool = stack.enter_context(ThreadPoolExecutor(AT_ONCE))
        yield {
            name: pool.submit(play, labs[case.speed], case, f"Fault{number:03}")
            for number, (name, case) in enumerate(cases.items())
        }
        pool.shutdown(cancel_futures=True)
    gc.collect()


def test_whatever_goes_wrong(case: Case, outcomes: dict[str, Future[Outcome]], record: Any) -> None:
    outcome = outcomes[str(case)].result()

    assert outcome.problems == []
    record.add("faults", **row(case, outcome))
