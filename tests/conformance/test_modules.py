"""The parts of the command, by themselves."""

from __future__ import annotations

import json
import re
from argparse import Namespace
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from verify_aws import offline
from verify_aws.answers import matches, normalized
from verify_aws.apps.import_lifecycle import imported
from verify_aws.caller import Caller
from verify_aws.command import Status, report
from verify_aws.comparison import Pair, Verdict, compare
from verify_aws.data import interactions
from verify_aws.limits import LimitReachedError, Limits
from verify_aws.records import AWS, Record
from verify_aws.runs import Outcome, run
from verify_aws.stage import Observation, Stage, step
from verify_aws.stages.all_stages import STAGES
from verify_aws.sweeper import Leftover, Sweeper
from verify_aws.target import HOME, Clock, Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdk_data_jobs_local import OfflineAws

ACCOUNT, REGION, NAME = "111122223333", "eu-west-1", "verify-aws-1a2b3c"
REFUSED = {"error": "InvalidInputException"}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            f"arn:aws:personalize:{REGION}:{ACCOUNT}:schema/{NAME}-old",
            "arn:aws:personalize:<region>:<account>:schema/<name>-old",
        ),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/Admin/jane is not authorized", "<caller> is not authorized"),
        (
            f"arn:aws:sts::{ACCOUNT}:assumed-role/{NAME}-bad/PersonalizeSession is not authorized",
            "arn:aws:sts::<account>:assumed-role/<name>-bad/<session> is not authorized",
        ),
        (
            f"arn:aws:sts::{ACCOUNT}:assumed-role/{NAME}-b-ImportRole0A1B2C3D-abcdefGHIJKL/jane@example.com, because",
            "arn:aws:sts::<account>:assumed-role/<name>-b-ImportRole0A1B2C3D-<id>/<session>, because",
        ),
        (f"arn:aws:iam::{ACCOUNT}:role/{NAME}-good", "arn:aws:iam::<account>:role/<name>-good"),
        (f"{NAME}-b-DataJobRunnerFunction0A1B2C3D-k3Jd9sKq01Zx", "<name>-b-DataJobRunnerFunction0A1B2C3D-<id>"),
        (f"{NAME}-b-ImportRole0A1B2C3D-abcdefGHIJKL", "<name>-b-ImportRole0A1B2C3D-<id>"),
        (f"{NAME}-b-bucket0a1b2c3d-abcdefghijkl", "<name>-b-bucket0a1b2c3d-<id>"),
        (f"{NAME}-b-ImportRoleThatIsCut-kJsdXsKqzlZx", "<name>-b-ImportRoleThatIsCut-<id>"),
        (f"{NAME}-b-TopicBFC7AF6E-k3Jd9sKq01Zx", "<name>-b-TopicBFC7AF6E-<id>"),
        (f"{NAME}-b-interactions", "<name>-b-interactions"),
        (f"{NAME}-b-Import-3f2a9c1d", "<name>-b-Import-<hash>"),
        ("arn:aws:iam::444455556666:role/x", "arn:aws:iam::<account>:role/x"),
        ("request 01234567-89ab-cdef-0123-456789abcdef at 2026-01-02T03:04:05.678Z", "request <uuid> at <time>"),
        ({"at": datetime.now(timezone.utc), "ResponseMetadata": {"RequestId": "1"}}, {"at": "<time>"}),
        ({"rows": 1000, "ok": True, "list": (NAME, None)}, {"rows": 1000, "ok": True, "list": ["<name>", None]}),
    ],
)
def test_placeholders_stand_for_accounts_names_ids_and_times(answer: Any, expected: Any) -> None:
    assert normalized(answer, account=ACCOUNT, region=REGION, name=NAME) == expected


