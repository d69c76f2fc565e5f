"""The permissions that the library gives are sufficient, and each is needed.

Everything is deployed to an offline AWS that enforces IAM. What is needed is found by taking it away: each action, each
resource and each principal of each statement that the templates of the scenarios have, and each condition.
"""

from __future__ import annotations

import copy
import itertools
import os
import sys
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_local import OfflineAws

sys.path.append(str(Path(__file__).parent))  # this folder is no package

from least_privilege.lab import Lab, Outcome
from least_privilege.mutations import Guard, Mutation, Template, guards, mutations, statements
from least_privilege.stacks import SCENARIOS, synthesize
from least_privilege.strangers import Strangers
from least_privilege.undecidable import TWICE, UNDECIDABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from least_privilege.scenario import Scenario

SPEED = 50.0
AT_A_TIME = max(4, min(16, 4 * (os.cpu_count() or 1)))
SOME = ("ProofAssets", "ProofAccepted", "ProofBucketExport", "ProofEndpointsImport", "ProofForeignKeyImport")
EVERY = 16
_OF_THE_ACCOUNT = ("of an AwsJob", "of the function")
GUARDED = ("trust policy", "queue policy", "bucket policy")
Key = tuple[str, str, str]


@dataclass
class Synthesized:
    """The scenarios that are tried, with the templates of their creation and their update."""

    steps: dict[str, list[list[Template]]] = field(default_factory=dict)
    scenarios: dict[str, Scenario] = field(default_factory=dict)


@pytest.fixture(scope="module")
def synthesized(everything: bool, tmp_path_factory: pytest.TempPathFactory, lab: Lab) -> Synthesized:
    """Scenarios with their assets in the lab."""
    found = Synthesized()
    for one in SCENARIOS:
        if everything or one.name in SOME:
            folders = [tmp_path_factory.mktemp(f"{one.name}{step}") for step in (1, 2)]
            found.scenarios[one.name] = one
            found.steps[one.name] = [synthesize(one, step, folder) for step, folder in enumerate(folders, 1)]
            for folder in folders:
                lab.upload(folder)
    return found


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """An offline AWS that enforces IAM."""
    with OfflineAws(speed=SPEED, enforce_iam=True) as aws:
        aws.bootstrap(cwd=Path(__file__).parent)
        yield Lab(aws)


def denied(outcome: Outcome) -> list[dict[str, str]]:
    """The calls that were denied. A function may write to its log after that was deleted with its stack."""
    return [one for one in outcome.denied if not one["action"].startswith("logs:")]


# --- sufficient ---


def test_they_are_sufficient(lab: Lab, synthesized: Synthesized, record: Any) -> None:
    for number, one in enumerate(synthesized.scenarios.values()):
        before = calls(lab.aws)
        outcome = lab.run(one, f"Enough{number:02}", synthesized.steps[one.name])

        assert (outcome.failed, outcome.reasons, denied(outcome)) == ("", [], []), one.name
        made = calls(lab.aws) - before
        record.add(
            "sufficient",
            jobs=one.what,
            steps="create, use" if one.is_broken else f"create{', use' if one.use else ''}, update, delete",
            calls=", ".join(f"{made[name]} {name}" for name in sorted(made) if name.startswith("Create")),
            result="nothing denied",
        )


def test_they_are_sufficient_for_the_cdk_cli(everything: bool, lab: Lab, record: Any, tmp_path: Path) -> None:
    """All scenarios are one app, which the real CDK CLI deploys, updates and destroys."""
    if not everything:
        pytest.skip("tests/end_to_end/test_permissions.py does it with one job: --all")
    app = f"{sys.executable} {Path(__file__).with_name('least_privilege') / 'app.py'}"
    names = [one.name for one in SCENARIOS if not one.is_broken]
    before = len(lab.aws.denials())
    for verb, step in (("deploy", "1"), ("deploy", "2"), ("destroy", "2")):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PROOF_STEP", step)
            patch.setenv("PROOF_SCENARIOS", ",".join(names))
            patch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]))
            options = ["--force"] if verb == "destroy" else ["--require-approval", "never", "--concurrency", "4"]
            done = lab.aws.cdk(verb, "--all", *options, app=app, cwd=Path(__file__).parent, outdir=tmp_path / "cdk.out")

        assert done.returncode == 0, done.stdout
    left = [one for one in lab.aws.denials()[before:] if not one["action"].startswith("logs:")]
    assert left == []
    record.add(
        "sufficient",
        jobs=f"{len(names)} of them in one app, with the CDK CLI",
        steps="deploy, deploy, destroy",
        calls="",
        result="nothing denied",
    )


