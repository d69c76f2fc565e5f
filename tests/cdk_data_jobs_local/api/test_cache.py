"""What is installed in the user's cache folder is installed once, whoever else does so, and whatever is left of it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cdk_data_jobs_local import OfflineAwsError
from cdk_data_jobs_local.api import cache

INSTALLS_SLOWLY = """
import time
from cdk_data_jobs_local.api import cache

def install(folder):
    folder.mkdir()
    time.sleep(1)
    print("installed")

print(cache.install_once("tool", "a tool", "1.0", install))
"""


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "a cache"))
    return tmp_path / "a cache" / "cdk-data-jobs"


def install(content: str = "1.0") -> Path:
    return cache.install_once("tool", "a tool", content, Path.mkdir, is_usable=lambda folder: folder.is_dir())


def folders(cached: Path) -> list[Path]:
    return [path for path in cached.iterdir() if path.is_dir()]


def test_it_is_installed_once_and_says_so(cached: Path, capfd: pytest.CaptureFixture[str]) -> None:
    first, told_first = install(), capfd.readouterr().err
    second, told_second = install(), capfd.readouterr().err

    assert first == second
    assert (told_first, told_second) == (f"Installing a tool in {first} (once) ...\n", "")
    assert folders(cached) == [first]


def test_another_version_is_installed_beside_it_and_what_was_not_used_for_long_is_removed(cached: Path) -> None:
    first = install("1.0")
    second = install("2.0")
    assert {*folders(cached)} == {first, second}

    long_ago = time.time() - 31 * 86_400
    os.utime(first, (long_ago, long_ago))
    third = install("3.0")

    assert {*folders(cached)} == {second, third}


def test_of_two_processes_one_installs_it(cached: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(cache.__file__).parents[2])}
    processes = [
        subprocess.Popen([sys.executable, "-c", INSTALLS_SLOWLY], stdout=subprocess.PIPE, text=True, env=environment)  # noqa: S603
        for _ in range(2)
    ]
    [first, second] = sorted(process.communicate()[0].splitlines() for process in processes)

    assert (first, second) == ([str(folders(cached)[0])], ["installed", *first])


def test_what_a_killed_process_has_left_is_removed(cached: Path) -> None:
    left = cached / "installing-tool-x7"
    (left / "tool").mkdir(parents=True)

    assert folders(cached) == [left]
    assert [install()] == folders(cached)


def test_what_cannot_be_used_is_replaced(cached: Path) -> None:
    def install_with_link(folder: Path) -> None:
        folder.mkdir()
        (folder / "python").symlink_to(sys.executable)

    def install_with_interpreter() -> Path:
        return cache.install_once(
            "tool", "a tool", "1.0", install_with_link, is_usable=lambda at: (at / "python").exists()
        )

    link = install_with_interpreter() / "python"
    link.unlink()
    link.symlink_to("/no/such/python")

    assert install_with_interpreter() == link.parent
    assert link.exists()
    assert folders(cached) == [link.parent]


def test_a_cache_folder_that_cannot_be_written_is_named(cached: Path) -> None:
    cached.parent.write_text("no folder")

    with pytest.raises(
        OfflineAwsError, match=r"(?s)a tool cannot be installed in .*/a cache/cdk-data-jobs: .*XDG_CACHE_HOME"
    ):
        install()


def test_a_failure_leaves_nothing(cached: Path) -> None:
    def fail(folder: Path) -> None:
        folder.mkdir()
        cache.run([sys.executable, "-c", "print('no index'); raise SystemExit(1)"], failure="it failed:\n{}\ndo this")

    with pytest.raises(OfflineAwsError, match="it failed:\nno index\ndo this"):
        cache.install_once("tool", "a tool", "1.0", fail)

    assert folders(cached) == []


def test_a_module_in_the_current_folder_does_not_stand_in_for_pip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip.py").write_text("raise SystemExit(1)")
    monkeypatch.chdir(tmp_path)

    cache.run([sys.executable, "-m", "pip", "--version"], failure="{}")
