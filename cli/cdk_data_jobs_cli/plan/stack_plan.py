"""What a deployment of one stack does: with its jobs, and with the datasets that they work on."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cdk_data_jobs_cli.aws.executions import list_executions
from cdk_data_jobs_cli.aws.stack import construct_path, is_job, path_below
from cdk_data_jobs_cli.aws.stack_operation import is_in_progress
from cdk_data_jobs_cli.plan.changes import PlannedTemplate
from cdk_data_jobs_cli.plan.job_plans import CANNOT_CHANGE, KEPT, MAY_RUN, REMOVED, RUNS, Outcome
from cdk_data_jobs_cli.plan.notices import DELETES_DATA, FAILS, NOTE, Notice, resource_notices, retainable
from cdk_data_jobs_cli.plan.templates import DeployedTemplate, Template, placeholders
from cdk_data_jobs_cli.plan.waits import RunningJob, quota_waits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from cdk_data_jobs_cli.aws.stack import Stack
    from cdk_data_jobs_cli.plan.assembly import SynthesizedStack

_CREATED_ANEW = ("REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED")
"""Statuses of stacks that do not count as deployed: the CDK CLI deletes a stack whose creation was rolled back."""

_RUNS_OF_A_JOB, _RUNS = 5, 100
"""How many of the last runs count for the time that a job takes, and how many of a state machine are read for it."""


@dataclass(frozen=True)
class JobPlan:
    """What the deployment does with a job.

    Attributes:
        name: The part of its construct's path below the stack.
        path: The path of its construct.
        logical_id: The logical id of its resource.
        resource_type: The type of its resource.
        outcome: What the deployment does.
        seconds: How long its longest recent run took; none if it has none.
        waits_for_quota: Whether it has to wait until other jobs of the deployment have ended.
        quota_seconds: How long it waits for that; none if that is not known.
    """

    name: str
    path: str
    logical_id: str
    resource_type: str
    outcome: Outcome
    seconds: float | None = None
    waits_for_quota: bool = False
    quota_seconds: float | None = None


@dataclass(frozen=True)
class StackPlan:
    """What the deployment does with a stack.

    Attributes:
        name: The stack's name, as the CDK CLI prints it.
        status: The deployed stack's status; none if it is not deployed.
        jobs: What it does with each job.
        notices: What else a user should know before the deployment.
    """

    name: str
    status: str | None
    jobs: tuple[JobPlan, ...]
    notices: tuple[Notice, ...]

    def count(self, *results: str) -> int:
        """Returns how many jobs have one of these results."""
        return sum(job.outcome.result in results for job in self.jobs)

    @property
    def is_harmful(self) -> bool:
        """Whether the deployment fails, or deletes a dataset's data."""
        return bool(self.count(CANNOT_CHANGE)) or any(notice.kind != NOTE for notice in self.notices)


def plan_stack(synthesized: SynthesizedStack, stack: Stack | None) -> StackPlan:
    """Compares a synthesized stack with the deployed one.

    Args:
        synthesized: The synthesized stack.
        stack: The deployed stack; none if there is none.

    Raises:
        AwsError: If a call fails.
    """
    status = stack.status if stack else None
    deployed = DeployedTemplate(stack) if stack and status not in _CREATED_ANEW else None
    planned = PlannedTemplate(synthesized.template, deployed, synthesized.nested_template)
    pairs = [*_pairs(planned, deployed)]
    name = synthesized.name
    found = [pair for template, before in pairs for pair in resource_notices(template, before, name)]
    failing = {resource for resource, notice in found if notice.kind == FAILS}
    # CloudFormation deletes what it replaces and removes only after all else has succeeded.
    others = (notice for _, notice in found if not failing or notice.kind != DELETES_DATA)
    created = [pair for template, _ in pairs if template for pair in retainable(template)]
    retained = [one for resource, one in created if resource not in failing]
    seconds = _last_seconds([before for _, before in pairs if before])
    jobs = {key: plan for template, before in pairs for key, plan in _job_plans(template, before, name, failing)}
    jobs = {key: replace(plan, seconds=seconds.get(key)) for key, plan in jobs.items()}
    order = {key: after for template, _ in pairs if template for key, after in _order(template).items()}
    notices = (*_status_notes(status or ""), *others, *_retained_notes(retained))
    return StackPlan(synthesized.display_name, status, tuple(_with_waits(jobs, order)), notices)


def _pairs(
    planned: PlannedTemplate | None, deployed: DeployedTemplate | None
) -> Iterator[tuple[PlannedTemplate | None, DeployedTemplate | None]]:
    """Yields the templates of the app and those that are deployed, also of nested stacks."""
    yield planned, deployed
    new, old = (dict(one.nested_templates) if one else {} for one in (planned, deployed))
    for logical_id in dict.fromkeys([*new, *old]):
        yield from _pairs(
            planned.nested(logical_id) if planned and logical_id in new else None,
            deployed.nested(logical_id) if deployed and logical_id in old else None,
        )


