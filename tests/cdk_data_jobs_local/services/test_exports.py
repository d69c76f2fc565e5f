from __future__ import annotations

import json
from typing import Any

import pytest

from cdk_data_jobs_local.services.core.errors import ServiceError

KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234"


def refused(call: Any, dataset: str, **parameters: Any) -> ServiceError:
    with pytest.raises(ServiceError) as error:
        call.start_export(dataset, **parameters)
    return error.value


def test_an_export_writes_the_rows_with_the_schemas_columns(call: Any, account: Any, clock: Any) -> None:
    dataset = call.dataset()
    account.write("s3://data/items.csv", "GENRE,ITEM_ID,PRICE\nx|y,a,1.5\nz,b,\n")
    call.finish_import(dataset)
    arn = call.start_export(dataset)
    states = [(call.job(arn)["status"], clock.advance(after))[0] for after in (59, 1, 239, 1, 0)]

    job = call.job(arn)
    assert arn == "arn:aws:personalize:eu-west-1:111122223333:dataset-export-job/export"
    assert states == ["CREATE PENDING"] * 2 + ["CREATE IN_PROGRESS"] * 2 + ["ACTIVE"]
    assert job["jobOutput"] == {"s3DataDestination": {"path": "s3://out/all/"}}
    assert account.read("s3://out/all/export.csv") == "ITEM_ID,PRICE,GENRE\na,1.5,x|y\nb,,z\n"
    assert account.assumed[-1] == ("arn:aws:iam::111122223333:role/service", "personalize.amazonaws.com", arn)


def test_an_exported_file_can_be_imported_again(call: Any, account: Any, personalize: Any) -> None:
    dataset = call.dataset()
    account.write("s3://data/items.csv", 'ITEM_ID,PRICE,GENRE\na,1,"say \\"hi\\", \\\\ then"\n"b,c",,\\\\x\n')
    call.finish_import(dataset)
    rows = personalize.rows(dataset)
    call.finish(call.start_export(dataset, "s3://out/all"))
    call.finish_import(dataset, "s3://out/all/", name="again")

    assert rows[0]["GENRE"] == 'say "hi", \\ then'
    assert personalize.rows(dataset) == rows


@pytest.mark.parametrize(("mode", "rows"), [({}, 0), ("PUT", 0), ("BULK", 2), ("ALL", 2)])
def test_put_exports_none_of_what_imports_brought(call: Any, account: Any, mode: Any, rows: int) -> None:
    dataset = call.dataset()
    call.finish_import(dataset)
    request = {"jobName": "export", "datasetArn": dataset, "roleArn": "arn:aws:iam::111122223333:role/service"}
    output = {"s3DataDestination": {"path": "s3://out/"}}
    given_mode = {"ingestionMode": mode} if mode else {}
    arn = call("CreateDatasetExportJob", **request, jobOutput=output, **given_mode)["datasetExportJobArn"]
    job = call.finish(arn)

    assert (job["status"], job["ingestionMode"]) == ("ACTIVE", mode or "PUT")
    assert len(account.read("s3://out/export.csv").splitlines()) == 1 + rows


def test_the_newest_record_of_an_id_and_one_of_equal_events_is_exported(
    call: Any, account: Any, personalize: Any
) -> None:
    personalize.settings.minimum_interactions = 1
    items, clicks = call.dataset(), call.dataset(call.INTERACTIONS)
    account.write("s3://data/items.csv", "ITEM_ID,PRICE,GENRE\na,1,old\na,2,new\n")
    account.write("s3://data/clicks.csv", "USER_ID,ITEM_ID,TIMESTAMP\nu,a,1\nu,a,2\nu,a,1\n")
    call.finish_import(items)
    call.finish_import(clicks, "s3://data/clicks.csv", name="clicks")
    call.finish(call.start_export(items, name="items"))
    call.finish(call.start_export(clicks, name="clicks"))

    assert account.read("s3://out/all/items.csv").splitlines()[1:] == ["a,2,new"]
    assert account.read("s3://out/all/clicks.csv").splitlines()[1:] == ["u,a,1", "u,a,2"]


