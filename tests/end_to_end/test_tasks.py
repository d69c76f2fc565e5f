"""A job as a task of a state machine: its result, and its failures by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from deployed.triggered_jobs import Pipeline, overlapping
from deployed.waiting import until

from cdk_data_jobs import DataJobError

if TYPE_CHECKING:
    from deployed.triggered_jobs import TriggeredJobs


@pytest.fixture
def pipeline(triggered_jobs: TriggeredJobs) -> Pipeline:
    return Pipeline(triggered_jobs)


def test_a_task_returns_the_attributes_and_executions_take_turns(pipeline: Pipeline) -> None:
    before = len(pipeline.stack.jobs_of("Task"))
    pipeline.write("ada,36", "joe,40")
    outputs = [pipeline.output_of(execution) for execution in [pipeline.start(), pipeline.start()]]
    jobs = pipeline.stack.jobs_of("Task")[before:]
    ids = [job["datasetImportJobArn"] for job in jobs]

    def started_by() -> list[str]:
        details = [event["detail"] for event in pipeline.stack.events("Task")]
        return [detail["startedBy"] for detail in details if detail["id"] in ids]

    assert sorted(output["job"]["datasetImportJobArn"] for output in outputs) == sorted(ids)
    assert {output["job"]["status"] for output in outputs} == {"ACTIVE"}
    assert len(jobs) == 2
    assert overlapping(jobs) == []
    until(lambda: len(started_by()) >= 2)
    assert started_by() == ["task", "task"]


def test_a_failed_task_is_caught_by_its_name_after_each_try_created_a_job(pipeline: Pipeline) -> None:
    before = len(pipeline.stack.jobs_of("Task"))
    pipeline.write("ada,old")
    output = pipeline.output_of(pipeline.start())
    jobs = pipeline.stack.jobs_of("Task")[before:]

    assert output["caught"] == "FAILED"
    assert "AGE must be of type int" in output["error"]["Cause"]
    assert len({job["jobName"] for job in jobs}) == len(jobs) == 2
    assert {job["status"] for job in jobs} == {"CREATE FAILED"}


def test_a_task_in_jsonata_returns_the_attributes(pipeline: Pipeline) -> None:
    before = len(pipeline.stack.jobs_of("Task"))
    pipeline.write("ada,36")
    output = pipeline.output_of(pipeline.start(pipeline.stack.output("JsonataPipelineArn")))
    [job] = pipeline.stack.jobs_of("Task")[before:]

    assert output == {"arn": job["datasetImportJobArn"], "job": {"status": "ACTIVE", "given": {}}}


def test_a_failed_task_in_jsonata_is_caught_after_each_try_created_a_job(pipeline: Pipeline) -> None:
    before = len(pipeline.stack.jobs_of("Task"))
    pipeline.write("ada,old")
    output = pipeline.output_of(pipeline.start(pipeline.stack.output("JsonataPipelineArn")))
    jobs = pipeline.stack.jobs_of("Task")[before:]

    assert output["Error"] == DataJobError.FAILED
    assert "AGE must be of type int" in output["Cause"]
    assert len({job["jobName"] for job in jobs}) == len(jobs) == 2


def test_a_task_whose_job_is_rejected_is_caught_by_its_name(pipeline: Pipeline) -> None:
    before = pipeline.stack.jobs_of("Task")
    pipeline.write("ada,36", columns="USER_ID,YEARS")
    output = pipeline.output_of(pipeline.start())

    assert output["caught"] == "NOT_CREATED"
    assert "Input csv is missing the following columns: [AGE]" in output["error"]["Cause"]
    assert pipeline.stack.jobs_of("Task") == before


def test_a_task_that_takes_too_long_is_caught_by_its_name(pipeline: Pipeline) -> None:
    pipeline.write("ada,36")

    assert pipeline.run_with_old_task()["caught"] == "TIMED_OUT"


def test_a_task_whose_run_crashes_is_caught_by_its_name(pipeline: Pipeline) -> None:
    pipeline.write("ada,36")
    function = pipeline.stack.physical_id_of("DataJobRunnerFunction")
    pipeline.stack.aws.invocation_fault(function, error="Sandbox.Timedout", payload={"step": "create"}, times=7)
    output = pipeline.output_of(pipeline.start())

    assert output["caught"] == "CRASHED"
    assert "Sandbox.Timedout" in output["error"]["Cause"]


def test_a_stopped_execution_does_not_affect_the_next_one(pipeline: Pipeline) -> None:
    pipeline.write("ada,36", "joe,40")
    before = len(pipeline.stack.jobs_of("Task"))
    execution = pipeline.start()
    until(lambda: len(pipeline.stack.jobs_of("Task")) > before)
    pipeline.client.stop_execution(executionArn=execution)
    output = pipeline.output_of(pipeline.start())

    assert output["job"]["status"] == "ACTIVE"
    assert set(list(pipeline.stack.ended_runs("Task").values())[-2:]) == {"SUCCEEDED"}
    assert len(pipeline.stack.jobs_of("Task")) == before + 2
