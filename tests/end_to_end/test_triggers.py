"""Jobs that run on schedules and uploads, beyond the deployment, and what reports their ends."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from deployed.triggered_jobs import overlapping
from deployed.waiting import until

if TYPE_CHECKING:
    from deployed.triggered_jobs import TriggeredJobs


# --- the deployment ---


def test_a_run_of_the_deployment_is_reported_as_an_event(triggered_jobs: TriggeredJobs) -> None:
    [event] = triggered_jobs.events("Deployed", 1)
    detail = {**event["detail"]}
    [job] = triggered_jobs.jobs_of("Deployed")

    assert event["detail-type"] == "Data Job Succeeded"
    assert detail.pop("duration") >= 30
    assert detail.pop("attributes")["datasetImportJobArn"] == job["datasetImportJobArn"]
    assert detail == {
        "stack": triggered_jobs.name,
        "job": triggered_jobs.logical_id("Deployed"),
        "kind": "Custom::PersonalizeDatasetImportJob",
        "id": job["datasetImportJobArn"],
        "status": "ACTIVE",
        "reason": "",
        "startedBy": "create",
    }


def test_a_failure_after_the_deployment_is_reported_and_raises_the_alarm(triggered_jobs: TriggeredJobs) -> None:
    [event] = triggered_jobs.events("Alarmed", 1)

    assert triggered_jobs.status == "CREATE_COMPLETE"
    assert event["detail-type"] == "Data Job Failed"
    assert event["detail"]["status"] == "CREATE FAILED"
    assert "at least 1,000" in event["detail"]["reason"]
    alarms = triggered_jobs.output("AlarmsUrl")
    told: set[str] = set()

    def alarmed() -> set[str]:
        told.update(
            one["AlarmDescription"] for one in triggered_jobs.messages(alarms) if one["NewStateValue"] == "ALARM"
        )
        return told

    until(lambda: len(alarmed()) == 2)
    stack = triggered_jobs.name
    assert told == {f"A run of a data job failed: {path}" for path in (stack, f"{stack}/Alarmed")}


def test_a_job_that_is_not_for_the_deployment_is_not_run_by_it(triggered_jobs: TriggeredJobs) -> None:
    created = [name.split("-")[1] for name in triggered_jobs.created_by_deployment]

    assert sorted(created) == ["Alarmed", "Deployed"]


def test_the_dashboard_shows_the_metrics_that_exist(triggered_jobs: TriggeredJobs) -> None:
    client, name = triggered_jobs.client("cloudwatch"), triggered_jobs.name
    duration = triggered_jobs.events("Deployed", 1)[0]["detail"]["duration"]
    triggered_jobs.events("Alarmed", 1)
    body = json.loads(client.get_dashboard(DashboardName=name)["DashboardBody"])
    lines = [line for widget in body["widgets"] for line in widget["properties"].get("metrics", [])]
    shown = {(*line[:2], *sorted(zip(line[2:6:2], line[3:6:2], strict=True))) for line in lines}

    ids = [triggered_jobs.logical_id(job) for job in ("Deployed", "Alarmed")]

    def existing() -> set[tuple[Any, ...]]:
        return {
            (one["Namespace"], one["MetricName"], *sorted((at["Name"], at["Value"]) for at in one["Dimensions"]))
            for one in client.list_metrics(Namespace="DataJobs")["Metrics"]
            if {"Name": "Stack", "Value": name} in one["Dimensions"]
            and any({"Name": "Job", "Value": id_} in one["Dimensions"] for id_ in ids)
        }

    until(lambda: len(existing()) == len(ids) * 3)
    measured = client.get_metric_statistics(
        Namespace="DataJobs",
        MetricName="Duration",
        Dimensions=[{"Name": "Stack", "Value": name}, {"Name": "Job", "Value": triggered_jobs.logical_id("Deployed")}],
        StartTime=triggered_jobs.aws.now() - 86400,
        EndTime=triggered_jobs.aws.now() + 60,
        Period=86400 * 2,
        Statistics=["Maximum"],
    )["Datapoints"]

    assert len(body["widgets"]) == 3 * 7
    assert existing() <= shown
    assert [point["Maximum"] for point in measured] == [duration]


# --- schedules ---


def test_a_schedule_runs_jobs_one_after_another(triggered_jobs: TriggeredJobs) -> None:
    time.sleep(2)
    assert triggered_jobs.runs("Wait") == {}

    triggered_jobs.aws.personalize.durations(in_progress=90)
    triggered_jobs.change_schedule("Wait", State="ENABLED")
    until(lambda: len(triggered_jobs.runs("Wait")) >= 3)
    triggered_jobs.change_schedule("Wait", State="DISABLED")
    triggered_jobs.aws.personalize.durations(in_progress=20)
    runs = triggered_jobs.ended_runs("Wait")
    jobs = triggered_jobs.jobs_of("Wait", "DatasetExportJob")

    assert set(runs.values()) == {"SUCCEEDED"}
    assert len({job["jobName"] for job in jobs}) == len(jobs) == len(runs)
    assert [job["status"] for job in jobs] == ["ACTIVE"] * len(jobs)
    assert overlapping(jobs) == []


def test_a_schedule_can_skip_a_run_while_the_last_one_goes_on(triggered_jobs: TriggeredJobs) -> None:
    runs_before, jobs_before = (
        len(triggered_jobs.runs("Skip")),
        len(triggered_jobs.jobs_of("Skip", "DatasetExportJob")),
    )
    triggered_jobs.aws.personalize.durations(in_progress=150)
    triggered_jobs.change_schedule("Skip", State="ENABLED")
    until(lambda: len(triggered_jobs.jobs_of("Skip", "DatasetExportJob")) >= jobs_before + 2)
    triggered_jobs.change_schedule("Skip", State="DISABLED")
    triggered_jobs.aws.personalize.durations(in_progress=20)
    runs = list(triggered_jobs.ended_runs("Skip").values())[runs_before:]
    jobs = triggered_jobs.jobs_of("Skip", "DatasetExportJob")[jobs_before:]

    assert set(runs) == {"SUCCEEDED"}
    assert 2 <= len(jobs) < len(runs)
    assert overlapping(jobs) == []


def test_an_event_that_cannot_be_delivered_is_a_dead_letter_that_can_be_delivered_later(
    triggered_jobs: TriggeredJobs,
) -> None:
    iam, role = triggered_jobs.client("iam"), triggered_jobs.physical_id_of("DataJobAccessSchedules")
    queue, before = triggered_jobs.physical_id_of("DataJobAccessDeadLetters"), triggered_jobs.runs("Skip")
    deny = {"Effect": "Deny", "Action": "lambda:InvokeFunction", "Resource": "*"}
    letters: list[dict[str, Any]] = []
    iam.put_role_policy(RoleName=role, PolicyName="deny", PolicyDocument=json.dumps({"Statement": [deny]}))
    triggered_jobs.change_schedule("Skip", State="ENABLED")
    until(lambda: letters.extend(triggered_jobs.messages(queue)) or letters)
    triggered_jobs.change_schedule("Skip", State="DISABLED")
    iam.delete_role_policy(RoleName=role, PolicyName="deny")

    assert letters[0]["LogicalResourceId"] == triggered_jobs.logical_id("Skip")
    assert triggered_jobs.runs("Skip") == before

    triggered_jobs.invoke(letters[0])
    assert set(triggered_jobs.ended_runs("Skip", len(before) + 1).values()) == {"SUCCEEDED"}


# --- uploads ---


def test_a_hundred_uploads_are_few_jobs_one_after_another(triggered_jobs: TriggeredJobs) -> None:
    personalize = triggered_jobs.aws.personalize
    rows_before, runs_before, jobs_before = counts(triggered_jobs)
    quota = "More than 5 resources with PENDING or IN_PROGRESS status."
    personalize.durations(in_progress=300)
    personalize.fault(
        operation="CreateDatasetImportJob", error="LimitExceededException", message=quota, times=1_000_000
    )
    triggered_jobs.upload({"uploads/read.me": "x", "elsewhere/a.csv": "ITEM_ID,PRICE\nelsewhere,1\n"})
    triggered_jobs.upload({f"uploads/{file:03}.csv": f"ITEM_ID,PRICE\nnew-{file},2.5\n" for file in range(100)})
    # A marker object stays until the data is imported; a slow machine takes more than one batching window for them.
    until(lambda: len(triggered_jobs.marker_objects) == 100)
    personalize.clear_faults()
    until(lambda: len(triggered_jobs.jobs_of("Uploaded")) > jobs_before)

    triggered_jobs.upload({"uploads/gone.csv": "ITEM_ID,PRICE\ngone,1\n"})
    triggered_jobs.client("s3").delete_object(Bucket=triggered_jobs.output("Bucket"), Key="uploads/gone.csv")
    triggered_jobs.upload({f"uploads/late-{file}.csv": f"ITEM_ID,PRICE\nlate-{file},3.5\n" for file in range(3)})
    personalize.durations(in_progress=20)
    until(lambda: reasons_with(triggered_jobs, "/uploads/gone.csv: "))
    runs = list(triggered_jobs.ended_runs("Uploaded", runs_before + 1).values())[runs_before:]
    jobs = triggered_jobs.jobs_of("Uploaded")[jobs_before:]
    ids = [job["datasetImportJobArn"] for job in jobs]
    events = [event for event in triggered_jobs.events("Uploaded") if event["detail"]["id"] in ids]
    of_valid_files = [event for event in events if "/uploads/gone.csv: " not in event["detail"]["reason"]]

    assert 2 <= len(jobs) <= 4
    assert {job["importMode"] for job in jobs} == {"INCREMENTAL"}
    assert sum(job["rows"] for job in jobs) == 100 + 3
    assert triggered_jobs.row_count("Items") == rows_before + 100 + 3
    assert overlapping(jobs) == []
    assert {(event["detail-type"], event["detail"]["startedBy"]) for event in of_valid_files} == {
        ("Data Job Succeeded", "upload")
    }
    assert len(reasons_with(triggered_jobs, "/uploads/gone.csv: ")) == 1
    assert len(runs) < 20
    assert runs.count("FAILED") == 1
    assert triggered_jobs.staged_objects == []


def test_an_invalid_file_does_not_keep_valid_files_from_being_imported(triggered_jobs: TriggeredJobs) -> None:
    rows_before, _, jobs_before = counts(triggered_jobs)
    triggered_jobs.upload({f"uploads/valid-{file}.csv": f"ITEM_ID,PRICE\nvalid-{file},2.5\n" for file in range(7)})
    triggered_jobs.upload({"uploads/invalid.csv": "ITEM_ID,PRICE\ninvalid,expensive\n", "uploads/folder/": ""})
    until(lambda: triggered_jobs.row_count("Items") == rows_before + 7)
    until(lambda: triggered_jobs.staged_objects == [])
    triggered_jobs.ended_runs("Uploaded")
    until(lambda: reasons_with(triggered_jobs, "/uploads/invalid.csv", given_up=True))
    [detail] = reasons_with(triggered_jobs, "/uploads/invalid.csv", given_up=True)

    assert triggered_jobs.row_count("Items") == rows_before + 7
    assert len(triggered_jobs.jobs_of("Uploaded")) - jobs_before <= 9
    assert detail["filesGivenUp"] == 1
    assert "PRICE must be of type float" in detail["reason"]
    assert detail["reason"].endswith("/uploads/invalid.csv")


def counts(stack: TriggeredJobs) -> tuple[int, int, int]:
    """The numbers of items, and of runs and jobs that uploads started."""
    return stack.row_count("Items"), len(stack.runs("Uploaded")), len(stack.jobs_of("Uploaded"))


def reasons_with(stack: TriggeredJobs, file: str, *, given_up: bool = False) -> list[dict[str, Any]]:
    """The details of the failures whose reason has a file; with `given_up`, of those that gave files up."""
    failures = [event["detail"] for event in stack.events("Uploaded") if event["detail-type"] == "Data Job Failed"]
    return [one for one in failures if file in one["reason"] and ("filesGivenUp" in one or not given_up)]
