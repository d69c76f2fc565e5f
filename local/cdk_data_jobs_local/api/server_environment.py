"""The Python environment that the server runs in.

MiniStack needs exactly one version of botocore, which the user's environment need not have. So the server has an
environment of its own, which is made in the user's cache folder when it is first needed. If this Python has all that
the server needs, it runs the server itself.
"""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from cdk_data_jobs_local.api import cache

REQUIREMENTS = Path(__file__).resolve().parents[1] / "server" / "requirements.txt"
"""The packages that the server needs, each with its exact version."""


def python() -> Path:
    """Returns the interpreter that runs the server.

    Raises:
        OfflineAwsError: The server's environment cannot be made.
    """
    if all(_is_installed(*line.split("==")) for line in requirements()):
        return Path(sys.executable)
    return _own_python()


def python_with_pip() -> Path:
    """Returns an interpreter of this version that has pip: this one, or that of the server's own environment.

    Raises:
        OfflineAwsError: The server's environment cannot be made.
    """
    # uv makes environments without pip.
    return Path(sys.executable) if find_spec("pip") else _own_python()


def requirements() -> list[str]:
    """Returns what the server needs, as pip takes it."""
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _own_python() -> Path:
    folder = cache.install_once(
        "server",
        "the server of the offline AWS",
        "\n".join(requirements()),
        _make_environment,
        # The link is broken if the Python that made the environment is gone.
        is_usable=lambda folder: _interpreter_of(folder).exists(),
    )
    return _interpreter_of(folder)


def _is_installed(name: str, wanted_version: str) -> bool:
    try:
        return version(name) == wanted_version
    except PackageNotFoundError:
        return False


def _make_environment(folder: Path) -> None:
    failure = (
        "the server of the offline AWS must be installed once, and that failed:\n{}\n"
        "let pip reach a package index once, or install the server's packages in this environment: "
        f"{sys.executable} -m pip install {' '.join(requirements())}"
    )
    cache.run([sys.executable, "-m", "venv", str(folder)], failure=failure)
    pip = [str(_interpreter_of(folder)), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    cache.run([*pip, *requirements()], failure=failure)


def _interpreter_of(folder: Path) -> Path:
    return folder / "bin" / "python"