def _job_plans(
    planned: PlannedTemplate | None, deployed: DeployedTemplate | None, root: str, failing: AbstractSet[str]
) -> Iterator[tuple[str, JobPlan]]:
    """Yields what happens to the jobs of one template, by their paths of logical ids."""
    new, old = (one.resources if one else {} for one in (planned, deployed))
    for logical_id, resource in {**new, **old, **new}.items():
        if not is_job(resource):
            continue
        if planned and logical_id in new:
            outcome = _before_failure(planned, logical_id, failing)
        else:
            stays = str(resource.get("DeletionPolicy", "")).startswith("Retain")
            outcome = Outcome(REMOVED, "nothing waits for it" if stays else "if its job is running, it is waited for")
        path = construct_path(logical_id, resource)
        owner = planned or deployed
        yield (
            f"{owner.path if owner else ''}{logical_id}",
            JobPlan(path_below(path, root), path, logical_id, resource["Type"], outcome),
        )


def _before_failure(planned: PlannedTemplate, logical_id: str, failing: AbstractSet[str]) -> Outcome:
    """Returns what happens to a job of the app: nothing, if the deployment fails before at what it refers to."""
    outcome = planned.job_outcome(logical_id)
    names = {name.partition(".")[0] for _, name in placeholders(planned.properties(logical_id).get("Parameters"))}
    if outcome.result in (RUNS, MAY_RUN) and names & failing:
        return Outcome(KEPT, "the deployment fails before")
    return outcome


def _status_notes(status: str) -> list[Notice]:
    if is_in_progress(status):
        return [Notice(NOTE, "", f"an operation is in progress ({status}): plan again when it has ended")]
    if status in ("UPDATE_ROLLBACK_FAILED", "DELETE_FAILED"):
        return [Notice(FAILS, "", f"the stack cannot be updated, because it is in {status}")]
    if status in ("CREATE_FAILED", "UPDATE_FAILED"):
        message = f"the last deployment failed and was not rolled back ({status}): if the job that a resource keeps"
        return [Notice(NOTE, "", f"{message} has failed or is running, the update fails or waits, too")]
    return []


def _retained_notes(names: list[str]) -> list[Notice]:
    message = f"the deployment fails if an earlier one retained what still has these names: {', '.join(names)}"
    return [Notice(NOTE, "", message)] if names else []


def _last_seconds(templates: list[DeployedTemplate]) -> dict[str, float]:
    """Returns how long the longest of the last runs of each job took, by the job's path of logical ids."""
    paths = {template.stack.id: template.path for template in templates}
    jobs = [job for template in templates for job in template.stack.own_jobs]
    took: dict[str, list[float]] = {}
    for job, execution in list_executions(jobs, limit=_RUNS):
        times = took.setdefault(f"{paths[job.stack_id]}{job.logical_id}", [])
        is_run = execution.status == "SUCCEEDED" and execution.request != "delete"
        if is_run and execution.ended and len(times) < _RUNS_OF_A_JOB:
            times.append((execution.ended - execution.started).total_seconds())
    return {key: max(times) for key, times in took.items() if times}


def _with_waits(jobs: Mapping[str, JobPlan], order: Mapping[str, AbstractSet[str]]) -> Iterator[JobPlan]:
    """Yields the plans with the times that those jobs which run wait for the quota."""
    running = [key for key, plan in jobs.items() if plan.outcome.result in (RUNS, MAY_RUN)]
    waits = quota_waits(
        RunningJob(key, jobs[key].resource_type, jobs[key].seconds, frozenset(order.get(key, ())) & {*running})
        for key in running
    )
    for key, plan in jobs.items():
        yield replace(plan, waits_for_quota=key in waits, quota_seconds=waits.get(key))


def _order(template: Template) -> dict[str, set[str]]:
    """Returns, for each job of a template, those that have ended when CloudFormation creates its resource."""
    resources = template.resources
    before = {name: {*_references(one)} & resources.keys() - {name} for name, one in resources.items()}
    order = {}
    for job in (name for name, one in resources.items() if is_job(one)):
        found, left = set[str](), [job]
        while left:
            left.extend(new := before[left.pop()] - found)
            found |= new
        order[f"{template.path}{job}"] = {f"{template.path}{name}" for name in found if is_job(resources[name])}
    return order


def _references(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Yields every string of a resource that may be another one's logical id, and the names in Fn::Sub."""
    if isinstance(value, dict):
        value = [*value.values()]
    if isinstance(value, list):
        for one in value:
            yield from _references(one)
    elif isinstance(value, str):
        yield value
        yield from re.findall(r"\$\{(\w+)", value)
