"""The whole command, against the offline AWS posing as an account."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from command_runner import CommandRunner
from verify_aws import prices
from verify_aws.command import Status
from verify_aws.comparison import divergences
from verify_aws.records import EMULATED, Record
from verify_aws.stages.all_stages import STAGES

if TYPE_CHECKING:
    from pathlib import Path

    from cdk_data_jobs_local import OfflineAws

OTHER = "999988887777"

pytestmark = pytest.mark.usefixtures("interruptible")


@pytest.fixture
def runner(account: tuple[OfflineAws, str], tmp_path: Path) -> CommandRunner:
    """The command, whose account is the offline AWS."""
    return CommandRunner(*account, tmp_path)


def test_another_account_is_not_asked(runner: CommandRunner) -> None:
    status, printed = runner.run("--yes", account=OTHER)

    assert status == Status.REFUSED
    assert f"of account {runner.aws.account}, and only {OTHER} may be asked. Nothing was done." in printed
    assert runner.leftovers() == []


def test_nothing_is_made_unless_it_is_confirmed(runner: CommandRunner) -> None:
    for typed in ("", "n\n", "\n"):
        status, printed = runner.run(typed=typed)

        assert (status, "Not confirmed. Nothing was done." in printed) == (Status.REFUSED, True)
    assert f"Account {runner.aws.account}, {runner.aws.region}, {runner.aws.endpoint_url}" in printed
    assert "a dataset group, a dataset, a schema, 2 buckets, 2 roles" in printed
    assert "$0.05 a GB (Amazon Personalize pricing)" in printed
    assert [*runner.folder.iterdir()] == []
    assert runner.leftovers() == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--budget", "0"], "It may cost $0.01, and the budget is $0.00"),
        (["--stage", "a", "f"], "It may cost $5.01, and the budget is $1.00"),
        (["--prefix", "Mine-"], "A prefix is 5 to 20 lower-case letters"),
        (["--prefix", "no-hyphen"], "A prefix is 5 to 20 lower-case letters"),
        (["--minutes", "0"], "argument --minutes: invalid"),
        (["--budget", "nan"], "argument --budget: invalid"),
        (["--budget", "inf"], "argument --budget: invalid"),
    ],
)
def test_what_cannot_be_done_is_refused(runner: CommandRunner, arguments: list[str], message: str) -> None:
    status, printed = runner.run("--yes", *arguments)

    assert (status, message in printed) == (Status.REFUSED, True), printed


def test_a_file_may_hold_the_arguments(runner: CommandRunner, tmp_path: Path) -> None:
    (tmp_path / "verify-aws.args").write_text(f"--account={OTHER}\n--region=eu-west-1\n")

    assert runner.run(f"@{tmp_path / 'verify-aws.args'}")[0] == Status.REFUSED


def test_a_budget_is_enough_if_it_is_what_the_stages_cost(runner: CommandRunner) -> None:
    # As floats, their sum is a little more.
    status, printed = runner.run("--stage", "a", "c", "--budget", "0.06")

    assert (status, "It may cost" in printed) == (Status.REFUSED, False), printed


def test_no_stage_begins_if_the_record_of_another_is_of_another_region(runner: CommandRunner) -> None:
    Record(stage="b", answered_by=EMULATED, region="us-east-1").write(runner.folder / "b.json", account=OTHER)

    status, printed = runner.run("--yes", "--stage", "a", "b")
    assert (status, "in us-east-1: use --again to replace it. Nothing was done." in printed) == (Status.REFUSED, True)
    assert "Stage a" not in printed


def test_ctrl_c_at_the_question_leaves_nothing(runner: CommandRunner) -> None:
    status, printed = runner.interrupt({prices.lines()[-1]})

    assert (status, "Interrupted; nothing was done." in printed) == (Status.INTERRUPTED, True), printed
    assert [*runner.folder.iterdir()] == []


def test_ctrl_c_in_a_clean_up_says_how_to_go_on_with_it(runner: CommandRunner) -> None:
    status, printed = runner.interrupt({"  missing_resources ...", "  cleaning up ..."}, "--yes")

    assert status == Status.LEFT, printed
    where = f"--account {runner.aws.account} --region {runner.aws.region}"
    assert f'make verify-aws ARGS="{where} --prefix verify-aws- --sweep"' in printed
    assert "did not end: KeyboardInterrupt()" in printed
    assert runner.run("--sweep", "--yes")[0] == Status.AGREE
    assert runner.leftovers() == []


def test_a_run_ends_at_its_deadline_and_leaves_nothing(runner: CommandRunner) -> None:
    # The first new role alone is given one.
    status, printed = runner.run("--yes", "--minutes", "1")

    assert status == Status.INCOMPLETE
    assert "LimitReachedError('the time is over')" in printed
    assert runner.leftovers() == []


def test_a_stage_is_resumed_after_ctrl_c_and_its_record_compared(runner: CommandRunner) -> None:
    status, printed = runner.interrupt({"  wrong_roles ..."}, "--yes")

    assert status == Status.INTERRUPTED, printed
    assert runner.leftovers() == []
    assert [*runner.record("a").steps] == ["used_name", "missing_resources"]

    status, printed = runner.run("--yes")
    assert "  missing_resources: done before\n  wrong_roles ..." in printed
    assert [*runner.record("a").steps] == STAGES["a"].steps()
    assert runner.leftovers() == []
    # This AWS is known not to do all that is expected of AWS.
    assert {*re.findall("^AWS differs from what was expected: (.*?)(?: \\(|$)", printed, re.MULTILINE)} == {
        *divergences("a")
    }
    assert "the offline AWS is wrong" not in printed
    assert status == (Status.DIFFER if divergences("a") else Status.AGREE)

    text = (runner.folder / "a.json").read_text()
    assert runner.record("a").answered_by == EMULATED
    assert runner.aws.account not in text
    assert runner.aws.region not in text.replace(f'"region": "{runner.aws.region}"', "")
    assert "arn:aws:personalize:<region>:<account>:dataset-group/<name>" in text


def test_a_recording_that_differs_says_who_is_wrong(runner: CommandRunner) -> None:
    status, printed = runner.interrupt({"Stage a on the offline AWS ..."}, "--yes")
    assert (status, "The comparison is interrupted." in printed) == (Status.INTERRUPTED, True), printed
    record = json.loads((runner.folder / "a.json").read_text())
    observations = {name: one for step in record["steps"].values() for name, one in step["observations"].items()}
    observations["an import with a role that does not exist"]["answer"]["message"] = "No such role"
    observations["an import of a file that lacks a column"]["answer"] = {"datasetImportJobArn": "<name>"}
    (runner.folder / "a.json").write_text(json.dumps(record))

    status, printed = runner.run("--yes")
    assert status == Status.DIFFER
    assert "the offline AWS is wrong: an import with a role that does not exist" in printed
    assert "AWS differs from what was expected: an import of a file that lacks a column" in printed
    assert "both agree: an import from a bucket without a policy" in printed


def test_the_sweeper_finds_what_is_left_and_deletes_it_when_told(runner: CommandRunner) -> None:
    personalize, s3, iam = (runner.aws.client(service) for service in ("personalize", "s3", "iam"))
    personalize.create_schema(
        name="verify-aws-old",
        schema=json.dumps(
            {
                "type": "record",
                "name": "Users",
                "fields": [{"name": "USER_ID", "type": "string"}, {"name": "AGE", "type": "int"}],
            }
        ),
    )
    personalize.create_dataset_group(name="verify-aws-old")
    where = {"LocationConstraint": runner.aws.region}
    for bucket in ("verify-aws-old", "verify-aws-not-ours"):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
        s3.put_object(Bucket=bucket, Key="data.csv", Body=b"data")
    s3.put_bucket_tagging(Bucket="verify-aws-old", Tagging={"TagSet": [{"Key": "verify-aws", "Value": "old"}]})
    statement = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    trust = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "sts:*", "Principal": "*"}]}
    )
    tags = [{"Key": "verify-aws", "Value": "old"}]
    iam.create_role(RoleName="verify-aws-old", AssumeRolePolicyDocument=trust, Tags=tags)
    iam.put_role_policy(RoleName="verify-aws-old", PolicyName="data", PolicyDocument=policy)

    status, printed = runner.run("--sweep", typed="n\n")
    assert status == Status.LEFT
    assert {line.split(" ")[0] for line in printed.splitlines()} >= {"schema", "dataset", "bucket", "role"}
    assert "bucket verify-aws-not-ours (without the tag verify-aws: left alone)" in printed
    assert len(runner.leftovers()) == 5

    status, printed = runner.run("--sweep", "--yes")
    assert (status, "Nothing of it is left." in printed) == (Status.AGREE, True), printed
    assert [one.id for one in runner.leftovers()] == ["verify-aws-not-ours"]
    assert runner.run("--sweep", "--yes")[0] == Status.AGREE

    s3.delete_object(Bucket="verify-aws-not-ours", Key="data.csv")
    s3.delete_bucket(Bucket="verify-aws-not-ours")