@pytest.mark.parametrize(
    ("expected", "answer", "result"),
    [
        ({"error": "A"}, {"error": "A", "message": "..."}, True),
        ({"error": "A"}, {"error": "B"}, False),
        ({"error": "A"}, "A", False),
        ({"at": ...}, {"at": 1}, True),
        ({"at": ...}, {}, False),
        (re.compile("a+"), "aaa", True),
        (re.compile("a+"), "aab", False),
        (re.compile("1"), 1, False),
        (["A", re.compile("B.*")], ["A", "Bc"], True),
        (["A"], ["A", "B"], False),
        (1, True, False),
    ],
)
def test_an_answer_matches_what_is_expected(expected: Any, answer: Any, result: bool) -> None:
    assert matches(expected, answer) is result


@pytest.mark.parametrize(
    ("aws", "offline", "reason", "verdict"),
    [
        (REFUSED, REFUSED, "", Verdict.AGREE),
        ({**REFUSED, "message": "A"}, {**REFUSED, "message": "B"}, "", Verdict.OFFLINE_IS_WRONG),
        ({**REFUSED, "message": "A"}, {**REFUSED, "message": "B"}, "it has another text", Verdict.KNOWN),
        (REFUSED, {"datasetArn": "arn"}, "", Verdict.OFFLINE_IS_WRONG),
        ({"datasetArn": "arn"}, REFUSED, "", Verdict.AWS_DIFFERS),
        ({"datasetArn": "arn"}, {"datasetArn": "arn"}, "", Verdict.AWS_DIFFERS),
        ({"datasetArn": "arn"}, REFUSED, "it is known", Verdict.AWS_DIFFERS),
        (REFUSED, None, "", Verdict.OFFLINE_IS_WRONG),
        (None, REFUSED, "", Verdict.AWS_DIFFERS),
    ],
)
def test_a_pair_of_answers_says_which_side_is_wrong(aws: Any, offline: Any, reason: str, verdict: Verdict) -> None:
    pair = Pair(name="a", facts=("PER-1",), expected=REFUSED, aws=aws, offline=offline, reason=reason)

    assert pair.verdict is verdict
    assert str(pair).splitlines()[0] == f"{verdict.value}: a (PER-1)"
    assert (reason in str(pair)) is (verdict is Verdict.KNOWN or not reason)


def test_a_divergence_that_is_none_any_more_is_told() -> None:
    observed = {"a": Observation(facts=(), expected=REFUSED, answer=REFUSED)}
    [pair] = compare({"a": REFUSED}, observed, {"a": "once"})

    assert (pair.verdict, pair.is_stale) == (Verdict.AGREE, True)
    assert "remove it there" in str(pair)


def test_a_record_with_an_accounts_id_is_not_written(tmp_path: Path) -> None:
    record = Record(stage="a", answered_by=AWS, region=REGION)
    for leaked in (ACCOUNT, "444455556666"):
        record.add("step", 1, {"a": Observation(facts=(), expected=..., answer={"deep": [f"arn::{leaked}:x"]})})
        with pytest.raises(ValueError, match="account's id"):
            record.write(tmp_path / "a.json", account=ACCOUNT)
    assert [*tmp_path.iterdir()] == []

    record.add("step", 1, {"a": Observation(facts=("A fact",), expected=..., answer={"deep": ["arn::<account>:x"]})})
    record.write(tmp_path / "a.json", account=ACCOUNT)
    assert Record.read(tmp_path / "a.json") == record


