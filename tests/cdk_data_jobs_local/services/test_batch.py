from __future__ import annotations

import json
from typing import Any

import pytest

from cdk_data_jobs_local.services.core.errors import ServiceError

GROUP = "arn:aws:personalize:eu-west-1:111122223333:dataset-group/shop"
ROLE = "arn:aws:iam::111122223333:role/service"


@pytest.fixture
def version(call: Any, account: Any, clock: Any, personalize: Any) -> str:
    personalize.settings.minimum_interactions = 1
    account.write("s3://data/clicks.csv", "USER_ID,ITEM_ID,TIMESTAMP\nann,b,1\nbob,c,2\nann,a,3\n")
    call.finish_import(call.dataset(call.INTERACTIONS), "s3://data/clicks.csv")
    solution = call("CreateSolution", name="best", datasetGroupArn=GROUP)["solutionArn"]
    clock.advance(30)
    made: str = call("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
    clock.advance(1260)
    return made


def start(call: Any, version: str, kind: str = "BatchInferenceJob", **parameters: Any) -> str:
    request = {
        "jobName": "batch",
        "solutionVersionArn": version,
        "jobInput": {"s3DataSource": {"path": "s3://data/requested.json"}},
        "jobOutput": {"s3DataDestination": {"path": "s3://out/responses/"}},
        "roleArn": ROLE,
    }
    arn: str = call(f"Create{kind}", **{**request, **parameters})[f"{kind[0].lower()}{kind[1:]}Arn"]
    return arn


def test_a_solution_version_comes_to_be(call: Any, version: str) -> None:
    described = call("DescribeSolutionVersion", solutionVersionArn=version)["solutionVersion"]
    solution = call("ListSolutions", datasetGroupArn=GROUP)["solutions"][0]

    assert version == "arn:aws:personalize:eu-west-1:111122223333:solution/best/00000001"
    assert (described["status"], described["datasetGroupArn"]) == ("ACTIVE", GROUP)
    assert described["solutionArn"] == solution["solutionArn"]
    assert len(call("ListSolutionVersions", solutionArn=solution["solutionArn"])["solutionVersions"]) == 1


def test_a_solution_version_that_is_stopped_stays_so(call: Any, clock: Any, version: str) -> None:
    solution = version.rpartition("/")[0]
    pending, training = (call("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"] for _ in range(2))

    def status(arn: str) -> str:
        described: dict[str, str] = call("DescribeSolutionVersion", solutionVersionArn=arn)["solutionVersion"]
        return described["status"]

    call("StopSolutionVersionCreation", solutionVersionArn=pending)
    found = [status(pending)]
    clock.advance(700)
    call("StopSolutionVersionCreation", solutionVersionArn=training)
    found.append(status(training))
    clock.advance(30)
    found.append(status(training))
    clock.advance(10_000)

    assert found == ["CREATE STOPPED", "CREATE STOPPING", "CREATE STOPPED"]
    assert (status(pending), status(training)) == ("CREATE STOPPED", "CREATE STOPPED")
    for arn in (version, training):
        with pytest.raises(ServiceError, match=r"is (ACTIVE|CREATE STOPPED)$"):
            call("StopSolutionVersionCreation", solutionVersionArn=arn)


def test_a_trained_solution_version_has_its_hours(call: Any, version: str) -> None:
    described = call("DescribeSolutionVersion", solutionVersionArn=version)["solutionVersion"]

    assert described["trainingHours"] == pytest.approx(1260 / 3600)


def test_a_solution_and_a_filter_take_as_long_as_a_dataset_group(call: Any, clock: Any, version: str) -> None:
    assert version
    solution = call("CreateSolution", name="second", datasetGroupArn=GROUP)["solutionArn"]
    made = call("CreateFilter", name="some", datasetGroupArn=GROUP, filterExpression="EXCLUDE ItemID WHERE ...")
    found = []
    for seconds in (29, 1):
        clock.advance(seconds)
        described = call("DescribeFilter", filterArn=made["filterArn"])["filter"]
        found += [described["status"], call("DescribeSolution", solutionArn=solution)["solution"]["status"]]

    assert found == ["CREATE IN_PROGRESS"] * 2 + ["ACTIVE"] * 2


def test_a_dataset_group_with_a_solution_or_filter_cannot_be_deleted(call: Any, version: str) -> None:
    call("CreateFilter", name="some", datasetGroupArn=GROUP, filterExpression="EXCLUDE ItemID WHERE ...")
    call("DeleteSolution", solutionArn=version.rpartition("/")[0])
    call("DeleteDataset", datasetArn=call("ListDatasets")["datasets"][0]["datasetArn"])
    with pytest.raises(ServiceError, match="filter/some"):
        call("DeleteDatasetGroup", datasetGroupArn=GROUP)
    call("DeleteFilter", filterArn=GROUP.replace("dataset-group/shop", "filter/some"))

    assert call("DeleteDatasetGroup", datasetGroupArn=GROUP) == {}
    assert call("ListSolutionVersions")["solutionVersions"] == []


def test_what_there_is_one_of_is_listed(call: Any, account: Any, clock: Any, version: str) -> None:
    account.write("s3://data/requested.json", "{}\n")
    account.write("s3://data/leaving.csv", "USER_ID\nann\n")
    call("CreateFilter", name="some", datasetGroupArn=GROUP, filterExpression="EXCLUDE ItemID WHERE ...")
    clock.advance(30)
    start(call, version)
    start(call, version, "BatchSegmentJob")
    call.start_export(call("ListDatasets")["datasets"][0]["datasetArn"])
    call.start_deletion(GROUP)
    type_names = ["Schema", "DatasetGroup", "Dataset", "Solution", "SolutionVersion", "Filter"]
    type_names += ["DatasetImportJob", "DatasetExportJob", "DataDeletionJob", "BatchInferenceJob", "BatchSegmentJob"]

    assert {type_name: sum(map(len, call(f"List{type_name}s").values())) for type_name in type_names} == dict.fromkeys(
        type_names, 1
    )


def test_batch_inference_has_a_result_for_every_line(call: Any, account: Any, version: str) -> None:
    account.write("s3://data/requested.json", '{"userId": "ann"}\n\n{"userId": "bob"}\nnonsense\n')
    job = call.finish(start(call, version, numResults=2))
    lines = [json.loads(line) for line in account.read("s3://out/responses/requested.json.out").splitlines()]

    output = {"recommendedItems": ["a", "b"], "scores": [0.5, 0.3333333]}
    assert (job["status"], job["numResults"]) == ("ACTIVE", 2)
    assert lines == [
        {"input": {"userId": "ann"}, "output": output, "error": None},
        {"input": {"userId": "bob"}, "output": output, "error": None},
        {"input": "nonsense", "output": None, "error": "The input is not valid JSON."},
    ]


def test_batch_segments_list_users(call: Any, account: Any, personalize: Any, version: str) -> None:
    account.write("s3://data/requested.json", '{"itemId": "a"}\n')
    job = call.finish(start(call, version, "BatchSegmentJob"))
    line = json.loads(account.read("s3://out/responses/requested.json.out"))

    assert job["status"] == "ACTIVE"
    assert line == {"input": {"itemId": "a"}, "output": {"usersList": ["ann", "bob"]}, "error": None}
    reported = personalize.jobs("BatchSegmentJob")[0]
    assert (reported["files"], "batchInferenceJobMode" in reported) == (
        ["s3://out/responses/requested.json.out"],
        False,
    )


@pytest.mark.parametrize("kind", ["BatchInferenceJob", "BatchSegmentJob"])
def test_a_line_has_25_results_if_no_other_number_is_requested(
    call: Any, account: Any, version: str, kind: str
) -> None:
    rows = "".join(f"user-{number},item-{number},1\n" for number in range(26))
    account.write("s3://data/clicks.csv", f"USER_ID,ITEM_ID,TIMESTAMP\n{rows}")
    call.finish_import(call("ListDatasets")["datasets"][0]["datasetArn"], "s3://data/clicks.csv", name="more")
    account.write("s3://data/requested.json", "{}\n")
    job = call.finish(start(call, version, kind))
    output = json.loads(account.read("s3://out/responses/requested.json.out"))["output"]
    (results, *_) = output.values()

    assert (job["numResults"], len(results)) == (25, 25)


def test_a_filter_must_exist(call: Any, account: Any, version: str) -> None:
    account.write("s3://data/requested.json", "{}\n")
    with pytest.raises(ServiceError) as error:
        start(call, version, filterArn=GROUP.replace("dataset-group/shop", "filter/none"))

    assert error.value.code == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("denied", "bucket"), [("read", "data"), ("list", "data"), ("write", "out"), ("nothing", None)]
)
def test_missing_privileges_are_reported_at_once(
    call: Any, account: Any, version: str, denied: str, bucket: str | None
) -> None:
    account.write("s3://data/requested.json", "{}\n")
    account.denied.add(denied)
    if bucket is None:
        assert call.finish(start(call, version))["status"] == "ACTIVE"
        return

    with pytest.raises(ServiceError, match=f"Insufficient privileges.*fix bucket policy on {bucket}"):
        start(call, version)


