"""The server's own requests, with which tests set and read what no AWS API does."""

# ruff: noqa: SLF001  (what ministack does not document)

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ministack.core import lambda_runtime

from cdk_data_jobs_local.ministack_fixes.iam.permissions import denials
from cdk_data_jobs_local.ministack_fixes.stepfunctions import invocations
from cdk_data_jobs_local.server.services import SERVICES
from cdk_data_jobs_local.services.core.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdk_data_jobs_local.account_settings import AccountSettings
    from cdk_data_jobs_local.ministack_fixes.quotas import Quotas
    from cdk_data_jobs_local.server.services import Services

PREFIX = "/_cdk_data_jobs/"


class Admin:
    """The server's own requests: POST to a path under `/_cdk_data_jobs/`, with JSON both ways.

    `/_cdk_data_jobs/<service>/<command>` is a command of `cdk_data_jobs_local.services.core.service.EmulatedService`.
    """

    def __init__(
        self,
        services: Services,
        settings: AccountSettings,
        quotas: Quotas,
        *,
        account: str,
        region: str,
        directory: Path,
    ) -> None:
        """Creates it.

        Args:
            services: The services.
            settings: The delays and limits of the account.
            quotas: The calls that it may make.
            account: The account whose services the requests are for.
            region: Their Region.
            directory: The server's directory, which identifies it.
        """
        self._services = services
        self._account = account
        self._region = region
        self._commands: dict[str, Callable[..., Any]] = {
            "ping": lambda: {"directory": str(directory)},
            "lambda-processes": _lambda_processes,
            "settings": settings.change,
            "calls": quotas.calls,
            "denials": denials,
            "invocation-fault": invocations.add_fault,
        }

    async def respond(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Responds to one request with a status and JSON; a mistake of the caller is in `error`."""
        command = self._command(path.removeprefix(PREFIX))
        if command is None:
            return HTTPStatus.NOT_FOUND, json.dumps({"error": f"there is no {path}"}).encode()
        try:
            result = await asyncio.to_thread(command, **json.loads(body or b"{}"))
        except (TypeError, ValueError, ServiceError) as error:
            return HTTPStatus.BAD_REQUEST, json.dumps({"error": str(error)}).encode()
        return HTTPStatus.OK, json.dumps(result).encode()

    def _command(self, path: str) -> Callable[..., Any] | None:
        service, _, name = path.partition("/")
        if service in SERVICES:
            return self._services(service, self._account, self._region).commands.get(name)
        return self._commands.get(path)


def _lambda_processes(function: str) -> list[int]:
    workers = [worker for workers in list(lambda_runtime._workers.values()) for worker in list(workers)]
    processes = [worker._proc for worker in workers if worker.func_name == function]
    return [process.pid for process in processes if process is not None and process.poll() is None]
