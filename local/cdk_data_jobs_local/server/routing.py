"""Routes requests on MiniStack's port to the emulated services."""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import Any

from ministack import app as ministack_app
from ministack.core import iam_actions, router
from ministack.services import ses_v2, stepfunctions

from cdk_data_jobs_local.clock import Clock
from cdk_data_jobs_local.server.services import SERVICES, Services
from cdk_data_jobs_local.services.core.model import botocore_model
from cdk_data_jobs_local.services.core.protocols import Request, Response
from cdk_data_jobs_local.services.sesv2 import ContactService

DROP_HEADER = "x-cdk-data-jobs-drop-connection"
_Response = tuple[int, dict[str, str], bytes]
_Handler = Callable[..., Awaitable[_Response]]
_EXTENDED = {ContactService.name: ses_v2}
"""MiniStack's services of which some operations are emulated here."""


def mount(services: Services, clock: Clock) -> None:
    """Serves the emulated services on MiniStack's port, and lets its IAM enforcement see the calls."""
    scopes: dict[str, str] = {}
    for service, module in _EXTENDED.items():
        module.handle_request = _extended(module.handle_request, service, services, clock)
    for service in SERVICES:
        if service in _EXTENDED:
            continue
        metadata = botocore_model(service).metadata
        # MiniStack knows a service by the name in the signature.
        scope = metadata.get("signingName", metadata["endpointPrefix"])
        patterns = {"host_patterns": [rf"{metadata['endpointPrefix']}\."]}
        if "targetPrefix" in metadata:
            patterns["target_prefixes"] = [f"{metadata['targetPrefix']}."]
            # For tasks of state machines; MiniStack's have no calls of other protocols.
            called = {"target_prefix": metadata["targetPrefix"], "protocol": "json"}
            stepfunctions._AWS_SDK_SERVICE_MAP[service] = called
        else:
            iam_actions._BOTOCORE_SERVICE_MAP[scope] = [service]
        scopes[scope] = service
        router.SERVICE_PATTERNS[scope] = patterns
        ministack_app.SERVICE_HANDLERS[scope] = _handler(service, services, clock)
        iam_actions.SERVICE_TO_IAM_NAMESPACE[scope] = scope
    iam_actions.extract_resource_arn = _with_arns(iam_actions.extract_resource_arn, scopes, services)


def _extended(handle_others: _Handler, service: str, services: Services, clock: Clock) -> _Handler:
    """Returns a handler of the emulated operations of a service, whose others MiniStack handles."""
    handle_emulated = _handler(service, services, clock)

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> _Response:
        request = Request(method=method, path=path, query=query, headers=headers, body=body)
        is_emulated = services(service).emulates(request)
        return await (handle_emulated if is_emulated else handle_others)(method, path, headers, body, query)

    return handle


def _handler(service: str, services: Services, clock: Clock) -> _Handler:
    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> _Response:
        request = Request(method=method, path=path, query=query, headers=headers, body=body)
        # Reading a large file takes a while, and other requests continue meanwhile.
        return await _send(await asyncio.to_thread(services(service).respond, request), clock)

    return handle


async def _send(response: Response, clock: Clock) -> _Response:
    if response.delay:
        await asyncio.sleep(clock.real_seconds(response.delay))
    drop = {DROP_HEADER: "true"} if response.drop else {}
    return response.status, {**response.headers, **drop}, response.body


def _with_arns(extract: Callable[..., str], scopes: dict[str, str], services: Services) -> Callable[..., str]:
    @functools.wraps(extract)
    def with_arns(scope: str, *args: Any, **kwargs: Any) -> str:
        if scope not in scopes:
            return extract(scope, *args, **kwargs)
        method, path, headers, body, _query, region, account = args
        request = Request(method=method, path=path, headers=headers, body=body)
        return services(scopes[scope], account, region).resource_arn(request)

    return with_arns
