"""How long jobs wait for a quota."""

from __future__ import annotations

from cdk_data_jobs_cli.plan.waits import RunningJob, quota_waits

IMPORT, EXPORT = "Custom::PersonalizeDatasetImportJob", "Custom::PersonalizeDatasetExportJob"


def job(key: str, seconds: float | None = 60, *after: str, kind: str = IMPORT) -> RunningJob:
    return RunningJob(key, kind, seconds, frozenset(after))


def test_a_sixth_import_waits_for_the_first_that_ends() -> None:
    five = [job(f"{number}", 100 - number) for number in range(5)]

    assert quota_waits(five) == {}
    assert quota_waits([*five, job("sixth"), job("seventh")]) == {"sixth": 96, "seventh": 97}


def test_a_job_without_runs_takes_as_long_as_the_longest_of_its_kind() -> None:
    known = [job("known", 300), *(job(f"{number}", None) for number in range(5))]
    unknown = [job(f"{number}", None) for number in range(6)]

    assert quota_waits(known) == {"4": 300}
    assert quota_waits(unknown) == {"5": None}


def test_jobs_in_a_row_wait_for_each_other_and_not_for_the_quota() -> None:
    row = [job(f"{number}", 60, *[f"{number - 1}"] * (number > 0)) for number in range(8)]

    assert quota_waits(row) == {}


def test_a_job_waits_for_the_quota_from_when_the_jobs_before_it_have_ended() -> None:
    others = [job(f"{number}", 100) for number in range(4)]

    assert quota_waits([job("first", 40), *others, job("second", 30, "first"), job("third", 30, "first")]) == {
        "third": 30
    }


def test_exports_have_no_such_quota() -> None:
    assert quota_waits(job(f"{number}", kind=EXPORT) for number in range(9)) == {}


def test_jobs_that_depend_on_each_other_end_the_estimate() -> None:
    assert quota_waits([job("a", 60, "b"), job("b", 60, "a")]) == {}