def calls(aws: OfflineAws) -> Counter[str]:
    """How often each operation of the services was called."""
    return Counter(aws.personalize.calls()) + Counter(aws.pinpoint.calls())


# --- necessary ---


@dataclass
class Finding:
    """What came of taking something away.

    Attributes:
        scenario: The scenario that failed.
        what: What failed.
        guide: The page of a service's guide that requires it, if nothing else does.
    """

    scenario: Scenario
    what: str
    guide: str = ""


def test_each_is_needed(everything: bool, lab: Lab, synthesized: Synthesized, record: Any) -> None:
    groups: dict[Key, list[tuple[Scenario, Mutation]]] = defaultdict(list)
    for name, steps in synthesized.steps.items():
        for mutation in mutations(steps[0]):
            groups[mutation.key].append((synthesized.scenarios[name], mutation))
    asked_for = {key: asker for key in groups if (asker := asks_for(*key))}
    tried = sorted(key for key in groups if key not in asked_for)
    tried = tried if everything else tried[::EVERY]
    numbers = itertools.count()
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        findings = list(pool.map(lambda key: need(lab, synthesized, groups[key], numbers), tried))
    needless = [key for key, finding in zip(tried, findings, strict=True) if finding is None]

    assert needless == [], "nothing needs these, and no known documentation requires them"
    for (policy, action, part), finding in zip(tried, findings, strict=True):
        assert finding
        what = f"{action}{f', {part}' if part else ''}"
        if finding.guide:
            record.add("undecidable", action=what, policy=policy, asked_for_by=finding.guide)
        else:
            taken = f"{finding.scenario.what}"
            record.add("necessary", policy=policy, action=what, taken_away_from=taken, what_fails=finding.what)
    for (policy, action, part), asker in sorted(asked_for.items()):
        what = f"{action}{f', {part}' if part else ''}"
        record.add("undecidable", action=what, policy=policy, asked_for_by=asker)


def need(
    lab: Lab, synthesized: Synthesized, candidates: list[tuple[Scenario, Mutation]], numbers: Iterator[int]
) -> Finding | None:
    """Find a scenario that fails without it and shows what is missing; one that needs it is better than a guide."""
    by_guide = None
    for one, mutation in candidates:
        outcome = lab.run(one, f"Less{next(numbers):04}", synthesized.steps[one.name], mutation)
        if not outcome.failed:
            continue
        missing = [action for action in mutation.action.split(", ") if outcome.names(action)]
        assert missing, (mutation, outcome)
        because = [one["because"] for one in outcome.denied if one["action"] in missing]
        pages = {text.partition('required by "')[2].rstrip('"') for text in because if "required by" in text}
        if because and len(pages) == 1 and all("required by" in text for text in because):
            by_guide = by_guide or Finding(one, outcome.failed, f'Amazon Personalize Developer Guide, "{pages.pop()}"')
        else:
            return Finding(one, f"{outcome.failed}: {explanation(outcome, missing)}")
    return by_guide


def explanation(outcome: Outcome, missing: list[str]) -> str:
    """The message that shows what is missing: of the failure, or of the denied call."""
    for reason in outcome.reasons:
        for action in missing:
            if action in reason:
                start = reason.rfind("is not authorized to perform", 0, reason.find(action))
                return reason[max(start, 0) :].partition(" because ")[0][:160].partition(" (RequestId")[0]
    one = next(one for one in outcome.denied if one["action"] in missing)
    message = outcome.reasons[0].partition("Message returned: ")[2] or outcome.reasons[0]
    short = message.partition("Please look")[0].partition(" (RequestId")[0][:120].strip()
    return f"{short} ({one['action']} denied)"


def asks_for(policy: str, action: str, part: str) -> str:
    """The documentation that requires a permission without which nothing fails here."""
    return next((one.asked_for_by for one in UNDECIDABLE if one.is_about(policy, action, part)), "")


def test_what_nothing_needs_is_found(lab: Lab, synthesized: Synthesized) -> None:
    name, needless = "ProofBucketExport", "s3:GetBucketLocation"
    changed = copy.deepcopy(synthesized.steps[name])
    for [template] in changed:
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::S3::BucketPolicy":
                resource["Properties"]["PolicyDocument"]["Statement"][-1]["Action"] = ["s3:ListBucket", needless]
    both = {
        mutation.action: need(lab, Synthesized({name: changed}), [(one, mutation)], iter([9000 + number]))
        for one in [synthesized.scenarios[name]]
        for number, mutation in enumerate(mutations(changed[0]))
        if mutation.policy.startswith("bucket policy") and mutation.action in ("s3:ListBucket", needless)
    }

    assert both[needless] is None
    assert both["s3:ListBucket"] is not None


