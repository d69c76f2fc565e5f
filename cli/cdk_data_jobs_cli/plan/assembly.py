"""The synthesized app: the stacks of a cloud assembly, such as the folder cdk.out."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_ASSET_HASH = re.compile(r"/([0-9a-f]{64})\.json")


class AssemblyError(Exception):
    """The app cannot be synthesized, or its folder cannot be read; the message says why and what to do."""


@dataclass(frozen=True)
class SynthesizedStack:
    """A stack of an app.

    Attributes:
        name: The stack's name in CloudFormation.
        display_name: Its name as the CDK CLI prints it, such as `Dev/Loading`.
        account: Its account; empty if the app does not say it.
        region: Its Region; empty if the app does not say it.
        template: Its template.
        folder: The folder that the template is in.
    """

    name: str
    display_name: str
    account: str
    region: str
    template: dict[str, Any]
    folder: Path

    def nested_template(self, resource: dict[str, Any]) -> dict[str, Any] | None:
        """Returns the template of a nested stack, given its resource; none if it is no asset of the app."""
        asset = _ASSET_HASH.search(json.dumps(resource.get("Properties", {}).get("TemplateURL", "")))
        for manifest in self.folder.glob("*.assets.json") if asset else ():
            if asset and (file := _read(manifest).get("files", {}).get(asset[1])):
                return _read(self.folder / file["source"]["path"])
        return None


def read_assembly(folder: Path) -> list[SynthesizedStack]:
    """Returns the stacks of a folder that an app was synthesized into, those of its stages too.

    Raises:
        AssemblyError: If it is none.
    """
    return [*_stacks(folder)]


def synthesize(app: str | None, folder: Path) -> None:
    """Runs an app with the CDK CLI, as `cdk synth` does.

    Args:
        app: The command that runs the app. By default that of cdk.json.
        folder: The folder to synthesize into.

    Raises:
        AssemblyError: If there is no CDK CLI, or the app fails; it has printed why.
    """
    here = Path.cwd()
    candidates = (parent / "node_modules" / ".bin" / "cdk" for parent in (here, *here.parents))
    command = next((str(one) for one in candidates if one.exists()), None) or shutil.which("cdk")
    if command is None:
        raise AssemblyError("no CDK CLI in node_modules or on the PATH: run npm install aws-cdk, or give --app cdk.out")
    arguments = ["synth", "--quiet", "--output", str(folder), *(["--app", app] if app else [])]
    done = subprocess.run([command, *arguments], stdout=sys.stderr, check=False)  # noqa: S603 - the user's own app
    if done.returncode:
        raise AssemblyError(f"the app must be synthesized, but cdk synth ended with {done.returncode}")


def _stacks(folder: Path) -> Iterator[SynthesizedStack]:
    for artifact_id, artifact in _read(folder / "manifest.json").get("artifacts", {}).items():
        properties = artifact.get("properties", {})
        if artifact["type"] == "cdk:cloud-assembly":
            yield from _stacks(folder / properties["directoryName"])
        elif artifact["type"] == "aws:cloudformation:stack":
            account, region = artifact["environment"].removeprefix("aws://").split("/")
            yield SynthesizedStack(
                name=properties.get("stackName", artifact_id),
                display_name=artifact.get("displayName", artifact_id),
                account="" if account == "unknown-account" else account,
                region="" if region == "unknown-region" else region,
                template=_read(folder / properties["templateFile"]),
                folder=folder,
            )


def _read(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise AssemblyError(f"{path} must be a file of a synthesized app, got {error}") from None
