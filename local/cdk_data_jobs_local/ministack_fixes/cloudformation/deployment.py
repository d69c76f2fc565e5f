"""The progress of a stack's creation or update, for the fix `parallel`.

CloudFormation starts every resource as soon as what it depends on is complete, and when one fails, or a person cancels
the update, it cancels those in progress: a custom resource may get Delete while its Create still runs, and its response
to that is ignored; another resource is deleted by the id that its service gave it at once (extension development guide,
"Resource type handler contract"). An operation that is not to be rolled back continues where nothing failed (user
guide, "Choose how to handle failures when provisioning resources").
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

from ministack.core.responses import now_iso
from ministack.services import cloudformation
from ministack.services.cloudformation import engine, provisioners, stacks

from cdk_data_jobs_local.ministack_fixes.cloudformation import preservation
from cdk_data_jobs_local.ministack_fixes.cloudformation.physical_names import generated_id
from cdk_data_jobs_local.ministack_fixes.cloudformation.resource_types import is_custom

Result = tuple[tuple[str, dict[str, Any]], str]
current: contextvars.ContextVar["Deployment | None"] = contextvars.ContextVar("cdk_data_jobs_deployment", default=None)
"""The deployment that the running task or thread works for."""

in_progress: dict[str, "Deployment"] = {}
"""The deployments in progress, by the ids of their stacks."""

_POLL_SECONDS = 0.05
_OF_UPDATES = ("UPDATE_IN_PROGRESS", "UPDATE_COMPLETE", "UPDATE_FAILED")

# MiniStack's own functions, kept before `parallel.patch` replaces them.
original_sort = stacks._topological_sort
original_add_event = stacks._add_event


class ResourceCancelledError(Exception):
    """Another resource failed, or a person cancelled the update, while this one was under way."""


@dataclass
class Started:
    """A resource that was started before its turn in MiniStack's loop."""

    kind: str
    props: dict[str, Any]
    future: "Future[Result]" = field(default_factory=Future)
    physical_id: str = ""


_starting: contextvars.ContextVar[Started | None] = contextvars.ContextVar("cdk_data_jobs_starting", default=None)


def report_physical_id(physical_id: str) -> None:
    """Records the id of the resource that this thread creates, so that it can be deleted while it is being created."""
    started = _starting.get()
    if started is not None:
        started.physical_id = physical_id


