"""Jobs that run programs and queries of other services, with the real CDK CLI and what MiniStack has of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from apps.runs import AthenaQueries, GlueJobRun, MachineExecution

if TYPE_CHECKING:
    from deployed.stack import DeployedStack


def executions(stack: DeployedStack) -> list[dict[str, Any]]:
    found = stack.client("stepfunctions").list_executions(stateMachineArn=stack.output("MachineArn"))
    return list(found["executions"])


def test_an_execution_of_a_state_machine(stack: DeployedStack) -> None:
    stack.app = MachineExecution
    somebody = 'Ann", "say": "nonsense'
    stack.deploy(say="hello", by=somebody)

    assert json.loads(stack.output("Said")) == {"said": "hello", "by": somebody}
    [first] = executions(stack)
    assert (first["executionArn"], first["status"]) == (stack.output("Arn"), "SUCCEEDED")
    assert first["name"].startswith(f"{stack.name}-Execution-")

    stack.deploy(say="hello", comment="nothing that the execution is told")
    assert len(executions(stack)) == 1

    stack.deploy(say="hello", follow=True)
    stack.deploy(comment="something else")
    assert len(executions(stack)) == 3

    stack.deploy(say="goodbye")
    assert json.loads(stack.output("Said")) == {"said": "goodbye", "by": somebody}
    assert len(executions(stack)) == 4

    stack.deploy(say="nonsense", fails=True)
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "Refused: the word is not known" in stack.status_reasons

    stack.destroy()


SCRIPT = """
import os
if os.environ["WORD"] == "nonsense":
    raise SystemExit("the word is not known")
"""


def test_a_run_of_a_glue_job(stack: DeployedStack) -> None:
    stack.app = GlueJobRun
    script = stack.folder / "script.py"
    script.write_text(SCRIPT)
    stack.deploy(file=str(script), say="hello")

    def runs() -> list[dict[str, Any]]:
        return list(stack.client("glue").get_job_runs(JobName=stack.name)["JobRuns"])

    [first] = runs()
    assert (first["Id"], stack.output("Status")) == (stack.output("Id"), "SUCCEEDED")
    assert first["Arguments"] == {"--WORD": "hello"}

    stack.deploy(say="goodbye")
    assert len(runs()) == 2

    stack.deploy(say="nonsense", fails=True)
    assert "the word is not known" in stack.status_reasons
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"

    stack.destroy()


def test_queries_of_athena(stack: DeployedStack) -> None:
    stack.app = AthenaQueries
    script = stack.folder / "orders.sql"
    script.write_text("CREATE EXTERNAL TABLE orders (id int) LOCATION 's3://orders/'")
    stack.deploy(file=str(script), select="SELECT 7 AS orders")

    [table] = stack.client("glue").get_tables(DatabaseName=stack.name.lower())["TableList"]
    assert table["Name"] == "orders"
    bucket, _, key = stack.output("Result").removeprefix("s3://").partition("/")
    assert key.startswith("queries/")
    s3 = stack.client("s3")
    # MiniStack takes the location for a folder.
    [written] = [
        one["Key"] for one in s3.list_objects_v2(Bucket=bucket, Prefix=key)["Contents"] if one["Key"][-4:] == ".csv"
    ]
    assert s3.get_object(Bucket=bucket, Key=written)["Body"].read().decode().split() == ["orders", "7"]

    first = stack.output("Id")
    stack.deploy(select="SELECT 8 AS orders")
    assert stack.output("Id") == first

    script.write_text("CREATE TABLE orders (id string) LOCATION 's3://orders/'")
    stack.deploy(fails=True)
    assert "Athena query could not be created: InvalidRequestException: External keyword" in stack.status_reasons
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
