"""How do independent resources of a stack come to be at the same time?

CloudFormation starts every resource as soon as what it depends on is complete, and when one fails, it cancels those
under way: a custom resource may get Delete while its Create still runs. MiniStack 1.5.33 goes through the resources one
by one. Here those that take long (custom resources, datasets) are started ahead of MiniStack's loop, which finds them
running, or done, when it gets to them.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

import asyncio
import contextlib
import contextvars
import copy
import functools
import heapq
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from ministack.core.responses import new_uuid, now_iso
from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, engine, handlers, provisioners, stacks

from cdk_data_jobs_local.adapter.deletions import sort_for_deletion

Result = tuple[tuple[str, dict[str, Any]], str]
_SECONDS_BETWEEN_LOOKS = 0.05
_current: contextvars.ContextVar["Deployment | None"] = contextvars.ContextVar("cdk_data_jobs_deployment", default=None)
_under_way: dict[str, "Deployment"] = {}


class CancelledError(Exception):
    """Another resource failed while this one was under way."""


@dataclass
class Started:
    """A resource that was started ahead of the loop."""

    kind: str
    props: dict[str, Any]
    future: "Future[Result]" = field(default_factory=Future)


class Deployment:
    """One creation or update of a stack, and how far its resources are."""

    def __init__(self, stack_name: str, stack_id: str, template: dict[str, Any], parameters: dict[str, Any],
                 previous: dict[str, Any] | None) -> None:  # fmt: skip
        """Begin with nothing started."""
        self.stack_name, self.stack_id = stack_name, stack_id
        self.template, self.parameters, self.previous = template, parameters, previous
        self.order: list[str] = []
        self.done: set[str] = set()
        self.started: dict[str, Started] = {}
        self.failed: Future[str] = Future()
        self._conditions: dict[str, Any] = {}
        self._dependencies: dict[str, set[str]] = {}
        self._loop = asyncio.get_running_loop()

    @property
    def prefix(self) -> str:
        """What the names of the resources' states begin with."""
        return "UPDATE" if self.previous is not None else "CREATE"

    @property
    def resources(self) -> dict[str, Any]:
        """The stack's resources as MiniStack records them."""
        found: dict[str, Any] = cloudformation._stacks[self.stack_name].setdefault("_resources", {})
        return found

    def sort(self, definitions: dict[str, Any], conditions: dict[str, Any]) -> list[str]:
        """An order in which what takes long comes as late as it may, because it is started ahead of its turn."""
        names = set(_sort(definitions, conditions))
        self._dependencies = {name: engine._extract_deps(definitions[name], names) - {name} for name in names}
        waiting = {name: set(dependencies) for name, dependencies in self._dependencies.items()}
        ready = [(_starts_ahead(definitions[name]), name) for name in names if not waiting[name]]
        heapq.heapify(ready)
        self._conditions, self.order = conditions, []
        while ready:
            _, name = heapq.heappop(ready)
            self.order.append(name)
            for other in names:
                if name in waiting[other]:
                    waiting[other].discard(name)
                    if not waiting[other]:
                        heapq.heappush(ready, (_starts_ahead(definitions[other]), other))
        return self.order

    def start_ready(self) -> None:
        """Start every resource that takes long and whose dependencies are complete."""
        definitions = self.template["Resources"]
        for name in self.order:
            definition = definitions[name]
            if name in self.started or name in self.done or not _starts_ahead(definition):
                continue
            if self._dependencies[name] <= self.done and not self.failed.done():
                # The loop meets the same problem when it gets there, and tells of it.
                with contextlib.suppress(Exception):
                    self._start(name, definition)

    def _start(self, name: str, definition: dict[str, Any]) -> None:
        kind = definition["Type"]
        stack = cloudformation._stacks[self.stack_name]
        props = engine._resolve_refs(
            copy.deepcopy(definition.get("Properties", {})),
            self.resources,
            self.parameters,
            self._conditions,
            self.template.get("Mappings", {}),
            self.stack_name,
            self.stack_id,
        )
        props = {key: value for key, value in props.items() if value is not engine._NO_VALUE}
        props, _ = engine._resolve_dynamic_references(props)
        tagged = self._tagged(name, kind, props, stack.get("Tags"))
        started = Started(kind, props)
        before = (self.previous or {}).get("_resources", {}).get(name)
        arguments: tuple[Any, ...] = (kind, name, tagged, self.stack_name)
        function = stacks._provision_keeping_seed
        if before:
            old = self._tagged(name, kind, before.get("Properties", {}), (self.previous or {}).get("Tags"))
            function = stacks._update_keeping_seed
            arguments = (
                kind,
                before["PhysicalResourceId"],
                old,
                tagged,
                self.stack_name,
                name,
                before.get("Attributes"),
            )
            if old == tagged:
                return
        _add_event(self.stack_id, self.stack_name, name, kind, f"{self.prefix}_IN_PROGRESS")
        self.started[name] = started
        _in_thread(started.future, function, arguments)
        context = contextvars.copy_context()
        ended = functools.partial(self._loop.call_soon_threadsafe, self._ended, name, context=context)
        started.future.add_done_callback(lambda _: ended())

    def _tagged(self, name: str, kind: str, props: dict[str, Any], tags: Any) -> dict[str, Any]:
        tagged: dict[str, Any] = provisioners._with_stack_tags(
            kind, props, tags or [], self.stack_name, self.stack_id, name
        )
        return tagged

    def _ended(self, name: str) -> None:
        started = self.started[name]
        if self.failed.done() or name in self.done:
            return
        error = started.future.exception()
        if error is not None:
            _add_event(self.stack_id, self.stack_name, name, started.kind, f"{self.prefix}_FAILED", str(error))
            self.failed.set_result(name)
            return
        (physical_id, attributes), _seed = started.future.result()
        self.record(name, physical_id, "COMPLETE", attributes)
        _add_event(
            self.stack_id, self.stack_name, name, started.kind, f"{self.prefix}_COMPLETE", physical_id=physical_id
        )
        self.done.add(name)
        self.start_ready()

    def record(self, name: str, physical_id: str, state: str, attributes: dict[str, Any] | None = None) -> None:
        """Record a started resource as MiniStack's loop does with its own."""
        self.resources[name] = {
            "PhysicalResourceId": physical_id,
            "ResourceType": self.started[name].kind,
            "ResourceStatus": f"{self.prefix}_{state}",
            "LogicalResourceId": name,
            "Properties": self.started[name].props,
            "Attributes": attributes or {},
            "Timestamp": now_iso(),
        }

    def knows(self, name: str, status: str) -> bool:
        """Take note of what the loop tells of a resource; whether it has been told already."""
        if name not in self.order or not status.startswith(self.prefix) or status.startswith("UPDATE_ROLLBACK"):
            return False
        if self.failed.done():
            return status.endswith("_FAILED") and self.failed.result() == name
        if status.endswith("_IN_PROGRESS"):
            self.start_ready()
            return name in self.started
        told = name in self.done
        if status.endswith("_COMPLETE"):
            self.done.add(name)
        return told

    async def result(self, name: str) -> Result:
        """Wait for a started resource, or until another one fails, or until somebody cancels the update.

        Raises:
            CancelledError: another one failed, or somebody cancelled the update.
        """
        own = asyncio.wrap_future(self.started[name].future)
        other = asyncio.wrap_future(self.failed)
        waiting: list[asyncio.Future[Any]] = [own, other]
        stack = cloudformation._stacks[self.stack_name]
        while not (own.done() or other.done() or stack.pop("_cancel_requested", False)):
            await asyncio.wait(waiting, timeout=_SECONDS_BETWEEN_LOOKS, return_when=asyncio.FIRST_COMPLETED)
        if own.done():
            return await own
        raise CancelledError(self.cancelled)

    @property
    def cancelled(self) -> str:
        """The reason that a cancelled resource gives."""
        return "Resource update cancelled" if self.previous is not None else "Resource creation cancelled"

    def roll_back(self, created: list[str], failed: str | None) -> None:
        """Prepare the rollback of everything that was started ahead of the loop.

        Args:
            created: what the loop has made, in order; what is to be rolled back too is added.
            failed: the resource at which the loop stopped.
        """
        if not self.failed.done():
            self.failed.set_result(failed or "")
        for name, started in self.started.items():
            if name in created:
                continue
            before = (self.previous or {}).get("_resources", {}).get(name)
            running = not started.future.done()
            if running and name != failed:
                _add_event(self.stack_id, self.stack_name, name, started.kind, f"{self.prefix}_FAILED", self.cancelled)
            if not running and started.future.exception() is None:
                (physical_id, attributes), _seed = started.future.result()
                self.record(name, physical_id, "COMPLETE", attributes)
            elif before:
                # It may have changed something: it is sent back to what it was.
                self.record(name, before["PhysicalResourceId"], "FAILED")
            elif running:
                self.record(name, f"{self.stack_name}-{name}-{new_uuid()[:12].upper()}", "FAILED")
            # What failed in an update, at whose turn the loop stopped, the loop itself sends back.
            if name in self.resources and not (before and name == failed):
                created.append(name)


