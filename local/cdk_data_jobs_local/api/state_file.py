"""The file that records the server which `up` started, for `down` and `status`."""

import json
import os
from dataclasses import asdict
from pathlib import Path

from cdk_data_jobs_local.api.cache import cache_folder
from cdk_data_jobs_local.api.process import Server, Settings


def state_file() -> Path:
    """Returns the file that remembers it: in `$CDK_DATA_JOBS_LOCAL_DIR`, or the user's cache folder."""
    named = os.environ.get("CDK_DATA_JOBS_LOCAL_DIR")
    if named:
        return Path(named) / "offline-aws.json"
    return cache_folder() / "offline-aws.json"


def remember(server: Server) -> None:
    """Writes down which server runs."""
    path = state_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    known = {"settings": asdict(server.settings), "started": server.started, "pid": server.pid}
    path.write_text(json.dumps({**known, "directory": str(server.directory)}))


def recall() -> Server | None:
    """Returns the server that was written down, if it still runs; else it is forgotten."""
    try:
        known = json.loads(state_file().read_text())
        settings, directory = Settings(**known.pop("settings")), Path(known.pop("directory"))
        server = Server(**known, settings=settings, directory=directory)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    if server.is_running():
        return server
    forget()
    return None


def forget() -> None:
    """Records no server."""
    state_file().unlink(missing_ok=True)
