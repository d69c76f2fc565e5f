"""What each kind of job does and reports, with the real CDK CLI."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from apps.aws_job import TableExport as AnyTableExport
from apps.batch_segment import BatchSegment
from apps.import_and_export import ImportAndExport
from apps.ingestion import Ingestion
from apps.pinpoint_import import PinpointImport
from apps.table_export import TableExport

if TYPE_CHECKING:
    from deployed.stack import DeployedStack


def exported(stack: DeployedStack) -> list[dict[str, str]]:
    """The rows of the newest export, read from S3."""
    s3 = stack.client("s3")
    job = stack.client("personalize").describe_dataset_export_job(datasetExportJobArn=stack.output("Export"))
    path = job["datasetExportJob"]["jobOutput"]["s3DataDestination"]["path"]
    bucket, _, prefix = path.removeprefix("s3://").partition("/")
    name = job["datasetExportJob"]["jobName"]
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])]
    bodies = [s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode() for key in keys if name in key]
    return [row for body in bodies for row in csv.DictReader(io.StringIO(body))]


def test_an_export_has_the_imported_rows_less_the_deleted_ones(stack: DeployedStack) -> None:
    stack.app = ImportAndExport
    stack.write_interactions(1000)
    stack.deploy()
    with (stack.folder / "interactions.csv").open() as file:
        imported = list(csv.DictReader(file))

    assert sorted(exported(stack), key=str) == sorted(imported, key=str)

    (stack.folder / "users.csv").write_text("USER_ID\nuser-7\nuser-8\n")
    stack.deploy(users_to_delete=str(stack.folder / "users.csv"), trigger="after the deletion")

    remaining = [row for row in imported if row["USER_ID"] not in ("user-7", "user-8")]
    assert stack.output("Deleted") == "2"
    assert sorted(exported(stack), key=str) == sorted(remaining, key=str)

    stack.destroy()


def test_a_batch_segment_job(stack: DeployedStack) -> None:
    stack.app = BatchSegment
    stack.aws.personalize.durations(pending=30, in_progress=60, creating=0)
    service = stack.client("personalize")
    group = service.create_dataset_group(name="segments")["datasetGroupArn"]
    recipe = "arn:aws:personalize:::recipe/aws-item-affinity"
    solution = service.create_solution(name="segments", datasetGroupArn=group, recipeArn=recipe)["solutionArn"]
    version = service.create_solution_version(solutionArn=solution)["solutionVersionArn"]
    (stack.folder / "items.json").write_text('{"itemId": "item-7"}\n')

    stack.deploy(file=str(stack.folder / "items.json"), version=version)

    assert stack.output("Status") == "ACTIVE"


ENDPOINTS = [
    {"Id": f"endpoint-{number}", "Address": f"reader{number}@example.com", "ChannelType": "EMAIL"}
    for number in range(20)
]
INVALID = [{"Id": f"invalid-{number}"} for number in range(3)]


def test_an_import_of_endpoints_with_invalid_entries(stack: DeployedStack) -> None:
    stack.app = PinpointImport
    rows = [",".join(entry.get(name, "") for name in ("Id", "Address", "ChannelType")) for entry in ENDPOINTS + INVALID]
    (stack.folder / "endpoints.csv").write_text("\n".join(["Id,Address,ChannelType", *rows, ""]))
    printed = stack.deploy(file=str(stack.folder / "endpoints.csv"), format="CSV", max_failures=2, fails=True)

    assert "3 failed entries where 2 are accepted" in printed
    assert stack.status == "ROLLBACK_COMPLETE"

    stack.deploy(max_failures=3)
    assert (stack.output("Processed"), stack.output("Failed")) == ("23", "3")
    assert len(stack.aws.pinpoint.endpoints(stack.output("Application"))) == 20

    (stack.folder / "endpoints.json").write_text("".join(json.dumps(entry) + "\n" for entry in ENDPOINTS + INVALID))
    lines = str(stack.folder / "endpoints.json")
    printed = stack.deploy(file=lines, format="JSON", segment="readers", max_failures=2, fails=True)
    assert "3 failed entries where 2 are accepted" in printed
    assert "3 of 23 entries failed: " in stack.status_reasons
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"

    stack.deploy(max_failures=3)
    assert (stack.output("Processed"), stack.output("Failed")) == ("23", "3")
    assert {segment["Name"] for segment in stack.aws.pinpoint.segments(stack.output("Application"))} == {"readers"}


def test_a_job_that_outlives_two_segments(stack: DeployedStack) -> None:
    stack.write_interactions(1000)
    stack.aws.personalize.durations(pending=60, in_progress=300)
    stack.segment_seconds = 150
    stack.deploy(timeout_minutes=12.5)

    types = stack.resource_types
    assert types["Custom::DataJobWait"] == 4
    assert (stack.rows, len(stack.jobs)) == (1000, 1)

    stack.write_interactions(1100)
    stack.deploy()
    assert (stack.rows, len(stack.jobs)) == (1100, 2)

    stack.write_interactions(1200)
    stack.deploy(invalid_schema=True, fails=True)
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert len(stack.jobs) == 3

    stack.destroy()


def test_a_job_that_ends_early_lets_the_other_waiting_resources_respond_at_once(stack: DeployedStack) -> None:
    stack.write_interactions(1000)
    stack.aws.personalize.durations(pending=5, in_progress=10)
    before = stack.aws.now()
    stack.segment_seconds = 600
    stack.deploy(timeout_minutes=50)

    assert stack.resource_types["Custom::DataJobWait"] == 4
    assert stack.aws.now() - before < 3000
    assert len(stack.jobs) == 1


def test_a_job_that_fails_in_the_first_segment_fails_the_deployment(stack: DeployedStack) -> None:
    stack.write_interactions(999)
    stack.segment_seconds = 60
    printed = stack.deploy(timeout_minutes=5, fails=True)

    assert stack.status == "ROLLBACK_COMPLETE"
    assert "1000" in printed or "1,000" in printed


def exports_of(stack: DeployedStack) -> list[str]:
    """The statuses of the exports of the stack's table; other tests have exports in the account, too."""
    exports = stack.client("dynamodb").list_exports()["ExportSummaries"]
    return [one["ExportStatus"] for one in exports if f":table/{stack.name}/" in one["ExportArn"]]


