"""The page of the report: the same from run to run, so that a diff shows what has changed."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from faults import app, calls, life, runs, scenarios
from faults.case import FAST
from faults.lab import lab
from faults.run import play, row

if TYPE_CHECKING:
    from types import ModuleType

    from faults.case import Case

CASES: list[Case] = [
    calls.cell("Create", "import", "CreateDatasetImportJob", "denied for good"),
    calls.cell("Create", "import", "CopyObject", "killed after"),
    runs.cell(runs.SCHEDULE, "PutEvents", "HTTP 500 after"),
    *(case for case in life.CASES if (case.point, case.fault) == (life.QUOTA, life.PERSON)),
    *(case for case in scenarios.CASES if case.fault == "a reason of 100 KB: Greek"),
]
"""What is told with ids in it, what may be repeated by chance, and what is said of every kind of request."""


@pytest.fixture(scope="module")
def report() -> ModuleType:
    spec = util.spec_from_file_location("proof_report", Path(__file__).with_name("report.py"))
    assert spec
    assert spec.loader
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_two_runs_write_the_same_page(report: Any, tmp_path: Path) -> None:
    played = [*enumerate(CASES), *enumerate(reversed(CASES), 700)]
    templates = app.synthesize(tmp_path)
    with lab(tmp_path, templates, speed=FAST) as here, ThreadPoolExecutor(len(CASES)) as pool:
        outcomes = [*pool.map(lambda one: play(here, one[1], f"Fault{one[0]:03}"), played)]
    rows = [row(case, outcome) for (_, case), outcome in zip(played, outcomes, strict=True)]
    first, second = rows[: len(CASES)], rows[len(CASES) :][::-1]
    pages = [report.page({"faults": json.loads(json.dumps(found))}) for found in (first, second)]

    assert [outcome.problems for outcome in outcomes] == [[]] * len(played)
    assert pages[0] == pages[1]
    assert "could not be created: AccessDenied" in pages[0]


def test_the_order_of_the_rows_and_the_digits_of_what_was_measured_do_not_show(report: Any) -> None:
    rows = [
        {"what": what, "figure": figure} for what, figure in (("jobs", 400), ("seconds", 161.8), ("bytes", "9,000"))
    ]
    slower = [{**one, "figure": 158.2} if one["what"] == "seconds" else one for one in reversed(rows)]

    page = report.page({"scale": rows})

    assert page == report.page({"scale": slower})
    assert "| seconds | about 200 |" in page
    assert "161" not in page
    assert str(sys.version_info.major) in page


def test_a_changed_end_shows(report: Any) -> None:
    same = {
        "request": "Create",
        "kind": "import",
        "point": "Answer",
        "fault": "x",
        "told": "",
        "answered": True,
        "jobs": 1,
    }
    one, other = ({"faults": [{**same, "ends": ends}]} for ends in ("CREATE_COMPLETE", "ROLLBACK_COMPLETE"))

    assert report.page(one) != report.page(other)
