"""The quotas of Amazon Personalize: how much there may be, how much at once, and how large files may be."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_data_jobs_local.services.core.errors import ServiceError
from cdk_data_jobs_local.services.personalize import batch

GB = 1024**3
GROUP = "arn:aws:personalize:eu-west-1:111122223333:dataset-group/shop"
ROLE = "arn:aws:iam::111122223333:role/service"


class Large(bytes):
    """A file that says it is larger than it is."""

    size = 0

    def __len__(self) -> int:
        return self.size


def large(content: str, size: int) -> Large:
    file = Large(content.encode())
    file.size = size
    return file


def limit(call: Any, *arguments: Any, **parameters: Any) -> str:
    """Returns the message of a call that exceeds a limit."""
    with pytest.raises(ServiceError) as error:
        call(*arguments, **parameters)
    assert error.value.code == "LimitExceededException"
    return str(error.value)


@pytest.fixture
def version(call: Any, account: Any, clock: Any) -> str:
    account.write("s3://data/requested.json", "{}\n")
    call.dataset(call.USERS)
    solution = call("CreateSolution", name="best", datasetGroupArn=GROUP)["solutionArn"]
    clock.advance(30)
    made: str = call("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
    clock.advance(1260)
    return made


def start_batch(call: Any, version: str, kind: str, name: str, path: str = "s3://data/requested.json") -> str:
    made = call(
        f"Create{kind}",
        jobName=name,
        solutionVersionArn=version,
        jobInput={"s3DataSource": {"path": path}},
        jobOutput={"s3DataDestination": {"path": "s3://out/"}},
        roleArn=ROLE,
    )
    arn: str = made[f"{kind[0].lower()}{kind[1:]}Arn"]
    return arn


@pytest.mark.parametrize("kind", ["BatchInferenceJob", "BatchSegmentJob"])
def test_a_sixth_batch_job_of_a_kind_at_once_is_one_too_many(call: Any, clock: Any, version: str, kind: str) -> None:
    other = {"BatchInferenceJob": "BatchSegmentJob", "BatchSegmentJob": "BatchInferenceJob"}[kind]
    for number in range(5):
        start_batch(call, version, kind, f"job-{number}")
    start_batch(call, version, other, "other")
    message = limit(start_batch, call, version, kind, "one-too-many")
    clock.advance(3600)
    start_batch(call, version, kind, "one-too-many")

    assert message == "More than 5 resources with PENDING or IN_PROGRESS status."


def test_a_sixth_deletion_may_begin_when_the_first_is_no_longer_pending(call: Any, account: Any, clock: Any) -> None:
    account.write("s3://data/leaving.csv", "USER_ID\nann\n")
    for group in ("shop", "other"):
        call("CreateDatasetGroup", name=group)
    clock.advance(30)
    for number in range(5):
        call.start_deletion(GROUP, name=f"job-{number}")
    call.start_deletion(GROUP.replace("shop", "other"), name="of-another-group")
    message = limit(call.start_deletion, GROUP, name="one-too-many")
    clock.advance(60)
    call.start_deletion(GROUP, name="one-too-many")

    assert message == "More than 5 resources with PENDING or IN_PROGRESS status."


def test_twenty_solution_versions_may_be_trained_at_once(call: Any, clock: Any, version: str) -> None:
    solution = version.rpartition("/")[0]
    for _ in range(20):
        call("CreateSolutionVersion", solutionArn=solution)
    clock.advance(1259)
    message = limit(call, "CreateSolutionVersion", solutionArn=solution)
    clock.advance(1)
    call("CreateSolutionVersion", solutionArn=solution)

    assert message == "More than 20 resources with PENDING or IN_PROGRESS status."


def test_there_may_be_five_dataset_groups(call: Any, clock: Any) -> None:
    for number in range(5):
        call("CreateDatasetGroup", name=f"group-{number}")
    message = limit(call, "CreateDatasetGroup", name="one-too-many")
    clock.advance(30)
    call("DeleteDatasetGroup", datasetGroupArn=GROUP.replace("shop", "group-0"))
    call("CreateDatasetGroup", name="one-too-many")
    call.service.change_settings(dataset_groups=6)
    call("CreateDatasetGroup", name="sixth")

    assert message == "More than 5 resources in ACTIVE state. Please delete some and try again."


def test_there_may_be_five_hundred_schemas(call: Any) -> None:
    for number in range(500):
        call("CreateSchema", name=f"schema-{number}", schema=call.ITEMS)

    message = limit(call, "CreateSchema", name="one-too-many", schema=call.ITEMS)
    assert message == "More than 500 resources in ACTIVE state. Please delete some and try again."


@pytest.mark.parametrize(
    ("mode", "size", "reason"),
    [
        ("FULL", 100 * GB, None),
        ("FULL", 100 * GB + 1, "the data of one job must have at most 100 GB, got 107,374,182,401 bytes"),
        ("INCREMENTAL", GB, None),
        ("INCREMENTAL", GB + 1, "the data of one job must have at most 1 GB, got 1,073,741,825 bytes"),
    ],
)
def test_the_data_of_an_import_has_a_largest_size(
    call: Any, account: Any, mode: str, size: int, reason: str | None
) -> None:
    dataset = call.dataset()
    call.finish_import(dataset, name="first")
    account.objects["data", "items.csv"] = large("ITEM_ID,PRICE,GENRE\na,1,x\n", size)

    assert call.finish_import(dataset, importMode=mode).get("failureReason") == reason


@pytest.mark.parametrize(
    ("size", "reason"),
    [(100 * 1024**2, None), (100 * 1024**2 + 1, "the data of one job must have at most 100 MB, got 104,857,601 bytes")],
)
def test_the_data_of_a_deletion_has_a_largest_size(call: Any, account: Any, size: int, reason: str | None) -> None:
    call.dataset()
    account.objects["data", "leaving.csv"] = large("USER_ID\nann\n", size)

    assert call.finish(call.start_deletion(GROUP)).get("failureReason") == reason


def test_the_input_of_a_batch_job_has_a_largest_size(call: Any, account: Any, version: str) -> None:
    account.objects["data", "requested.json"] = large("{}\n", GB)
    start_batch(call, version, "BatchInferenceJob", "large")
    account.objects["data", "requested.json"] = large("{}\n", GB + 1)

    with pytest.raises(ServiceError, match="can be at most 1 GB") as error:
        start_batch(call, version, "BatchSegmentJob", "too-large")
    assert error.value.code == "InvalidInputException"


def test_the_input_of_a_batch_job_has_at_most_a_thousand_files(call: Any, account: Any, version: str) -> None:
    for number in range(1000):
        account.write(f"s3://data/in/{number}.json", "{}\n")
    start_batch(call, version, "BatchInferenceJob", "many", "s3://data/in/")
    account.write("s3://data/in/1000.json", "{}\n")

    with pytest.raises(ServiceError, match="can have at most 1000 files"):
        start_batch(call, version, "BatchInferenceJob", "too-many", "s3://data/in/")


def test_a_file_of_a_batch_inference_job_has_a_largest_number_of_records(
    call: Any, account: Any, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Fifty million lines take a minute to read.
    assert batch._MAX_RECORDS == 50_000_000  # noqa: SLF001
    monkeypatch.setattr("cdk_data_jobs_local.services.personalize.batch._MAX_RECORDS", 3)
    account.write("s3://data/requested.json", "{}\n" * 3 + "\n")
    enough = call.finish(start_batch(call, version, "BatchInferenceJob", "enough"))
    account.write("s3://data/requested.json", "{}\n" * 4)
    more = call.finish(start_batch(call, version, "BatchInferenceJob", "more"))
    segments = call.finish(start_batch(call, version, "BatchSegmentJob", "segments"))

    assert (enough["status"], segments["status"]) == ("ACTIVE", "ACTIVE")
    assert more["failureReason"] == "A file of a batch inference job can have at most 50 million records"
