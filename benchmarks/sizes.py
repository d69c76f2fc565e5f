"""How much does a deployment have of what one pays for, reads, or reviews: resources, bytes, functions, permissions?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.assemblies import NAMES, Synthesized, compact, synthesize, zipped
from benchmarks.results import Section, Table, Target, ratio

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_RESOURCES, MOST_BYTES_PER_JOB, MOST_ASSET_BYTES = 9, 750, 20_000
ACCESS = 2  # resources that everybody needs and that are not among them: the service's role and the bucket's policy
JOBS = (1, 10, 100)

_TEXT = """\
What every app has is counted in every app: the role that Amazon Personalize assumes, with its policy, and the bucket's
policy. The bucket itself is not counted. The template is that of the whole stack, as JSON without white space.
CloudFormation takes 500 resources in a stack, so 100 jobs with a `Provider` each could not be deployed.
[Compared with the alternatives](../docs/compared.md) leaves out, for the others, what their user has to write: that
role, its policy and the bucket's policy, and the policies of the two functions that a `Provider` calls."""
_WILDCARDS = """\
Counted in the policies of roles, statement by statement. *Actions with wildcards*: a statement with a `*` in an
action. *Resources `*`*: a statement for all resources. *ARN patterns*: a statement whose resources are ARNs with a `*`
in them: the objects of a folder (one statement in each app), jobs and datasets of the account (whose names a run makes,
or which are no resource of the stack), and the versions of a function (`arn:*`)."""


@dataclass(frozen=True)
class Counts:
    """What a synthesized app has.

    Attributes:
        resources: CloudFormation resources, without the bucket.
        template: Bytes of the template.
        functions: Lambda functions.
        asset: Bytes of the functions' code, zipped.
        code: The same without docstrings and comments.
        wildcard_actions: Statements of roles with a wildcard in an action.
        all_resources: Statements of roles for all resources.
        patterns: Statements of roles for ARNs with a wildcard.
        managed_policies: Attached policies that AWS manages.
    """

    resources: int
    template: int
    functions: int
    asset: int
    code: int
    wildcard_actions: int
    all_resources: int
    patterns: int
    managed_policies: int


def count(app: Synthesized) -> Counts:
    """Counts what a synthesized app has."""
    template = app.template
    resources = [one for one in template["Resources"].values() if one["Type"] != "AWS::S3::Bucket"]
    types = Counter(str(one["Type"]) for one in resources)
    statements = [statement for one in resources for statement in _statements(one)]
    return Counts(
        resources=len(resources),
        template=compact(template),
        functions=types["AWS::Lambda::Function"],
        asset=sum(zipped(folder) for folder in app.function_assets),
        code=sum(zipped(folder, documented=False) for folder in app.function_assets),
        wildcard_actions=sum(any("*" in action for action in _list(one["Action"])) for one in statements),
        all_resources=sum("*" in _list(one["Resource"]) for one in statements),
        patterns=sum(any(_is_pattern(resource) for resource in _list(one["Resource"])) for one in statements),
        managed_policies=sum(len(one.get("Properties", {}).get("ManagedPolicyArns", [])) for one in resources),
    )