class Deployment:
    """One creation or update of a stack, and the progress of its resources."""

    def __init__(self, stack_name: str, stack_id: str, template: dict[str, Any], parameters: dict[str, Any],
                 previous: dict[str, Any] | None, *, disables_rollback: bool) -> None:  # fmt: skip
        """Creates it with nothing started.

        Args:
            stack_name: The stack.
            stack_id: Its id.
            template: The new template.
            parameters: The template's parameters.
            previous: The stack as it was; None if it is created.
            disables_rollback: Whether a failure is not rolled back.
        """
        self.stack_name, self.stack_id = stack_name, stack_id
        self.template, self.parameters, self.previous = template, parameters, previous
        self.disables_rollback = disables_rollback
        self.failed_creations = preservation.take_failed_creations(stack_name, template, previous)
        self.order: list[str] = []
        self.done: set[str] = set()
        self.started: dict[str, Started] = {}
        self.failed: Future[str] = Future()
        self.is_cancelled = False
        self._running: set[str] = set()
        self._broken: list[str] = []
        self._conditions: dict[str, Any] = {}
        self._dependencies: dict[str, set[str]] = {}
        self._loop = asyncio.get_running_loop()

    @property
    def prefix(self) -> str:
        """The prefix of resources' states in MiniStack's loop."""
        return "UPDATE" if self.previous is not None else "CREATE"

    def previous_resource(self, name: str) -> dict[str, Any] | None:
        """Returns a resource as it was before the operation; None if the operation makes it."""
        found: dict[str, Any] | None = (self.previous or {}).get("_resources", {}).get(name)
        return found

    def prefix_of(self, name: str) -> str:
        """Returns the prefix of a resource's states: an update creates what was not there."""
        return "UPDATE" if self.previous_resource(name) else "CREATE"

    @property
    def resources(self) -> dict[str, Any]:
        """The stack's resources as MiniStack records them."""
        found: dict[str, Any] = cloudformation._stacks[self.stack_name].setdefault("_resources", {})
        return found

    def sort(self, definitions: dict[str, Any], conditions: dict[str, Any]) -> list[str]:
        """Returns an order in which resources that take long come late, because they are started before their turn."""
        names = set(original_sort(definitions, conditions))
        self._dependencies = {name: engine._extract_deps(definitions[name], names) - {name} for name in names}
        waiting = {name: set(dependencies) for name, dependencies in self._dependencies.items()}
        ready = [(takes_long(definitions[name]), name) for name in names if not waiting[name]]
        heapq.heapify(ready)
        self._conditions, self.order = conditions, []
        while ready:
            _, name = heapq.heappop(ready)
            self.order.append(name)
            for other in names:
                if name in waiting[other]:
                    waiting[other].discard(name)
                    if not waiting[other]:
                        heapq.heappush(ready, (takes_long(definitions[other]), other))
        return self.order

    def start_ready(self) -> None:
        """Starts every resource that takes long and whose dependencies are complete."""
        definitions = self.template["Resources"]
        for name in self.order:
            definition = definitions[name]
            if name in self.started or name in self.done or not takes_long(definition):
                continue
            if self._dependencies[name] <= self.done and not self.failed.done():
                # MiniStack's loop has the same error at this resource's turn, and reports it.
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
        before = self.previous_resource(name)
        arguments: tuple[Any, ...] = (kind, name, tagged, self.stack_name)
        function: Callable[..., Result] = stacks._provision_keeping_seed
        if name in self.failed_creations:
            function = functools.partial(preservation.create_again, self.failed_creations[name])
        if before:
            old = self._tagged(name, kind, before.get("Properties", {}), (self.previous or {}).get("Tags"))
            is_retry = before["ResourceStatus"] == "UPDATE_FAILED" and is_custom(kind)
            function = preservation.update_again if is_retry else stacks._update_keeping_seed
            arguments = (
                kind,
                before["PhysicalResourceId"],
                old,
                tagged,
                self.stack_name,
                name,
                before.get("Attributes"),
            )
            if old == tagged and not is_retry:
                return
        original_add_event(self.stack_id, self.stack_name, name, kind, f"{self.prefix_of(name)}_IN_PROGRESS")
        self.started[name] = started
        self._running.add(name)
        _in_thread(started, function, arguments)
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
        self._running.discard(name)
        if self.failed.done() or name in self.done:
            return
        error, prefix = started.future.exception(), self.prefix_of(name)
        if error is not None:
            original_add_event(self.stack_id, self.stack_name, name, started.kind, f"{prefix}_FAILED", str(error))
            self._broken.append(name)
        else:
            (physical_id, attributes), _seed = started.future.result()
            self.record(name, physical_id, "COMPLETE", attributes)
            original_add_event(
                self.stack_id, self.stack_name, name, started.kind, f"{prefix}_COMPLETE", physical_id=physical_id
            )
            self.done.add(name)
            self.start_ready()
        if self._broken and not (self.disables_rollback and self._running):
            self.failed.set_result(self._broken[0])

    def record(self, name: str, physical_id: str, state: str, attributes: dict[str, Any] | None = None) -> None:
        """Records a started resource as MiniStack's loop does with its own."""
        self.resources[name] = {
            "PhysicalResourceId": physical_id,
            "ResourceType": self.started[name].kind,
            "ResourceStatus": f"{self.prefix_of(name)}_{state}",
            "LogicalResourceId": name,
            "Properties": self.started[name].props,
            "Attributes": attributes or {},
            "Timestamp": now_iso(),
        }

    def has_event(self, name: str, status: str) -> bool:
        """Records an event that MiniStack's loop adds; returns whether the stack has this event already."""
        if name not in self.order or not status.startswith(self.prefix) or status.startswith("UPDATE_ROLLBACK"):
            return False
        if self.failed.done():
            return status.endswith("_FAILED") and name in self._broken
        if status.endswith("_IN_PROGRESS"):
            self.start_ready()
            return name in self.started
        was_done = name in self.done
        if status.endswith("_COMPLETE"):
            self.done.add(name)
        return was_done

    def actual_status(self, name: str, status: str) -> str:
        """Returns the state that a resource has, and is recorded with, when the loop says that it has this one."""
        if name not in self.order or self.previous_resource(name) or status not in _OF_UPDATES:
            return status
        status = status.replace("UPDATE", "CREATE")
        if name in self.resources:
            self.resources[name]["ResourceStatus"] = status
        return status

    async def result(self, name: str) -> Result:
        """Waits for a started resource, or until another one fails, or until a person cancels the update.

        Raises:
            ResourceCancelledError: Another one failed, or a person cancelled the update.
        """
        own = asyncio.wrap_future(self.started[name].future)
        other = asyncio.wrap_future(self.failed)
        waiting: list[asyncio.Future[Any]] = [own, other]
        stack = cloudformation._stacks[self.stack_name]
        while not (own.done() or other.done() or self.is_cancelled):
            await asyncio.wait(waiting, timeout=_POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            self.is_cancelled = bool(stack.pop("_cancel_requested", False))
        if own.done():
            if self.disables_rollback and own.exception() is not None:
                await other
            return await own
        raise ResourceCancelledError(self.cancelled(name))

    def cancel(self, failed: str = "") -> None:
        """Begins no further resource, and waits for none that is under way.

        Args:
            failed: The resource that has failed, if that is the reason.
        """
        if not self.failed.done():
            self.failed.set_result(failed)

    def cancelled(self, name: str) -> str:
        """Returns the reason that a cancelled resource gives."""
        return "Resource update cancelled" if self.previous_resource(name) else "Resource creation cancelled"

    def roll_back(self, created: list[str], failed: str | None) -> None:
        """Prepares the rollback of all resources that were started before their turn.

        Args:
            created: What the loop has made, in order; what is to be rolled back too is added.
            failed: The resource at which the loop stopped.
        """
        self.cancel(failed or "")
        for name, started in self.started.items():
            if name in created:
                continue
            before = self.previous_resource(name)
            running = not started.future.done()
            if running and name != failed:
                status, reason = f"{self.prefix_of(name)}_FAILED", self.cancelled(name)
                original_add_event(self.stack_id, self.stack_name, name, started.kind, status, reason)
            if not running and started.future.exception() is None:
                (physical_id, attributes), _seed = started.future.result()
                self.record(name, physical_id, "COMPLETE", attributes)
            elif started.physical_id and started.physical_id != (before or {}).get("PhysicalResourceId"):
                self.record(name, started.physical_id, "FAILED")
                created.append(name)
            elif before:
                # It may have changed something: the rollback updates it to what it was.
                self.record(name, before["PhysicalResourceId"], "FAILED")
            elif running:
                self.record(name, generated_id(self.stack_name, name), "FAILED")
            # MiniStack's loop itself rolls back the updated resource at whose turn it stopped.
            if name in self.resources and name not in created and not (before and name == failed):
                created.append(name)


def has_ended() -> bool:
    """Returns whether the deployment of this task or thread has failed or was cancelled; results are then ignored."""
    deployment = current.get()
    return deployment is not None and deployment.failed.done()


def takes_long(definition: dict[str, Any]) -> bool:
    """Returns whether a resource takes long, so that it is started before MiniStack's loop gets to it."""
    kind = definition.get("Type", "")
    return is_custom(kind) or kind.startswith("AWS::Personalize::")


def _in_thread(started: Started, function: Callable[..., Result], arguments: tuple[Any, ...]) -> None:
    context = contextvars.copy_context()
    context.run(_starting.set, started)

    def run() -> None:
        try:
            started.future.set_result(context.run(function, *arguments))
        except BaseException as error:  # noqa: BLE001  (who waits for the result gets it)
            started.future.set_exception(error)

    threading.Thread(target=run, daemon=True, name="cdk-data-jobs-resource").start()
