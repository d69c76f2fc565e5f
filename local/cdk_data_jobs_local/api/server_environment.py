"""The Python that runs the server.

MiniStack needs exactly one version of botocore, which must be nobody else's. So the server has an environment of its
own, made on first use in the user's cache folder; unless this Python has all that the server needs.
"""

from __future__ import annotations

import os
import sys
import venv
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cdk_data_jobs_local.api import cache

REQUIREMENTS = Path(__file__).resolve().parents[1] / "server" / "requirements.txt"
"""The packages that the server needs, each with its exact version."""


def python() -> Path:
    """The interpreter that runs the server.

    Raises:
        OfflineAwsError: Its environment cannot be made.
    """
    if all(_is_installed(*line.split("==")) for line in wanted()):
        return Path(sys.executable)
    return _python_of(cache.made_once("server", "\n".join(wanted()), _make))


def wanted() -> list[str]:
    """What the server needs, as pip is told."""
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _is_installed(name: str, wanted_version: str) -> bool:
    try:
        return version(name) == wanted_version
    except PackageNotFoundError:
        return False


def _make(place: Path) -> None:
    print("Installing the server of the offline AWS in an environment of its own (once) ...", file=sys.stderr)  # noqa: T201
    venv.EnvBuilder(with_pip=True, symlinks=os.name != "nt").create(place)
    pip = [str(_python_of(place)), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    failure = (
        "the server of the offline AWS must be installed once, and pip could not:\n{}\n"
        f"let pip reach a package index once, or install it here: pip install {' '.join(wanted())}"
    )
    cache.run([*pip, *wanted()], failure=failure)


def _python_of(place: Path) -> Path:
    return place / ("Scripts" if os.name == "nt" else "bin") / "python"
