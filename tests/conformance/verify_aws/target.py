"""The AWS that is asked: an account of AWS, or what answers at another endpoint."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_cdk import App, Environment, Stack, Tags, aws_iam
from verify_aws.limits import LimitReachedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from verify_aws.caller import Caller
    from verify_aws.limits import Limits

HOME = Path(__file__).resolve().parents[3]
CDK = HOME / "node_modules" / ".bin" / "cdk"
TAG = "verify-aws"
"""The key of the tag of all that can have one; its value is the name of the run."""


class Clock:
    """The time of an AWS.

    Args:
        speed: How many of its seconds pass in one of ours: 1 in AWS.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self._start = time.monotonic()

    def now(self) -> float:
        """Returns how many seconds have passed."""
        return (time.monotonic() - self._start) * self.speed

    def sleep(self, seconds: float) -> None:
        """Waits."""
        time.sleep(seconds / self.speed)


@dataclass(kw_only=True)
class CliResult:
    """What a run of the CDK CLI came to: its exit status, and what it printed."""

    status: int = -1
    printed: str = ""


@dataclass(kw_only=True)
class Target:
    """An AWS, and what a test step may use of it.

    Attributes:
        account: The account's id.
        caller: Who asks, in which Region.
        name: What the names of everything begin with that the run makes: the prefix and the run's own part.
        boundary: The ARN of a managed policy that all roles get as their permissions boundary; empty if none.
        clock: Its time.
        limits: What the run may use.
    """

    account: str
    caller: Caller
    name: str
    boundary: str = ""
    clock: Clock
    limits: Limits
    _clients: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def region(self) -> str:
        """The Region's name."""
        return self.caller.region

    @cached_property
    def folder(self) -> Path:
        """A folder for data and synthesized apps, until `close`."""
        return Path(tempfile.mkdtemp(prefix=f"{self.name}-"))

    def close(self) -> None:
        """Removes the folder."""
        if "folder" in vars(self):
            shutil.rmtree(self.folder, ignore_errors=True)

    def client(self, service: str) -> Any:
        """Returns a boto3 client, whose jobs are counted."""
        if service not in self._clients:
            self._clients[service] = self.caller.client(service)
            self.limits.watch(self._clients[service])
        return self._clients[service]

    def wait(self, condition: Callable[[], Any], *, seconds: float, every: float = 5) -> Any:
        """Waits until a condition is true, and returns its value.

        Args:
            condition: What is asked again and again.
            seconds: How long at most.
            every: How long between two times.

        Raises:
            LimitReachedError: The run's time is over.
            TimeoutError: It did not come true.
        """
        deadline = self.clock.now() + seconds
        while not (found := condition()):
            self.clock.sleep(min(every, self.limits.remaining))
            if self.clock.now() > deadline:
                raise TimeoutError(f"nothing came of it in {seconds:.0f} seconds")
        return found

    def cdk(self, *arguments: str) -> CliResult:
        """Runs the CDK CLI to its end.

        Raises:
            LimitReachedError: The run's time is over before it ends.
        """
        with self.start_cdk(*arguments) as result:
            pass
        return result

    @contextlib.contextmanager
    def start_cdk(self, *arguments: str) -> Iterator[CliResult]:
        """Runs the CDK CLI while the block of a `with` statement runs, and then to its end.

        Raises:
            LimitReachedError: The run's time is over before it ends.
        """
        command = [str(CDK), *arguments, "--no-color", "--require-approval", "never"]
        # Its home is not the user's: ~/.cdk.json and ~/.aws there would lead it to another account.
        environment = {**self.caller.environment(), "HOME": str(self.folder)}
        # Of its own session, so that Ctrl-C reaches this process alone, which then ends it.
        with (
            tempfile.TemporaryFile("w+", dir=self.folder) as output,
            subprocess.Popen(  # noqa: S603
                command,
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            ) as process,
        ):
            done = CliResult()
            try:
                yield done
                done.status = process.wait(self.limits.remaining / self.clock.speed)
            except BaseException as error:
                # With its children: the CLI may be started by a script.
                os.killpg(process.pid, signal.SIGKILL)
                if isinstance(error, subprocess.TimeoutExpired):
                    raise LimitReachedError("the time is over") from error
                raise
            output.seek(0)
            done.printed = output.read()

    def deploy(self, make: Callable[[Stack], None], name: str, *, jobs: int = 0) -> CliResult:
        """Deploys a stack.

        Args:
            make: Makes what is in it.
            name: The stack's name, after that of the run.
            jobs: How many jobs it may create.
        """
        with self.start_deploying(make, name, jobs=jobs) as result:
            pass
        return result

    def start_deploying(
        self, make: Callable[[Stack], None], name: str, *, jobs: int = 0
    ) -> contextlib.AbstractContextManager[CliResult]:
        """Deploys a stack while the block of a `with` statement runs, and then to its end; see `deploy`."""
        self.limits.use(jobs=jobs)
        return self.start_cdk("deploy", "--app", self.synthesize(make, name), self.stack(name))

    def destroy(self, make: Callable[[Stack], None], name: str) -> CliResult:
        """Destroys a stack."""
        return self.cdk("destroy", "--force", "--app", self.synthesize(make, name), self.stack(name))

    def stack(self, name: str) -> str:
        """Returns the whole name of a stack."""
        return f"{self.name}-{name}"

    def synthesize(self, make: Callable[[Stack], None], name: str) -> str:
        """Synthesizes a stack, with the run's tag and boundary; returns the folder with the app."""
        app = App(outdir=tempfile.mkdtemp(prefix="cdk.out-", dir=self.folder))
        # With its environment, the CDK CLI refuses credentials of another account.
        stack = Stack(app, self.stack(name), env=Environment(account=self.account, region=self.region))
        make(stack)
        Tags.of(stack).add(TAG, self.name)
        if self.boundary:
            policy = aws_iam.ManagedPolicy.from_managed_policy_arn(stack, "Boundary", self.boundary)
            aws_iam.PermissionsBoundary.of(app).apply(policy)
        return app.synth().directory