@pytest.mark.parametrize("kind", ["BatchInferenceJob", "BatchSegmentJob"])
def test_input_that_does_not_exist_is_refused(call: Any, version: str, kind: str) -> None:
    with pytest.raises(ServiceError) as error:
        start(call, version, kind)

    assert (error.value.code, error.value.message) == ("InvalidInputException", "Invalid S3 input path")


def locations(source: str, target: str) -> dict[str, Any]:
    return {
        "jobInput": {"s3DataSource": {"path": source}},
        "jobOutput": {"s3DataDestination": {"path": target}},
    }


@pytest.mark.parametrize("target", ["s3://data/in", "s3://data/in/"])
def test_the_output_must_not_be_the_input(call: Any, account: Any, version: str, target: str) -> None:
    account.write("s3://data/in/requested.json", "{}\n")
    with pytest.raises(ServiceError) as error:
        start(call, version, **locations("s3://data/in/", target))

    assert (error.value.code, error.value.message) == ("InvalidInputException", "Invalid S3 output path")


@pytest.mark.parametrize(
    ("source", "target"),
    [("s3://data/in/", "s3://data/in/out/"), ("s3://data/in/requested.json", "s3://data/in/")],
)
def test_the_output_may_be_beside_the_input(call: Any, account: Any, version: str, source: str, target: str) -> None:
    account.write("s3://data/in/requested.json", "{}\n")

    assert call.finish(start(call, version, **locations(source, target)))["status"] == "ACTIVE"


