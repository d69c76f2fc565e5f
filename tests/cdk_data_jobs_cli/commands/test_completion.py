"""What a shell completes, asked as the shell asks it."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from aws_cdk import App, CfnResource, NestedStack, Stack, Stage

if TYPE_CHECKING:
    from pathlib import Path

ALL = ["init", "plan", "watch", "jobs", "runs", "run", "check", "convert", "schema"]
NO_AWS = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_EC2_METADATA_DISABLED": "true"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a synthesized app."""
    folder = tmp_path_factory.mktemp("app")
    app = App(outdir=str(folder / "cdk.out"), context={"aws:cdk:enable-path-metadata": True})
    loading = Stack(Stage(app, "Dev"), "Loading")
    for scope, name in ((loading, "Import"), (NestedStack(loading, "Inner"), "Export")):
        CfnResource(scope, name, type="Custom::AwsJob", properties={"ServiceToken": "arn"})
    Stack(app, "Reports", stack_name="weekly")
    app.synth()
    return folder


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the PATH, with the program `data-jobs`."""
    folder = tmp_path_factory.mktemp("bin")
    program = folder / "data-jobs"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m cdk_data_jobs_cli "$@"\n')
    program.chmod(0o755)
    return folder


def complete(folder: Path, line: str, shell: str = "bash") -> list[str]:
    """Returns what is offered for the last word of a line, by click's protocol."""
    words = line.split(" ")
    environment = {
        **os.environ,
        **NO_AWS,
        "_DATA_JOBS_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": words[-1] if shell == "fish" else str(len(words) - 1),
    }
    done = subprocess.run(
        [sys.executable, "-m", "cdk_data_jobs_cli"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("data-jobs ", [f"plain,{name}" for name in ALL]),
        ("data-jobs ru", ["plain,runs", "plain,run"]),
        ("data-jobs --ver", ["plain,--version"]),
        ("data-jobs jobs Shop --j", ["plain,--json"]),
        ("data-jobs check items/", ["file,items/"]),
        ("data-jobs init ", ["dir,"]),
        ("data-jobs run ", ["plain,Dev/Loading", "plain,Reports"]),
        ("data-jobs jobs Dev-", ["plain,Dev-Loading"]),
        ("data-jobs watch wee", ["plain,weekly"]),
        ("data-jobs plan R", ["plain,Reports"]),
        ("data-jobs run Dev/Loading ", ["plain,Inner/Export", "plain,Import"]),
        ("data-jobs run Dev-Loading Im", ["plain,Import"]),
        ("data-jobs runs Dev/Loading --job Inn", ["plain,Inner/Export"]),
        ("data-jobs run Nowhere ", []),
    ],
)
def test_commands_options_files_stacks_and_jobs_are_completed(app: Path, line: str, offered: list[str]) -> None:
    assert complete(app, line) == offered


def test_zsh_and_fish_get_the_summaries_too(app: Path) -> None:
    assert complete(app, "data-jobs sch", "zsh")[:3] == ["plain", "schema", "Propose"]
    assert complete(app, "data-jobs sch", "fish")[:2] == ["plain,schema", "Propose"]


def test_without_a_synthesized_app_no_stack_is_offered(tmp_path: Path) -> None:
    assert complete(tmp_path, "data-jobs run ") == []


def test_commands_are_completed_without_importing_any() -> None:
    environment = {**os.environ, "_DATA_JOBS_COMPLETE": "bash_complete", "COMP_WORDS": "data-jobs ", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "cdk_data_jobs_cli"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert [line for line in done.stderr.splitlines() if line.endswith((" boto3", " rich"))] == []


@pytest.fixture
def bash() -> str:
    found = shutil.which("bash")
    if found is None:
        pytest.skip("needs bash")
    return found


def test_bash_completes_with_the_script_that_it_is_given(app: Path, program: Path, bash: str) -> None:
    script = """
        eval "$(_DATA_JOBS_COMPLETE=bash_source data-jobs)"
        complete -p data-jobs
        COMP_WORDS=(data-jobs run Dev/Loading Inn) COMP_CWORD=3
        _data_jobs_completion data-jobs Inn Dev/Loading
        echo "${COMPREPLY[@]}"
    """
    environment = {**os.environ, **NO_AWS, "PATH": f"{program}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(  # noqa: S603 - the system's own shell
        [bash, "-c", script], cwd=app, env=environment, capture_output=True, text=True, check=False
    )

    assert done.stdout.splitlines() == ["complete -o nosort -F _data_jobs_completion data-jobs", "Inner/Export"], done
