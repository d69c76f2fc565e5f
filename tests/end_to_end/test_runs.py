"""Jobs that run programs and queries of other services, with the real CDK CLI and what MiniStack has of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from apps.runs import GlueJobRun, MachineExecution

if TYPE_CHECKING:
    from deployed.stack import DeployedStack


def executions(stack: DeployedStack) -> list[dict[str, Any]]:
    found = stack.client("stepfunctions").list_executions(stateMachineArn=stack.output("MachineArn"))
    return list(found["executions"])


def test_an_execution_of_a_state_machine(stack: DeployedStack) -> None:
    stack.app = MachineExecution
    stack.deploy(say="hello")

    assert json.loads(stack.output("Said")) == {"said": "hello"}
    [first] = executions(stack)
    assert (first["executionArn"], first["status"]) == (stack.output("Arn"), "SUCCEEDED")
    assert first["name"].startswith(f"{stack.name}-Execution-")

    stack.deploy(say="hello", comment="nothing that the execution is told")
    assert len(executions(stack)) == 1

    stack.deploy(say="hello", follow=True)
    stack.deploy(comment="something else")
    assert len(executions(stack)) == 3

    stack.deploy(say="goodbye")
    assert json.loads(stack.output("Said")) == {"said": "goodbye"}
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
