"""Folders that are installed once, in the user's cache folder."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cdk_data_jobs_local.api.errors import OfflineAwsError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def folder() -> Path:
    """The folder of all that is kept: below `$XDG_CACHE_HOME`, or `~/.cache`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cdk-data-jobs"


def made_once(kind: str, content: str, make: Callable[[Path], None]) -> Path:
    """The folder that was made of something, by this call or by an earlier one.

    Args:
        kind: What it is, with which its name begins.
        content: What tells it from others of its kind; the version of Python does too, for pip chooses by it.
        make: Makes it, at the path that it is given.
    """
    digest = hashlib.sha256(f"{sys.version_info[:2]} {content}".encode()).hexdigest()[:12]
    place = folder() / f"{kind}-{digest}"
    if not place.is_dir():
        folder().mkdir(parents=True, exist_ok=True)
        # Whoever is interrupted leaves no half of it, and of several at once the first one wins.
        with tempfile.TemporaryDirectory(dir=folder(), prefix="installing-") as new:
            made = Path(new) / kind
            make(made)
            try:
                made.rename(place)
            except OSError:
                if not place.is_dir():
                    raise
    return place


def run(command: Sequence[str], *, failure: str) -> None:
    """Run a command to its end.

    Args:
        command: The program and its arguments.
        failure: What the error says before, and after, what the program wrote: two parts, at a `{}`.

    Raises:
        OfflineAwsError: It failed.
    """
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise OfflineAwsError(failure.format((done.stderr or done.stdout).strip()))