def test_what_is_taken_away_while_a_job_waits_fails_it(call: Any, account: Any, version: str) -> None:
    account.write("s3://data/requested.json", "{}\n")
    arn = start(call, version)
    del account.objects["data", "requested.json"]
    job = call.finish(arn)

    assert (job["status"], job["failureReason"]) == ("CREATE FAILED", "Invalid S3 input path")


@pytest.mark.parametrize(("kind", "seconds"), [("BatchInferenceJob", 60 + 1080), ("BatchSegmentJob", 60 + 420)])
def test_a_batch_job_takes_as_long_as_published_ones(
    call: Any, account: Any, version: str, kind: str, seconds: int
) -> None:
    account.write("s3://data/requested.json", "{}\n")
    arn = start(call, version, kind)
    call.clock.advance(seconds - 1)
    before = call.job(arn)["status"]
    call.clock.advance(1)

    assert (before, call.job(arn)["status"]) == ("CREATE IN_PROGRESS", "ACTIVE")


def test_batch_jobs_are_listed_by_solution_version(call: Any, account: Any, version: str) -> None:
    account.write("s3://data/requested.json", "{}\n")
    start(call, version)
    found = call("ListBatchInferenceJobs", solutionVersionArn=version)["batchInferenceJobs"]

    assert [(job["jobName"], job["batchInferenceJobMode"]) for job in found] == [("batch", "BATCH_INFERENCE")]
