"""Which SDK do the Lambda functions get?

AWS's runtime for Python has a boto3 of its own, older than the one that people install, and a function that needs more
fails there. MiniStack runs functions on its own interpreter, with its own boto3; so they get a folder that comes first.
"""

import hashlib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from cdk_data_jobs_local.errors import OfflineAwsError

RUNTIME = "runtime"
"""The SDK that AWS's runtime was last seen with."""

INSTALLED = "installed"
"""The SDK that is installed here."""

_VERSION = re.compile(r"\d+(\.\d+)+")


def check(sdk: str) -> None:
    """Make sure that this is a choice.

    Raises:
        ValueError: it is not.
    """
    if not (sdk in (RUNTIME, INSTALLED) or _VERSION.fullmatch(sdk) or Path(sdk, "boto3").is_dir()):
        choices = f"{RUNTIME!r}, {INSTALLED!r}, a version of boto3, or a folder that pip --target has installed it in"
        raise ValueError(f"sdk must be {choices}, got {sdk!r}")


def folder(sdk: str) -> Path | None:
    """The folder with the SDK. What is not there yet is installed, once for all, in the user's cache folder.

    Args:
        sdk: `runtime`, `installed`, a version of boto3, or a folder.

    Returns:
        The folder; none for what is installed here.

    Raises:
        OfflineAwsError: it cannot be installed.
    """
    if sdk == INSTALLED:
        return None
    if sdk == RUNTIME:
        return _installed(["--requirement", str(requirements())], requirements().read_text(encoding="utf-8"))
    if _VERSION.fullmatch(sdk):
        return _installed([f"boto3=={sdk}"], sdk)
    return Path(sdk).resolve()


def requirements() -> Path:
    """The file that names the runtime's SDK: it lies with the function's code, in a wheel and in a checkout."""
    root = Path(__file__).resolve().parents[1]
    packaged = root / "cdk_data_jobs" / "_lambda"
    return (packaged if packaged.is_dir() else root.parent / "lambda") / "sdk.txt"


def _installed(wanted: list[str], content: str) -> Path:
    # What pip chooses may depend on the version of Python.
    digest = hashlib.sha256(f"{sys.version_info[:2]} {content}".encode()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cdk-data-jobs"
    place = cache / f"sdk-{digest}"
    if not place.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        # Whoever is interrupted leaves no half of it, and of several at once the first one wins.
        with tempfile.TemporaryDirectory(dir=cache, prefix="installing-") as new:
            made = Path(new) / "sdk"
            _install(wanted, made)
            try:
                made.rename(place)
            except OSError:
                if not place.is_dir():
                    raise
    return place


def _install(wanted: list[str], place: Path) -> None:
    # The SDK is for the functions alone, so what pip says of conflicts with MiniStack does not matter.
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--no-warn-conflicts", "--no-compile", "--target", str(place), *wanted]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise OfflineAwsError(
            f"the SDK of the Lambda functions must be installed once, and pip could not:\n{done.stderr.strip()}\n"
            "let pip reach a package index once, or choose another SDK: "
            "OfflineAws(sdk='installed') takes the one that is installed here, "
            f"OfflineAws(sdk=FOLDER) one that you installed with pip install --target FOLDER {' '.join(wanted)}"
        )
