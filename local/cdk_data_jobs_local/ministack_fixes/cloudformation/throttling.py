"""Calls of CloudFormation that are throttled.

Real CloudFormation responds with `Throttling`, with status 400 and "Rate exceeded", to callers that make too many calls
(aws/aws-cli#3186; `cdk_data_jobs_local.ministack_fixes.quotas` has the quotas). MiniStack 1.5.33 takes all calls.

Needed as long as this test fails without it:
`test_quotas.py::test_cloudformation_throttles_in_its_own_words`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

from typing import Any

from ministack.services.cloudformation import handlers

from cdk_data_jobs_local.ministack_fixes.quotas import CLOUDFORMATION, Quotas


def patch(quotas: Quotas) -> None:
    """Makes MiniStack's CloudFormation throttle calls as the real one does, and counts them."""

    def response() -> Any:
        return handlers._error("Throttling", "Rate exceeded")

    for operation in CLOUDFORMATION:
        handler = handlers._ACTION_HANDLERS[operation]
        handlers._ACTION_HANDLERS[operation] = quotas.limit(operation, handler, response)
