"""What runs a job and what does not, and what failures look like, with the real CDK CLI."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deployed.stack import DeployedStack

IMPORT = "Custom::PersonalizeDatasetImportJob"


def test_a_job_runs_when_its_data_or_parameters_change(stack: DeployedStack) -> None:
    stack.write_interactions(1000)
    stack.deploy(tags={"team": "books", "cost": "1"})
    assert (stack.rows, len(stack.jobs)) == (1000, 1)
    [first] = stack.jobs
    assert stack.resource(IMPORT)["PhysicalResourceId"] == first["datasetImportJobArn"]

    assert "(no changes)" in stack.deploy()
    assert len(stack.jobs) == 1

    stack.write_interactions(1100)
    stack.deploy()
    assert (stack.rows, len(stack.jobs)) == (1100, 2)

    stack.deploy(mode="INCREMENTAL")
    assert len(stack.jobs) == 3
    assert stack.jobs[-1]["importMode"] == "INCREMENTAL"

    before = stack.resource(IMPORT)
    stack.deploy(own_role=True, tags={"team": "films"}, timeout_minutes=30)
    assert len(stack.jobs) == 3
    assert stack.resource(IMPORT)["PhysicalResourceId"] == before["PhysicalResourceId"]
    assert stack.resource(IMPORT)["LastUpdatedTimestamp"] > before["LastUpdatedTimestamp"]

    job = before["PhysicalResourceId"]
    tags = stack.client("personalize").list_tags_for_resource(resourceArn=job)["tags"]
    assert tags == [{"tagKey": "team", "tagValue": "films"}]

    stack.destroy()
    assert not stack.dataset_group_exists


def test_a_hotswap_runs_no_job_and_the_next_deployment_does(stack: DeployedStack) -> None:
    stack.write_interactions(1000)
    stack.deploy()

    stack.write_interactions(1100)
    stack.cdk("deploy", "--require-approval", "never", "--hotswap")
    assert (stack.rows, len(stack.jobs)) == (1000, 1)

    stack.deploy()
    assert (stack.rows, len(stack.jobs)) == (1100, 2)


def test_a_rollback_moves_no_data(stack: DeployedStack) -> None:
    stack.write_interactions(1000)
    stack.deploy()

    stack.write_interactions(1200)
    stack.deploy(invalid_schema=True, fails=True)

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert len(stack.jobs) == 2
    assert stack.rows == 1200

    stack.deploy(invalid_schema=False)
    assert len(stack.jobs) == 3


def test_a_bad_file_fails_with_the_message_of_the_service_and_a_corrected_one_succeeds(stack: DeployedStack) -> None:
    stack.write_interactions(1000, columns=("USER_ID", "TIMESTAMP"))
    printed = stack.deploy(dataset_by_arn=True, fails=True)

    assert "Input csv is missing the following columns: [ITEM_ID]" in printed
    assert "CREATE_FAILED" in printed
    assert "What to do: the header of every CSV file must name all columns" in stack.status_reasons
    assert stack.status == "ROLLBACK_COMPLETE"

    stack.write_interactions(1000)
    stack.deploy()
    assert stack.rows == 1000

    with (stack.folder / "interactions.csv").open("a") as file:
        file.write("7,8,yesterday\n")
    printed = stack.deploy(fails=True)
    assert "(line 1002 of interactions.csv). Job: arn:" in printed.replace("\n", " ")


def test_the_statement_that_a_warning_prints_is_what_an_imported_bucket_needs(stack: DeployedStack) -> None:
    s3 = stack.client("s3")
    s3.create_bucket(Bucket="owned-by-others", CreateBucketConfiguration={"LocationConstraint": stack.aws.region})
    stack.write_interactions(1000)
    s3.put_object(
        Bucket="owned-by-others", Key="interactions.csv", Body=(stack.folder / "interactions.csv").read_bytes()
    )
    printed = stack.deploy(bucket="owned-by-others", fails=True)

    assert "Insufficient privileges for accessing data in S3" in stack.status_reasons
    assert "What to do: the service role and the bucket's policy must both allow" in stack.status_reasons

    printed = printed[printed.index("make sure that it has these statements:") :]
    statements, _ = json.JSONDecoder().raw_decode(printed[printed.index("[") :])
    s3.put_bucket_policy(
        Bucket="owned-by-others", Policy=json.dumps({"Version": "2012-10-17", "Statement": statements})
    )
    stack.deploy()
    assert stack.rows == 1000


def test_a_stack_is_destroyed_after_its_running_job(stack: DeployedStack) -> None:
    stack.aws.personalize.durations(pending=60, in_progress=1200)
    stack.write_interactions(1000)
    stack.deploy(wait=False)
    assert stack.jobs[-1]["status"] in ("CREATE PENDING", "CREATE IN_PROGRESS")

    stack.destroy()

    assert stack.jobs[-1]["status"] == "ACTIVE"
    assert stack.aws.now() >= stack.jobs[-1]["ended"]
    assert not stack.dataset_group_exists
    buckets = stack.client("s3").list_buckets()["Buckets"]
    assert [bucket["Name"] for bucket in buckets if bucket["Name"].startswith(stack.name.lower()[:20])] == []
