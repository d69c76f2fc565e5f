"""The network between one stack's function and AWS: microburst, which lets calls fail as AWS lets them fail.

Every stack of the matrix has a network of its own, so that a fault affects no other. What microburst lacks is added:
the function killed at a call, an error after the call took effect, a call that hangs after it took effect, and an
response that says something else than the service did.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import ClientError, web
from microburst.app import make_app
from microburst.core import pipeline
from microburst.core.pipeline import Microburst
from microburst.detection import detect
from microburst.forward import Upstream
from microburst.protocols import render_error
from microburst.rules import RuleEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from microburst.core.context import RequestContext
    from microburst.rules import Decision

PINPOINT = (
    ("POST", "/v1/apps/[^/]+/jobs/import", "CreateImportJob"),
    ("GET", "/v1/apps/[^/]+/jobs/import", "GetImportJobs"),
    ("GET", "/v1/apps/[^/]+/jobs/import/[^/]+", "GetImportJob"),
)
MARK = "x-fault"
RESPONSE = "Response"
"""The call by which CloudFormation gets its response: a PUT to the ResponseURL."""

NETWORK_TIMEOUT = 2.0
"""How long a function waits for the network where a call hangs, in real seconds: AWS' SDK waits a minute."""

HANG_SECONDS = 6.0
"""How long a call hangs, in real seconds."""


@dataclass(frozen=True, kw_only=True)
class CallFault:
    """How a call fails.

    Attributes:
        rule: What microburst is to do, as a part of one of its rules.
        kill: Kill the function at this call.
        after: Let the call take effect, and then `rule` or `kill` or a connection that hangs keep its response away.
        before_forwarding: Called with the call's parameters before it is forwarded.
        rewrite: What becomes of the response, as JSON.
        effect_delay: Break the connection at once, and let the call take effect so many of the services' seconds later.
    """

    rule: dict[str, Any] = field(default_factory=dict)
    kill: bool = False
    after: bool = False
    before_forwarding: Callable[[dict[str, Any]], None] | None = None
    rewrite: Callable[[dict[str, Any]], Any] | None = None
    effect_delay: float = 0.0


@dataclass
class Call:
    """A call that the function made."""

    operation: str
    body: dict[str, Any]
    size: int
    status: int | None = None


class Network:
    """A network; `url` is where the function finds AWS, and its proxy for everything else."""

    def __init__(self, loop: Loop, upstream: str, kill: Callable[[], None], *, speed: float) -> None:
        """Open it.

        Args:
            loop: What it runs in.
            upstream: The URL of AWS.
            kill: Kills the function.
            speed: How many seconds pass for the services in one real second.
        """
        self._loop = loop
        self.kill = kill
        self.speed = speed
        self.calls: list[Call] = []
        self.faults: dict[str, CallFault] = {}
        self.limits: dict[int, float] = {}
        self.took_effect: set[str] = set()
        self.goes_on_until = 0.0
        """When the last of what lasts for some time ends, in real seconds since 1970."""
        self._proxy = Microburst(upstream)
        self._proxy.upstream = _Upstream(upstream, self)
        self._proxy.engine = _Engine(self)
        # A response to CloudFormation is a PUT to S3, whose content microburst 0.10 does not look at.
        pipeline.should_buffer = lambda *_: True
        self._runner = web.AppRunner(make_app(self._proxy), access_log=None, shutdown_timeout=0.5)
        self.url = loop.run(self._open())

    def fail(self, call: str, fault: CallFault, *, times: int | None = 1, seconds: float | None = None) -> None:
        """Let calls of an operation fail.

        Args:
            call: The operation, or `RESPONSE`.
            fault: How they fail.
            times: How often; None for every call.
            seconds: For how many real seconds, from the first call that it affects. If None, until it is healed.
        """
        key = str(len(self.faults))
        self.faults[key] = fault
        where = {"body": "PhysicalResourceId"} if call == RESPONSE else {"operation": call}
        rule = dict(fault.rule)
        # The mark must reach both the decision and the forwarding, and this is the part of a rule that both see.
        rule["response"] = {**rule.get("response", {}), "set_headers": {MARK: key}}
        if fault.after:
            # What keeps the response away comes after the call was forwarded, and microburst's own faults come before.
            rule = {name: value for name, value in rule.items() if name not in ("error", "reset")}

        def add() -> None:
            [added] = self._proxy.engine.add_rules([{**where, "times": times, **rule}])
            if seconds is not None:
                self.limits[added.id] = seconds

        self._loop.call(add)

    def heal(self) -> None:
        """Remove all faults."""
        self._loop.call(lambda: self._proxy.engine.set_rules([]))

    @property
    def fired(self) -> bool:
        """Whether a fault occurred, after the call took effect if it was to be so."""
        after = {key for key, fault in self.faults.items() if fault.after or fault.effect_delay}
        return bool(self._proxy.fired) and after <= self.took_effect

    def made(self, operation: str) -> list[Call]:
        """The calls of an operation."""
        return [call for call in list(self.calls) if call.operation == operation]

    def close(self) -> None:
        """Close it."""
        self._loop.run(self._runner.cleanup())

    async def _open(self) -> str:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"


