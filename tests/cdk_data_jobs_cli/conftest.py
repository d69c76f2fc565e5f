"""Stacks that are deployed offline without the CDK CLI, and the command line as a process of its own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_local import OfflineAws

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOME = Path(__file__).parent.parent.parent
SECRETS = ("ResponseURL", "cfn-response", "TaskToken", "_ministack")
SPEED = 30


@dataclass
class Offline:
    """The offline AWS, and stacks that were synthesized for it."""

    aws: OfflineAws
    folder: Path
    templates: dict[str, Any]

    def publish(self) -> None:
        """Upload the assets of all stacks, as the CDK CLI does."""
        s3 = self.aws.client("s3")
        place = self.aws.account, self.aws.region
        s3.create_bucket(
            Bucket="cdk-hnb659fds-assets-{}-{}".format(*place),
            CreateBucketConfiguration={"LocationConstraint": self.aws.region},
        )
        for manifest in self.folder.glob("*.assets.json"):
            for asset in json.loads(manifest.read_text())["files"].values():
                source = self.folder / asset["source"]["path"]
                body = source.read_bytes() if source.is_file() else zipped(source)
                for target in asset["destinations"].values():
                    key = target["objectKey"]
                    s3.put_object(Bucket="cdk-hnb659fds-assets-{}-{}".format(*place), Key=key, Body=body)

    def create(self, stack: str) -> None:
        """Begin to create a stack."""
        self.aws.client("cloudformation").create_stack(**self._of(stack, self.templates[stack]))

    def update(self, stack: str, change: Callable[[dict[str, Any]], Any]) -> None:
        """Begin to update a stack with a changed template."""
        change(self.templates[stack]["Resources"])
        self.aws.client("cloudformation").update_stack(**self._of(stack, self.templates[stack]))

    def wait(self, stack: str) -> str:
        """Wait until no operation on a stack is in progress; returns its status."""
        while True:
            [found] = self.aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
            if not found["StackStatus"].endswith("_IN_PROGRESS"):
                return str(found["StackStatus"])
            time.sleep(0.1)

    def exists(self, stack: str) -> bool:
        """Whether a stack is there."""
        stacks = self.aws.client("cloudformation").describe_stacks()["Stacks"]
        return stack in [one["StackName"] for one in stacks]

    def delete(self, stack: str) -> None:
        """Begin to delete a stack."""
        self.aws.client("cloudformation").delete_stack(StackName=stack)

    def ready(self, *stacks: str) -> None:
        """Have stacks deployed, each after those before it."""
        for stack in stacks:
            if not self.exists(stack):
                self.create(stack)
            self.wait(stack)

    def _of(self, stack: str, template: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps(template)
        capabilities = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
        return {"StackName": stack, "TemplateBody": body, "Capabilities": capabilities}

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to ask this AWS and to find the command."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "COLUMNS", "LINES"))}
        return {**own, **self.aws.environment, "PYTHONPATH": os.pathsep.join([str(HOME / "cli"), str(HOME / "check")])}

    def command(self, *arguments: str) -> list[str]:
        """`data-jobs`, in a process."""
        return [sys.executable, "-m", "cdk_data_jobs_cli", *arguments]

    def begin(self, *arguments: str, **changes: str) -> subprocess.Popen[str]:
        """Start `data-jobs`."""
        return subprocess.Popen(  # noqa: S603 - ours
            self.command(*arguments),
            env={**self.environment, **changes},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, code: int = 0, **changes: str) -> str:
        """Run `data-jobs` to its end, which must be this one; returns what it prints."""
        done = ended(self.begin(*arguments, **changes))
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def watch(self, stack: str, begin: Callable[[], Any] | None = None, code: int = 0) -> list[dict[str, Any]]:
        """Watch a stack; returns the changes and the result.

        Args:
            stack: The stack.
            begin: What starts the operation, once the stack is watched; if none, one is in progress or has ended.
            code: The exit code that it must have.
        """
        watching = self.begin("watch", stack, "--json", "--wait", "30" if begin else "0", "--interval", "0.1")
        if begin:
            assert watching.stderr
            assert "waiting 30 s for a deployment to start" in watching.stderr.readline()
            begin()
        done = ended(watching)
        assert done.returncode == code, done.stdout + done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


def ended(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """Wait for a process to end; nothing secret may be in what it printed."""
    stdout, stderr = process.communicate(timeout=60)
    assert not [secret for secret in SECRETS if secret in stdout + stderr]
    assert "Traceback" not in stderr
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def zipped(folder: Path) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    return written.getvalue()


@pytest.fixture(scope="session")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offline]:
    """An AWS of its own, with the stacks' assets."""
    folder = tmp_path_factory.mktemp("stacks")
    sys.path.insert(0, str(Path(__file__).parent))
    try:
        from stacks import synthesize  # noqa: PLC0415 - tests are no package
    finally:
        sys.path.pop(0)
    with OfflineAws(speed=SPEED) as aws:
        aws.personalize.durations(pending=5, in_progress=20, creating=1)
        aws.pinpoint.durations(pending=5, in_progress=60)
        made = Offline(aws, folder / "cdk.out", synthesize(folder))
        made.publish()
        yield made


@pytest.fixture(scope="session")
def shop(offline: Offline) -> Offline:
    """With the stack Shop deployed."""
    offline.ready("Shop")
    return offline
