from __future__ import annotations

from typing import Any

import pytest

from cdk_data_jobs_local.services.core.errors import ServiceError

ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset-import-job/job"
FORMAT = (
    "If no values exceed the character limit, make sure your data follows the formatting guidelines listed in "
    "https://docs.aws.amazon.com/personalize/latest/dg/data-prep-formatting.html."
)


def refused(call: Any, dataset: str, **parameters: Any) -> ServiceError:
    with pytest.raises(ServiceError) as error:
        call.start_import(dataset, **parameters)
    return error.value


def test_an_import_goes_through_its_states_and_keeps_the_rows(call: Any, clock: Any, personalize: Any) -> None:
    dataset = call.dataset()
    created = clock.now()
    arn = call.start_import(dataset)
    states = [(call.job(arn)["status"], clock.advance(after))[0] for after in (59, 1, 239, 1, 0)]

    job = call.job(arn)
    assert arn == ARN
    assert states == ["CREATE PENDING"] * 2 + ["CREATE IN_PROGRESS"] * 2 + ["ACTIVE"]
    assert (job["creationDateTime"], job["lastUpdatedDateTime"]) == (created, created + 300)
    assert (job["importMode"], job["publishAttributionMetricsToS3"]) == ("FULL", False)
    assert "failureReason" not in job
    assert personalize.rows(dataset) == [
        {"ITEM_ID": "a", "PRICE": "1.5", "GENRE": "x|y"},
        {"ITEM_ID": "b", "PRICE": "", "GENRE": "z"},
    ]
    assert (personalize.jobs("DatasetImportJob")[0]["rows"], personalize.jobs("DatasetImportJob")[0]["ended"]) == (
        2,
        created + 300,
    )


def test_the_role_is_assumed_for_the_job(call: Any, account: Any) -> None:
    call.finish_import(call.dataset())

    assert set(account.assumed) == {
        ("arn:aws:iam::111122223333:role/service", "personalize.amazonaws.com", ARN),
    }


def test_the_first_description_may_be_of_a_job_in_progress(call: Any) -> None:
    call.service.change_settings(pending=0)

    assert call.job(call.start_import(call.dataset()))["status"] == "CREATE IN_PROGRESS"


def test_full_replaces_and_incremental_merges_by_id(call: Any, account: Any, personalize: Any) -> None:
    dataset = call.dataset()
    call.finish_import(dataset)
    account.write("s3://data/items.csv", "ITEM_ID,PRICE,GENRE\nb,2,new\nc,3,new\n")
    call.finish_import(dataset, name="more", importMode="INCREMENTAL")
    merged = {row["ITEM_ID"]: row["GENRE"] for row in personalize.rows(dataset)}
    call.finish_import(dataset, name="again")

    assert merged == {"a": "x|y", "b": "new", "c": "new"}
    assert [row["ITEM_ID"] for row in personalize.rows(dataset)] == ["b", "c"]


def test_interactions_add_up(call: Any, account: Any, personalize: Any) -> None:
    personalize.settings.minimum_interactions = 1
    dataset = call.dataset(call.INTERACTIONS)
    account.write("s3://data/clicks.csv", "USER_ID,ITEM_ID,TIMESTAMP\nu,i,1\n")
    call.finish_import(dataset, "s3://data/clicks.csv")
    call.finish_import(dataset, "s3://data/clicks.csv", name="more", importMode="INCREMENTAL")

    assert personalize.row_count(dataset) == 2


def test_incremental_needs_a_full_import_before(call: Any) -> None:
    error = refused(call, call.dataset(), importMode="INCREMENTAL")

    assert (error.code, "after a FULL" in error.message) == ("InvalidInputException", True)


@pytest.mark.parametrize(("mode", "rows"), [("FULL", 1000), ("INCREMENTAL", 2000)])
def test_an_import_of_interactions_needs_a_thousand(
    call: Any, account: Any, personalize: Any, mode: str, rows: int
) -> None:
    dataset = call.dataset(call.INTERACTIONS)
    header, row = "USER_ID,ITEM_ID,TIMESTAMP\n", "u,i,1\n"
    account.write("s3://data/clicks.csv", header + row * 1000)
    call.finish_import(dataset, "s3://data/clicks.csv", name="first")
    account.write("s3://data/few.csv", header + row * 999)
    few = call.finish_import(dataset, "s3://data/few.csv", name="few", importMode=mode)
    enough = call.finish_import(dataset, "s3://data/clicks.csv", name="enough", importMode=mode)

    assert (few["status"], "at least 1,000" in few["failureReason"]) == ("CREATE FAILED", True)
    assert (enough["status"], personalize.row_count(dataset)) == ("ACTIVE", rows)


