"""The resources on which calls that run jobs are authorized.

In AWS a call that describes a job is authorized on the job, or on what the job belongs to: a query on its workgroup, a
build on its project, a crawl on its crawler; an execution, an export, an import and a task on themselves. The start
of a task is authorized on the task definition (Service Authorization Reference, the pages of these services); the start
of an execution by the ARN of a version or an alias on the state machine (Step Functions Developer Guide, "Creating
granular permissions for versions and aliases").

MiniStack 1.5.33 authorizes these calls on `*`, or on a resource of another type. So a policy that allows them as AWS
documents it does not allow them there. A call of many jobs is authorized here on the first one alone.

Needed as long as this test fails without it:
`test_call_resources.py::test_a_job_is_described_on_what_the_policies_of_aws_name`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ministack.core import iam_actions
from ministack.services import athena

_IMPORT_JOBS = "/v2/email/import-jobs/"


@dataclass(frozen=True, kw_only=True)
class _Call:
    """A call: the parameters in its body, and the beginning of the ARNs of the service in its Region and account."""

    parameters: dict[str, Any]
    arn: str

    def __getitem__(self, parameter: str) -> str:
        """Returns a parameter; of a list, the first element. A string that is empty if the call does not have it."""
        value = self.parameters.get(parameter) or ""
        return str(value[0]) if isinstance(value, list) else str(value)

    def named(self, kind: str, name: str) -> str:
        """Returns the ARN of a resource, of whose name the call may have the ARN instead."""
        return name if name.startswith("arn:") or not name else f"{self.arn}{kind}/{name}"


def patch() -> None:
    """Makes MiniStack authorize the calls on the resources of AWS."""
    extract = iam_actions.extract_resource_arn

    @functools.wraps(extract)
    def extract_documented(service: str, *request: Any) -> str:
        _method, path, headers, body, _query, region, account = request
        arn = f"arn:aws:{service}:{region}:{account}:"
        if service == "ses" and path.startswith(_IMPORT_JOBS):
            return f"{arn}import-job/{path.removeprefix(_IMPORT_JOBS)}"
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        find = _RESOURCES.get((service, operation))
        found = find(_Call(parameters=_parameters(body), arn=arn)) if find else ""
        return found or extract(service, *request)

    iam_actions.extract_resource_arn = extract_documented


def _parameters(body: bytes) -> dict[str, Any]:
    try:
        parameters = json.loads(body)
    except ValueError:
        return {}
    return parameters if isinstance(parameters, dict) else {}


def _workgroup_of_query(call: _Call) -> str:
    query = athena._executions.get(call["QueryExecutionId"]) or {}
    return call.named("workgroup", query.get("WorkGroup") or "primary")


def _project_of_build(call: _Call) -> str:
    # The id begins with the project's name, and so does the end of an ARN of a build.
    return call.named("project", call["ids"].rpartition("/")[2].partition(":")[0])


def _task_definition(call: _Call) -> str:
    """Returns the ARN of a revision, which AWS authorizes for a family, too: here always the first one."""
    name = call["taskDefinition"]
    has_revision = name.rpartition("/")[2].count(":") > 0
    return call.named("task-definition", name if has_revision else f"{name}:1")


def _task(call: _Call) -> str:
    cluster = call["cluster"].rpartition("/")[2] or "default"
    task = call["tasks"] or call["task"]
    return call.named(f"task/{cluster}", task)


def _state_machine(call: _Call) -> str:
    arn = call["stateMachineArn"]
    name = arn.partition(":stateMachine:")[2]
    return arn.removesuffix(name) + name.partition(":")[0]


def _table_to_create(call: _Call) -> str:
    creation = call.parameters.get("TableCreationParameters") or {}
    return call.named("table", str(creation.get("TableName") or ""))


_RESOURCES: dict[tuple[str, str], Callable[[_Call], str]] = {
    ("athena", "StartQueryExecution"): lambda call: call.named("workgroup", call["WorkGroup"] or "primary"),
    **dict.fromkeys(
        (("athena", name) for name in ("GetQueryExecution", "GetQueryResults", "StopQueryExecution")),
        _workgroup_of_query,
    ),
    ("codebuild", "BatchGetBuilds"): _project_of_build,
    ("dynamodb", "ExportTableToPointInTime"): lambda call: call["TableArn"],
    ("dynamodb", "DescribeExport"): lambda call: call["ExportArn"],
    ("dynamodb", "ImportTable"): _table_to_create,
    ("dynamodb", "DescribeImport"): lambda call: call["ImportArn"],
    ("ecs", "RunTask"): _task_definition,
    ("ecs", "DescribeTasks"): _task,
    ("ecs", "StopTask"): _task,
    **dict.fromkeys(
        (("glue", f"{verb}Crawler") for verb in ("Start", "Get", "Stop")),
        lambda call: call.named("crawler", call["Name"]),
    ),
    ("states", "StartExecution"): _state_machine,
    **dict.fromkeys(
        (("states", name) for name in ("DescribeExecution", "GetExecutionHistory", "StopExecution")),
        lambda call: call["executionArn"],
    ),
}
"""Service and operation to what finds the ARN of the resource; an empty string leaves it to MiniStack."""
