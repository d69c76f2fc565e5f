"""Limits of how many functions run at once.

Lambda (developer guide, "Understanding Lambda function scaling" and "Configuring reserved concurrency for a function"):

- lets a function with `ReservedConcurrentExecutions` have so many executions at once, and never more;
- applies the reservation of the time at which it begins an execution, however long the event has waited;
- lets all others together have what the account's limit leaves: 1,000 at first, in new accounts 10.

MiniStack 1.5.33 takes `ReservedConcurrentExecutions` from the API only, not from templates, lets an event wait by the
reservation of the time at which it came, and has a limit of its own, by the memory of the machine, which holds for all
functions together.

Needed as long as this test fails without it:
`test_concurrency.py::test_a_template_reserves_and_gives_back`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

import threading
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners

from cdk_data_jobs_local.account_settings import AccountSettings

_KIND = "AWS::Lambda::Function"
_lock = threading.Lock()


def patch(settings: AccountSettings) -> None:
    """Makes MiniStack's Lambda limit executions as the real one does."""
    acquire = lambda_svc._acquire_execution_slot
    handlers = provisioners._RESOURCE_HANDLERS[_KIND]
    create, update = handlers["create"], handlers["update"]

    def acquire_slot(function: dict[str, Any], config: dict[str, Any]) -> tuple[str | None, str | None]:
        if config.get("FunctionName") in lambda_svc._functions:
            function = {**function, "concurrency": lambda_svc._functions[config["FunctionName"]].get("concurrency")}
        with _lock:
            if lambda_svc._reserved_concurrency(function, config) is None and _unreserved_left(settings) <= 0:
                return None, "account"
            slot: tuple[str | None, str | None] = acquire(function, config)
            return slot

    def create_with_reservation(logical_id: str, properties: dict[str, Any], *rest: Any) -> Any:
        resource = create(logical_id, properties, *rest)
        _reserve(resource[0], properties)
        return resource

    def update_with_reservation(physical_id: str, old: dict[str, Any], new: dict[str, Any], *rest: Any) -> Any:
        resource = update(physical_id, old, new, *rest)
        _reserve(resource[0], new)
        return resource

    lambda_svc._acquire_execution_slot = acquire_slot
    handlers.update(create=create_with_reservation, update=update_with_reservation)


def _unreserved_left(settings: AccountSettings) -> int:
    """Returns how many more executions the functions without a reservation may have."""
    functions = dict(lambda_svc._functions.items())
    reserved = {name: int(one["concurrency"]) for name, one in functions.items() if one.get("concurrency") is not None}
    prefix = f"{get_account_id()}:{get_region()}:"
    names = {key: key.removeprefix(prefix) for key in dict(lambda_svc._inflight) if key.startswith(prefix)}
    running: int = sum(lambda_svc._inflight.get(key, 0) for key, name in names.items() if name not in reserved)
    return int(settings.concurrent_executions) - sum(reserved.values()) - running


def _reserve(name: str, properties: dict[str, Any]) -> None:
    count = properties.get("ReservedConcurrentExecutions")
    lambda_svc._functions[name]["concurrency"] = None if count is None else int(count)
