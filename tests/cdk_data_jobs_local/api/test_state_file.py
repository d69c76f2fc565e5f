"""Which server `up` has started is recorded for each project folder, and a server that cannot be recorded ends."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cdk_data_jobs_local import __main__
from cdk_data_jobs_local.api import process
from cdk_data_jobs_local.api.command import main
from cdk_data_jobs_local.api.errors import OfflineAwsError
from cdk_data_jobs_local.api.process import VARIABLES, Server, ServerSettings
from cdk_data_jobs_local.api.shell import point_nowhere
from cdk_data_jobs_local.api.state_file import load, project_folder, state_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COMMAND = [sys.executable, "-m", "cdk_data_jobs_local"]
reads_proc = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="reads Linux's /proc")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder, a temporary folder and a cache; each server that a test leaves there is ended."""
    monkeypatch.delenv("CDK_DATA_JOBS_LOCAL_DIR", raising=False)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__main__.__file__).parents[1]))
    installed = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cdk-data-jobs"
    cache = tmp_path / "cache" / "cdk-data-jobs"
    for folder in (tmp_path / "tmp", cache, tmp_path / "home"):
        folder.mkdir(parents=True)
    # What is installed once for all is not installed again.
    for folder in installed.glob("*-*"):
        (cache / folder.name).symlink_to(folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path / "home")
    yield tmp_path / "home"
    for pid in servers(tmp_path):
        os.killpg(pid, signal.SIGKILL)


def servers(folder: Path) -> list[int]:
    """The processes of the servers whose directory is in a folder."""
    marker = f"--directory\0{folder}".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += [int(path.parent.name)] if marker in path.read_bytes() else []
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def project(folder: Path, name: str) -> Path:
    (folder / name / "deep").mkdir(parents=True)
    (folder / name / "cdk.json").write_text("{}")
    return folder / name


