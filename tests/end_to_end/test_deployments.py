"""A data-loading stack's life, with the real CDK CLI: what runs a job, what does not, and what failures look like."""

from __future__ import annotations

import json
from typing import Any

IMPORT = "Custom::PersonalizeDatasetImportJob"


def test_life_of_a_stack(shop: Any) -> None:
    shop.write(1000)
    shop.deploy()
    assert (shop.rows, len(shop.jobs)) == (1000, 1)
    [first] = shop.jobs
    assert shop.resource(IMPORT)["PhysicalResourceId"] == first["datasetImportJobArn"]

    assert "(no changes)" in shop.deploy()
    assert len(shop.jobs) == 1

    shop.write(1100)
    shop.deploy()
    assert (shop.rows, len(shop.jobs)) == (1100, 2)

    shop.deploy(mode="INCREMENTAL")
    assert len(shop.jobs) == 3
    assert shop.jobs[-1]["importMode"] == "INCREMENTAL"

    before = shop.resource(IMPORT)
    shop.deploy(own_role=True, tags={"team": "books"}, minutes=30)
    assert len(shop.jobs) == 3
    assert shop.resource(IMPORT)["PhysicalResourceId"] == before["PhysicalResourceId"]
    assert shop.resource(IMPORT)["LastUpdatedTimestamp"] > before["LastUpdatedTimestamp"]

    shop.destroy()
    assert not shop.dataset_group_exists


def test_a_hotswap_runs_no_job_and_the_next_deployment_does(shop: Any) -> None:
    shop.write(1000)
    shop.deploy()

    shop.write(1100)
    shop.cdk("deploy", "--require-approval", "never", "--hotswap")
    assert (shop.rows, len(shop.jobs)) == (1000, 1)

    shop.deploy()
    assert (shop.rows, len(shop.jobs)) == (1100, 2)


def test_a_rollback_moves_no_data(shop: Any) -> None:
    shop.write(1000)
    shop.deploy()

    shop.write(1200)
    shop.deploy(broken=True, fails=True)

    assert shop.status == "UPDATE_ROLLBACK_COMPLETE"
    assert len(shop.jobs) == 2
    assert shop.rows == 1200

    shop.deploy(broken=False)
    assert len(shop.jobs) == 3


def test_a_bad_file_fails_with_the_services_words_and_a_mended_one_succeeds(shop: Any) -> None:
    shop.write(1000, columns=("USER_ID", "TIMESTAMP"))
    told = shop.deploy(foreign_dataset=True, fails=True)

    assert "Input csv is missing the following columns: [ITEM_ID]" in told
    assert "CREATE_FAILED" in told
    assert "What to do: the header of every CSV file must name all columns" in shop.reasons
    assert shop.status == "ROLLBACK_COMPLETE"

    shop.write(1000)
    shop.deploy()
    assert shop.rows == 1000


def test_the_statement_that_a_warning_prints_is_what_an_imported_bucket_needs(shop: Any) -> None:
    s3 = shop.aws.client("s3")
    s3.create_bucket(Bucket="owned-by-others", CreateBucketConfiguration={"LocationConstraint": shop.aws.region})
    shop.write(1000)
    s3.put_object(
        Bucket="owned-by-others", Key="interactions.csv", Body=(shop.folder / "interactions.csv").read_bytes()
    )
    told = shop.deploy(bucket="owned-by-others", fails=True)

    assert "Insufficient privileges for accessing data in S3" in shop.reasons
    assert "What to do: the service role and the bucket's policy must both allow" in shop.reasons

    printed = told[told.index("make sure that it has these statements:") :]
    statements, _ = json.JSONDecoder().raw_decode(printed[printed.index("[") :])
    s3.put_bucket_policy(
        Bucket="owned-by-others", Policy=json.dumps({"Version": "2012-10-17", "Statement": statements})
    )
    shop.deploy()
    assert shop.rows == 1000


def test_a_stack_is_destroyed_after_its_running_job(shop: Any) -> None:
    shop.aws.personalize.durations(pending=60, in_progress=1200)
    shop.write(1000)
    shop.deploy(wait=False)
    assert shop.jobs[-1]["status"] in ("CREATE PENDING", "CREATE IN_PROGRESS")

    shop.destroy()

    assert shop.jobs[-1]["status"] == "ACTIVE"
    assert shop.aws.now() >= shop.jobs[-1]["ended"]
    assert not shop.dataset_group_exists
    buckets = shop.aws.client("s3").list_buckets()["Buckets"]
    assert [bucket["Name"] for bucket in buckets if bucket["Name"].startswith(shop.stack.lower()[:20])] == []
