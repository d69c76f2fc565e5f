"""Stacks that are deployed to the offline AWS without the CDK CLI, and `data-jobs` as a process of its own."""

from __future__ import annotations

import contextlib
import fcntl
import io
import itertools
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
import time
import zipfile
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_local import OfflineAws

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOME = Path(__file__).parent.parent.parent
SECRETS = ("ResponseURL", "cfn-response", "TaskToken", "_ministack")
SPEED = 30
_BUCKETS = itertools.count()
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\]8;[^\x1b]*\x1b\\")


@dataclass
class Offline:
    """The offline AWS, and stacks that were synthesized for it."""

    aws: OfflineAws
    folder: Path
    templates: dict[str, Any]

    def upload_assets(self) -> None:
        """Uploads the assets of all stacks, as the CDK CLI does."""
        s3 = self.aws.client("s3")
        bucket = f"cdk-hnb659fds-assets-{self.aws.account}-{self.aws.region}"
        with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": self.aws.region})
        for manifest in self.folder.glob("*.assets.json"):
            for asset in json.loads(manifest.read_text())["files"].values():
                source = self.folder / asset["source"]["path"]
                body = source.read_bytes() if source.is_file() else zip_folder(source)
                for target in asset["destinations"].values():
                    s3.put_object(Bucket=bucket, Key=target["objectKey"], Body=body)

    def create(self, stack: str) -> None:
        """Starts to create a stack."""
        self.aws.client("cloudformation").create_stack(**self._arguments(stack, self.templates[stack]))

    def update(self, stack: str, change: Callable[[dict[str, Any]], Any]) -> None:
        """Starts to update a stack; the function changes the resources of its template."""
        change(self.templates[stack]["Resources"])
        self.aws.client("cloudformation").update_stack(**self._arguments(stack, self.templates[stack]))

    def wait(self, stack: str) -> str:
        """Waits until no operation on a stack is in progress; returns its status."""
        while True:
            [found] = self.aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
            if not found["StackStatus"].endswith("_IN_PROGRESS"):
                return str(found["StackStatus"])
            time.sleep(0.1)

    def exists(self, stack: str) -> bool:
        """Returns whether a stack exists."""
        stacks = self.aws.client("cloudformation").describe_stacks()["Stacks"]
        return stack in [one["StackName"] for one in stacks]

    def delete(self, stack: str) -> None:
        """Starts to delete a stack."""
        self.aws.client("cloudformation").delete_stack(StackName=stack)

    def deploy(self, *stacks: str) -> None:
        """Creates the stacks that do not exist yet, one after another."""
        for stack in stacks:
            if not self.exists(stack):
                self.create(stack)
            self.wait(stack)

    def _arguments(self, stack: str, template: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps(template)
        capabilities = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
        return {"StackName": stack, "TemplateBody": body, "Capabilities": capabilities}

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a process that calls this AWS and finds the command."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "COLUMNS", "LINES"))}
        return {**own, **self.aws.environment, "PYTHONPATH": os.pathsep.join([str(HOME / "cli"), str(HOME / "check")])}

    def command(self, *arguments: str) -> list[str]:
        """Returns the command line that runs `data-jobs` in a process."""
        return [sys.executable, "-m", "cdk_data_jobs_cli", *arguments]

    def start(self, *arguments: str, **changes: str) -> subprocess.Popen[str]:
        """Starts `data-jobs`, with these changes of the environment."""
        return subprocess.Popen(  # noqa: S603 - ours
            self.command(*arguments),
            env={**self.environment, **changes},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, code: int = 0, **changes: str) -> str:
        """Runs `data-jobs`, which must end with this exit code; returns its output."""
        done = wait_for_end(self.start(*arguments, **changes))
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def run_in_terminal(self, *arguments: str, width: int = 110, height: int = 30, typed: str = "") -> TerminalRun:
        """Runs `data-jobs` in a terminal of its own, in which something is typed."""
        own_side, process_side = pty.openpty()
        fcntl.ioctl(process_side, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        process = subprocess.Popen(  # noqa: S603 - ours
            self.command(*arguments),
            env={**self.environment, "TERM": "xterm-256color"},
            stdin=process_side,
            stdout=process_side,
            stderr=process_side,
        )
        os.close(process_side)
        os.write(own_side, typed.encode())
        output = b""
        try:
            while chunk := os.read(own_side, 65536):
                output += chunk
        except OSError:  # how Linux reports that the process has closed its side
            pass
        os.close(own_side)
        return TerminalRun(process.wait(timeout=60), output.decode())

    def watch(self, stack: str, start: Callable[[], Any] | None = None, code: int = 0) -> list[dict[str, Any]]:
        """Runs `data-jobs watch`; returns the changes and the result.

        Args:
            stack: The stack.
            start: Starts the operation, once the stack is watched; none if one is in progress or has ended.
            code: The exit code that it must have.
        """
        watching = self.start("watch", stack, "--json", "--wait", "30" if start else "0", "--interval", "0.1")
        if start:
            assert watching.stderr
            assert "waiting 30 s for a deployment to start" in watching.stderr.readline()
            start()
        done = wait_for_end(watching)
        assert done.returncode == code, done.stdout + done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


@dataclass
class TerminalRun:
    """A run of `data-jobs` in a terminal.

    Attributes:
        code: The exit code.
        output: All that it wrote, with escape sequences.
    """

    code: int
    output: str

    @property
    def text(self) -> str:
        """The output without escape sequences."""
        return ESCAPES.sub("", self.output).replace("\r", "")


def wait_for_end(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """Waits for a process to end, and asserts that it printed no secret."""
    stdout, stderr = process.communicate(timeout=60)
    assert not [secret for secret in SECRETS if secret in stdout + stderr]
    assert "Traceback" not in stderr
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def zip_folder(folder: Path) -> bytes:
    """Returns a folder's files as a zip archive."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    return content.getvalue()


@pytest.fixture(scope="session")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offline]:
    """An offline AWS, to which the assets of the stacks are uploaded."""
    folder = tmp_path_factory.mktemp("stacks")
    sys.path.insert(0, str(Path(__file__).parent))
    try:
        from stacks import synthesize  # noqa: PLC0415 - tests are no package
    finally:
        sys.path.pop(0)
    with OfflineAws(speed=SPEED) as aws:
        aws.personalize.durations(pending=5, in_progress=20, creating=1)
        aws.personalize.settings(dataset_groups=1000)
        aws.pinpoint.durations(pending=5, in_progress=60)
        offline = Offline(aws, folder / "cdk.out", synthesize(folder))
        offline.upload_assets()
        yield offline


@pytest.fixture(scope="session")
def shop(offline: Offline) -> Offline:
    """The offline AWS, with the stack Shop deployed."""
    offline.deploy("Shop")
    return offline


@pytest.fixture
def bucket(offline: Offline, request: pytest.FixtureRequest) -> Callable[[dict[str, str | bytes]], str]:
    """Creates a bucket with objects; returns its name."""

    def create(objects: dict[str, str | bytes]) -> str:
        name = f"{request.node.originalname.replace('_', '-')[:40].strip('-')}-{next(_BUCKETS)}"
        s3 = offline.aws.client("s3")
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": offline.aws.region})
        for key, body in objects.items():
            s3.put_object(Bucket=name, Key=key, Body=body.encode() if isinstance(body, str) else body)
        return name

    return create


@pytest.fixture
def failing_endpoint() -> Iterator[Callable[[int, bytes], str]]:
    """Starts endpoints that give every request the same response; returns the URL of each."""
    servers = []

    def start(status: int, body: bytes) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"] or 0))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self) -> None:
                self.do_POST()

            def log_message(self, *_: object) -> None:
                """Writes no log."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