def test_a_project_folder_is_the_nearest_with_a_cdk_json(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = project(home, "shop")
    inner = project(shop, "inner")
    assert project_folder() == home
    for folder, expected in ((shop, shop), (shop / "deep", shop), (inner / "deep", inner)):
        monkeypatch.chdir(folder)
        assert project_folder() == expected

    monkeypatch.setenv("CDK_DATA_JOBS_LOCAL_DIR", str(home / "named"))
    assert state_file() == home / "named" / "offline-aws.json"


def test_a_named_folder_is_the_same_from_everywhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CDK_DATA_JOBS_LOCAL_DIR", "named")

    assert main(["status"]) == 1
    assert capsys.readouterr().err == "CDK_DATA_JOBS_LOCAL_DIR must be an absolute path, got named\n"
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "CDK_DATA_JOBS_LOCAL_DIR" in capsys.readouterr().out


def test_its_file_is_in_the_cache_folder_not_in_the_project(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = []
    for folder in (home, project(home, "shop"), project(home, "other")):
        monkeypatch.chdir(folder)
        files.append(state_file())

    assert len({*files}) == 3
    assert {file.parent for file in files} == {home.parent / "cache" / "cdk-data-jobs" / "offline-aws"}


@reads_proc
def test_each_project_folder_has_an_offline_aws_of_its_own(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shop, other = project(home, "shop"), project(home, "other")
    first, second = (subprocess.check_output([*COMMAND, "up"], text=True, cwd=at) for at in (shop / "deep", other))  # noqa: S603
    assert first.startswith(f"# the offline AWS of '{shop}' is up at http://127.0.0.1:")
    assert len({first, second}) == len(servers(home.parent)) == 2

    monkeypatch.chdir(other)
    assert main(["status"]) == 0
    assert capsys.readouterr().out == second
    assert main(["down"]) == 0
    assert main(["status"]) == 1
    assert capsys.readouterr().out.endswith(f"\n# the offline AWS of '{other}' is down\n")
    monkeypatch.chdir(shop)
    assert main(["status"]) == 0
    assert capsys.readouterr().out == first
    assert main(["down"]) == 0
    wait_until(lambda: servers(home.parent) == [])


@reads_proc
def test_a_server_that_hangs_is_reported_and_ended(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    subprocess.run([*COMMAND, "up"], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    [pid] = servers(home.parent)
    os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()

    assert main(["status"]) == 1
    assert f"# the offline AWS of '{home}' does not respond; its log is " in capsys.readouterr().out
    assert main(["up"]) == 1
    assert capsys.readouterr().err.endswith("; down ends it\n")
    assert main(["down"]) == 0
    assert time.monotonic() - began < 60
    wait_until(lambda: servers(home.parent) == [])
    assert [*(home.parent / "tmp").iterdir()] == []


@reads_proc
def test_a_server_that_hangs_when_it_starts_is_not_waited_for(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(home.parent / "tmp"))
    monkeypatch.setattr(process, "_START_TIMEOUT", 3.0)

    def hang() -> None:
        wait_until(lambda: servers(home.parent) != [])
        os.kill(servers(home.parent)[0], signal.SIGSTOP)

    stopping, began = threading.Thread(target=hang), time.monotonic()
    stopping.start()
    with pytest.raises(OfflineAwsError, match="did not start in 3 s"):
        process.start(ServerSettings())
    stopping.join()

    assert time.monotonic() - began < 60
    assert servers(home.parent) == []


@reads_proc
def test_two_that_start_at_once_start_one(home: Path) -> None:
    both = [subprocess.Popen([*COMMAND, "up"], stdout=subprocess.PIPE, text=True) for _ in range(2)]  # noqa: S603
    outputs = [process.communicate()[0] for process in both]

    assert [process.returncode for process in both] == [0, 0]
    assert outputs[0] == outputs[1]
    assert f"export AWS_ENDPOINT_URL={url()}" in outputs[0]
    assert len(servers(home.parent)) == 1
    assert main(["down"]) == 0
    wait_until(lambda: servers(home.parent) == [])


def url() -> str:
    server = load()
    assert server is not None
    return server.endpoint_url


def a_file_in_its_folders_place(named: Path) -> None:
    named.touch()


def a_folder_in_its_place(named: Path) -> None:
    (named / "offline-aws.json").mkdir(parents=True)


def a_full_disk(named: Path) -> None:
    named.mkdir()
    (named / "offline-aws.new").symlink_to("/dev/full")


def a_read_only_folder(named: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    named.mkdir(mode=0o500)


@reads_proc
@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (a_file_in_its_folders_place, "File exists"),
        (a_folder_in_its_place, "Is a directory"),
        (a_full_disk, "No space left on device"),
        (a_read_only_folder, "Permission denied"),
    ],
)
def test_a_server_that_cannot_be_recorded_ends(
    spoil: Callable[[Path], None],
    why: str,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CDK_DATA_JOBS_LOCAL_DIR", str(home / "named"))
    monkeypatch.setattr(tempfile, "tempdir", str(home.parent / "tmp"))
    spoil(home / "named")
    assert main(["up"]) == 1
    printed = capsys.readouterr()

    assert printed.out == f"{point_nowhere()}\n"
    assert printed.err.startswith("which offline AWS runs cannot be recorded: ")
    assert why in printed.err
    assert printed.err.endswith("in the environment variable CDK_DATA_JOBS_LOCAL_DIR\n")
    assert servers(home.parent) == []
    assert [*(home.parent / "tmp").iterdir()] == []


@reads_proc
def test_where_no_file_can_be_written_none_starts(home: Path) -> None:
    limited = f"ulimit -f 0; exec {shlex.join([*COMMAND, 'up'])}"
    done = subprocess.run(["/bin/sh", "-c", limited], capture_output=True, text=True, check=False)  # noqa: S603

    assert (done.returncode, done.stdout) == (1, f"{point_nowhere()}\n")
    assert done.stderr.startswith("the offline AWS cannot start: [Errno 2] No usable temporary directory found in ")
    assert servers(home.parent) == []
    assert [*(home.parent / "tmp").iterdir()] == []


@reads_proc
def test_nor_does_one_that_fills_the_disk(home: Path) -> None:
    small_disk = ["unshare", "--user", "--map-root-user", "--mount", "/bin/sh", "-c"]
    mount = 'mount -t tmpfs -o size=8k none "$TMPDIR"'
    try:
        subprocess.run([*small_disk, mount], check=True, capture_output=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs a mount namespace")
    script = f"{mount}; {shlex.join([*COMMAND, 'up', '--enforce-iam'])}; status=$?; ls -A $TMPDIR; exit $status"
    done = subprocess.run([*small_disk, script], capture_output=True, text=True, check=False)  # noqa: S603

    assert (done.returncode, done.stdout) == (1, f"{point_nowhere()}\n")
    assert done.stderr.startswith("the offline AWS ended with status 1:\n")
    assert done.stderr.endswith(f"no space is left on the disk of {home.parent / 'tmp'}\n")
    assert servers(home.parent) == []


@reads_proc
def test_a_server_whose_up_is_killed_before_it_is_recorded_ends(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDK_DATA_JOBS_LOCAL_DIR", str(home))
    # Nobody reads it, so `up` waits where it would write down which server it has started.
    os.mkfifo(home / "offline-aws.new")
    with subprocess.Popen([*COMMAND, "up"]) as up:  # noqa: S603
        wait_until(lambda: any("Running on" in log.read_text() for log in (home.parent / "tmp").glob("*/server.log")))
        time.sleep(1)
        assert up.poll() is None
        assert len(servers(home.parent)) == 1
        up.send_signal(signal.SIGKILL)

    wait_until(lambda: servers(home.parent) == [])
    wait_until(lambda: [*(home.parent / "tmp").iterdir()] == [])
    (home / "offline-aws.new").unlink()
    assert main(["status"]) == 1


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@reads_proc
@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_a_shell_can_evaluate_what_up_and_down_print_wherever_it_is(shell: str, home: Path) -> None:
    odd = home / "it's\ntouch evaluated; $(touch evaluated)"
    odd.mkdir()
    command = shlex.join(COMMAND)
    script = (
        f'eval "$({command} up --enforce-iam)"; env; echo between; eval "$({command} down)"; env; '
        f"test ! -e evaluated && {command} status"
    )
    done = subprocess.run([shell, "-c", script], capture_output=True, text=True, check=False, cwd=odd)  # noqa: S603

    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.endswith('" is down\n')
    set_by_up, _, left = done.stdout.partition("\nbetween\n")
    assert [name for name in VARIABLES if f"\n{name}=" not in set_by_up] == []
    had = {name: f"\n{name}={os.environ[name]}\n" in left for name in VARIABLES if name in os.environ}
    assert all(had.values())
    assert [name for name in VARIABLES if f"\n{name}=" in left] == [*had]


@pytest.mark.parametrize("shell", ["sh", "bash"])
@pytest.mark.parametrize("endpoint", ["", "https://vpce-0a1b.personalize.eu-west-1.vpce.amazonaws.com"])
def test_down_leaves_the_credentials_of_a_shell_that_uses_aws(shell: str, endpoint: str, home: Path) -> None:
    used = {"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE"}
    script = f'eval "$({shlex.join(COMMAND)} down)"; echo "$AWS_ACCESS_KEY_ID"'
    done = subprocess.run(  # noqa: S603
        [shell, "-uc", script], capture_output=True, text=True, check=False, cwd=home, env={**os.environ, **used}
    )

    assert (done.stdout, done.stderr) == ("AKIAEXAMPLE\n", "")


def test_down_unsets_what_up_can_set(home: Path) -> None:
    server = Server(settings=ServerSettings(enforce_iam=True), started=0, pid=0, directory=home)

    assert sorted(server.environment) == sorted(VARIABLES)
