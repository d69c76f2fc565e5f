"""An offline AWS that poses as an account of AWS, and the command that asks it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from verify_aws import offline
from verify_aws.comparison import Verdict, compare, divergences
from verify_aws.records import EMULATED, RECORDINGS, Record
from verify_aws.runs import run
from verify_aws.sweeper import Leftover, Sweeper

if TYPE_CHECKING:
    from verify_aws.stage import Stage

    from cdk_data_jobs_local import OfflineAws

HERE = Path(__file__).parent
REGION = "eu-west-1"
FAST_STAGES = ("a", "b")
"""The stages of `make test`; `make prove` has all, in tests/proof/test_verify_aws.py."""


def unexpected_answers(stage: type[Stage], aws: OfflineAws, boundary: str, *, first: str = "") -> list[str]:
    """Runs a stage on the offline AWS; returns what is wrong and not listed, and what is listed and not wrong.

    Args:
        stage: The stage.
        aws: The offline AWS.
        boundary: The ARN of the permissions boundary of all roles.
        first: The step to begin with, as a resumed run does; by default the first.
    """
    if stage.needs_bootstrap:
        aws.bootstrap()
    done = stage.steps()[: stage.steps().index(first)] if first else []
    record = Record(stage=stage.key, answered_by=EMULATED, region=aws.region)
    record.steps = {step: {"observations": {}} for step in done}
    outcome = run(stage, offline.target(aws, boundary, stage), record)
    if outcome.error is not None:
        raise outcome.error
    assert outcome.leftovers == []
    recording, reasons = RECORDINGS / f"{stage.key}.json", divergences(stage.key)
    if recording.exists():
        answers = Record.read(recording).answers
        expected = {name: answers[name] for name in outcome.observed if name in answers} if first else answers
        fine = (Verdict.AGREE, Verdict.KNOWN)
        pairs = compare(expected, outcome.observed, reasons)
        return [str(pair) for pair in pairs if pair.verdict not in fine or pair.is_stale]
    return [f"{name} {one.as_json()}" for name, one in outcome.observed.items() if one.holds == (name in reasons)]


class CommandRunner:
    """The command, with an offline AWS as the account that it asks."""

    def __init__(self, aws: OfflineAws, boundary: str, folder: Path) -> None:
        """Creates it.

        Args:
            aws: The offline AWS.
            boundary: The ARN of the permissions boundary of all roles.
            folder: Where the records go.
        """
        self.aws, self.boundary, self.folder = aws, boundary, folder
        self.environment = {**os.environ, **aws.environment}
        """The variables of the command: in it, the account is this one."""

    def command(self, *arguments: str, account: str = "") -> list[str]:
        """Returns the command, for this account if no other is given."""
        given = {
            "--account": account or self.aws.account,
            "--region": self.aws.region,
            "--boundary": self.boundary,
            "--records": str(self.folder),
            "--minutes": str(offline.MINUTES),
            "--speed": str(self.aws.server.settings.speed),
        }
        return [sys.executable, str(HERE), *(word for option in given.items() for word in option), *arguments]

    def run(self, *arguments: str, account: str = "", typed: str = "") -> tuple[int, str]:
        """Runs the command; returns its exit status and what it printed."""
        done = subprocess.run(  # noqa: S603
            self.command(*arguments, account=account),
            env=self.environment,
            input=typed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def interrupt(
        self, lines: set[str], *arguments: str, signals: tuple[int, ...] = (signal.SIGINT,), closes: bool = False
    ) -> tuple[int, str]:
        """Runs the command and sends signals when it prints a line; returns its exit status and what it printed.

        Args:
            lines: The lines, each of which makes the signals be sent.
            *arguments: Those of the command, which is not told whether it may.
            signals: The signals; by default that of Ctrl-C.
            closes: Whether nobody reads what it prints after that.
        """
        with subprocess.Popen(  # noqa: S603
            self.command(*arguments),
            env={**self.environment, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            assert process.stdout is not None
            printed = []
            for found in process.stdout:
                printed.append(found)
                if found.rstrip() in lines:
                    for number in signals:
                        process.send_signal(number)
                    if closes:
                        break
        return process.returncode, "".join(printed)

    def record(self, key: str) -> Record:
        """Returns the record of a stage."""
        return Record.read(self.folder / f"{key}.json")

    def leftovers(self) -> list[Leftover]:
        """Returns what is left in the account."""
        return Sweeper(self.aws.client, "verify-aws-").find()
