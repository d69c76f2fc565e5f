"""The examples deploy as they are, and do what they show, as far as the offline AWS has their services."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from deployed.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdk_data_jobs_local import OfflineAws

HOME = Path(__file__).parent.parent.parent
NOT_EMULATED = {"bedrock_ingestion", "glue_and_redshift"}
"""The examples for services of which the offline AWS lacks the resources or the calls; other tests synthesize them."""

EXAMPLES = sorted({path.stem for path in (HOME / "examples").glob("*.py")} - {"demo", "make_data"} - NOT_EMULATED)


@pytest.mark.parametrize("example", EXAMPLES)
def test_it_deploys_and_does_what_it_shows(aws: OfflineAws, example: str, tmp_path: Path) -> None:
    aws.personalize.durations(pending=30, in_progress=60, creating=0)
    app = f"{sys.executable} {HOME / 'examples' / example}.py"

    deployed = aws.cdk("deploy", "--all", "--require-approval", "never", cwd=HOME, app=app, outdir=tmp_path)
    assert deployed.returncode == 0, deployed.stdout

    if example in SHOWN:
        SHOWN[example](aws)
    destroyed = aws.cdk("destroy", "--all", "--force", cwd=HOME, app=str(tmp_path))
    assert destroyed.returncode == 0, destroyed.stdout


def exports_at_once(aws: OfflineAws) -> None:
    """A rate begins when it is deployed."""
    until(lambda: job(aws, "Watched-Group-Users-Export", "DatasetExportJob")["status"] == "ACTIVE")


def imports_uploaded_files(aws: OfflineAws) -> None:
    bucket = output(aws, "Arriving", "Bucket")
    aws.client("s3").put_object(Bucket=bucket, Key="items/new.csv", Body=b"ITEM_ID,GENRE,PRICE\nbook-900,poetry,9.5\n")

    until(lambda: job(aws, "Arriving-Group-Items-ImportNew").get("rows") == 1)


def trains_a_model(aws: OfflineAws) -> None:
    states, bucket = aws.client("stepfunctions"), output(aws, "Retraining", "Bucket")
    data = (HOME / "examples" / "data" / "interactions.csv").read_bytes()
    aws.client("s3").put_object(Bucket=bucket, Key="interactions/all.csv", Body=data)
    machine = output(aws, "Retraining", "StateMachine")
    execution = states.start_execution(stateMachineArn=machine, input="{}")["executionArn"]
    until(lambda: states.describe_execution(executionArn=execution)["status"] != "RUNNING")
    described = states.describe_execution(executionArn=execution)
    [trained] = [one for one in versions(aws) if "/pipeline-example/" in one["solutionVersionArn"]]

    assert described["status"] == "SUCCEEDED", described
    assert job(aws, "Retraining-Recommend", "BatchInferenceJob")["solutionVersionArn"] == trained["solutionVersionArn"]


def recommends_with_the_model_that_it_trains(aws: OfflineAws) -> None:
    [trained] = [one for one in versions(aws) if "/batch-example/" in one["solutionVersionArn"]]

    assert output(aws, "Recommending", "SolutionVersion") == trained["solutionVersionArn"]
    assert output(aws, "Recommending", "TrainingHours") == "0.0"  # nothing takes time here
    assert (
        job(aws, "Recommending-Recommend", "BatchInferenceJob")["solutionVersionArn"] == trained["solutionVersionArn"]
    )


def puts_contacts_on_a_list(aws: OfflineAws) -> None:
    contacts = [one["EmailAddress"] for one in aws.sesv2.contacts("readers")]

    assert len(contacts) == int(output(aws, "Contacts", "Processed")) == 3
    assert contacts[0] == "ada@example.com"


def tells_the_machine_of_the_table(aws: OfflineAws) -> None:
    told = json.loads(output(aws, "Orders", "Announced"))

    [table] = aws.client("glue").get_tables(DatabaseName="orders_example")["TableList"]
    assert told["table"] == f"orders_example.{table['Name']}"
    assert aws.client("athena").get_query_execution(QueryExecutionId=told["query"])


SHOWN: dict[str, Callable[[OfflineAws], None]] = {
    "alarms_and_dashboard": exports_at_once,
    "import_on_upload": imports_uploaded_files,
    "query_and_execution": tells_the_machine_of_the_table,
    "personalize_batch": recommends_with_the_model_that_it_trains,
    "retraining_pipeline": trains_a_model,
    "ses_contacts": puts_contacts_on_a_list,
}
"""What some examples show once they are deployed."""


def job(aws: OfflineAws, name: str, kind: str = "DatasetImportJob") -> dict[str, Any]:
    """The newest job whose name begins like this, if there is one."""
    found = [one for one in aws.personalize.jobs(kind) if one["jobName"].startswith(name)]
    return found[-1] if found else {"status": "not there"}


def output(aws: OfflineAws, stack: str, name: str) -> str:
    [found] = aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return {one["OutputKey"]: str(one["OutputValue"]) for one in found["Outputs"]}[name]


def versions(aws: OfflineAws) -> list[dict[str, Any]]:
    return list(aws.client("personalize").list_solution_versions()["solutionVersions"])
