"""Calls of Step Functions that are throttled.

Real Step Functions returns `ThrottlingException`, with status 400 and "Rate exceeded", for calls beyond the account's
quota (API reference, "Common errors"; `cdk_data_jobs_local.ministack_fixes.quotas` has the quotas). MiniStack 1.5.33
takes all calls.

Needed as long as this test fails without it:
`test_quotas.py::test_starts_are_throttled_and_so_are_descriptions`.
"""

# ruff: noqa: ANN401  (what ministack does not type, and what ministack does not document)

from http import HTTPStatus
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import stepfunctions

from cdk_data_jobs_local.ministack_fixes.quotas import Quotas

_FUNCTIONS = {
    "StartExecution": "_start_execution",
    "DescribeExecution": "_describe_execution",
    "ListExecutions": "_list_executions",
}


def patch(quotas: Quotas) -> None:
    """Makes MiniStack's Step Functions throttle calls as the real one does, and counts them."""

    def response() -> Any:
        return error_response_json("ThrottlingException", "Rate exceeded", HTTPStatus.BAD_REQUEST)

    for operation, name in _FUNCTIONS.items():
        setattr(stepfunctions, name, quotas.limit(operation, getattr(stepfunctions, name), response))
