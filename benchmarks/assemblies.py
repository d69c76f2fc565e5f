"""How are the apps synthesized that are compared, and what comes out?"""

from __future__ import annotations

import ast
import io
import json
import os
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

APPS = Path(__file__).with_name("apps")
NAMES = {
    "ours": "this library",
    "provider_each": "`Provider`, one a job",
    "provider_shared": "`Provider`, shared",
    "aws_custom_resource": "`AwsCustomResource`, does not wait",
    "l1_only": "L1 only, the limit",
}
"""The apps, and what they are called in the results."""


@dataclass(frozen=True)
class Synthesized:
    """A synthesized app of one stack.

    Attributes:
        folder: The cloud assembly.
        stack: The stack's name.
        seconds: How long `python app.py` took.
    """

    folder: Path
    stack: str
    seconds: float

    @property
    def template(self) -> dict[str, Any]:
        """The stack's template."""
        return read(self.folder / f"{self.stack}.template.json")

    @property
    def function_assets(self) -> list[Path]:
        """The folders that become the code of functions, without those that are no function's."""
        template = json.dumps(self.template)
        files = read(self.folder / f"{self.stack}.assets.json")["files"]
        sources = {key: file["source"] for key, file in files.items()}
        return sorted(
            self.folder / source["path"]
            for key, source in sources.items()
            if source["packaging"] == "zip" and f"{key}.zip" in template
        )


def synthesize(app: str, folder: Path, *, validation: bool = False, **wanted: object) -> Synthesized:
    """Runs `python app.py`.

    Args:
        app: The app's name.
        folder: Where the cloud assembly goes.
        validation: Whether CDK validates the template, as it does by default.
        **wanted: What the app is told; see `apps/imports.py`.

    Raises:
        RuntimeError: If the app fails.
    """
    environment = {**app_environment(validation=validation, **wanted), "CDK_OUTDIR": str(folder)}
    began = time.monotonic()
    done = subprocess.run(  # noqa: S603 - an app of this folder
        command(app), env=environment, capture_output=True, text=True, check=False
    )
    seconds = time.monotonic() - began
    if done.returncode != 0:
        raise RuntimeError(f"{app}.py failed:\n{done.stderr}")
    return Synthesized(folder, str(wanted.get("stack", "Imports")), seconds)


def command(app: str) -> list[str]:
    """The command that synthesizes an app."""
    return [sys.executable, str(APPS / f"{app}.py")]


def app_environment(*, validation: bool = False, **wanted: object) -> dict[str, str]:
    """The environment variables of an app: the environment's own Node.js, and what it is told."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    switched = {} if validation else {"CDK_VALIDATION": "false"}
    inherited = {name: value for name, value in os.environ.items() if name != "CDK_VALIDATION"}
    return {**inherited, **switched, "PATH": path, "BENCHMARK": json.dumps(wanted)}


def zipped(folder: Path, *, documented: bool = True) -> int:
    """The bytes of a folder as the CDK CLI uploads it: as a zip file, compressed as much as can be.

    Args:
        folder: The folder.
        documented: Whether Python files keep their docstrings and comments.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                is_code = file.suffix == ".py" and not documented
                text = _undocumented(file.read_text(encoding="utf-8")) if is_code else file.read_bytes()
                archive.writestr(str(file.relative_to(folder)), text)
    return len(content.getvalue())


def _undocumented(code: str) -> str:
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def compact(value: object) -> int:
    """The bytes of a value as JSON without white space."""
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


def read(file: Path) -> dict[str, Any]:
    """A JSON file."""
    return dict(json.loads(file.read_text(encoding="utf-8")))