def test_a_sixth_import_at_once_is_one_too_many(call: Any, clock: Any) -> None:
    dataset = call.dataset()
    for number in range(5):
        call.start_import(dataset, name=f"job-{number}")
    error = refused(call, dataset, name="one-too-many")
    clock.advance(1000)
    call.start_import(dataset, name="one-too-many")

    assert error.code == "LimitExceededException"
    assert error.message == "More than 5 resources with PENDING or IN_PROGRESS status."


def test_a_job_name_is_used_up_for_ever(call: Any) -> None:
    dataset = call.dataset()
    call.finish_import(dataset)

    assert refused(call, dataset).code == "ResourceAlreadyExistsException"


def test_a_folder_is_read_at_its_first_level_and_only_csv(call: Any, account: Any, personalize: Any) -> None:
    dataset = call.dataset()
    header = "ITEM_ID,PRICE,GENRE\n"
    for key in ("in/1.csv", "in/2.CSV", "in/deeper/3.csv", "in/4.txt", "in-5.csv"):
        account.write(f"s3://data/{key}", f"{header}{key},1,x\n")
    call.finish_import(dataset, "s3://data/in/")

    assert [row["ITEM_ID"] for row in personalize.rows(dataset)] == ["in/1.csv", "in/2.CSV"]


@pytest.mark.parametrize("url", ["s3://data/none.csv", "s3://data/none/", "s3://data/item", "s3://elsewhere/"])
def test_a_location_with_nothing_in_it_is_refused(call: Any, url: str) -> None:
    error = refused(call, call.dataset(), url=url)

    assert (error.code, error.message) == ("InvalidInputException", "Invalid Data location.")


def test_the_header_is_checked_at_once(call: Any, account: Any) -> None:
    account.write("s3://data/items.csv", "PRICE,OTHER\n1,2\n")

    error = refused(call, call.dataset())
    assert error.code == "InvalidInputException"
    assert error.message == "Input csv is missing the following columns: [ITEM_ID, GENRE]"


@pytest.mark.parametrize("denied", ["list", "read"])
def test_missing_privileges_are_reported_at_once(call: Any, account: Any, denied: str) -> None:
    account.denied.add(denied)

    error = refused(call, call.dataset())
    assert error.code == "InvalidInputException"
    assert error.message == (
        "Insufficient privileges for accessing data in S3. Please look at https://docs.aws.amazon.com/personalize/latest/"
        "dg/granting-personalize-s3-access.html#attach-bucket-policy and fix bucket policy on data."
    )


def test_a_role_that_cannot_be_assumed_is_reported_at_once(call: Any, account: Any) -> None:
    account.assumable = False

    assert "cannot be assumed" in refused(call, call.dataset()).message


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"dataSource": {}}, "dataLocation is required"),
        ({"publishAttributionMetricsToS3": True}, "requires a metric attribution"),
        ({"dataSource": {"dataLocation": "s3://" + "x" * 252}}, "length less than or equal to 256"),
        ({"roleArn": "arn:aws:iam::1:role/x"}, "roleArn"),
        ({"importMode": "SOME"}, "[FULL, INCREMENTAL]"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(call: Any, parameters: Any, message: str) -> None:
    error = refused(call, call.dataset(), **parameters)

    assert (error.code, message in error.message) == ("InvalidInputException", True)


def test_the_role_is_required_although_the_model_does_not_say_so(call: Any) -> None:
    request = {"jobName": "job", "datasetArn": call.dataset(), "dataSource": {"dataLocation": "s3://data/items.csv"}}

    with pytest.raises(ServiceError, match="roleArn is required"):
        call("CreateDatasetImportJob", **request)


def test_an_unknown_dataset_or_job_is_not_found(call: Any) -> None:
    dataset = "arn:aws:personalize:eu-west-1:111122223333:dataset/x/ITEMS"
    unknown = refused(call, dataset)
    with pytest.raises(ServiceError) as error:
        call.job(ARN)

    assert {unknown.code, error.value.code} == {"ResourceNotFoundException"}
    assert unknown.message == f"The given dataset does not exist: {dataset}"
    assert error.value.message == f"The given dataset import job does not exist: {ARN}"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a,cheap,x", "PRICE must be of type float, got 'cheap'"),
        (",1,x", "ITEM_ID must not be empty"),
        ("i" * 257 + ",1,x", f"Length cannot be more than 256 characters for ITEM_ID. {FORMAT}"),
        ("a,1," + "g" * 1001, f"Length cannot be more than 1000 characters for GENRE. {FORMAT}"),
        ("a,1", "a row must have 3 values, as the header has, got 2"),
    ],
)
def test_a_row_that_does_not_fit_fails_the_job_and_keeps_the_old_rows(
    call: Any, account: Any, personalize: Any, row: str, reason: str
) -> None:
    dataset = call.dataset()
    call.finish_import(dataset)
    account.write("s3://data/items.csv", f"ITEM_ID,PRICE,GENRE\nok,1,x\n{row}\n")
    job = call.finish_import(dataset, name="bad")

    assert job["status"] == "CREATE FAILED"
    assert job["failureReason"].startswith(reason)
    assert job["failureReason"].endswith("(line 3 of s3://data/items.csv)")
    assert personalize.row_count(dataset) == 2


