"""`data-jobs runs` and `data-jobs run`: what a stack's jobs did, and are to do now."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conftest import Offline


def runs(offline: Offline, *arguments: str) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(offline.run("runs", "Shop", "--json", *arguments))["runs"]
    return told


def test_a_job_is_run_now_and_its_end_is_told(shop: Offline) -> None:
    before = len(shop.aws.personalize.jobs())
    told = shop.run("run", "Shop", "early", "--interval", "0.1").splitlines()
    made = shop.aws.personalize.jobs()[before:]

    assert [job["status"] for job in made] == ["ACTIVE"]
    assert "dataset-import-job" in made[0]["datasetImportJobArn"]
    assert re.match(r"\S+Z ImportEarly running ", told[0])
    assert re.match(r"\S+Z ImportEarly succeeded ", told[-2])
    assert re.match(r"\S+Z Shop succeeded after ", told[-1])


def test_a_run_that_fails_ends_with_1_and_its_reason(shop: Offline) -> None:
    shop.aws.personalize.fault(operation="CreateDatasetImportJob", error="InvalidInputException", message="too blue")
    told = json.loads(shop.run("run", "Shop", "ImportLate", "--json", "--interval", "0.1", code=1))

    assert told["status"] == "failed"
    assert told["reason"].startswith(
        "Personalize dataset import job could not be created: InvalidInputException: too blue"
    )
    assert told["link"].endswith(told["execution"])
    assert runs(shop, "--job", "Late", "--limit", "1")[0]["reason"] == told["reason"]


def test_without_waiting_a_run_is_told_once_it_has_started(shop: Offline) -> None:
    told = json.loads(shop.run("run", "Shop", "Shop/ImportEarly", "--no-wait", "--json", "--interval", "0.1"))
    again = json.loads(shop.run("run", "Shop", "ImportEarly", "--json", "--interval", "0.1"))

    assert told["status"] == "running"
    assert again["status"] == "succeeded"
    assert "-run-" in told["execution"]
    assert told["execution"] != again["execution"]


def test_the_history_tells_what_started_each_run_and_how_it_ended(shop: Offline) -> None:
    shop.run("run", "Shop", "ImportLate", "--interval", "0.1")
    told, lines = runs(shop), shop.run("runs", "Shop").splitlines()
    newest, oldest = told[0], told[-1]

    assert [run["started"] for run in told] == sorted((run["started"] for run in told), reverse=True)
    assert (newest["job"], newest["started_by"], newest["status"]) == ("ImportLate", "command", "succeeded")
    assert (oldest["job"], oldest["started_by"], oldest["status"]) == ("ImportEarly", "create", "succeeded")
    assert newest["seconds"] > 20
    assert len(lines) == len(told)
    assert re.fullmatch(r"\S+Z ImportEarly create succeeded \S+s https://\S+", lines[-1])


def test_a_part_of_a_name_must_mean_one_job(shop: Offline) -> None:
    several = failing(shop, "run", "Shop", "import", code=2)
    none = failing(shop, "run", "Shop", "export", code=3)

    assert "which may be Shop/ImportEarly or Shop/ImportLate" in several
    assert "Shop must have a job export, got ImportEarly, ImportLate" in none


def failing(offline: Offline, *arguments: str, code: int) -> str:
    """What a command that fails says, in one line."""
    process = offline.begin(*arguments)
    stdout, stderr = process.communicate(timeout=60)

    assert (process.returncode, stdout) == (code, ""), stdout + stderr
    return stderr