class _Engine(RuleEngine):
    """Records every call, and decides how it fails."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self._network = network

    def decide(self, info: RequestContext) -> Decision | None:
        recognize(info)
        record_call(self._network, info)
        decision = super().decide(info)
        if decision is not None:
            seconds = self._network.limits.pop(decision.rule.id, None)
            if seconds is not None:
                decision.rule.ttl_s = time.time() - decision.rule.created_ts + seconds
                self._network.goes_on_until = time.time() + seconds
        return decision


class _Upstream(Upstream):
    """Forwards calls, and then keeps their responses away or changes them."""

    def __init__(self, url: str, network: Network) -> None:
        super().__init__(url)
        self._network = network
        self._under_way: set[asyncio.Task[None]] = set()

    async def relay(
        self, request: web.Request, body: bytes | None, mutator: Any = None, data: Any = None
    ) -> web.StreamResponse:
        fault = fault_of(self._network, mutator)
        if fault is not None and (broken := await self._before(request, body, fault, mutator)):
            return broken
        if fault is None or not (fault.kill or fault.after or fault.rewrite):
            if request.method == "HEAD":  # microburst 0.10 loses the length in such a response
                status, headers, _ = await self._fetch(request, body)
                return web.Response(status=status, headers=headers)
            try:
                response = await super().relay(request, body, mutator, data)
            except (ConnectionError, ClientError):
                return web.Response(status=502)
            self._answered(request, body, response.status)
            return response
        status, headers, content = await self._fetch(request, body)
        self._network.took_effect.add(mutator.set_headers[MARK])
        self._answered(request, body, status)
        if fault.rewrite:
            return web.Response(status=status, headers=headers, body=json.dumps(fault.rewrite(json.loads(content))))
        if fault.kill:
            await asyncio.to_thread(self._network.kill)
            return abort(request)
        error = fault.rule.get("error")
        if error:
            context = detect(request.headers, request.method, request.rel_url.raw_path, request.rel_url.query, body)
            status, headers, content = render_error(
                context.service, error["code"], error["message"], error.get("status"), protocol=context.protocol
            )
            return web.Response(status=status, headers=headers, body=content)
        if fault.rule.get("reset"):
            return abort(request)
        await asyncio.sleep(HANG_SECONDS)
        return abort(request)

    async def _before(
        self, request: web.Request, body: bytes | None, fault: CallFault, mutator: Any
    ) -> web.Response | None:
        """Do what comes before a call takes effect; returns the response if the call ends with that."""
        if fault.effect_delay:
            task = asyncio.create_task(
                self._take_effect(request, body, fault.effect_delay / self._network.speed, mutator.set_headers[MARK])
            )
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
            return abort(request)
        if fault.kill and not fault.after:
            await asyncio.to_thread(self._network.kill)
            return abort(request)
        if fault.before_forwarding:
            await asyncio.to_thread(fault.before_forwarding, parameters(body))
        return None

    async def _take_effect(self, request: web.Request, body: bytes | None, seconds: float, key: str) -> None:
        await asyncio.sleep(seconds)
        status, _, _ = await self._fetch(request, body)
        self._network.took_effect.add(key)
        self._answered(request, body, status)

    async def _fetch(self, request: web.Request, body: bytes | None) -> tuple[int, dict[str, str], bytes]:
        assert self.session is not None
        url, sent = self.base_url + request.rel_url.raw_path_qs, self._outbound_headers(request)
        async with self.session.request(request.method, url, headers=sent, data=body) as response:
            kept = ("x-", "content-type", "last-modified", "etag")
            kept = (*kept, "content-length") if request.method == "HEAD" else kept
            headers = {name: value for name, value in response.headers.items() if name.lower().startswith(kept)}
            return response.status, headers, await response.read()

    def _answered(self, request: web.Request, body: bytes | None, status: int) -> None:
        if request.method == "PUT" and "cfn-response" in request.path:
            said = parameters(body)
            for call in self._network.made(RESPONSE):
                if call.body == said and call.status is None:
                    call.status = status
                    return


def recognize(info: RequestContext) -> None:
    """Name the operations that microburst 0.10 does not: those with a hyphen in a path's parameter, and a copy.

    Those on objects in S3 for runs on upload have the kind of object in their names.
    """
    for method, path, operation in PINPOINT:
        if info.service == "pinpoint" and info.method == method and re.fullmatch(path, info.path):
            info.operation = operation
    if "x-amz-copy-source" in {name.lower() for name in info.headers}:
        info.operation = "CopyObject"
    elif info.service == "s3" and info.operation in ("PutObject", "GetObject", "DeleteObject", "ListObjectsV2"):
        place = info.query.get("prefix", "") or info.path
        of_list = info.operation == "ListObjectsV2"
        what = "manifest" if "/arrived/taken/" in place else "marker" if "/arrived/" in place else "copy"
        plural = {"marker": "markers", "copy": "copies"}
        info.operation += f" of the {plural[what] if of_list else what}"


def record_call(network: Network, info: RequestContext) -> None:
    """Record a call."""
    said = parameters(info.body)
    operation = RESPONSE if "cfn-response" in info.path else info.operation or f"{info.method} {info.path}"
    network.calls.append(Call(operation, said, len(info.body or b"")))


def parameters(body: bytes | None) -> dict[str, Any]:
    """The parameters of a call, if its body is JSON."""
    try:
        said = json.loads(body or b"{}")
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def fault_of(network: Network, mutator: Any) -> CallFault | None:
    """The fault of a call, if it has one."""
    return network.faults.get(mutator.set_headers.get(MARK, "")) if mutator is not None else None


def abort(request: web.Request) -> web.Response:
    """Break the connection."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=200)


class Loop:
    """The thread in which all networks run."""

    def __init__(self) -> None:
        """Start it."""
        detect({"Host": "127.0.0.1"}, "GET", "/", {}, None)  # microburst reads all of botocore's models at first
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="networks")
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run something in it, and wait for it."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(60)

    def call(self, function: Callable[[], object]) -> None:
        """Call a function in it, and wait for it."""

        async def called() -> None:
            function()

        self.run(called())

    def close(self) -> None:
        """End it."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
