"""Lists of executions: eventual consistency, and the size of a page.

Real ListExecutions (its page of the API reference):

- "is eventually consistent. The results are best effort and may not reflect very recent updates and changes": a start
  and an end are told a while later, here after `AccountSettings.listing_lag`. DescribeExecution and the names of
  StartExecution are exact;
- gives 100 executions a page unless `maxResults` asks for up to 1,000.

MiniStack 1.5.33 tells everything at once, and gives 1,000 a page.

Needed as long as this test fails without it:
`test_executions.py::test_a_page_has_a_hundred_executions_unless_more_are_asked_for`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

from datetime import datetime
from typing import Any

from ministack.core.responses import error_response_json, json_response
from ministack.services import stepfunctions

from cdk_data_jobs_local.account_settings import AccountSettings
from cdk_data_jobs_local.clock import Clock

_PAGE, _LARGEST_PAGE = 100, 1000


def patch(clock: Clock, settings: AccountSettings) -> None:
    """Make MiniStack list executions as the real service does, on this clock."""

    def list_executions(data: dict[str, Any]) -> Any:
        return _listed(data, clock.now() - settings.listing_lag)

    stepfunctions._list_executions = list_executions


def _listed(data: dict[str, Any], moment: float) -> Any:
    """The executions as they were at a moment."""
    most = int(data.get("maxResults") or _PAGE)
    if not 0 < most <= _LARGEST_PAGE:
        constraint = f"Member must have value less than or equal to {_LARGEST_PAGE}"
        problem = f"Value '{most}' at 'maxResults' failed to satisfy constraint: {constraint}"
        return error_response_json("ValidationException", f"1 validation error detected: {problem}", 400)
    map_run = data.get("mapRunArn")
    if map_run and map_run not in stepfunctions._map_runs:
        return error_response_json("ResourceNotFound", f"Map Run Does Not Exist: '{map_run}'", 400)
    wanted = {"stateMachineArn": data.get("stateMachineArn"), "mapRunArn": map_run, "status": data.get("statusFilter")}
    told = [as_told for execution in list(stepfunctions._executions.values()) if (as_told := _told(execution, moment))]
    told = [one for one in told if all(one.get(name) == value for name, value in wanted.items() if value)]
    told.sort(key=stepfunctions._execution_sort_key, reverse=True)
    if data.get("nextToken"):
        cursor = stepfunctions._decode_execution_token(data["nextToken"])
        if cursor is None:
            return error_response_json("InvalidToken", "Invalid Token: 'Invalid token'", 400)
        told = [one for one in told if stepfunctions._execution_sort_key(one) < cursor]
    page = told[:most]
    more = {"nextToken": stepfunctions._encode_execution_token(page[-1])} if len(told) > most else {}
    return json_response({"executions": page, **more})


def _told(execution: dict[str, Any], moment: float) -> dict[str, Any] | None:
    """An execution as it was at a moment; None if it had not begun."""
    if _seconds(execution["startDate"]) > moment:
        return None
    names = ("executionArn", "stateMachineArn", "name", "status", "startDate", "stopDate", "mapRunArn")
    told = {name: execution[name] for name in names if name in execution}
    if told["status"] != "RUNNING" and (not told["stopDate"] or _seconds(told["stopDate"]) > moment):
        told.update(status="RUNNING", stopDate=None)
    return told


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp()
