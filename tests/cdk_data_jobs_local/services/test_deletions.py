from __future__ import annotations

from typing import Any

import pytest

from cdk_data_jobs_local.services.core.errors import ServiceError

GROUP = "arn:aws:personalize:eu-west-1:111122223333:dataset-group/shop"


@pytest.fixture
def datasets(call: Any, account: Any, personalize: Any) -> dict[str, str]:
    personalize.settings.minimum_interactions = 1
    account.write("s3://data/users.csv", "USER_ID,AGE\nann,1\nbob,2\ncid,\n")
    account.write("s3://data/clicks.csv", "USER_ID,ITEM_ID,TIMESTAMP\nann,a,1\nbob,a,2\nann,b,3\nann,b,3\n")
    account.write("s3://data/leaving.csv", "USER_ID\nann\nnobody\n")
    schemas = {"users": call.USERS, "clicks": call.INTERACTIONS, "items": call.ITEMS}
    made = {name: call.dataset(schema) for name, schema in schemas.items()}
    for name, dataset in made.items():
        call.finish_import(dataset, f"s3://data/{name}.csv", name=name)
    return made


def refused(call: Any, *arguments: Any) -> ServiceError:
    with pytest.raises(ServiceError) as error:
        call.start_deletion(*arguments)
    return error.value


def test_the_users_rows_go_from_all_datasets_of_the_group(
    call: Any, clock: Any, personalize: Any, datasets: dict[str, str]
) -> None:
    arn = call.start_deletion(GROUP)
    states = [(call.job(arn)["status"], clock.advance(after))[0] for after in (59, 1, 239, 1, 0)]
    left = {name: personalize.rows(dataset) for name, dataset in datasets.items()}

    assert states == ["PENDING"] * 2 + ["IN_PROGRESS"] * 2 + ["COMPLETED"]
    assert call.job(arn)["numDeleted"] == 4
    assert [row["USER_ID"] for row in left["users"]] == ["bob", "cid"]
    assert [row["USER_ID"] for row in left["clicks"]] == ["bob"]
    assert len(left["items"]) == 2


def test_another_groups_users_stay(call: Any, account: Any, personalize: Any, datasets: dict[str, str]) -> None:
    call("CreateDatasetGroup", name="other")
    call.clock.advance(30)
    other = GROUP.replace("shop", "other")
    job = call.finish(call.start_deletion(other))

    assert (job["status"], job["numDeleted"]) == ("COMPLETED", 0)
    assert personalize.row_count(datasets["users"]) == 3
    assert account.assumed[-1][2] == job["dataDeletionJobArn"]


def test_who_was_imported_twice_counts_once_and_may_come_back(
    call: Any, account: Any, personalize: Any, datasets: dict[str, str]
) -> None:
    account.write("s3://data/again.csv", "AGE,USER_ID\n4,ann\n5,dan\n")
    call.finish_import(datasets["users"], "s3://data/again.csv", name="again", importMode="INCREMENTAL")
    deleted = call.finish(call.start_deletion(GROUP))["numDeleted"]
    left = personalize.rows(datasets["users"])
    call.finish_import(datasets["users"], "s3://data/again.csv", name="back", importMode="INCREMENTAL")

    assert deleted == 4
    assert left == [{"USER_ID": user, "AGE": age} for user, age in (("bob", "2"), ("cid", ""), ("dan", "5"))]
    assert [row["USER_ID"] for row in personalize.rows(datasets["users"], limit=3)] == ["bob", "cid", "ann"]


def test_sub_folders_are_read_too(call: Any, account: Any, personalize: Any, datasets: dict[str, str]) -> None:
    account.write("s3://data/gone/1.csv", "USER_ID\nann\n")
    account.write("s3://data/gone/deep/2.CSV", "USER_ID\nbob\n")
    account.write("s3://data/gone/deep/notes.txt", "cid\n")
    job = call.finish(call.start_deletion(GROUP, "s3://data/gone/"))

    assert job["numDeleted"] == 6
    assert [row["USER_ID"] for row in personalize.rows(datasets["users"])] == ["cid"]


def test_the_deleted_users_are_not_exported(call: Any, account: Any, datasets: dict[str, str]) -> None:
    call.finish(call.start_deletion(GROUP))
    call.finish(call.start_export(datasets["users"]))

    assert account.read("s3://out/all/export.csv") == "USER_ID,AGE\nbob,2\ncid,\n"


def test_what_all_other_users_were_imported_with_stays(call: Any, account: Any, datasets: dict[str, str]) -> None:
    account.write("s3://data/again.csv", "AGE,USER_ID\n3,ann\n4,bob\n5,bob\n")
    call.finish_import(datasets["users"], "s3://data/again.csv", name="again", importMode="INCREMENTAL")
    deleted = call.finish(call.start_deletion(GROUP))["numDeleted"]
    call.finish(call.start_export(datasets["users"], ingestionMode="BULK"))

    assert account.read("s3://out/all/export.csv") == "USER_ID,AGE\nbob,2\ncid,\nbob,4\nbob,5\n"
    assert deleted == 4


@pytest.mark.usefixtures("datasets")
def test_a_bucket_with_a_kms_key_is_refused(call: Any, account: Any) -> None:
    account.keys["data", "leaving.csv"] = "arn:aws:kms:eu-west-1:111122223333:key/1"

    error = refused(call, GROUP)
    assert error.code == "InvalidInputException"
    assert "Invalid Data location. The bucket data uses an AWS KMS key" in error.message


@pytest.mark.usefixtures("datasets")
@pytest.mark.parametrize(
    ("group", "url", "message"),
    [
        (GROUP, "s3://data/none/", "Invalid Data location."),
        (GROUP, "s3://data/items.csv", "missing the following columns: [USER_ID]"),
        (GROUP.replace("shop", "none"), "s3://data/leaving.csv", "does not exist"),
    ],
)
def test_a_deletion_that_makes_no_sense_is_refused(call: Any, group: str, url: str, message: str) -> None:
    assert message in refused(call, group, url).message


@pytest.mark.usefixtures("datasets")
def test_what_is_taken_away_while_the_job_waits_fails_it(call: Any, account: Any) -> None:
    arn = call.start_deletion(GROUP)
    account.denied.add("read")
    job = call.finish(arn)

    assert (job["status"], "Insufficient privileges" in job["failureReason"]) == ("FAILED", True)
    assert "numDeleted" not in job


@pytest.mark.usefixtures("datasets")
def test_deletions_are_listed_by_dataset_group(call: Any) -> None:
    call.start_deletion(GROUP)
    found = call("ListDataDeletionJobs", datasetGroupArn=GROUP)["dataDeletionJobs"]

    assert [(job["jobName"], job["status"]) for job in found] == [("deletion", "PENDING")]
