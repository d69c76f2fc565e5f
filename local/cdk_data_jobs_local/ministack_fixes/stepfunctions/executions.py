"""Lists of executions: eventual consistency, and the size of a page.

Real ListExecutions (its page of the API reference):

- "is eventually consistent. The results are best effort and may not reflect very recent updates and changes": a start
  and an end are shown a while later, here after `AccountSettings.listing_lag`. DescribeExecution and the names of
  StartExecution are exact;
- returns 100 executions a page unless `maxResults` is more, up to 1,000.

MiniStack 1.5.33 shows everything at once, and returns 1,000 a page.

Needed as long as this test fails without it:
`test_executions.py::test_a_page_has_a_hundred_executions_unless_more_are_requested`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

from datetime import datetime
from http import HTTPStatus
from typing import Any

from ministack.core.responses import error_response_json, json_response
from ministack.services import stepfunctions

from cdk_data_jobs_local.account_settings import AccountSettings
from cdk_data_jobs_local.clock import Clock

_PAGE, _MAX_PAGE = 100, 1000


def patch(clock: Clock, settings: AccountSettings) -> None:
    """Makes MiniStack list executions as the real service does, on this clock."""

    def list_executions(data: dict[str, Any]) -> Any:
        return _list(data, clock.now() - settings.listing_lag)

    stepfunctions._list_executions = list_executions


def _list(data: dict[str, Any], time: float) -> Any:
    """Returns the executions as they were at a time."""
    page_size = int(data.get("maxResults") or _PAGE)
    if not 0 < page_size <= _MAX_PAGE:
        constraint = f"Member must have value less than or equal to {_MAX_PAGE}"
        problem = f"Value '{page_size}' at 'maxResults' failed to satisfy constraint: {constraint}"
        return error_response_json(
            "ValidationException", f"1 validation error detected: {problem}", HTTPStatus.BAD_REQUEST
        )
    map_run = data.get("mapRunArn")
    if map_run and map_run not in stepfunctions._map_runs:
        return error_response_json("ResourceNotFound", f"Map Run Does Not Exist: '{map_run}'", HTTPStatus.BAD_REQUEST)
    wanted = {"stateMachineArn": data.get("stateMachineArn"), "mapRunArn": map_run, "status": data.get("statusFilter")}
    executions = [seen for execution in list(stepfunctions._executions.values()) if (seen := _as_of(execution, time))]
    executions = [
        execution
        for execution in executions
        if all(execution.get(name) == value for name, value in wanted.items() if value)
    ]
    executions.sort(key=stepfunctions._execution_sort_key, reverse=True)
    if data.get("nextToken"):
        cursor = stepfunctions._decode_execution_token(data["nextToken"])
        if cursor is None:
            return error_response_json("InvalidToken", "Invalid Token: 'Invalid token'", HTTPStatus.BAD_REQUEST)
        executions = [execution for execution in executions if stepfunctions._execution_sort_key(execution) < cursor]
    page = executions[:page_size]
    more = {"nextToken": stepfunctions._encode_execution_token(page[-1])} if len(executions) > page_size else {}
    return json_response({"executions": page, **more})


def _as_of(execution: dict[str, Any], time: float) -> dict[str, Any] | None:
    """Returns an execution as it was at a time; None if it had not begun."""
    if _seconds(execution["startDate"]) > time:
        return None
    names = ("executionArn", "stateMachineArn", "name", "status", "startDate", "stopDate", "mapRunArn")
    seen = {name: execution[name] for name in names if name in execution}
    if seen["status"] != "RUNNING" and (not seen["stopDate"] or _seconds(seen["stopDate"]) > time):
        seen.update(status="RUNNING", stopDate=None)
    return seen


def _seconds(time: str) -> float:
    return datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp()
