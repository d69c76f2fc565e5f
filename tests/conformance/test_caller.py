"""Whose credentials are used, wherever boto3 found them, and what is asked with them."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from aws_cdk import Stack, aws_sns
from verify_aws import offline
from verify_aws.caller import SERVICES, Caller
from verify_aws.stages.all_stages import STAGES

if TYPE_CHECKING:
    from cdk_data_jobs_local import OfflineAws

REGION = "eu-west-1"
OTHER = "999988887777"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of a user whose environment has no variable for AWS."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".aws").mkdir()
    return tmp_path


def write_config(home: Path, text: str) -> None:
    """Writes `~/.aws/config`."""
    (home / ".aws" / "config").write_text(text)


def topic(stack: Stack) -> None:
    """A stack that is deployed soon."""
    aws_sns.Topic(stack, "Topic")


def test_the_cdk_cli_deploys_as_who_was_checked_whatever_its_own_settings_say(
    account: tuple[OfflineAws, str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws, boundary = account
    aws.bootstrap()
    cloudformation = aws.client("cloudformation")
    # The offline AWS takes a key of 12 digits for that account's.
    keys = {"mine": "test", "prod": OTHER}
    write_config(
        home,
        "".join(
            f"[profile {name}]\naws_access_key_id={key}\naws_secret_access_key=test\n"
            f"endpoint_url={aws.endpoint_url}\nca_bundle={aws.environment['AWS_CA_BUNDLE']}\n"
            for name, key in keys.items()
        ),
    )
    (home / ".cdk.json").write_text(json.dumps({"profile": "prod"}))
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", aws.environment["NODE_EXTRA_CA_CERTS"])
    # boto3 takes the first of them, and the CDK CLI the second.
    monkeypatch.setenv("AWS_DEFAULT_PROFILE", "mine")
    monkeypatch.setenv("AWS_PROFILE", "prod")
    caller = Caller(REGION)
    target = replace(offline.target(aws, boundary, STAGES["b"]), caller=caller, name="verify-aws-1d1d1d")

    assert caller.client("sts").get_caller_identity()["Account"] == aws.account
    deployed = target.deploy(topic, "who")
    assert deployed.status == 0, deployed.printed
    [stack] = cloudformation.describe_stacks(StackName="verify-aws-1d1d1d-who")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert target.destroy(topic, "who").status == 0
    target.close()
    assert not target.folder.exists()


def test_every_stack_has_the_account_that_was_checked(account: tuple[OfflineAws, str]) -> None:
    target = replace(offline.target(*account, STAGES["b"]), account=OTHER)
    manifest = json.loads((Path(target.synthesize(topic, "who")) / "manifest.json").read_text())
    target.close()

    stacks = [one for one in manifest["artifacts"].values() if one["type"] == "aws:cloudformation:stack"]
    assert [one["environment"] for one in stacks] == [f"aws://{OTHER}/{REGION}"]


def test_temporary_credentials_are_renewed_for_each_process(home: Path) -> None:
    script, count = home / "credentials.py", home / "count"
    count.write_text("0")
    expires = (datetime.now(timezone.utc) + timedelta(minutes=11)).isoformat()
    script.write_text(
        "import json, pathlib\n"
        f"file = pathlib.Path({str(count)!r})\n"
        "number = int(file.read_text()) + 1\n"
        "file.write_text(str(number))\n"
        "keys = {name: f'{name}{number}' for name in ('AccessKeyId', 'SecretAccessKey', 'SessionToken')}\n"
        f"print(json.dumps({{'Version': 1, 'Expiration': {expires!r}, **keys}}))\n"
    )
    write_config(home, f"[default]\ncredential_process = {sys.executable} {script}\n")
    caller = Caller(REGION)
    first, second = (caller.environment() for _ in range(2))

    for name, value in {"AWS_ACCESS_KEY_ID": "AccessKeyId", "AWS_SESSION_TOKEN": "SessionToken"}.items():
        assert first[name].startswith(value)
        assert second[name].startswith(value)
        assert first[name] != second[name]
    assert not {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"} & {*first}


def test_no_variable_for_aws_but_those_of_who_was_checked_goes_to_a_process(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_config(home, "[profile mine]\naws_access_key_id=mine\naws_secret_access_key=secret\n")
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/other")
    monkeypatch.setenv("AWS_CA_BUNDLE", "bundle.pem")
    environment = Caller(REGION).environment()

    assert {key: value for key, value in environment.items() if key.startswith("AWS_")} == {
        "AWS_ACCESS_KEY_ID": "mine",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CA_BUNDLE": "bundle.pem",
    }
    assert environment["HOME"] == str(home)


def test_an_endpoint_that_is_configured_anywhere_is_known(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Caller(REGION).endpoints == {}

    monkeypatch.setenv("AWS_ENDPOINT_URL_PERSONALIZE", "http://127.0.0.1:1")
    assert Caller(REGION).endpoints == {"personalize": "http://127.0.0.1:1"}
    monkeypatch.delenv("AWS_ENDPOINT_URL_PERSONALIZE")

    write_config(home, "[default]\nservices=mine\n[services mine]\nsfn =\n  endpoint_url = http://127.0.0.1:2\n")
    caller = Caller(REGION)
    assert caller.endpoints == {"stepfunctions": "http://127.0.0.1:2"}
    assert caller.environment()["AWS_ENDPOINT_URL_SFN"] == "http://127.0.0.1:2"

    write_config(home, "[default]\nendpoint_url = http://127.0.0.1:3\n")
    assert Caller(REGION).endpoints == dict.fromkeys(SERVICES, "http://127.0.0.1:3")


def test_no_service_is_called_whose_endpoint_is_not_looked_at() -> None:
    assert "ec2" in boto3.Session().get_available_services()
    with pytest.raises(ValueError, match="got ec2"):
        Caller(REGION).client("ec2")
