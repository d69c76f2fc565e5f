"""How do requests reach the emulated services on MiniStack's port?"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

import asyncio
import functools
import json
import re
from collections.abc import Callable
from typing import Any

from ministack import app as ministack_app
from ministack.core import iam_actions, router
from ministack.services import stepfunctions

from cdk_data_jobs_local.adapter.regions import SERVICES, Regions
from cdk_data_jobs_local.emulator.clock import Clock
from cdk_data_jobs_local.emulator.errors import ServiceError
from cdk_data_jobs_local.emulator.model import ServiceModel, botocore_model
from cdk_data_jobs_local.emulator.protocols import Answer, Request, RestJsonProtocol

DROP_HEADER = "x-cdk-data-jobs-drop-connection"
_Response = tuple[int, dict[str, str], bytes]
_ResourceArn = Callable[[Request, str, str], str]


def mount(regions: Regions, clock: Clock) -> None:
    """Serve the emulated services on MiniStack's port, and let its IAM enforcement see the calls."""
    arns: dict[str, _ResourceArn] = {}
    for service in SERVICES:
        metadata = botocore_model(service).metadata
        # MiniStack knows a service by the name in the signature.
        scope = metadata.get("signingName", metadata["endpointPrefix"])
        patterns = {"host_patterns": [rf"{metadata['endpointPrefix']}\."]}
        if "targetPrefix" in metadata:
            patterns["target_prefixes"] = [f"{metadata['targetPrefix']}."]
            arns[scope] = _personalize_arn
            # For tasks of state machines; MiniStack's have no calls of other protocols.
            called = {"target_prefix": metadata["targetPrefix"], "protocol": "json"}
            stepfunctions._AWS_SDK_SERVICE_MAP[service] = called
        else:
            iam_actions._BOTOCORE_SERVICE_MAP[scope] = [service]
            protocol = RestJsonProtocol(ServiceModel(service, invalid="BadRequestException"))
            arns[scope] = functools.partial(_path_arn, protocol, scope)
        router.SERVICE_PATTERNS[scope] = patterns
        ministack_app.SERVICE_HANDLERS[scope] = _handler(service, regions, clock)
        iam_actions.SERVICE_TO_IAM_NAMESPACE[scope] = scope
    iam_actions.extract_resource_arn = _with_arns(iam_actions.extract_resource_arn, arns)


def _handler(service: str, regions: Regions, clock: Clock) -> Callable[..., Any]:
    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> _Response:
        request = Request(method=method, path=path, query=query, headers=headers, body=body)
        # Reading a large file takes a while, and everything else goes on meanwhile.
        return await _response(await asyncio.to_thread(regions(service).respond, request), clock)

    return handle


async def _response(answer: Answer, clock: Clock) -> _Response:
    if answer.delay:
        await asyncio.sleep(clock.real_seconds(answer.delay))
    drop = {DROP_HEADER: "true"} if answer.drop else {}
    return answer.status, {**answer.headers, **drop}, answer.body


def _with_arns(extract: Callable[..., str], arns: dict[str, _ResourceArn]) -> Callable[..., str]:
    @functools.wraps(extract)
    def with_arns(service: str, *args: Any, **kwargs: Any) -> str:
        if service not in arns:
            return extract(service, *args, **kwargs)
        method, path, headers, body, _query, region, account = args
        request = Request(method=method, path=path, headers=headers, body=body)
        return arns[service](request, region, account)

    return with_arns


def _path_arn(protocol: RestJsonProtocol, scope: str, request: Request, region: str, account: str) -> str:
    try:
        resource = protocol.resource(request)
    except ServiceError:
        return "*"
    if resource.startswith("tags/"):
        return resource.removeprefix("tags/")
    return f"arn:aws:{scope}:{region}:{account}:{resource}" if resource else "*"


_CREATED = {"CreateSchema": "schema", "CreateDatasetGroup": "dataset-group", "CreateSolution": "solution"}


def _personalize_arn(request: Request, region: str, account: str) -> str:
    operation = request.headers.get("x-amz-target", "").rpartition(".")[2]
    try:
        parameters = json.loads(request.body or b"{}")
    except ValueError:
        return "*"
    name = parameters.get("jobName") or parameters.get("name")
    if operation.startswith("Create") and "jobName" in parameters:
        kind = re.sub(r"(?<!^)(?=[A-Z])", "-", operation.removeprefix("Create")).lower()
        return f"arn:aws:personalize:{region}:{account}:{kind}/{name}"
    if operation in _CREATED:
        return f"arn:aws:personalize:{region}:{account}:{_CREATED[operation]}/{name}"
    if operation.startswith("List") and operation != "ListTagsForResource":
        return "*"
    return next((value for member, value in parameters.items() if member.endswith("Arn")), "*")
