"""How is what happens told line by line: as text that can be searched, or as JSON?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from cdk_data_jobs_cli.rows import Row, here_and_now
from cdk_data_jobs_cli.texts import duration, moment, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from typing_extensions import Self

    from cdk_data_jobs_cli.rows import Snapshot


_WORDS = {
    "quota": "the quota",
    "service": "the service",
    "files": "its files",
    "turn": "its turn",
    "job": "the job",
}


class _Told:
    """What has been told of each job so far, and what is new."""

    def __init__(self) -> None:
        """Nothing is told yet."""
        self._rows: dict[str, Row] = {}

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is left open."""

    def _changes(self, snapshot: Snapshot) -> Iterator[tuple[Row, Row | None]]:
        """The jobs that have changed, each as it is and as it was told before, if it was."""
        for row in snapshot.rows:
            before = self._rows.get(row.job.path)
            if before is None or before.changes != row.changes:
                self._rows[row.job.path] = row
                yield row, before


class Lines(_Told):
    """One line for each change of a job, with the time before it."""

    def __init__(self) -> None:
        """Nothing is told yet."""
        super().__init__()
        self._status = ""

    def note(self, text: str) -> None:
        """Say something that is no change."""
        self._write(text)

    def show(self, snapshot: Snapshot) -> None:
        """Tell what has changed since the last one."""
        if snapshot.status != self._status:
            self._status = snapshot.status
            self._write(f"{snapshot.stack} {snapshot.status}")
        for row, before in self._changes(snapshot):
            is_linked = before is None or (before.status, before.link) != (row.status, row.link)
            self._write(line(row, link=row.link if is_linked else ""))

    def end(self, snapshot: Snapshot) -> None:
        """Tell how it ended."""
        for name, reason in snapshot.other_failures:
            self._write(f"{name} failed: {one_line(reason)}")
        took = duration(snapshot.elapsed(here_and_now()))
        self._write(
            " ".join(filter(None, (snapshot.stack, snapshot.result, snapshot.status, took and f"after {took}")))
        )

    def _write(self, text: str) -> None:
        click.echo(f"{moment(here_and_now())} {text}")


class JsonLines(_Told):
    """One JSON object for each change of a job, and one for the end."""

    def note(self, text: str) -> None:
        """Say something that is no change, where it does not disturb."""
        click.echo(text, err=True)

    def show(self, snapshot: Snapshot) -> None:
        """Tell what has changed since the last one; a stack's status alone is told with the end."""
        for row, _before in self._changes(snapshot):
            now = here_and_now()
            write_json({"time": moment(now), "stack": snapshot.stack, **row.as_json(now)})

    def end(self, snapshot: Snapshot) -> None:
        """Tell how it ended."""
        now = here_and_now()
        write_json({"time": moment(now), **snapshot.as_json(now)})


class JsonDocument(JsonLines):
    """One JSON document, at the end."""

    def show(self, snapshot: Snapshot) -> None:
        """Changes are not told."""

    def end(self, snapshot: Snapshot) -> None:
        """The only job there is."""
        write_json({"stack": snapshot.stack, **snapshot.rows[0].as_json(here_and_now())})


def line(row: Row, *, link: str) -> str:
    """A job in one line, without the time before it."""
    took = duration(row.elapsed(here_and_now())).replace(" ", "")
    word = _WORDS.get(row.waiting_for, row.waiting_for)
    waiting = f"waiting for {word}: {row.state}" if word and row.state else row.state
    apart = "the deployment does not wait for it" if row.status == "running" and not row.is_awaited else ""
    words = (row.job.name, row.status, took, str(row.progress), waiting, apart, row.reason, link)
    return one_line(" ".join(filter(None, words)))


def write_json(document: dict[str, Any]) -> None:
    """Write a JSON object in one line."""
    click.echo(json.dumps(document, ensure_ascii=False))
