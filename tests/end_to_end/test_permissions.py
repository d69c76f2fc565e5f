"""Deployments in an account where every call needs permission."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from apps.ready_made_jobs import ReadyMadeJobs
from apps.removed_job import RemovedJob
from apps.runs import MachineExecution
from apps.table_export import TableExport
from deployed.changed_import import IMPORT, NOT_ENDED, ChangedImport
from deployed.stack import DeployedStack

from cdk_data_jobs_local import OfflineAws
from data_jobs.errors import PROPAGATION_GRACE

if TYPE_CHECKING:
    from collections.abc import Iterator

HOME = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def aws() -> Iterator[OfflineAws]:
    """An offline AWS that enforces IAM policies, bootstrapped."""
    with OfflineAws(speed=60, enforce_iam=True) as aws:
        aws.bootstrap()
        yield aws


def test_a_run_that_cannot_be_started_does_not_fail_a_deployment_that_continues_on_failure(
    aws: OfflineAws, tmp_path: Path
) -> None:
    stack = ChangedImport(aws, tmp_path, "DeniedStart")
    stack.write_interactions(1000)
    stack.deploy(continue_on_failure=True)
    function = stack.physical_id_of("DataJobRunnerFunction")
    role = stack.client("lambda").get_function(FunctionName=function)["Configuration"]["Role"]
    deny = {"Effect": "Deny", "Action": "states:StartExecution", "Resource": "*"}
    stack.client("iam").put_role_policy(
        RoleName=role.rpartition("/")[2], PolicyName="deny", PolicyDocument=json.dumps({"Statement": [deny]})
    )
    stack.write_interactions(1100)

    stack.deploy()

    assert stack.status == "UPDATE_COMPLETE"
    assert len(stack.jobs) == 1


def test_the_last_job_of_a_kind_has_ended_before_its_permissions_are_removed(aws: OfflineAws, tmp_path: Path) -> None:
    stack = DeployedStack(aws, tmp_path, "RemovedJob", app=RemovedJob)
    stack.write_interactions(1000)
    # Long enough for the second deployment to begin, and to ask for the removal, on a slow machine too.
    aws.personalize.durations(pending=60, in_progress=1800)
    stack.deploy(wait=False)
    assert stack.jobs[-1]["status"] in NOT_ENDED

    stack.deploy(removed=True)

    assert stack.jobs[-1]["status"] == "ACTIVE"
    assert stack.resource_types[IMPORT] == 0
    buckets = [bucket["Name"] for bucket in stack.client("s3").list_buckets()["Buckets"]]
    assert [name for name in buckets if name.startswith("removedjob-") and "staging" in name] == []


def test_a_job_of_another_machine_replaces_one_that_may_not_be_described_any_more(
    aws: OfflineAws, tmp_path: Path
) -> None:
    stack = DeployedStack(aws, tmp_path, "OtherMachine", app=MachineExecution)
    stack.deploy(say="Hello", by="Ada")

    stack.deploy(say="Hello", by="Ada", machine="Another")

    (cleanup,) = (one for name, one in stack.executions().items() if "-delete-" in name)
    assert (cleanup["stopDate"] - cleanup["startDate"]).total_seconds() < PROPAGATION_GRACE
    assert json.loads(stack.output("Said")) == {"said": "Hello", "by": "Ada"}


def test_jobs_of_further_services_need_no_permission_that_the_library_does_not_give(
    aws: OfflineAws, tmp_path: Path
) -> None:
    jobs = DeployedStack(aws, tmp_path, "PermittedJobs", app=ReadyMadeJobs)
    jobs.deploy()
    bucket = jobs.physical_id("AWS::S3::Bucket")
    jobs.client("s3").put_object(Bucket=bucket, Key="in/readers.csv", Body=b"id,name\n1,Ada\n")
    jobs.deploy(table="permitted-imported")

    assert (jobs.output("BuildStatus"), jobs.output("CrawlStatus")) == ("SUCCEEDED", "SUCCEEDED")
    assert jobs.output("Imported") == "1"

    export = DeployedStack(aws, tmp_path, "PermittedExport", app=TableExport)
    export.deploy(export=True)

    assert export.output("Status") == "COMPLETED"


@pytest.mark.parametrize("example", ["query_and_execution", "ses_contacts"])
def test_an_example_needs_no_permission_that_the_library_does_not_give(
    aws: OfflineAws, example: str, tmp_path: Path
) -> None:
    app = f"{sys.executable} {HOME / 'examples' / example}.py"

    deployed = aws.cdk("deploy", "--all", "--require-approval", "never", cwd=HOME, app=app, outdir=tmp_path)

    assert deployed.returncode == 0, deployed.stdout
