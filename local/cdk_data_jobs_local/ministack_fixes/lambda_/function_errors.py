"""Names of the errors that functions raise.

Lambda names the error after the exception's class (developer guide, "Handling errors in Python"), and by that name a
state machine catches and retries it. MiniStack 1.5.33 calls each error of a function in Python `Runtime.HandlerError`.

Needed as long as this test fails without it:
`test_retries.py::test_retriers_count_for_themselves_and_the_state_counts_for_all`.
"""

# ruff: noqa: SLF001  (what ministack does not document)

import re
from typing import Any

from ministack.services import lambda_svc

_UNNAMED = "Runtime.HandlerError"


def patch() -> None:
    """Makes MiniStack's Lambda name errors as the real one does."""
    execute = lambda_svc._execute_function_warm

    def execute_warm(function: dict[str, Any], event: dict[str, Any], request_id: str) -> dict[str, Any]:
        result: dict[str, Any] = execute(function, event, request_id)
        body = result.get("body")
        if result.get("error") and isinstance(body, dict) and body.get("errorType") == _UNNAMED:
            body["errorType"] = _exception(result.get("log", ""), body["errorMessage"])
        return result

    lambda_svc._execute_function_warm = execute_warm


def _exception(log: str, message: str) -> str:
    # The traceback ends with the exception's qualified class and its message.
    end = rf"^(?:\w+\.)*(\w+)(?:: {re.escape(message)})?\s*\Z"
    match = re.search(end, log, re.MULTILINE)
    return match[1] if match else _UNNAMED
