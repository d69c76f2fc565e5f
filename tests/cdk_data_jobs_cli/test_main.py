"""The entry point: the message and the exit code of each error, and imports."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Offline

HOME = Path(__file__).parent.parent.parent
BODY = (
    b'<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type>'
    b"<Code>AccessDenied</Code><Message>User: me is not\nauthorized</Message></Error></ErrorResponse>"
)


@pytest.fixture
def denying(failing_endpoint: Callable[[int, bytes], str]) -> str:
    """The URL of an AWS that denies everything."""
    return failing_endpoint(403, BODY)


def data_jobs(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Runs `data-jobs` without AWS settings but these; returns its exit code, output and error output."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    no_files = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-m", "cdk_data_jobs_cli", *arguments],
        env={
            **own,
            **no_files,
            "AWS_EC2_METADATA_DISABLED": "true",
            "PYTHONPATH": os.pathsep.join([str(HOME / "cli"), str(HOME / "check")]),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-west-1"}


OF_STACKS = [("watch", "Shop", "--wait", "0"), ("jobs", "Shop"), ("runs", "Shop"), ("run", "Shop", "Import")]


@pytest.mark.parametrize("arguments", OF_STACKS)
def test_denied_access_names_the_actions_that_the_command_needs(denying: str, arguments: tuple[str, ...]) -> None:
    code, stdout, stderr = data_jobs(*arguments, **KEYS, AWS_ENDPOINT_URL=denying)

    assert (code, stdout, stderr.count("\n")) == (4, "", 1)
    assert "access denied (User: me is not authorized): the command needs cloudformation:DescribeStacks, " in stderr
    assert ("lambda:InvokeFunction" in stderr) == (arguments[0] == "run")


def test_missing_credentials_are_reported() -> None:
    code, stdout, stderr = data_jobs("runs", "Shop", AWS_REGION="eu-west-1", AWS_ENDPOINT_URL="http://127.0.0.1:9")

    assert (code, stdout, stderr.count("\n")) == (4, "", 1)
    assert "no usable AWS credentials (Unable to locate credentials): set AWS_PROFILE, or sign in" in stderr


def test_a_missing_region_is_reported() -> None:
    code, _stdout, stderr = data_jobs("runs", "Shop", AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")  # noqa: S106

    assert (code, stderr) == (4, "Error: no Region: set AWS_REGION, or name one in the profile\n")


def test_an_unknown_profile_is_named() -> None:
    code, _stdout, stderr = data_jobs("runs", "Shop", AWS_PROFILE="nobody")

    assert (code, stderr.count("\n")) == (4, 1)
    assert "nobody" in stderr


def test_an_endpoint_that_does_not_respond_is_named() -> None:
    code, stdout, stderr = data_jobs("runs", "Shop", **KEYS, AWS_ENDPOINT_URL="http://127.0.0.1:9")

    assert (code, stdout, stderr.count("\n")) == (4, "", 1)
    assert 'AWS cannot be reached (Could not connect to the endpoint URL: "http://127.0.0.1:9/")' in stderr


def test_a_stack_that_does_not_exist_ends_with_3(offline: Offline) -> None:
    for command, _stack, *others in OF_STACKS:
        code, stdout, stderr = data_jobs(command, "Nowhere", *others, **offline.aws.environment)

        assert (code, stdout) == (3, "")
        assert stderr == "Error: stack with id Nowhere does not exist\n"


def test_the_names_that_are_nearest_are_suggested(offline: Offline) -> None:
    offline.templates["Topics"] = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    offline.deploy("Topics")
    for command, _stack, *others in OF_STACKS:
        code, _stdout, stderr = data_jobs(command, "Top/ics", *others, **offline.aws.environment)

        assert (code, stderr) == (3, "Error: stack with id Top-ics does not exist; did you mean Topics?\n")


def test_wrong_usage_ends_with_2() -> None:
    assert data_jobs("watch")[0] == 2
    assert data_jobs("watch", "Shop", "--interval", "0")[0] == 2
    assert data_jobs("wotch", "Shop")[0] == 2


def test_help_imports_no_slow_package() -> None:
    code, stdout, _stderr = data_jobs("--help", PYTHONPROFILEIMPORTTIME="1")
    loaded = data_jobs("--help", PYTHONPROFILEIMPORTTIME="1")[2]

    assert code == 0
    assert "Exit codes:" in stdout
    assert "click" in loaded
    assert [name for name in ("boto3", "botocore", "rich", "aws_cdk") if f" {name}\n" in loaded] == []


@pytest.mark.parametrize(
    ("missing", "arguments"),
    [("click", ("--help",)), ("boto3", ("runs", "Shop")), ("rich", ("watch", "Shop")), ("botocore", ("run", "A", "B"))],
)
def test_without_the_extra_the_message_says_what_to_install(missing: str, arguments: tuple[str, ...]) -> None:
    program = f"import sys; sys.modules[{missing!r}] = None; from cdk_data_jobs_cli.main import main; main()"
    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f'Error: data-jobs needs {missing}: pip install "cdk-data-jobs[cli]"\n'


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize(
    "arguments", ["--help", "--version", "check users.csv --deletion", "check users.csv --deletion --json"]
)
def test_output_that_cannot_be_written_has_an_exit_code_of_its_own(tmp_path: Path, arguments: str) -> None:
    (tmp_path / "users.csv").write_text("USER_ID\n,\n")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(  # noqa: S603 - ours
            [sys.executable, "-m", "cdk_data_jobs_cli", *arguments.split()],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert (done.returncode, done.stderr) == (5, "Error: the output cannot be written: No space left on device\n")


def test_a_pipe_that_nobody_reads_has_this_exit_code_too(tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("USER_ID\n,\n")
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "cdk_data_jobs_cli", "check", "users.csv", "--deletion"],
            cwd=tmp_path,
            stdout=pipe,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert (done.returncode, done.stderr) == (5, b"")


def test_no_control_character_of_an_argument_reaches_the_terminal() -> None:
    code, _stdout, stderr = data_jobs("check", "no\x1b[31m.csv", "--deletion")

    assert code == 2
    assert "Usage:" in stderr
    assert r"no\x1b[31m.csv" in stderr
