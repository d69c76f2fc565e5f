"""Writes each change of a stack's jobs as a line: a message for logs, or JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from cdk_data_jobs_cli.display.formatting import duration, one_line, timestamp

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from typing_extensions import Self

    from cdk_data_jobs_cli.aws.job_state import JobState, StackSnapshot


_WAITING_FOR = {
    "quota": "the quota",
    "service": "the service",
    "files": "its files",
    "turn": "its turn",
    "job": "the job",
}


class _ChangeOutput:
    """Keeps what was written of each job, to find what has changed."""

    def __init__(self, now: Callable[[], dt.datetime]) -> None:
        """Creates an output that has written nothing yet.

        Args:
            now: Returns the time on the clock of AWS.
        """
        self._now = now
        self._written: dict[str, JobState] = {}

    def __enter__(self) -> Self:
        """Needs no preparation."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Has nothing to restore."""

    def _changes(self, snapshot: StackSnapshot) -> Iterator[tuple[JobState, JobState | None]]:
        """Yields the jobs that have changed, each with the state that was written before, if any."""
        for state in snapshot.jobs:
            before = self._written.get(state.job.path)
            if before is None or before.reported_values != state.reported_values:
                self._written[state.job.path] = state
                yield state, before


class LineOutput(_ChangeOutput):
    """Writes a line with its time for each change of a job."""

    def __init__(self, now: Callable[[], dt.datetime]) -> None:
        """Creates an output that has written nothing yet.

        Args:
            now: Returns the time on the clock of AWS.
        """
        super().__init__(now)
        self._status = ""

    def show_message(self, message: str) -> None:
        """Writes a message as a line."""
        self._write(message)

    def show(self, snapshot: StackSnapshot) -> None:
        """Writes what has changed since the last snapshot."""
        if snapshot.status != self._status:
            self._status = snapshot.status
            self._write(f"{snapshot.stack} {snapshot.status}")
        for state, before in self._changes(snapshot):
            is_linked = before is None or (before.status, before.link) != (state.status, state.link)
            self._write(_job_line(state, self._now(), link=state.link if is_linked else ""))

    def show_result(self, snapshot: StackSnapshot) -> None:
        """Writes the other failures, and the result."""
        for name, reason in snapshot.other_failures:
            self._write(f"{name} failed: {one_line(reason)}")
        took = duration(snapshot.elapsed(self._now()))
        self._write(
            " ".join(filter(None, (snapshot.stack, snapshot.result, snapshot.status, took and f"after {took}")))
        )

    def _write(self, message: str) -> None:
        click.echo(f"{timestamp(self._now())} {message}")


class JsonLines(_ChangeOutput):
    """Writes a JSON object for each change of a job, and one for the result."""

    def show_message(self, message: str) -> None:
        """Writes a message to the standard error, so that the output is JSON alone."""
        click.echo(message, err=True)

    def show(self, snapshot: StackSnapshot) -> None:
        """Writes what has changed since the last snapshot; the stack's status is written with the result only."""
        for state, _before in self._changes(snapshot):
            now = self._now()
            write_json({"time": timestamp(now), "stack": snapshot.stack, **state.as_json(now)})

    def show_result(self, snapshot: StackSnapshot) -> None:
        """Writes the result."""
        now = self._now()
        write_json({"time": timestamp(now), **snapshot.as_json(now)})


class JsonDocument(JsonLines):
    """Writes one JSON document, the state of the only job at the end."""

    def show(self, snapshot: StackSnapshot) -> None:
        """Writes nothing."""

    def show_result(self, snapshot: StackSnapshot) -> None:
        """Writes the state of the only job."""
        write_json({"stack": snapshot.stack, **snapshot.jobs[0].as_json(self._now())})


def _job_line(state: JobState, now: dt.datetime, *, link: str) -> str:
    """Returns the state of a job in one line, without the time."""
    took = duration(state.elapsed(now)).replace(" ", "")
    waiting_for = _WAITING_FOR.get(state.waiting_for, state.waiting_for)
    waiting = f"waiting for {waiting_for}: {state.state}" if waiting_for and state.state else state.state
    is_detached = state.status == "running" and not state.is_awaited
    detached = "the deployment does not wait for it" if is_detached else ""
    parts = (state.job.name, state.status, took, str(state.progress), waiting, detached, state.reason, link)
    return one_line(" ".join(filter(None, parts)))


def write_json(document: dict[str, Any]) -> None:
    """Writes a JSON object in one line."""
    click.echo(json.dumps(document, ensure_ascii=False))