def test_no_more_jobs_are_created_than_may_be(account: tuple[OfflineAws, str]) -> None:
    limits = Limits(jobs=1, deadline=60, now=lambda: 0)
    personalize = account[0].client("personalize")
    limits.watch(personalize)
    group = personalize.create_dataset_group(name="limited")["datasetGroupArn"]
    recipe = "arn:aws:personalize:::recipe/aws-item-affinity"
    describe = personalize.describe_dataset_group
    while describe(datasetGroupArn=group)["datasetGroup"]["status"] != "ACTIVE":
        pass
    solution = personalize.create_solution(name="limited", datasetGroupArn=group, recipeArn=recipe)["solutionArn"]
    while personalize.describe_solution(solutionArn=solution)["solution"]["status"] != "ACTIVE":
        pass

    with pytest.raises(personalize.exceptions.ResourceNotFoundException):
        personalize.create_solution_version(solutionArn=f"{solution}-none")
    assert limits.used_jobs == 0
    version = personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
    with pytest.raises(LimitReachedError, match="at most 1 jobs"):
        personalize.create_solution_version(solutionArn=solution)
    versions = personalize.list_solution_versions(solutionArn=solution)["solutionVersions"]
    assert [one["solutionVersionArn"] for one in versions] == [version]


def test_jobs_that_a_deployment_creates_and_the_deadline_are_limited() -> None:
    limits = Limits(jobs=1, deadline=60, now=lambda: 61)
    limits.use(jobs=1)

    with pytest.raises(LimitReachedError, match="at most 1 jobs may be created"):
        limits.use(jobs=1)
    with pytest.raises(LimitReachedError, match="the time is over"):
        _ = limits.remaining


