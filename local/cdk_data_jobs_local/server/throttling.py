"""Calls that Step Functions and CloudFormation throttle.

Whoever calls more often than `cdk_data_jobs_local.server.quotas` allows is told `ThrottlingException` by Step
Functions and `Throttling` by CloudFormation, both with status 400 and "Rate exceeded" (API references, "Common errors";
aws/aws-cli#3186). MiniStack 1.5.33 takes them all.

Needed as long as this test fails without it:
`test_quotas.py::test_starts_are_throttled_and_so_are_descriptions`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

from collections.abc import Callable
from typing import Any

from ministack.core.responses import error_response_json, get_account_id, get_region
from ministack.services import stepfunctions
from ministack.services.cloudformation import handlers

from cdk_data_jobs_local.server.quotas import CLOUDFORMATION, Quotas

_EXCEEDED = "Rate exceeded"


def patch(quotas: Quotas) -> None:
    """Make MiniStack throttle calls as the real services do, and count them."""

    def throttled(operation: str, call: Callable[..., Any], refused: tuple[Any, ...]) -> Callable[..., Any]:
        def call_if_allowed(request: Any) -> Any:
            return call(request) if quotas.allow(operation, get_account_id(), get_region()) else refused

        return call_if_allowed

    for operation, name in (
        ("StartExecution", "_start_execution"),
        ("DescribeExecution", "_describe_execution"),
        ("ListExecutions", "_list_executions"),
    ):
        refused = error_response_json("ThrottlingException", _EXCEEDED, 400)
        setattr(stepfunctions, name, throttled(operation, getattr(stepfunctions, name), refused))
    for operation in CLOUDFORMATION:
        call = handlers._ACTION_HANDLERS[operation]
        handlers._ACTION_HANDLERS[operation] = throttled(operation, call, handlers._error("Throttling", _EXCEEDED))
