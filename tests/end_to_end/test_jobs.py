"""Every other job, with the real CDK CLI: what goes in comes out, what is forgotten is gone, what fails is told."""

from __future__ import annotations

import csv
import io
import json
from typing import Any


def exported(shop: Any) -> list[dict[str, str]]:
    """The rows of the newest export, read from S3."""
    s3 = shop.aws.client("s3")
    job = shop.aws.client("personalize").describe_dataset_export_job(datasetExportJobArn=shop.output("Export"))
    path = job["datasetExportJob"]["jobOutput"]["s3DataDestination"]["path"]
    bucket, _, prefix = path.removeprefix("s3://").partition("/")
    name = job["datasetExportJob"]["jobName"]
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])]
    bodies = [s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode() for key in keys if name in key]
    return [row for body in bodies for row in csv.DictReader(io.StringIO(body))]


def test_a_round_trip(shop: Any) -> None:
    shop.app = "round_trip.py"
    shop.write(1000)
    shop.deploy()
    with (shop.folder / "interactions.csv").open() as file:
        imported = list(csv.DictReader(file))

    assert sorted(exported(shop), key=str) == sorted(imported, key=str)

    (shop.folder / "users.csv").write_text("USER_ID\nuser-7\nuser-8\n")
    shop.deploy(forget=str(shop.folder / "users.csv"), trigger="after the deletion")

    left = [row for row in imported if row["USER_ID"] not in ("user-7", "user-8")]
    assert shop.output("Deleted") == "2"
    assert sorted(exported(shop), key=str) == sorted(left, key=str)

    shop.destroy()


def test_a_segment(shop: Any) -> None:
    shop.app = "segment.py"
    shop.aws.personalize.durations(pending=30, in_progress=60, creating=0)
    service = shop.aws.client("personalize")
    group = service.create_dataset_group(name="segments")["datasetGroupArn"]
    recipe = "arn:aws:personalize:::recipe/aws-item-affinity"
    solution = service.create_solution(name="segments", datasetGroupArn=group, recipeArn=recipe)["solutionArn"]
    version = service.create_solution_version(solutionArn=solution)["solutionVersionArn"]
    (shop.folder / "items.json").write_text('{"itemId": "item-7"}\n')

    shop.deploy(file=str(shop.folder / "items.json"), version=version)

    assert shop.output("Status") == "ACTIVE"
    shop.destroy()


ENDPOINTS = [
    {"Id": f"endpoint-{number}", "Address": f"reader{number}@example.com", "ChannelType": "EMAIL"}
    for number in range(20)
]
BAD = [{"Id": f"bad-{number}"} for number in range(3)]


def test_endpoints_with_bad_entries(shop: Any) -> None:
    shop.app = "campaign.py"
    rows = [",".join(entry.get(name, "") for name in ("Id", "Address", "ChannelType")) for entry in ENDPOINTS + BAD]
    (shop.folder / "endpoints.csv").write_text("\n".join(["Id,Address,ChannelType", *rows, ""]))
    told = shop.deploy(file=str(shop.folder / "endpoints.csv"), format="CSV", max_failures=2, fails=True)

    assert "3 failed entries where 2 are accepted" in told
    assert shop.status == "ROLLBACK_COMPLETE"

    shop.deploy(max_failures=3)
    assert (shop.output("Processed"), shop.output("Failed")) == ("23", "3")
    assert len(shop.aws.pinpoint.endpoints(shop.output("Application"))) == 20

    (shop.folder / "endpoints.json").write_text("".join(json.dumps(entry) + "\n" for entry in ENDPOINTS + BAD))
    lines = str(shop.folder / "endpoints.json")
    told = shop.deploy(file=lines, format="JSON", segment="readers", max_failures=2, fails=True)
    assert "3 failed entries where 2 are accepted" in told
    assert "3 of 23 entries failed: " in shop.reasons
    assert shop.status == "UPDATE_ROLLBACK_COMPLETE"

    shop.deploy(max_failures=3)
    assert (shop.output("Processed"), shop.output("Failed")) == ("23", "3")
    assert {segment["Name"] for segment in shop.aws.pinpoint.segments(shop.output("Application"))} == {"readers"}


def test_a_job_that_outlives_two_links(shop: Any) -> None:
    shop.write(1000)
    shop.aws.personalize.durations(pending=60, in_progress=140)
    shop.deploy(minutes=5, share=60)

    types = shop.types
    assert types["Custom::DataJobWait"] == 4
    assert (shop.rows, len(shop.jobs)) == (1000, 1)

    shop.write(1100)
    shop.deploy()
    assert (shop.rows, len(shop.jobs)) == (1100, 2)

    shop.write(1200)
    shop.deploy(broken=True, fails=True)
    assert shop.status == "UPDATE_ROLLBACK_COMPLETE"
    assert len(shop.jobs) == 3

    shop.destroy()


def test_a_job_that_ends_early_lets_the_other_links_answer_at_once(shop: Any) -> None:
    shop.write(1000)
    shop.aws.personalize.durations(pending=5, in_progress=10)
    before = shop.aws.now()
    shop.deploy(minutes=50, share=600)

    assert shop.types["Custom::DataJobWait"] == 4
    assert shop.aws.now() - before < 3000
    assert len(shop.jobs) == 1


def test_a_job_that_fails_in_the_first_link_fails_the_deployment(shop: Any) -> None:
    shop.write(999)
    told = shop.deploy(minutes=5, share=60, fails=True)

    assert shop.status == "ROLLBACK_COMPLETE"
    assert "1000" in told or "1,000" in told


def test_tags_are_changed_on_the_job_without_another_run(shop: Any) -> None:
    shop.write(1000)
    shop.deploy(tags={"team": "books", "cost": "1"})
    shop.deploy(tags={"team": "films"})

    [job] = shop.jobs
    tags = shop.aws.client("personalize").list_tags_for_resource(resourceArn=job["datasetImportJobArn"])["tags"]
    assert tags == [{"tagKey": "team", "tagValue": "films"}]


def test_a_deployment_goes_on_if_asked_to_when_the_job_fails(shop: Any) -> None:
    shop.write(999)
    shop.deploy(goes_on=True)

    assert shop.status == "CREATE_COMPLETE"
    assert shop.output("Status") == "CREATE FAILED"


def test_a_job_of_any_service(shop: Any) -> None:
    shop.app = "any_job.py"
    shop.deploy()
    dynamodb = shop.aws.client("dynamodb")
    for number in range(3):
        dynamodb.put_item(TableName=shop.stack, Item={"id": {"S": str(number)}})
    shop.deploy(export=True)

    assert shop.output("Items") == "3"
    assert shop.output("Manifest").endswith("manifest-summary.json")
    exports = dynamodb.list_exports()["ExportSummaries"]
    assert [export["ExportStatus"] for export in exports] == ["COMPLETED"]

    shop.deploy(trigger="again")
    assert len(dynamodb.list_exports()["ExportSummaries"]) == 2


def test_a_job_of_any_service_fails_with_the_services_words(shop: Any) -> None:
    shop.app = "any_job.py"
    shop.deploy(export=True, typo="s", fails=True)

    assert "DynamoDB export could not be created: TableNotFoundException" in shop.reasons