def test_what_is_taken_away_while_a_job_waits_fails_it(call: Any, account: Any, clock: Any) -> None:
    dataset = call.dataset()
    jobs = [call.start_import(dataset, name=f"job-{number}") for number in range(2)]
    account.denied.add("read")
    clock.advance(1000)
    reasons = [call.job(arn)["failureReason"] for arn in jobs]

    assert all(reason.startswith("Insufficient privileges") for reason in reasons)


def test_a_defect_of_the_emulator_fails_one_job_and_not_the_others(
    call: Any, account: Any, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    dataset = call.dataset()
    account.write("s3://data/other.csv", "ITEM_ID,PRICE,GENRE\na,1,x\n")
    broken, other = call.start_import(dataset), call.start_import(dataset, "s3://data/other.csv", name="other")
    account.objects["data", "items.csv"] = None
    clock.advance(1000)

    assert call.job(broken)["failureReason"].startswith("Internal failure: TypeError")
    assert call.job(other)["status"] == "ACTIVE"
    assert "could not do its work" in caplog.text


def test_quotes_and_backslashes_in_texts(call: Any, account: Any, personalize: Any) -> None:
    account.write("s3://data/items.csv", '\ufeffITEM_ID,PRICE,GENRE\r\na,1,"say \\"hi\\", \\\\ then"\r\n')
    dataset = call.dataset()
    call.finish_import(dataset)

    assert personalize.rows(dataset)[0]["GENRE"] == 'say "hi", \\ then'


def test_a_record_on_two_lines_fails_the_job(call: Any, account: Any) -> None:
    account.write("s3://data/items.csv", 'ITEM_ID,PRICE,GENRE\na,1,"first\nsecond"\n')

    assert "a record must be on a single line" in call.finish_import(call.dataset())["failureReason"]


def test_a_file_that_is_not_utf_8_fails_the_job(call: Any, account: Any) -> None:
    account.objects["data", "items.csv"] = b"ITEM_ID,PRICE,GENRE\n\xff,1,x\n"

    assert "in UTF-8" in call.finish_import(call.dataset())["failureReason"]


def test_jobs_are_listed_by_dataset(call: Any) -> None:
    items, clicks = call.dataset(), call.dataset(call.INTERACTIONS, group="other")
    call.finish_import(items)

    assert [job["jobName"] for job in call("ListDatasetImportJobs", datasetArn=items)["datasetImportJobs"]] == ["job"]
    assert call("ListDatasetImportJobs", datasetArn=clicks)["datasetImportJobs"] == []
    assert len(call("ListDatasetImportJobs")["datasetImportJobs"]) == 1


def test_a_deleted_datasets_rows_are_gone(call: Any, personalize: Any) -> None:
    dataset = call.dataset()
    call.finish_import(dataset)
    call("DeleteDataset", datasetArn=dataset)

    assert personalize.rows(dataset) == []


def test_a_jobs_tags_can_be_read(call: Any) -> None:
    tags = [{"tagKey": "team", "tagValue": "shop"}]
    arn = call.start_import(call.dataset(), tags=tags)

    assert call("ListTagsForResource", resourceArn=arn)["tags"] == tags


def test_a_job_whose_record_is_gone_is_unknown(call: Any, personalize: Any) -> None:
    arn = call.start_import(call.dataset())
    personalize.forget_job(arn)

    with pytest.raises(ServiceError, match="does not exist"):
        call.job(arn)
    with pytest.raises(ServiceError, match="does not exist"):
        call("TagResource", resourceArn=arn, tags=[])
    with pytest.raises(ValueError, match="there is no job"):
        personalize.forget_job(arn)


def test_a_job_without_access_is_accepted_and_fails_only_if_the_test_says_so(call: Any, account: Any) -> None:
    dataset = call.dataset()
    account.denied.add("read")
    error = refused(call, dataset)
    call.service.change_settings(late_access=True)
    job = call.finish_import(dataset)

    assert error.message.startswith("Insufficient privileges for accessing data in S3.")
    assert (job["status"], job["failureReason"]) == (
        "CREATE FAILED",
        "Insufficient privileges for accessing data in Amazon S3.",
    )


def test_what_is_wrong_beside_access_is_refused_at_once(call: Any, account: Any) -> None:
    call.service.change_settings(late_access=True)
    dataset = call.dataset()
    call.start_import(dataset, name="complete")
    account.write("s3://data/items.csv", "ITEM_ID,PRICE\na,1\n")

    with pytest.raises(Exception, match="missing the following columns"):
        call.start_import(dataset, name="incomplete")
