"""How the command ends if it is not let end by itself, and what it says of what it did not make."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command_runner import CommandRunner
from verify_aws import prices
from verify_aws.command import Status
from verify_aws.records import EMULATED, Record
from verify_aws.stages.all_stages import STAGES

if TYPE_CHECKING:
    from cdk_data_jobs_local import OfflineAws

pytestmark = pytest.mark.usefixtures("interruptible")


@pytest.fixture
def runner(account: tuple[OfflineAws, str], tmp_path: Path) -> CommandRunner:
    """The command, whose account is the offline AWS, with a folder of its own for temporary files."""
    runner = CommandRunner(*account, tmp_path / "records")
    (tmp_path / "temporary").mkdir()
    runner.environment["TMPDIR"] = str(tmp_path / "temporary")
    return runner


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_end_of_a_job_or_of_a_terminal_is_as_ctrl_c(number: int, runner: CommandRunner) -> None:
    # A shell, make and the kernel may each send one.
    status, _ = runner.interrupt(
        {"  missing_resources ..."}, "--yes", signals=(number, signal.SIGHUP, signal.SIGTERM), closes=True
    )

    assert status == Status.INTERRUPTED
    assert runner.leftovers() == []
    assert [*Path(runner.environment["TMPDIR"]).glob("verify-aws-*")] == []
    assert [*runner.record("a").steps] == ["used_name"]


def test_what_a_killed_run_left_is_named(runner: CommandRunner) -> None:
    runner.interrupt({"  missing_resources ..."}, "--yes", signals=(signal.SIGKILL,))
    left = runner.leftovers()
    assert left != []

    status, printed = runner.interrupt({"  missing_resources ..."}, "--yes")
    assert "Nothing of it is left.\nOther runs have left this, or are still running:\n" in printed
    assert all(f"  {one}\n" in printed for one in left)
    assert printed.endswith('--sweep"\n')
    assert status == Status.LEFT
    assert runner.run("--sweep", "--yes")[0] == Status.AGREE
    assert runner.leftovers() == []


def test_the_time_at_the_question_is_not_counted(runner: CommandRunner) -> None:
    minutes = 10
    with subprocess.Popen(  # noqa: S603
        runner.command("--minutes", str(minutes)),
        env={**runner.environment, "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        for line in process.stdout:
            if line.rstrip() == prices.lines()[-1]:
                time.sleep(minutes * 60 / runner.aws.server.settings.speed)
                process.stdin.write("y\n")
                process.stdin.flush()
            if line.rstrip() == "  missing_resources ...":
                process.send_signal(signal.SIGINT)

    assert process.returncode == Status.INTERRUPTED
    assert [*runner.record("a").steps] == ["used_name"]


def test_an_endpoint_in_a_profile_is_not_taken_for_aws(runner: CommandRunner, tmp_path: Path) -> None:
    del runner.environment["AWS_ENDPOINT_URL"]
    (tmp_path / "config").write_text(f"[default]\nendpoint_url = {runner.aws.endpoint_url}\n")
    runner.environment["AWS_CONFIG_FILE"] = str(tmp_path / "config")

    status, printed = runner.interrupt({"  missing_resources ..."}, "--yes")
    assert (status, f", {runner.aws.endpoint_url}\n" in printed) == (Status.INTERRUPTED, True), printed
    assert runner.record("a").answered_by == EMULATED


def test_a_broken_record_is_refused(runner: CommandRunner) -> None:
    runner.folder.mkdir()
    (runner.folder / "a.json").write_text('{"stage": "a", "answ')

    status, printed = runner.run("--yes")
    assert (status, "a.json is no record" in printed) == (Status.REFUSED, True), printed
    assert "use --again to replace it. Nothing was done." in printed


def test_an_unexpected_error_has_a_status_of_its_own_and_says_what_is_left(runner: CommandRunner) -> None:
    record = Record(stage="a", answered_by=EMULATED, region=runner.aws.region)
    record.steps = {step: {"seconds": 0, "observations": {}} for step in STAGES["a"].steps()}
    record.write(runner.folder / "a.json", account=runner.aws.account)
    # The offline AWS of the comparison needs openssl.
    runner.environment["PATH"] = str(Path(sys.executable).parent)

    status, printed = runner.run("--yes")
    assert (status, "Traceback" in printed) == (Status.INCOMPLETE, True), printed

    group = runner.aws.client("personalize").create_dataset_group(name="verify-aws-lost")["datasetGroupArn"]
    status, printed = runner.run("--yes")
    assert (status, printed.endswith('--sweep"\n')) == (Status.LEFT, True), printed
    assert f"Something is left:\n  dataset group {group}\n" in printed.rpartition("Traceback")[2]
    assert runner.run("--sweep", "--yes")[0] == Status.AGREE