def patch() -> None:
    """Make MiniStack's CloudFormation start resources as soon as they can be."""
    deploy = stacks._deploy_stack_async
    run_reentrant = stacks.run_reentrant
    failed_operation = stacks._failed_operation

    async def deploy_stack(stack_name: str, stack_id: str, template: Any, param_values: Any, *args: Any,
                           is_update: bool = False, previous_stack: Any = None, **options: Any) -> None:  # fmt: skip
        before = (previous_stack or {}) if is_update else None
        _under_way[stack_id] = Deployment(stack_name, stack_id, template, param_values, before)
        token = _current.set(_under_way[stack_id])
        try:
            await deploy(
                stack_name, stack_id, template, param_values, *args,
                is_update=is_update, previous_stack=previous_stack, **options,
            )  # fmt: skip
        finally:
            _current.reset(token)
            del _under_way[stack_id]

    async def run(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        deployment = _current.get()
        index = {stacks._provision_keeping_seed: 1, stacks._update_keeping_seed: 5}.get(function)
        if deployment is not None and index is not None and args[index] in deployment.started:
            return await deployment.result(args[index])
        return await run_reentrant(function, *args, **options)

    def fail(is_update: bool, previous: Any, created: Any, failed_update: Any, failed: Any, *rest: Any) -> Any:
        deployment = _current.get()
        created = list(created)
        if deployment is not None:
            deployment.roll_back(created, failed)
        return failed_operation(is_update, previous, created, failed_update, failed, *rest)

    for module in (stacks, handlers, changesets):
        module._deploy_stack_async = deploy_stack
    stacks.run_reentrant = run
    stacks._failed_operation = fail
    stacks._topological_sort = _sort_for_deployment
    stacks._add_event = _add_event_of_loop


def cancel(stack_id: str) -> None:
    """Begin no further resource of a stack, and wait for none that is under way."""
    failed = _under_way[stack_id].failed
    if not failed.done():
        failed.set_result("")


_sort = stacks._topological_sort
_add_event = stacks._add_event


def _sort_for_deployment(definitions: dict[str, Any], conditions: dict[str, Any]) -> list[str]:
    deployment = _current.get()
    if deployment is not None and definitions is deployment.template.get("Resources") and not deployment.order:
        return deployment.sort(definitions, conditions)
    return sort_for_deletion(definitions, _sort(definitions, conditions), takes_long=_starts_ahead)


def _add_event_of_loop(stack_id: str, stack_name: str, logical_id: str, resource_type: str, status: str,
                       *args: Any, **options: Any) -> None:  # fmt: skip
    deployment = _current.get()
    if deployment is None or not deployment.knows(logical_id, status):
        _add_event(stack_id, stack_name, logical_id, resource_type, status, *args, **options)
    if deployment is not None and status == f"{deployment.prefix}_COMPLETE":
        deployment.start_ready()


def _starts_ahead(definition: dict[str, Any]) -> bool:
    kind = definition.get("Type", "")
    custom = kind.startswith("Custom::") or kind == "AWS::CloudFormation::CustomResource"
    return bool(custom or kind.startswith("AWS::Personalize::"))


def _in_thread(future: "Future[Result]", function: Callable[..., Result], arguments: tuple[Any, ...]) -> None:
    context = contextvars.copy_context()

    def run() -> None:
        try:
            future.set_result(context.run(function, *arguments))
        except BaseException as error:  # noqa: BLE001  (whoever waits for it gets it)
            future.set_exception(error)

    threading.Thread(target=run, daemon=True, name="cdk-data-jobs-resource").start()
