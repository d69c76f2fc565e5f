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
from cdk_data_jobs_local.api.process import Server, ServerSettings

FOLDER_VARIABLE = "CDK_DATA_JOBS_LOCAL_DIR"
"""The environment variable that names the folder of an offline AWS."""


def project_folder() -> Path:
    """Returns the folder whose offline AWS the commands are about.

    It is `$CDK_DATA_JOBS_LOCAL_DIR`, or else the nearest folder with a `cdk.json`, from the current one up, or else the
    current one.

    Raises:
        OfflineAwsError: `$CDK_DATA_JOBS_LOCAL_DIR` is relative, so it would be another folder from each current one.
    """
    here = Path.cwd()
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        if not Path(named).is_absolute():
            raise OfflineAwsError(f"{FOLDER_VARIABLE} must be an absolute path, got {named}")
        return Path(named)
    return next((folder for folder in (here, *here.parents) if (folder / "cdk.json").is_file()), here)


def state_file() -> Path:
    """Returns the file: in `$CDK_DATA_JOBS_LOCAL_DIR`, or in the cache folder, named after the project's path."""
    if os.environ.get(FOLDER_VARIABLE):
        return project_folder() / "offline-aws.json"
    return cache_folder() / "offline-aws" / f"{hashlib.sha256(os.fsencode(project_folder())).hexdigest()[:12]}.json"


@contextlib.contextmanager
def lock() -> Iterator[None]:
    """Lets one process at a time start or stop the project's server; the system releases the lock of a killed process.

    Raises:
        OfflineAwsError: The folder of the file cannot be written.
    """
    with _writing():
        state_file().parent.mkdir(parents=True, exist_ok=True)
        held = state_file().with_suffix(".lock").open("w")
        fcntl.flock(held, fcntl.LOCK_EX)
    with held:
        yield


def save(server: Server) -> None:
    """Writes down which server runs.

    Raises:
        OfflineAwsError: The file cannot be written; what was in it stays.
    """
    known = {"settings": asdict(server.settings), "started": server.started, "pid": server.pid}
    new = state_file().with_suffix(".new")
    with _writing():
        new.write_text(json.dumps({**known, "directory": str(server.directory)}))
        new.replace(state_file())


def load() -> Server | None:
    """Returns the server that was written down, if its process is still there; it may not respond."""
    try:
        known = json.loads(state_file().read_text())
        settings, directory = ServerSettings(**known["settings"]), Path(known["directory"])
        server = Server(settings=settings, started=known["started"], pid=known["pid"], directory=directory)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return server if server.has_process() else None


def delete() -> None:
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
            f"name a folder that can be written in the environment variable {FOLDER_VARIABLE}"
        ) from error