def test_a_job_of_any_service(stack: DeployedStack) -> None:
    stack.app = AnyTableExport
    stack.deploy()
    dynamodb = stack.client("dynamodb")
    for number in range(3):
        dynamodb.put_item(TableName=stack.name, Item={"id": {"S": str(number)}})
    stack.deploy(export=True)

    assert stack.output("Items") == "3"
    assert stack.output("Manifest").endswith("manifest-summary.json")
    assert exports_of(stack) == ["COMPLETED"]

    stack.deploy(trigger="again")
    assert exports_of(stack) == ["COMPLETED", "COMPLETED"]


def test_a_job_of_any_service_fails_with_the_message_of_the_service(stack: DeployedStack) -> None:
    stack.app = AnyTableExport
    stack.deploy(export=True, typo="s", fails=True)

    assert "DynamoDB export could not be created: TableNotFoundException" in stack.status_reasons


def test_an_export_of_a_table(stack: DeployedStack) -> None:
    stack.app = TableExport
    stack.deploy()
    dynamodb = stack.client("dynamodb")
    for number in range(3):
        dynamodb.put_item(TableName=stack.name, Item={"id": {"S": str(number)}})
    stack.deploy(export=True)

    assert (stack.output("Items"), stack.output("Status")) == ("3", "COMPLETED")
    described = dynamodb.describe_export(ExportArn=stack.output("ExportArn"))["ExportDescription"]
    assert described["S3Prefix"] == "readers"
    assert stack.output("Manifest").endswith("/manifest-summary.json")

    stack.deploy(trigger="again")
    assert stack.output("ExportArn") != described["ExportArn"]


def knowledge_base(stack: DeployedStack, **documents: bytes) -> dict[str, str]:
    """The options of an app for a knowledge base, with a data source whose bucket has these documents."""
    s3, agent, bucket = stack.client("s3"), stack.client("bedrock-agent"), stack.name.lower()
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for name, content in documents.items():
        s3.put_object(Bucket=bucket, Key=f"manuals/{name}", Body=content)
    base = agent.create_knowledge_base(
        name=bucket,
        roleArn="arn:aws:iam::000000000000:role/manuals",
        knowledgeBaseConfiguration={"type": "VECTOR"},
        storageConfiguration={"type": "S3_VECTORS"},
    )["knowledgeBase"]["knowledgeBaseId"]
    source = agent.create_data_source(
        knowledgeBaseId=base,
        name="manuals",
        dataSourceConfiguration={
            "type": "S3",
            "s3Configuration": {"bucketArn": f"arn:aws:s3:::{bucket}", "inclusionPrefixes": ["manuals/"]},
        },
    )["dataSource"]["dataSourceId"]
    return {"knowledge_base": base, "data_source": source}


def ingestions(stack: DeployedStack) -> list[dict[str, Any]]:
    """The ingestions into a stack's knowledge base, as they began."""
    source = {"knowledgeBaseId": stack.options["knowledge_base"], "dataSourceId": stack.options["data_source"]}
    listed = stack.client("bedrock-agent").list_ingestion_jobs(**source)["ingestionJobSummaries"]
    return sorted(listed, key=lambda job: job["startedAt"])


def test_an_ingestion_with_a_document_that_cannot_be_read(stack: DeployedStack) -> None:
    stack.app = Ingestion
    base = knowledge_base(stack, one=b"one", two=b"two", three=b"\xff\xfe\x00")
    stack.deploy(**base, max_failures=0, fails=True)

    reason = f"1 failed entries where 0 are accepted: Document s3://{stack.name.lower()}/manuals/three is not"
    assert reason in stack.status_reasons

    stack.deploy(max_failures=1)
    counts = [stack.output(name) for name in ("Status", "Scanned", "New", "Failed")]
    assert counts == ["COMPLETE", "3", "0", "1"]

    stack.deploy(trigger="again")
    assert len(ingestions(stack)) == 3


def test_two_ingestions_of_a_knowledge_base_run_one_after_the_other(stack: DeployedStack) -> None:
    stack.app = Ingestion
    stack.deploy(**knowledge_base(stack, one=b"one"), jobs=2)
    first, second = ingestions(stack)

    assert {first["ingestionJobId"], second["ingestionJobId"]} == {*stack.output("Ids").split()}
    assert (first["status"], second["status"]) == ("COMPLETE", "COMPLETE")
    assert first["startedAt"] < first["updatedAt"] <= second["startedAt"]