def _statements(resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The statements that a resource gives roles."""
    properties = resource.get("Properties", {})
    if resource["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        yield from properties["PolicyDocument"]["Statement"]
    for policy in properties.get("Policies", []) if resource["Type"] == "AWS::IAM::Role" else []:
        yield from policy["PolicyDocument"]["Statement"]


def _is_pattern(resource: object) -> bool:
    return resource != "*" and any("*" in text for text in _texts(resource))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(part)


def _list(value: Any) -> list[Any]:  # noqa: ANN401 - a template has anything
    return value if isinstance(value, list) else [value]


def measure(folder: Path) -> Section:
    """Synthesizes every app for 1, 10 and 100 jobs, and counts.

    Args:
        folder: Where the cloud assemblies go.
    """
    counts = {
        (app, jobs): count(synthesize(app, folder / f"{app}-{jobs}", jobs=jobs)) for app in NAMES for jobs in JOBS
    }
    ours = {jobs: counts["ours", jobs] for jobs in JOBS}
    return Section(
        title="Sizes",
        text=_TEXT,
        targets=[*_size_targets(counts), *_permission_targets(ours[1])],
        tables=[
            _growing(counts, "resources", "CloudFormation resources."),
            _growing(counts, "template", "Bytes of the template."),
            _code(counts),
            _permissions(counts),
        ],
    )


def _size_targets(counts: dict[tuple[str, int], Counts]) -> list[Target]:
    ours = {jobs: counts["ours", jobs] for jobs in JOBS}
    own = ours[1].resources - ACCESS
    per_job = (ours[100].resources - ours[1].resources) / 99
    bytes_per_job = (ours[100].template - ours[10].template) / 90
    limit = (counts["l1_only", 100].template - counts["l1_only", 10].template) / 90
    below = {("provider_shared", 1), ("provider_shared", 10), ("aws_custom_resource", 10), ("aws_custom_resource", 100)}
    return [
        Target(
            figure="resources for 1 job",
            wanted=f"at most {MOST_RESOURCES}, plus role and bucket policy",
            got=f"{own}, the role's policy among them, plus role and bucket policy",
            met=own <= MOST_RESOURCES,
            because=f"the hand-written limit is {counts['l1_only', 1].resources - ACCESS}",
        ),
        Target(figure="resources for each further job", wanted="1", got=f"{per_job:g}", met=per_job == 1),
        Target(
            figure="template bytes for each further job",
            wanted=f"at most {MOST_BYTES_PER_JOB}",
            got=f"{bytes_per_job:.0f}",
            met=bytes_per_job <= MOST_BYTES_PER_JOB,
            because=f"the hand-written limit is {limit:.0f}; the rest are names of constructs that must not change",
        ),
        *(
            Target(
                figure=f"template bytes for {jobs} job{'s' * (jobs > 1)}",
                wanted=f"under {NAMES[other].partition(',')[0]}'s {counts[other, jobs].template:,}",
                got=f"{ours[jobs].template:,}",
                met=ours[jobs].template < counts[other, jobs].template,
                because=f"the hand-written limit is {counts['l1_only', jobs].template:,}",
            )
            for other, jobs in sorted(below)
        ),
        Target(figure="Lambda functions", wanted="1", got=f"{ours[1].functions}", met=ours[1].functions == 1),
        Target(
            figure="bytes of its code, zipped",
            wanted=f"at most {MOST_ASSET_BYTES:,}",
            got=f"{ours[1].asset:,}",
            met=ours[1].asset <= MOST_ASSET_BYTES,
            because=f"{ours[1].asset - ours[1].code:,} of them are docstrings and comments, for who reads the function "
            f"in the console; without them it would still be {ours[1].code:,}",
        ),
    ]


def _permission_targets(ours: Counts) -> list[Target]:
    wild = ours.wildcard_actions, ours.all_resources
    return [
        Target(
            figure="IAM statements with wildcards: in actions, `*` for resources",
            wanted="0, 0",
            got=f"{wild[0]}, {wild[1]} (and {ours.patterns} with ARN patterns, see below)",
            met=wild == (0, 0),
        ),
        Target(
            figure="AWS managed policies", wanted="0", got=f"{ours.managed_policies}", met=ours.managed_policies == 0
        ),
    ]


def _growing(counts: dict[tuple[str, int], Counts], name: str, text: str) -> Table:
    """A table of a count that grows with the jobs: ratios first."""
    rows = []
    for app, title in NAMES.items():
        values = {jobs: getattr(counts[app, jobs], name) for jobs in JOBS}
        ratios = [ratio(values[jobs], getattr(counts["ours", jobs], name)) for jobs in JOBS]
        growth = (values[100] - values[10]) / 90
        rows.append([title, *ratios, *(f"{values[jobs]:,}" for jobs in JOBS), f"{growth:,.1f}"])
    columns = ["", *(f"x ours, {jobs}" for jobs in JOBS), *(f"for {jobs}" for jobs in JOBS), "each further job"]
    return Table(columns, rows, text)


def _code(counts: dict[tuple[str, int], Counts]) -> Table:
    rows = [
        [
            title,
            ratio(counts[app, 1].asset, counts["ours", 1].asset),
            f"{counts[app, 1].asset:,}",
            *(counts[app, jobs].functions for jobs in JOBS),
        ]
        for app, title in NAMES.items()
    ]
    columns = ["", "asset, x ours", "asset bytes, zipped", *(f"functions for {jobs}" for jobs in JOBS)]
    return Table(columns, rows, "Lambda functions, and their code.")


def _permissions(counts: dict[tuple[str, int], Counts]) -> Table:
    names = ("wildcard_actions", "all_resources", "patterns", "managed_policies")
    rows = [
        [title, *(f"{getattr(counts[app, 1], name)} / {getattr(counts[app, 10], name)}" for name in names)]
        for app, title in NAMES.items()
    ]
    columns = ["for 1 / 10 jobs", "actions with wildcards", "resources `*`", "ARN patterns", "AWS managed policies"]
    return Table(columns, rows, _WILDCARDS)
