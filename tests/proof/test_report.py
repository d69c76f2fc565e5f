"""The page of the report: the same from run to run, so that a diff shows what has changed."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from faults import app, request_calls, scenarios, stack_operations, triggered_runs
from faults.case import FAST
from faults.environment import start
from faults.evaluation import evaluate, report_row
from report import page

if TYPE_CHECKING:
    from pathlib import Path

    from faults.case import Case

CASES: list[Case] = [
    request_calls.cell("Create", "import", "CreateDatasetImportJob", "denied for good"),
    request_calls.cell("Create", "import", "CopyObject", "killed after"),
    triggered_runs.cell(triggered_runs.SCHEDULE, "PutEvents", "HTTP 500 after"),
    *(
        case
        for case in stack_operations.CASES
        if (case.point, case.fault) == (stack_operations.QUOTA, stack_operations.PERSON)
    ),
    *(case for case in scenarios.CASES if case.fault == "a reason of 100 KB: Greek"),
]
"""Cases whose reasons have ids in them, cases in which a call may be repeated by chance, and each kind of request."""


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_two_runs_write_the_same_page(tmp_path: Path, everything: bool) -> None:
    if not everything:
        pytest.skip("takes a minute: --all")
    repeated = [*enumerate(CASES), *enumerate(reversed(CASES), 700)]
    templates = app.synthesize(tmp_path)
    with start(tmp_path, templates, speed=FAST) as here, ThreadPoolExecutor(len(CASES)) as pool:
        outcomes = [*pool.map(lambda one: evaluate(here, one[1], f"Fault{one[0]:03}"), repeated)]
    rows = [report_row(case, outcome) for (_, case), outcome in zip(repeated, outcomes, strict=True)]
    first, second = rows[: len(CASES)], rows[len(CASES) :][::-1]
    pages = [page({"faults": json.loads(json.dumps(found))}) for found in (first, second)]

    assert [outcome.problems for outcome in outcomes] == [[]] * len(repeated)
    assert pages[0] == pages[1]
    assert "could not be created: AccessDenied" in pages[0]


def test_the_order_of_the_rows_and_the_digits_of_what_was_measured_do_not_show() -> None:
    rows = [
        {"what": what, "figure": figure} for what, figure in (("jobs", 400), ("seconds", 161.8), ("bytes", "9,000"))
    ]
    slower = [{**one, "figure": 158.2} if one["what"] == "seconds" else one for one in reversed(rows)]

    text = page({"scale": rows})

    assert text == page({"scale": slower})
    assert "| seconds | about 200 |" in text
    assert "161" not in text
    assert str(sys.version_info.major) in text


def test_a_changed_end_shows() -> None:
    same = {
        "request": "Create",
        "kind": "import",
        "point": "Response",
        "fault": "x",
        "reason": "",
        "answered": True,
        "jobs": 1,
    }
    one, other = ({"faults": [{**same, "ends": ends}]} for ends in ("CREATE_COMPLETE", "ROLLBACK_COMPLETE"))

    assert page(one) != page(other)