def test_what_is_listed_as_undecidable_is_there(everything: bool, synthesized: Synthesized) -> None:
    if not everything:
        pytest.skip("needs every scenario: --all")
    keys = {mutation.key for steps in synthesized.steps.values() for mutation in mutations(steps[0])}
    keys |= {key_of(guard) for steps in synthesized.steps.values() for guard in guards(steps[0])}
    stale = [one for one in UNDECIDABLE if not any(one.is_about(*key) for key in keys)]

    assert stale == []


# --- conditions ---


def test_whatever_a_stranger_could_use_has_a_guard(synthesized: Synthesized) -> None:
    for name, [templates, _] in synthesized.steps.items():
        guarded = {(guard.stack, guard.resource) for guard in guards(templates)}
        open_to_all = {
            (one.policy, one.resource)
            for one in statements(templates)
            if one.policy.startswith(GUARDED) and (one.stack, one.resource) not in guarded
        }

        assert open_to_all == set(), name


def key_of(guard: Guard) -> Key:
    """What is the same for what keeps others out elsewhere: each job passes its role in the same way."""
    return guard.policy.removesuffix(" for one job"), guard.action, f"condition {', '.join(guard.keys)}"


def test_each_condition_keeps_somebody_out(everything: bool, lab: Lab, synthesized: Synthesized, record: Any) -> None:
    found: dict[Key, tuple[str, Guard]] = {}
    for name, steps in synthesized.steps.items():
        for guard in guards(steps[0]):
            # Of the function's policy, where it serves two services; of all others, where they come first.
            if key_of(guard) not in found or (guard.action == "iam:PassRole" and name == "ProofTwoServices"):
                found[key_of(guard)] = name, guard
    tried = {key: value for key, value in found.items() if not asks_for(*key)}
    if not everything:
        tried = {key: value for key, value in tried.items() if value[0] == SOME[0] and "PassRole" not in key[1]}
    deployed: dict[str, Strangers] = {}
    for (policy, action, _), (name, guard) in sorted(tried.items()):
        if name not in deployed:
            deployed[name] = deploy(lab, synthesized, name, len(deployed))
        for what, who in tries(deployed[name], guard):
            if who:
                record.add(
                    "necessary",
                    policy=policy,
                    action=f"{action}, {what}",
                    taken_away_from=synthesized.scenarios[name].what,
                    what_fails=f"not refused any more: {who}",
                )
            else:
                asker = next((guide for service, guide in TWICE if service in policy), None)
                assert asker, f"{policy}: nobody gets through without {what}"
                record.add("undecidable", action=f"{action}, {what}", policy=policy, asked_for_by=asker)
    for policy, action, part in sorted(key for key in found if asks_for(*key)):
        record.add(
            "undecidable", action=f"{action}, {part}", policy=policy, asked_for_by=asks_for(policy, action, part)
        )


def deploy(lab: Lab, synthesized: Synthesized, name: str, number: int) -> Strangers:
    """Deploy a scenario's stacks, which callers without permission then try to use."""
    stack = f"Guarded{number:02}"
    outcome = lab.run(synthesized.scenarios[name], stack, synthesized.steps[name][:1], stays=True)
    assert not outcome.failed, outcome
    return Strangers(lab.aws, outcome.stack)


def tries(strangers: Strangers, guard: Guard) -> list[tuple[str, str]]:
    """What is taken away, and who then gets through."""
    if guard.action.startswith("Deny"):
        return [("aws:SecureTransport", strangers.eavesdropping(guard.resource))]
    if guard.action == "iam:PassRole":
        return [("condition iam:PassedToService", strangers.passing(guard.resource))]
    if guard.action == "sts:AssumeRole":
        return [
            (f"condition {key}", who)
            for key, who in strangers.trust(guard.resource, serves_account=guard.policy.endswith(_OF_THE_ACCOUNT))
        ]
    if guard.action == "sqs:SendMessage":
        return [(f"condition {key}", who) for key, who in strangers.sending()]
    if guard.action == "s3:ListBucket":
        return [("condition s3:prefix", strangers.listing())]
    raise AssertionError(f"nobody tries {guard}")
