"""The parts of the command, by themselves."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from verify_aws.answers import matches, normalized
from verify_aws.apps.import_lifecycle import imported
from verify_aws.command import Status
from verify_aws.comparison import Pair, Verdict, compare
from verify_aws.data import interactions
from verify_aws.limits import LimitReachedError, Limits
from verify_aws.records import AWS, Record
from verify_aws.stage import Observation
from verify_aws.stages.all_stages import STAGES
from verify_aws.target import HOME, Clock, Target

if TYPE_CHECKING:
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
        (f"arn:aws:iam::{ACCOUNT}:role/{NAME}-good", "arn:aws:iam::<account>:role/<name>-good"),
        (f"{NAME}-b-DataJobRunnerFunction0A1B2C3D-k3Jd9sKq01Zx", "<name>-b-DataJobRunnerFunction0A1B2C3D-<id>"),
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
def test_an_answer_fits_what_is_expected(expected: Any, answer: Any, result: bool) -> None:
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
def test_a_pair_of_answers_says_who_is_wrong(aws: Any, offline: Any, reason: str, verdict: Verdict) -> None:
    pair = Pair(name="a", facts=(), expected=REFUSED, aws=aws, offline=offline, reason=reason)

    assert pair.verdict is verdict
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


def test_no_more_jobs_are_created_than_may_be(offline_aws: OfflineAws) -> None:
    limits = Limits(jobs=1, budget=1, deadline=60, now=lambda: 0)
    personalize = offline_aws.client("personalize")
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


def test_a_budget_and_a_deadline_hold() -> None:
    limits = Limits(jobs=0, budget=1.0, deadline=60, now=lambda: 61)
    limits.use(dollars=0.6)

    with pytest.raises(LimitReachedError, match=r"the budget is \$1\.00, and \$1\.20 would be spent"):
        limits.use(dollars=0.6)
    with pytest.raises(LimitReachedError, match="the time is over"):
        _ = limits.remaining


def test_the_page_has_each_stage_with_its_cost_and_each_exit_status() -> None:
    page = (HOME / "docs" / "verify.md").read_text(encoding="utf-8")

    for key, stage in STAGES.items():
        assert f"| `{key}` | {stage.minutes} | ${stage.dollars:.2f} | {stage.makes} |" in page
    assert {int(found) for found in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)} == {*map(int, Status)}


def test_all_that_a_stack_makes_has_the_tag_and_the_boundary_of_the_run(tmp_path: Path) -> None:
    limits = Limits(jobs=0, budget=0, deadline=60, now=lambda: 0)
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
    target = Target(account=ACCOUNT, region=REGION, name=NAME, boundary=boundary, clock=Clock(), limits=limits)
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
