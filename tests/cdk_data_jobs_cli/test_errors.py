"""What the command says when a call of AWS fails: one line, and an exit code that scripts can use."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cdk_data_jobs_cli.aws import AwsClient
from cdk_data_jobs_cli.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Offline

HOME = Path(__file__).parent.parent.parent
BODY = (
    b'<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type>'
    b"<Code>AccessDenied</Code><Message>User: me is not\nauthorized</Message></Error></ErrorResponse>"
)


@contextmanager
def refusing(status: int, body: bytes) -> Iterator[str]:
    """An AWS that answers everything like this."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def denying() -> Iterator[str]:
    """An AWS that denies everything."""
    with refusing(403, BODY) as url:
        yield url


def data_jobs(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Run `data-jobs` with nothing of AWS in the environment but this."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nothing = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-m", "cdk_data_jobs_cli", *arguments],
        env={
            **own,
            **nothing,
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


@pytest.mark.parametrize("arguments", [("watch", "Shop", "--wait", "0"), ("runs", "Shop"), ("run", "Shop", "Import")])
def test_denied_access_names_the_actions_that_the_command_needs(denying: str, arguments: tuple[str, ...]) -> None:
    code, stdout, stderr = data_jobs(*arguments, **KEYS, AWS_ENDPOINT_URL=denying)

    assert (code, stdout, stderr.count("\n")) == (4, "", 1)
    assert "access denied (User: me is not authorized): the command needs cloudformation:DescribeStacks, " in stderr
    assert ("lambda:InvokeFunction" in stderr) == (arguments[0] == "run")


def test_a_key_that_may_not_be_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    body = b'{"__type": "KmsAccessDeniedException", "message": "you may not decrypt"}'
    with refusing(400, body) as url:
        for name, value in {**KEYS, "AWS_ENDPOINT_URL": url}.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(AwsError) as error:
            AwsClient().get_latest_events("arn:aws:states:eu-west-1:111122223333:execution:runner:run", 1)

    message = "access denied (you may not decrypt): the command needs kms:Decrypt on the runner's encryption_key"
    assert (str(error.value), error.value.is_transient) == (message, False)


def test_without_credentials_it_says_so() -> None:
    code, stdout, stderr = data_jobs("runs", "Shop", AWS_REGION="eu-west-1", AWS_ENDPOINT_URL="http://127.0.0.1:9")

    assert (code, stdout, stderr.count("\n")) == (4, "", 1)
    assert "no usable AWS credentials (Unable to locate credentials): set AWS_PROFILE, or sign in" in stderr


def test_without_a_region_it_says_so() -> None:
    code, _stdout, stderr = data_jobs("runs", "Shop", AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")  # noqa: S106

    assert (code, stderr) == (4, "Error: no Region: set AWS_REGION, or name one in the profile\n")


def test_an_unknown_profile_is_no_crash() -> None:
    code, _stdout, stderr = data_jobs("runs", "Shop", AWS_PROFILE="nobody")

    assert (code, stderr.count("\n")) == (4, 1)
    assert "nobody" in stderr


def test_an_endpoint_that_does_not_answer_is_named() -> None:
    code, stdout, stderr = data_jobs("runs", "Shop", **KEYS, AWS_ENDPOINT_URL="http://127.0.0.1:9")

    assert (code, stdout, stderr.count("\n")) == (4, "", 1)
    assert 'AWS cannot be reached (Could not connect to the endpoint URL: "http://127.0.0.1:9/")' in stderr


def test_a_stack_that_is_not_there_has_an_exit_code_of_its_own(offline: Offline) -> None:
    for arguments in (("watch", "Nowhere", "--wait", "0"), ("runs", "Nowhere"), ("run", "Nowhere", "Import")):
        code, stdout, stderr = data_jobs(*arguments, **offline.aws.environment)

        assert (code, stdout) == (3, "")
        assert stderr == "Error: stack with id Nowhere does not exist\n"


def test_wrong_usage_ends_with_2() -> None:
    assert data_jobs("watch")[0] == 2
    assert data_jobs("watch", "Shop", "--interval", "0")[0] == 2
    assert data_jobs("wotch", "Shop")[0] == 2


def test_help_imports_nothing_that_takes_long() -> None:
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
def test_without_its_extra_it_says_what_to_install(missing: str, arguments: tuple[str, ...]) -> None:
    program = f"import sys; sys.modules[{missing!r}] = None; from cdk_data_jobs_cli.main import main; main()"
    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f'Error: data-jobs needs {missing}: pip install "cdk-data-jobs[cli]"\n'
