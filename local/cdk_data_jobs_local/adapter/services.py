"""How do requests reach the emulated services on MiniStack's port?"""

# ruff: noqa: ANN401  (what ministack does not type)

import asyncio
import functools
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ministack import app as ministack_app
from ministack.core import iam_actions, router
from ministack.core.responses import get_account_id, get_region

from cdk_data_jobs_local.adapter.access import MinistackAccess
from cdk_data_jobs_local.emulator.clock import Clock
from cdk_data_jobs_local.emulator.endpoint import Answer
from cdk_data_jobs_local.emulator.personalize import Personalize, Place

DROP_HEADER = "x-cdk-data-jobs-drop-connection"
_TARGET_PREFIX = "AmazonPersonalize"
_Response = tuple[int, dict[str, str], bytes]


class Regions:
    """Amazon Personalize in every account and Region that is asked for."""

    def __init__(self, clock: Clock, directory: Path) -> None:
        """Make one.

        Args:
            clock: the services' clock.
            directory: where the services keep what is too large for memory.
        """
        self._clock = clock
        self._directory = directory
        self._services: dict[tuple[str, str], Personalize] = {}
        self._lock = threading.Lock()

    def __call__(self, account: str | None = None, region: str | None = None) -> Personalize:
        """The service of an account and Region; by default of those of the present request."""
        key = (account or get_account_id(), region or get_region())
        with self._lock:
            if key not in self._services:
                place = Place(account=key[0], region=key[1], clock=self._clock, access=MinistackAccess(*key))
                self._services[key] = Personalize(place, directory=self._directory)
            return self._services[key]


def mount(regions: Regions, clock: Clock) -> None:
    """Serve Amazon Personalize on MiniStack's port, and let its IAM enforcement see the calls."""

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: object) -> _Response:
        del method, path, query
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        # Reading a large file takes a while, and everything else goes on meanwhile.
        answer = await asyncio.to_thread(regions().respond, operation, body)
        return await _response(answer, clock)

    router.SERVICE_PATTERNS["personalize"] = {
        "target_prefixes": [f"{_TARGET_PREFIX}."],
        "host_patterns": [r"personalize\."],
    }
    ministack_app.SERVICE_HANDLERS["personalize"] = handle
    iam_actions.SERVICE_TO_IAM_NAMESPACE["personalize"] = "personalize"
    iam_actions.extract_resource_arn = _with_personalize_arns(iam_actions.extract_resource_arn)


async def _response(answer: Answer, clock: Clock) -> _Response:
    if answer.delay:
        await asyncio.sleep(clock.real_seconds(answer.delay))
    headers = {"Content-Type": "application/x-amz-json-1.1"}
    if answer.drop:
        headers[DROP_HEADER] = "true"
    return answer.status, headers, answer.body


def _with_personalize_arns(extract: Callable[..., str]) -> Callable[..., str]:
    @functools.wraps(extract)
    def with_personalize_arns(service: str, *args: Any, **kwargs: Any) -> str:
        if service != "personalize":
            return extract(service, *args, **kwargs)
        _method, _path, headers, body, _query, region, account = args
        return _resource_arn(headers.get("x-amz-target", ""), body, region, account)

    return with_personalize_arns


_CREATED = {
    "CreateSchema": ("schema", "name"),
    "CreateDatasetGroup": ("dataset-group", "name"),
    "CreateDatasetImportJob": ("dataset-import-job", "jobName"),
}


def _resource_arn(target: str, body: bytes, region: str, account: str) -> str:
    operation = target.rpartition(".")[2]
    try:
        parameters = json.loads(body or b"{}")
    except ValueError:
        return "*"
    if operation in _CREATED:
        kind, member = _CREATED[operation]
        return f"arn:aws:personalize:{region}:{account}:{kind}/{parameters.get(member)}"
    if operation.startswith("List") and operation != "ListTagsForResource":
        return "*"
    return next((value for name, value in parameters.items() if name.endswith("Arn")), "*")
