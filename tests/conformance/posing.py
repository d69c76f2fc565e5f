"""An offline AWS that poses as an account of AWS, and the command that asks it."""

from __future__ import annotations

import contextlib
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
from verify_aws.sweeper import Left, Sweeper
from verify_aws.target import HOME

from cdk_data_jobs_local import OfflineAws

if TYPE_CHECKING:
    from collections.abc import Iterator

    from verify_aws.stage import Stage

HERE = Path(__file__).parent
CHEAP = ("a", "b")
"""The stages of `make test`; `make prove` has all, in tests/proof/test_verify_aws.py."""


@contextlib.contextmanager
def account_for(key: str) -> Iterator[tuple[OfflineAws, str]]:
    """Starts an offline AWS for a stage; yields it with the ARN of the boundary, which is empty where there is none."""
    with OfflineAws(speed=offline.SPEED, enforce_iam=key in offline.ENFORCED) as aws:
        if key not in offline.ENFORCED:
            yield aws, ""
            return
        policy = (HOME / "docs" / "verify-boundary.json").read_text(encoding="utf-8")
        yield aws, aws.client("iam").create_policy(PolicyName="boundary", PolicyDocument=policy)["Policy"]["Arn"]


def wrong_offline(stage: type[Stage], aws: OfflineAws, boundary: str = "") -> list[str]:
    """Runs a stage on the offline AWS; returns what is wrong and not listed, and what is listed and not wrong."""
    if stage.needs_bootstrap:
        aws.bootstrap()
    recording = RECORDINGS / f"{stage.key}.json"
    target = offline.target(aws, stage, boundary=boundary)
    outcome = run(stage, target, Record(stage=stage.key, answered_by=EMULATED, region=aws.region))
    if outcome.error is not None:
        raise outcome.error
    assert outcome.left == []
    reasons = divergences(stage.key)
    if recording.exists():
        pairs = compare(Record.read(recording).answers, outcome.observed, reasons)
        fine = (Verdict.AGREE, Verdict.KNOWN)
        return [str(pair) for pair in pairs if pair.verdict not in fine or pair.is_stale]
    return [f"{name} {one.as_json()}" for name, one in outcome.observed.items() if one.holds == (name in reasons)]


class Posing:
    """The command, with an offline AWS as the account that it asks."""

    def __init__(self, aws: OfflineAws, folder: Path) -> None:
        """Creates it.

        Args:
            aws: The offline AWS.
            folder: Where the records go.
        """
        self.aws, self.folder = aws, folder

    def command(self, *arguments: str, account: str = "") -> list[str]:
        """Returns the command, for this account if no other is given."""
        given = ["--account", account or self.aws.account, "--region", self.aws.region, "--records", str(self.folder)]
        return [sys.executable, str(HERE), *given, "--speed", str(self.aws.server.settings.speed), *arguments]

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which the account is this one."""
        return {**os.environ, **self.aws.environment}

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

    def interrupt(self, line: str, *arguments: str) -> tuple[int, str]:
        """Runs the command and sends Ctrl-C when it prints a line; returns its exit status and what it printed."""
        with subprocess.Popen(  # noqa: S603
            self.command("--yes", *arguments),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            assert process.stdout is not None
            printed = []
            for found in process.stdout:
                printed.append(found)
                if found.rstrip() == line:
                    process.send_signal(signal.SIGINT)
        return process.returncode, "".join(printed)

    def record(self, key: str) -> Record:
        """Returns the record of a stage."""
        return Record.read(self.folder / f"{key}.json")

    def left(self) -> list[Left]:
        """Returns what is left in the account."""
        return Sweeper(self.aws.client, "verify-aws-").find()