def test_bulk_exports_all_records_of_an_id_that_differ(call: Any, account: Any) -> None:
    items = call.dataset()
    account.write("s3://data/items.csv", "ITEM_ID,PRICE,GENRE\na,1,old\na,2,new\na,1,old\n")
    call.finish_import(items)
    call.finish(call.start_export(items, name="items", ingestionMode="BULK"))

    assert account.read("s3://out/all/items.csv").splitlines()[1:] == ["a,1,old", "a,2,new"]


def test_the_key_of_the_destination_encrypts_the_file(call: Any, account: Any) -> None:
    dataset = call.dataset()
    job = call.finish(call.start_export(dataset, destination={"kmsKeyArn": KEY}))

    assert job["jobOutput"]["s3DataDestination"]["kmsKeyArn"] == KEY
    assert account.keys["out", "all/export.csv"] == KEY


def test_actions_are_not_exported(call: Any) -> None:
    fields = [{"name": "ACTION_ID", "type": "string"}, {"name": "PLACE", "type": "string"}]
    dataset = call.dataset(json.dumps({"type": "record", "name": "Actions", "fields": fields}))

    assert refused(call, dataset).message == "A dataset of type ACTIONS cannot be exported"


def test_the_key_must_be_named_by_its_arn(call: Any) -> None:
    error = refused(call, call.dataset(), destination={"kmsKeyArn": "arn:aws:kms:eu-west-1:111122223333:alias/mine"})

    assert (error.code, "kmsKeyArn" in error.message) == ("InvalidInputException", True)


@pytest.mark.parametrize("denied", ["list", "write"])
def test_missing_privileges_are_reported_at_once(call: Any, account: Any, denied: str) -> None:
    account.denied.add(denied)

    error = refused(call, call.dataset())
    assert error.code == "InvalidInputException"
    assert "Insufficient privileges" in error.message
    assert "fix bucket policy on out" in error.message


def test_what_is_taken_away_while_the_job_waits_fails_it(call: Any, account: Any) -> None:
    arn = call.start_export(call.dataset())
    account.denied.add("write")
    job = call.finish(arn)

    assert (job["status"], "Insufficient privileges" in job["failureReason"]) == ("CREATE FAILED", True)


def test_a_dataset_that_is_gone_fails_the_job(call: Any) -> None:
    dataset = call.dataset()
    arn = call.start_export(dataset)
    call("DeleteDataset", datasetArn=dataset)

    assert call.finish(arn)["status"] == "CREATE FAILED"


def test_names_are_used_up_and_tags_kept_as_with_imports(call: Any) -> None:
    dataset = call.dataset()
    tags = [{"tagKey": "team", "tagValue": "shop"}]
    arn = call.start_export(dataset, tags=tags)

    assert refused(call, dataset).code == "ResourceAlreadyExistsException"
    assert call("ListTagsForResource", resourceArn=arn)["tags"] == tags
    assert [job["jobName"] for job in call("ListDatasetExportJobs", datasetArn=dataset)["datasetExportJobs"]] == [
        "export"
    ]


def test_jobs_of_several_kinds_take_effect_in_the_order_in_which_they_are_due(
    call: Any, account: Any, clock: Any, personalize: Any
) -> None:
    dataset = call.dataset()
    first = call.start_export(dataset, name="before")
    clock.advance(1)
    call.start_import(dataset)
    clock.advance(1)
    call.start_export(dataset, name="after")
    clock.advance(1000)
    exported = [job["rows"] for job in personalize.jobs("DatasetExportJob")]

    assert call.job(first)["status"] == "ACTIVE"
    assert exported == [0, 2]
    assert len(account.objects) == 3


def test_there_is_no_quota_for_exports(call: Any) -> None:
    dataset = call.dataset()

    assert len({call.start_export(dataset, name=f"job-{number}") for number in range(7)}) == 7


def test_an_unknown_kind_of_job_is_refused(personalize: Any) -> None:
    with pytest.raises(ValueError, match="there is no kind of job Nap, but DatasetImportJob"):
        personalize.jobs("Nap")
