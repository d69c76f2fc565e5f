"""A shell that is pointed at an offline AWS gets back what it had, and never stays pointed at AWS by mistake."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from cdk_data_jobs_local.api.shell import NOWHERE, point_at, point_back, point_nowhere

SHELLS = [name for name in ("sh", "bash", "zsh") if shutil.which(name)]
HAD = {
    "AWS_PROFILE": "prod",
    "AWS_ENDPOINT_URL_S3": "https://s3.example.com",
    "AWS_REGION": "us-east-1",
    "AWS_CA_BUNDLE": "/etc/it's a proxy.pem",
    "NODE_EXTRA_CA_CERTS": "$HOME/`proxy`.pem",
}
AT = {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566", "AWS_REGION": "eu-west-1", "AWS_CA_BUNDLE": "/tmp/a b.pem"}  # noqa: S108


def evaluate(shell: str, *printed: str) -> dict[str, str]:
    """What a shell's variables are after it has evaluated what is printed, one after the other."""
    script = "".join(f"eval \"$(cat <<'PRINTED'\n{one}\nPRINTED\n)\"\n" for one in printed)
    command = [shell, "-c", script + "env -0"]
    done = subprocess.run(command, env={"PATH": "/usr/bin:/bin", **HAD}, capture_output=True, text=True, check=True)  # noqa: S603
    found = dict(line.split("=", 1) for line in done.stdout.split("\0") if "=" in line)
    return {name: value for name, value in found.items() if name.startswith(("AWS_", "NODE_", "CDK_"))}


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_is_pointed_there_and_back(shell: str) -> None:
    there = evaluate(shell, point_at(AT))
    back = evaluate(shell, point_at(AT), point_at(AT), point_back())

    before = there.pop("CDK_DATA_JOBS_LOCAL_BEFORE")
    assert there == AT
    assert "AWS_PROFILE" in before
    assert back == HAD


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_that_was_never_pointed_there_keeps_everything(shell: str) -> None:
    assert evaluate(shell, point_back()) == HAD


@pytest.mark.parametrize("shell", SHELLS)
def test_after_a_failure_nothing_reaches_aws(shell: str) -> None:
    assert evaluate(shell, point_nowhere())["AWS_ENDPOINT_URL"] == NOWHERE
    assert evaluate(shell, point_nowhere(), point_at(AT))["AWS_ENDPOINT_URL"] == AT["AWS_ENDPOINT_URL"]
    assert evaluate(shell, point_nowhere(), point_back()) == HAD


@pytest.mark.parametrize("shell", SHELLS)
def test_what_comes_after_a_failure_is_not_run(shell: str) -> None:
    script = f"eval \"$(cat <<'PRINTED'\n{point_nowhere()}\nPRINTED\n)\" && echo deployed"
    done = subprocess.run([shell, "-c", script], capture_output=True, text=True, check=False)  # noqa: S603

    assert (done.returncode, done.stdout) == (1, "")


def test_no_value_of_the_shell_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "my secret")

    assert "my secret" not in point_at(AT) + point_nowhere() + point_back()
