"""The file that records the server which `up` started, for `down` and `status`: one for each project folder.

It is in the user's cache folder, not in the project's, where somebody would commit it.
"""

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from cdk_data_jobs_local.api.cache import cache_folder
from cdk_data_jobs_local.api.errors import OfflineAwsError
from cdk_data_jobs_local.api.process import Server, Settings

_NAMED = "CDK_DATA_JOBS_LOCAL_DIR"


def owner() -> Path:
    """Returns the folder whose offline AWS the commands are about.

    It is `$CDK_DATA_JOBS_LOCAL_DIR`, or else the nearest folder with a `cdk.json`, from the current one up, or else the
    current one.
    """
    here = Path.cwd()
    named = os.environ.get(_NAMED)
    if named:
        return here / named
    return next((folder for folder in (here, *here.parents) if (folder / "cdk.json").is_file()), here)


def state_file() -> Path:
    """Returns the file: in `$CDK_DATA_JOBS_LOCAL_DIR`, or in the user's cache folder, named after the owner's path."""
    if os.environ.get(_NAMED):
        return owner() / "offline-aws.json"
    return cache_folder() / "offline-aws" / f"{hashlib.sha256(os.fsencode(owner())).hexdigest()[:12]}.json"


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """Lets one process at a time start or stop the owner's server; the system releases the lock of a killed process.

    Raises:
        OfflineAwsError: The folder of the file cannot be written.
    """
    with _writing():
        state_file().parent.mkdir(parents=True, exist_ok=True)
        lock = state_file().with_suffix(".lock").open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)
    with lock:
        yield


def remember(server: Server) -> None:
    """Writes down which server runs.

    Raises:
        OfflineAwsError: The file cannot be written; what was in it stays.
    """
    known = {"settings": asdict(server.settings), "started": server.started, "pid": server.pid}
    new = state_file().with_suffix(".new")
    with _writing():
        new.write_text(json.dumps({**known, "directory": str(server.directory)}))
        new.replace(state_file())


def recall() -> Server | None:
    """Returns the server that was written down, if it still runs."""
    try:
        known = json.loads(state_file().read_text())
        settings, directory = Settings(**known["settings"]), Path(known["directory"])
        server = Server(settings=settings, started=known["started"], pid=known["pid"], directory=directory)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return server if server.is_running() else None


def forget() -> None:
    """Records no server.

    Raises:
        OfflineAwsError: The file cannot be removed.
    """
    with _writing():
        state_file().unlink(missing_ok=True)


@contextlib.contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OfflineAwsError(
            f"which offline AWS runs cannot be recorded: {error}\n"
            f"name a folder that can be written in the environment variable {_NAMED}"
        ) from error
