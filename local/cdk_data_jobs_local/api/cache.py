"""Installs packages with pip, once, into folders of the user's cache folder."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from cdk_data_jobs_local.api.errors import OfflineAwsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_MAX_UNUSED_SECONDS = 30 * 86_400
# The user's settings of pip and Python that are for other environments.
_FOREIGN_VARIABLES = ("PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV")


def cache_folder() -> Path:
    """Returns the folder of all installations: below `$XDG_CACHE_HOME`, or `~/.cache`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cdk-data-jobs"


def install_once(
    kind: str,
    title: str,
    content: str,
    install: Callable[[Path], None],
    *,
    is_usable: Callable[[Path], bool] = Path.is_dir,
) -> Path:
    """Returns the folder of an installation; installs it if there is none.

    Of several processes one installs it, and the others wait for that. A process that is killed leaves no half of it.
    Installations of the same kind that were not used for 30 days are removed.

    Args:
        kind: What the folder's name begins with.
        title: What it is, for the line on standard error that says that it is being installed.
        content: What identifies it among others of its kind, such as the packages with their versions. The version of
            Python and the platform do so, too.
        install: Installs it into the folder that it is given, which does not exist yet.
        is_usable: Whether the folder holds an installation; what is there and is not usable is replaced.

    Raises:
        OfflineAwsError: The cache folder cannot be written.
    """
    python = f"{sys.implementation.cache_tag} {sysconfig.get_platform()}"
    folder = cache_folder() / f"{kind}-{hashlib.sha256(f'{python} {content}'.encode()).hexdigest()[:12]}"
    try:
        if not is_usable(folder):
            with _lock(kind):
                if not is_usable(folder):
                    print(f"Installing {title} in {folder} (once) ...", file=sys.stderr, flush=True)  # noqa: T201
                    _remove_unused(kind)
                    with tempfile.TemporaryDirectory(dir=cache_folder(), prefix=f"installing-{kind}-") as temporary:
                        new = Path(temporary) / kind
                        install(new)
                        shutil.rmtree(folder, ignore_errors=True)
                        new.rename(folder)
    except OSError as error:
        raise OfflineAwsError(
            f"{title} cannot be installed in {cache_folder()}: {error}\n"
            "name a folder that can be written in the environment variable XDG_CACHE_HOME"
        ) from error
    with contextlib.suppress(OSError):  # a cache folder that is complete may be read-only
        os.utime(folder)
    return folder


def run(command: Sequence[str], *, failure: str) -> None:
    """Runs a command to its end, without the user's settings for other environments.

    Args:
        command: The program and its arguments.
        failure: The error's message; the program's output stands where it has `{}`.

    Raises:
        OfflineAwsError: The command failed.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _FOREIGN_VARIABLES}
    done = subprocess.run(  # noqa: S603
        command,
        cwd="/",  # what lies in the current folder would be imported first
        env={**environment, "PIP_USER": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise OfflineAwsError(failure.replace("{}", done.stdout.strip()))


@contextlib.contextmanager
def _lock(kind: str) -> Iterator[None]:
    """Lets one process at a time install; the system releases the lock of a process that is killed."""
    cache_folder().mkdir(parents=True, exist_ok=True)
    with (cache_folder() / f"{kind}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _remove_unused(kind: str) -> None:
    """Removes what killed processes have left, and what was not used for long."""
    oldest = time.time() - _MAX_UNUSED_SECONDS
    for folder in cache_folder().iterdir():
        is_unused = folder.name.startswith(f"{kind}-") and folder.stat().st_mtime < oldest
        if is_unused or folder.name.startswith(f"installing-{kind}-"):
            shutil.rmtree(folder, ignore_errors=True)
