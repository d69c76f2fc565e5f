"""The server's process, what leads to it, and what a test can ask of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from cdk_data_jobs_local import OfflineAws, OfflineAwsError
from cdk_data_jobs_local.api import cdk_cli as cdk

if TYPE_CHECKING:
    from collections.abc import Callable

LOCAL = Path(cdk.__file__).parents[1]
reads_proc = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads Linux's /proc")


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def eventually(condition: Callable[[], bool], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


@reads_proc
def test_it_leaves_nothing_behind() -> None:
    with OfflineAws() as aws:
        pid, directory = aws.server.pid, aws.server.directory
        assert aws.client("s3").list_buckets()["Buckets"] == []
        assert (is_alive(pid), directory.exists()) == (True, True)

    assert (is_alive(pid), directory.exists()) == (False, False)
    with pytest.raises(OfflineAwsError, match="use it in a with block"):
        aws.client("s3")


@reads_proc
def test_it_ends_with_its_parent_even_if_that_is_killed() -> None:
    script = (
        "import sys, time\nfrom cdk_data_jobs_local import OfflineAws\n"
        "with OfflineAws() as aws:\n"
        "    print(aws.server.pid, aws.server.directory, flush=True)\n"
        "    time.sleep(60)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(LOCAL.parent)}
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as parent:  # noqa: S603
        assert parent.stdout is not None
        pid, directory = parent.stdout.readline().split()
        parent.send_signal(signal.SIGKILL)

    assert eventually(lambda: not is_alive(int(pid)) and not Path(directory).exists())


def test_a_taken_port_is_reported(aws: OfflineAws) -> None:
    with pytest.raises(OfflineAwsError, match=f"port {aws.server.port} is taken"):
        OfflineAws(port=aws.server.port).__enter__()


def test_a_server_that_does_not_start_tells_its_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "out-of-order")

    with pytest.raises(OfflineAwsError, match=r"(?s)ended with status 1.*unknown encoding: out-of-order"):
        OfflineAws().__enter__()


@reads_proc
def test_only_this_machine_can_reach_it(aws: OfflineAws) -> None:
    listening = Path("/proc/net/tcp").read_text().splitlines()
    port = f":{aws.server.port:04X} 00000000:0000 0A"

    assert [line.split()[1] for line in listening if port in line] == [f"0100007F:{aws.server.port:04X}"]


@reads_proc
def test_a_foreign_environment_does_not_reach_the_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    (tmp_path / "hypercorn.py").write_text("raise RuntimeError('of somebody else')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with OfflineAws() as aws:
        environment = Path(f"/proc/{aws.server.pid}/environ").read_text()

    assert "AWS_" not in environment.replace("CDK_DATA_JOBS", "")


def test_its_environment_leads_an_sdk_to_it(aws: OfflineAws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    identity = boto3.client("sts").get_caller_identity()

    assert identity["Account"] == aws.account


def test_a_dropped_connection_after_the_call_took_effect(aws: OfflineAws) -> None:
    personalize = aws.client("personalize")
    aws.personalize.fault(operation="CreateDatasetGroup", when="after", drop=True)
    with pytest.raises(ConnectionClosedError):
        personalize.create_dataset_group(name="dropped")

    assert "dropped" in [group["name"] for group in personalize.list_dataset_groups()["datasetGroups"]]


def test_a_late_response_takes_service_seconds(aws: OfflineAws) -> None:
    aws.personalize.fault(operation="ListSchemas", delay=60)
    began = aws.now()
    aws.client("personalize").list_schemas()

    assert 60 <= aws.now() - began < 240


def test_an_exception_reaches_the_client_as_the_models_own(aws: OfflineAws) -> None:
    personalize = aws.client("personalize")
    aws.personalize.fault(operation="ListSchemas", error="LimitExceededException", message="More than 5 resources")

    with pytest.raises(personalize.exceptions.LimitExceededException, match="More than 5 resources"):
        personalize.list_schemas()


def test_a_setting_that_does_not_exist_is_refused(aws: OfflineAws) -> None:
    with pytest.raises(OfflineAwsError, match="there is no setting colour"):
        aws.personalize.settings(colour=1)


def test_regions_are_apart(aws: OfflineAws) -> None:
    aws.client("personalize").create_dataset_group(name="here")
    elsewhere = boto3.client(
        "personalize",
        endpoint_url=aws.endpoint_url,
        region_name="us-west-2",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106
    )

    assert elsewhere.list_dataset_groups()["datasetGroups"] == []
    with pytest.raises(ClientError):
        elsewhere.describe_dataset_group(
            datasetGroupArn=f"arn:aws:personalize:{aws.region}:{aws.account}:dataset-group/here"
        )


def test_the_cdk_cli_is_searched_upwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CDK_DATA_JOBS_CDK", raising=False)
    command = tmp_path / "node_modules" / ".bin" / "cdk"
    command.parent.mkdir(parents=True)
    command.touch()
    (tmp_path / "app" / "deep").mkdir(parents=True)

    assert cdk.find_cli(tmp_path / "app" / "deep") == command
    with pytest.raises(OfflineAwsError, match="npm install aws-cdk"):
        cdk.find_cli(Path("/"))
    monkeypatch.setenv("CDK_DATA_JOBS_CDK", sys.executable)
    assert cdk.find_cli(tmp_path) == Path(sys.executable)
    monkeypatch.setenv("CDK_DATA_JOBS_CDK", str(command))
    with pytest.raises(OfflineAwsError, match=r"must name the CDK CLI, got .*cdk, which cannot be run"):
        cdk.find_cli(tmp_path)


def test_speed_must_be_positive() -> None:
    with pytest.raises(ValueError, match="speed must be more than 0, got 0"):
        OfflineAws(speed=0)
