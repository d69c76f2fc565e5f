"""The offline AWS as a target: how one is started, and what a stage observes in it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from verify_aws.caller import Caller
from verify_aws.limits import Limits
from verify_aws.records import EMULATED, Record
from verify_aws.runs import run
from verify_aws.target import HOME, Clock, Target

from cdk_data_jobs_local import OfflineAws

if TYPE_CHECKING:
    from collections.abc import Iterator

    from verify_aws.stage import Observation, Stage

SPEED = 60
MINUTES = 720
"""How long a stage may last, which is as many real seconds: on a slow machine, those that it may last in AWS would
be over before the CDK CLI has started."""


@contextlib.contextmanager
def strict_account(region: str) -> Iterator[tuple[OfflineAws, str]]:
    """Starts an offline AWS that enforces IAM, as AWS does; yields it with the ARN of the boundary of docs/verify.md.

    Args:
        region: The Region's name.
    """
    with OfflineAws(speed=SPEED, region=region, enforce_iam=True) as aws:
        policy = (HOME / "docs" / "verify-boundary.json").read_text(encoding="utf-8")
        yield aws, aws.client("iam").create_policy(PolicyName="boundary", PolicyDocument=policy)["Policy"]["Arn"]


def target(aws: OfflineAws, boundary: str, stage: type[Stage]) -> Target:
    """Returns a running offline AWS as the target of a stage.

    Args:
        aws: The offline AWS.
        boundary: The ARN of the permissions boundary of all roles.
        stage: The stage, which may create as many jobs as it may in AWS.
    """
    clock = Clock(aws.server.settings.speed)
    # The CDK CLI looks at a stack every 0.2 seconds, not every five.
    environment = {**aws.environment, "NODE_OPTIONS": f'--require "{HOME / "tests" / "fast_polling.cjs"}"'}
    return Target(
        account=aws.account,
        caller=Caller(aws.region, environment),
        name="verify-aws-0ff1fe",
        boundary=boundary,
        clock=clock,
        limits=Limits(jobs=stage.jobs, deadline=MINUTES * 60, now=clock.now),
    )


def observed(stage: type[Stage], region: str) -> dict[str, Observation]:
    """Returns what a stage observes in an offline AWS of its own.

    Args:
        stage: The stage.
        region: The Region's name.

    Raises:
        Exception: What kept the stage from its end.
    """
    with strict_account(region) as (aws, boundary):
        if stage.needs_bootstrap:
            aws.bootstrap(cwd=HOME)
        record = Record(stage=stage.key, answered_by=EMULATED, region=region)
        outcome = run(stage, target(aws, boundary, stage), record)
    if outcome.error is not None:
        raise outcome.error
    return outcome.observed
