"""The server runs in an environment of its own, so that it says nothing about the boto3 of who uses it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cdk_data_jobs_local import OfflineAws, OfflineAwsError, api
from cdk_data_jobs_local.api import function_sdk, server_environment

LOCAL = Path(api.__path__[0]).parents[1]
USES_IT = """
import json
import sys
import boto3
from cdk_data_jobs_local import OfflineAws

with OfflineAws() as aws:
    buckets = aws.client("s3").list_buckets()["Buckets"]
    jobs = aws.personalize.jobs()
json.dump([boto3.__version__, sorted({name.partition(".")[0] for name in sys.modules}), buckets, jobs], sys.stdout)
"""


def test_a_python_that_has_all_of_it_runs_the_server() -> None:
    assert server_environment.python() == Path(sys.executable)


def test_any_other_boto3_may_be_installed_beside_it_and_pip_is_not_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    run(Path(sys.executable), "-m", "venv", "--without-pip", str(tmp_path / "of a user"))
    python = tmp_path / "of a user" / "bin" / "python"
    install = ["-m", "pip", "--python", str(python), "install", "--quiet", "--disable-pip-version-check"]
    run(Path(sys.executable), *install, "boto3", str(LOCAL.parent / "check"), str(LOCAL))
    newest, modules, buckets, jobs = json.loads(run(python, "-c", USES_IT))

    pinned = run(server_environment.python(), "-c", "import botocore; print(botocore.__version__)").strip()
    assert newest >= pinned
    assert not {"ministack", "hypercorn"} & {*modules}
    assert (buckets, jobs) == ([], [])
    assert sorted(path.name.partition("-")[0] for path in (tmp_path / "cache" / "cdk-data-jobs").glob("*-*")) == [
        "sdk",
        "server",
    ]


def test_an_environment_that_cannot_be_made_tells_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_environment, "version", lambda _: "9.9")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name, value in {"NO_INDEX": "1", "FIND_LINKS": str(tmp_path), "CONFIG_FILE": os.devnull}.items():
        monkeypatch.setenv(f"PIP_{name}", value)

    with pytest.raises(
        OfflineAwsError,
        match=r"(?s)No matching distribution.*or install the server's packages .* pip install botocore==",
    ):
        OfflineAws().__enter__()


def test_the_runtimes_sdk_is_the_one_that_the_function_is_made_for() -> None:
    assert function_sdk.REQUIREMENTS.read_text() == (LOCAL.parent / "lambda" / "sdk.txt").read_text()


def run(python: Path, *arguments: str) -> str:
    command = [str(python), *arguments]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    return done.stdout