@pytest.mark.parametrize("text", ['{"stage": "a", "answ', "", "[]", '{"stage": "a"}'])
def test_what_is_no_whole_record_is_not_read(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(text)

    with pytest.raises(ValueError, match=r"a\.json is no record"):
        Record.read(tmp_path / "a.json")


def test_a_record_is_replaced_at_once(tmp_path: Path) -> None:
    record, file = Record(stage="a", answered_by=AWS, region=REGION), tmp_path / "a.json"
    record.write(file, account=ACCOUNT)
    # Whoever writes into the file itself changes what its other name has, too.
    old = tmp_path / "old.json"
    old.hardlink_to(file)
    record.add("step", 1, {})
    record.write(file, account=ACCOUNT)

    assert ([*Record.read(old).steps], [*Record.read(file).steps]) == ([], ["step"])
    assert {one.name for one in tmp_path.iterdir()} == {"a.json", "old.json"}


class CleanUpTakesTime(Stage):
    """A stage whose dataset group cannot be deleted before it is active."""

    key = "x"

    @step
    def create(self) -> None:
        """Creates the dataset group."""
        self.target.client("personalize").create_dataset_group(name=self.target.name)


def test_the_time_of_a_clean_up_is_not_counted_and_its_folder_is_removed(account: tuple[OfflineAws, str]) -> None:
    target = replace(offline.target(*account, STAGES["a"]), name=NAME)
    folder, deadline, started = target.folder, target.limits.deadline, target.clock.now()

    assert run(CleanUpTakesTime, target, Record(stage="x", answered_by=AWS, region=REGION)).leftovers == []
    took, more = target.clock.now() - started, target.limits.deadline - deadline
    # The step itself takes less than half of it.
    assert took / 2 < more <= took
    assert not folder.exists()


def client_without(aws: OfflineAws, action: str) -> Callable[[str], Any]:
    """Returns what makes clients of a user who may do all but this."""
    iam = aws.client("iam")
    iam.create_user(UserName="restricted")
    statements = [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": action, "Resource": "*"},
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_user_policy(UserName="restricted", PolicyName="all-but-one", PolicyDocument=policy)
    key = iam.create_access_key(UserName="restricted")["AccessKey"]
    credentials = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    return Caller(aws.region, {**aws.environment, **credentials}).client


def test_what_has_no_tag_is_somebody_elses_and_what_has_unknown_ones_is_left(account: tuple[OfflineAws, str]) -> None:
    aws, _ = account
    where = {"LocationConstraint": aws.region}
    aws.client("s3").create_bucket(Bucket=f"{NAME}-new", CreateBucketConfiguration=where)
    told: list[str] = []

    [found] = Sweeper(aws.client, NAME).find()
    assert not found.is_ours
    sweeper = Sweeper(client_without(aws, "s3:GetBucketTagging"), NAME)
    [found] = sweeper.find()
    assert found.is_ours
    assert "AccessDenied" in str(found)
    assert sweeper.sweep(Clock(60), seconds=0, tell=told.append) == [found]
    assert "AccessDenied" in told[0]

    aws.client("s3").delete_bucket(Bucket=f"{NAME}-new")


class Interrupted(Stage):
    """A stage with a Ctrl-C between the creation of a bucket and its tag."""

    key = "x"

    @step
    def create(self) -> None:
        """Creates a bucket."""
        where = {"LocationConstraint": self.target.region}
        self.target.client("s3").create_bucket(Bucket=f"{self.target.name}-new", CreateBucketConfiguration=where)
        raise KeyboardInterrupt


def test_a_bucket_that_has_no_tag_yet_is_deleted_after_ctrl_c(account: tuple[OfflineAws, str]) -> None:
    aws, boundary = account
    target = replace(offline.target(aws, boundary, STAGES["a"]), name=NAME)

    outcome = run(Interrupted, target, Record(stage="x", answered_by=AWS, region=REGION))
    assert (type(outcome.error), outcome.leftovers) == (KeyboardInterrupt, [])
    assert Sweeper(aws.client, NAME).find() == []


@pytest.mark.parametrize(
    ("error", "leftovers", "status"),
    [
        (None, [], Status.AGREE),
        (None, [Leftover("dataset group", "arn")], Status.LEFT),
        (LimitReachedError("the time is over"), [Leftover("dataset group", "arn")], Status.LEFT),
        (LimitReachedError("the time is over"), [], Status.INCOMPLETE),
        (KeyboardInterrupt(), [], Status.INTERRUPTED),
    ],
)
def test_the_error_of_a_stage_is_printed_before_what_is_left(
    error: BaseException | None, leftovers: list[Leftover], status: Status, capsys: pytest.CaptureFixture[str]
) -> None:
    options = Namespace(account=ACCOUNT, region=REGION, prefix="verify-aws-", records=Path("records"))

    assert report(STAGES["a"], Outcome(observed={}, leftovers=leftovers, error=error), options) is status
    lines = capsys.readouterr().out.splitlines()
    assert (f"{error!r}" in lines[0]) is (error is not None)
    assert lines[1] == ("Something is left:" if leftovers else "Nothing of it is left.")


def test_the_page_has_each_stage_with_its_cost_and_each_exit_status() -> None:
    page = (HOME / "docs" / "verify.md").read_text(encoding="utf-8")

    for key, stage in STAGES.items():
        assert f"| `{key}` | {stage.minutes} | ${stage.dollars:.2f} | {stage.makes} |" in page
    assert {int(found) for found in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)} == {*map(int, Status)}


def test_all_that_a_stack_makes_has_the_tag_and_the_boundary_of_the_run(tmp_path: Path) -> None:
    limits = Limits(jobs=0, deadline=60, now=lambda: 0)
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
    target = Target(account=ACCOUNT, caller=Caller(REGION), name=NAME, boundary=boundary, clock=Clock(), limits=limits)
    (tmp_path / "data.csv").write_text(interactions())
    folder = target.synthesize(partial(imported, file=tmp_path / "data.csv"), "import")
    [file] = Path(folder).glob("*.template.json")
    resources = json.loads(file.read_text())["Resources"].values()
    roles = [one["Properties"] for one in resources if one["Type"] == "AWS::IAM::Role"]
    buckets = [one["Properties"] for one in resources if one["Type"] == "AWS::S3::Bucket"]

    assert file.name == f"{NAME}-import.template.json"
    assert len(roles) == 3
    assert {role["PermissionsBoundary"] for role in roles} == {boundary}
    assert len(buckets) == 1
    assert all({"Key": "verify-aws", "Value": NAME} in one["Tags"] for one in [*roles, *buckets])
