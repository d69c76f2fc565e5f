"""The offline AWS as a target: the only module that knows it is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify_aws.limits import Limits
from verify_aws.records import EMULATED, Record
from verify_aws.runs import run
from verify_aws.target import HOME, Clock, Target

from cdk_data_jobs_local import OfflineAws

if TYPE_CHECKING:
    from verify_aws.stage import Observation, Stage

SPEED = 60

ENFORCED = ("a", "b", "c")
"""The stages that the offline AWS passes with IAM enforced, and with the boundary of docs/verify.md."""


def target(aws: OfflineAws, stage: type[Stage], name: str = "verify-aws-0ff1fe", boundary: str = "") -> Target:
    """Returns a running offline AWS as the target of a stage.

    Args:
        aws: The offline AWS.
        stage: The stage, which may use as much as it may in AWS.
        name: What the names begin with.
        boundary: The ARN of the permissions boundary of all roles; empty if none.
    """
    clock = Clock(aws.server.settings.speed)
    limits = Limits(jobs=stage.jobs, budget=stage.dollars, deadline=stage.minutes * 60, now=clock.now)
    # The CDK CLI looks at a stack every 0.2 seconds, not every five.
    environment = {**aws.environment, "NODE_OPTIONS": f'--require "{HOME / "tests" / "fast_polling.cjs"}"'}
    return Target(
        account=aws.account,
        region=aws.region,
        name=name,
        boundary=boundary,
        environment=environment,
        clock=clock,
        limits=limits,
    )


def observed(stage: type[Stage], region: str) -> dict[str, Observation]:
    """Returns what a stage observes in an offline AWS of its own.

    Args:
        stage: The stage.
        region: The Region's name.

    Raises:
        Exception: What kept the stage from its end.
    """
    with OfflineAws(speed=SPEED, region=region, enforce_iam=stage.key in ENFORCED) as aws:
        if stage.needs_bootstrap:
            aws.bootstrap(cwd=HOME)
        record = Record(stage=stage.key, answered_by=EMULATED, region=region)
        outcome = run(stage, target(aws, stage), record)
    if outcome.error is not None:
        raise outcome.error
    return outcome.observed
