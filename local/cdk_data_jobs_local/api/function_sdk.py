"""The SDK that the Lambda functions get.

AWS's runtime for Python has a boto3 of its own, older than the one that people install, and a function that needs more
fails there. MiniStack runs functions on its own interpreter, with its own boto3; so they get a folder that comes first.
"""

import re
from importlib.util import find_spec
from pathlib import Path

from cdk_data_jobs_local.api import cache, server_environment

RUNTIME = "runtime"
"""The SDK that AWS's runtime was last seen with."""

INSTALLED = "installed"
"""The version of boto3 that is installed here."""

REQUIREMENTS = Path(__file__).with_name("runtime_sdk.txt")
"""The file that names the runtime's SDK, package by package."""

_VERSION = re.compile(r"\d+(\.\d+)+")


def check(sdk: str) -> None:
    """Checks that this is a choice.

    Raises:
        ValueError: It is not.
    """
    if not (sdk in (RUNTIME, INSTALLED) or _VERSION.fullmatch(sdk) or Path(sdk, "boto3").is_dir()):
        choices = f"{RUNTIME!r}, {INSTALLED!r}, a version of boto3, or a folder that pip --target has installed it in"
        raise ValueError(f"sdk must be {choices}, got {sdk!r}")


def folder(sdk: str) -> Path:
    """Returns the folder with the SDK. What is not there yet is installed, once for all, in the user's cache folder.

    Args:
        sdk: `runtime`, `installed`, a version of boto3, or a folder.

    Raises:
        OfflineAwsError: It cannot be installed.
    """
    if sdk == RUNTIME:
        return _installed(["--requirement", str(REQUIREMENTS)], REQUIREMENTS.read_text(encoding="utf-8"))
    if sdk == INSTALLED:
        return _linked()
    return _installed([f"boto3=={sdk}"], sdk) if _VERSION.fullmatch(sdk) else Path(sdk).resolve()


def _installed(wanted: list[str], content: str) -> Path:
    title = "the SDK of the Lambda functions"
    return cache.install_once("sdk", title, content, lambda folder: _install(wanted, folder))


def _linked() -> Path:
    """Returns a folder with links to the installed SDK, and to what it imports."""
    specs = [find_spec(name) for name in ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")]
    files = [Path(spec.origin).resolve() for spec in specs if spec and spec.origin]
    modules = [file.parent if file.name == "__init__.py" else file for file in files]

    def link(folder: Path) -> None:
        folder.mkdir()
        for module in modules:
            (folder / module.name).symlink_to(module)

    title, content = "the installed SDK for Lambda functions", "\n".join(map(str, modules))
    return cache.install_once("sdk", title, content, link)


def _install(wanted: list[str], folder: Path) -> None:
    # The SDK is for the functions alone, so what pip says of conflicts with MiniStack does not matter.
    python = str(server_environment.python_with_pip())
    command = [python, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--no-warn-conflicts", "--no-compile", "--target", str(folder), *wanted]
    failure = (
        "the SDK of the Lambda functions must be installed once, and that failed:\n{}\n"
        "let pip reach a package index once, or choose another SDK: OfflineAws(sdk=FOLDER) takes one that you "
        f"installed with pip install --target FOLDER {' '.join(wanted)}"
    )
    cache.run(command, failure=failure)
