from __future__ import annotations

import json
import os
import socketserver
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cdk_data_jobs_local import OfflineAws, __main__
from cdk_data_jobs_local.api import process
from cdk_data_jobs_local.api.command import main
from cdk_data_jobs_local.api.errors import OfflineAwsError
from cdk_data_jobs_local.api.process import Server, ServerSettings
from cdk_data_jobs_local.api.shell import NOWHERE
from cdk_data_jobs_local.api.state_file import load, lock, save

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CDK_DATA_JOBS_LOCAL_DIR", str(tmp_path / "state"))
    return tmp_path / "state" / "offline-aws.json"


def test_up_twice_status_and_down(capsys: pytest.CaptureFixture[str], state: Path) -> None:
    try:
        # In a process of its own, which it must outlive.
        command = [sys.executable, "-m", "cdk_data_jobs_local", "up", "--speed", "30"]
        environment = {**os.environ, "PYTHONPATH": str(Path(__main__.__file__).parents[1])}
        first = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout  # noqa: S603
        server = load()
        assert server is not None
        assert main(["up"]) == 0
        assert capsys.readouterr().out == first
        assert main(["status"]) == 0
        assert capsys.readouterr().out == first
        assert OfflineAws.running().endpoint_url == server.endpoint_url
        assert OfflineAws.running().personalize.jobs() == []
        assert main(["up", "--port", "1"]) == 1
        assert f"to run with port 1: it runs already, with {server.port}" in capsys.readouterr().err
        assert main(["up", "--speed", "31"]) == 1
        assert "speed 31.0: it runs already, with 30.0" in capsys.readouterr().err
        assert main(["up", "--sdk", "installed"]) == 1
        assert "sdk installed: it runs already, with runtime" in capsys.readouterr().err
        assert main(["up", "--quotas", "new"]) == 1
        assert "quotas new: it runs already, with none" in capsys.readouterr().err
    finally:
        assert main(["down"]) == 0

    assert f"export AWS_ENDPOINT_URL={server.endpoint_url}\n" in first
    assert (server.clock.speed, server.is_running(), server.directory.exists()) == (30, False, False)
    assert not state.exists()
    assert main(["status"]) == 1
    with pytest.raises(OfflineAwsError, match="got none that responds: start one, with up"):
        OfflineAws.running()


def test_down_when_nothing_runs_is_fine(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["down"]) == 0
    assert capsys.readouterr().out.startswith(f"# the offline AWS of '{state.parent}' is down\n")


@pytest.mark.parametrize(("command", "status"), [("up", 0), ("status", 1), ("down", 0)])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_whoever_reads_only_the_beginning_sees_no_error(command: str, status: int, unbuffered: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__main__.__file__).parents[1]), "PYTHONUNBUFFERED": unbuffered}
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "cdk_data_jobs_local", command],
            check=False,
            env=environment,
            stdout=write,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert (load() is not None) == (command == "up")
    finally:
        os.close(write)
        assert main(["down"]) == 0

    assert (done.returncode, done.stderr) == (status, "")


@pytest.mark.parametrize("content", ["", "{}", json.dumps({"pid": 1, "port": 1, "clock": {}})])
def test_a_broken_memory_is_no_memory(state: Path, content: str) -> None:
    state.parent.mkdir()
    state.write_text(content)

    assert main(["status"]) == 1


def test_a_clock_that_stands_still_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", "--speed", "0"]) == 1
    assert capsys.readouterr().err == "speed must be more than 0, got 0.0\n"


def test_up_that_is_used_wrongly_points_the_shell_nowhere(capsys: pytest.CaptureFixture[str]) -> None:
    for command, is_up in (("up", True), ("status", False)):
        with pytest.raises(SystemExit):
            main([command, "--misspelt"])
        assert (NOWHERE in capsys.readouterr().out) == is_up


def test_up_that_fails_points_the_shell_nowhere(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", "--speed", "0"]) == 1
    assert NOWHERE in capsys.readouterr().out
    assert main(["status"]) == 1
    assert NOWHERE not in capsys.readouterr().out


@pytest.mark.parametrize("port", [-1, 65536, 70000])
def test_a_port_that_is_none_is_refused(port: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", f"--port={port}"]) == 1
    assert capsys.readouterr().err == f"port must be from 0 to 65535, got {port}\n"


FORBIDDEN = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")


@pytest.mark.skipif(FORBIDDEN.exists() and int(FORBIDDEN.read_text()) <= 1, reason="every port is allowed here")
def test_a_forbidden_port_is_not_called_taken() -> None:
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # root may use every port
    try:
        with pytest.raises(OfflineAwsError, match=r"^port 1 cannot be used: .*Permission denied"):
            process.listening_socket(1)
    finally:
        os.seteuid(user)


def test_an_sdk_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", "--sdk", "newest"]) == 1
    assert "or a folder that pip --target has installed it in, got 'newest'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.0 404 Not Found\r\n\r\n<p>no such page</p>",
        b"HTTP/1.0 200 OK\r\n\r\n<p>welcome</p>",
        b"HTTP/1.0 200 OK\r\n\r\n[]",
        b"SSH-2.0-OpenSSH_9.6\r\n",
    ],
)
def test_a_port_that_something_else_has_by_now_is_no_offline_aws(
    response: bytes, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with somebody_else(response) as port:
        with lock():
            save(Server(settings=ServerSettings(port=port), started=0, pid=0, directory=state.parent))

        assert main(["status"]) == 1
        assert capsys.readouterr().out == f"# the offline AWS of '{state.parent}' is down\n"
        assert main(["down"]) == 0
    assert not state.exists()


def test_a_server_that_breaks_names_its_log(tmp_path: Path) -> None:
    with somebody_else(b"HTTP/1.0 500 Internal Server Error\r\n\r\nInternal Server Error") as port:
        server = Server(settings=ServerSettings(port=port), started=0, pid=0, directory=tmp_path)

        with pytest.raises(
            OfflineAwsError, match=f"responded with 500 on port {port}; its log is {tmp_path}/server.log"
        ):
            server.send_command("ping")


def test_what_the_environment_trusts_is_still_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(settings=ServerSettings(enforce_iam=True), started=0, pid=0, directory=tmp_path)
    assert server.certificate is not None
    server.certificate.parent.mkdir()
    server.certificate.write_text("the server's")
    proxy = tmp_path / "proxy.pem"
    proxy.write_text("the proxy's")
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", str(proxy))
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "none.pem"))
    process.write_ca_bundle(server)

    assert Path(server.environment["NODE_EXTRA_CA_CERTS"]).read_text() == "the server's\nthe proxy's"


@contextmanager
def somebody_else(response: bytes) -> Iterator[int]:
    """A port on which every connection gets the same response."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            self.request.sendall(response)

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()
