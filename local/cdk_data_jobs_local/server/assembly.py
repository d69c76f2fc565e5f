"""MiniStack, the emulated services and the fixes, put together."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ministack.app import AUTH

from cdk_data_jobs_local.account_settings import AccountSettings
from cdk_data_jobs_local.clock import Clock
from cdk_data_jobs_local.ministack_fixes import ingestions, job_times
from cdk_data_jobs_local.ministack_fixes.cloudformation import (
    buckets,
    cancelled_creations,
    conditions,
    custom_resources,
    nested_stacks,
    parallel,
    physical_names,
    preservation,
    properties,
    response_urls,
    stack_resources,
    stack_times,
)
from cdk_data_jobs_local.ministack_fixes.cloudformation import throttling as cloudformation_throttling
from cdk_data_jobs_local.ministack_fixes.cloudwatch import metrics
from cdk_data_jobs_local.ministack_fixes.events import rules, schedules
from cdk_data_jobs_local.ministack_fixes.iam import (
    boundaries,
    call_resources,
    deployment_permissions,
    enforcement,
    pass_role,
)
from cdk_data_jobs_local.ministack_fixes.lambda_ import bursts, concurrency, function_errors, interpreter, logs
from cdk_data_jobs_local.ministack_fixes.quotas import Quotas
from cdk_data_jobs_local.ministack_fixes.s3 import deletions, keys
from cdk_data_jobs_local.ministack_fixes.stepfunctions import (
    execution_limits,
    executions,
    invocations,
    requests,
    retries,
    state_machines,
    task_tokens,
)
from cdk_data_jobs_local.ministack_fixes.stepfunctions import throttling as stepfunctions_throttling
from cdk_data_jobs_local.server import provisioners
from cdk_data_jobs_local.server.admin import Admin
from cdk_data_jobs_local.server.application import Application
from cdk_data_jobs_local.server.propagation import Propagation
from cdk_data_jobs_local.server.routing import mount
from cdk_data_jobs_local.server.services import Services

WITHOUT = "CDK_DATA_JOBS_LOCAL_WITHOUT"
"""The environment variable with the name of a fix to leave out: a test shows that each is still needed."""


def application(clock: Clock, directory: Path) -> Application:
    """Returns the application that the server serves.

    Args:
        clock: The emulated clock.
        directory: The server's directory.
    """
    settings = AccountSettings()
    propagation, quotas = Propagation(clock, settings), Quotas(clock, settings)
    services = Services(clock, propagation)
    mount(services, clock)
    provisioners.register(services, clock)
    for name, patch in _fixes(clock, settings, quotas).items():
        if name != os.environ.get(WITHOUT):
            patch()
    propagation.keep_watching()
    services.keep_advancing()
    admin = Admin(
        services,
        settings,
        quotas,
        account=os.environ["MINISTACK_ACCOUNT_ID"],
        region=os.environ["MINISTACK_REGION"],
        directory=directory,
    )
    return Application(admin, clock)


def _fixes(clock: Clock, settings: AccountSettings, quotas: Quotas) -> dict[str, Callable[[], object]]:
    """Returns what applies each fix, by its name, in the order in which they must be applied.

    Some wrap what an earlier one has put there: parallel what custom_resources did to failed operations,
    cancelled_creations and nested_stacks what parallel did to events, throttling what all others did to calls, and
    execution_limits, task_tokens, retries and invocations what enforcement did to tasks.
    """
    return {
        "s3.deletions": deletions.patch,
        "cloudformation.buckets": buckets.patch,
        "cloudformation.conditions": conditions.patch,
        "cloudformation.custom_resources": partial(custom_resources.patch, clock, settings),
        "cloudformation.response_urls": partial(response_urls.patch, clock),
        "cloudformation.parallel": parallel.patch,
        "cloudformation.preservation": preservation.patch,
        "cloudformation.cancelled_creations": cancelled_creations.patch,
        "cloudformation.nested_stacks": nested_stacks.patch,
        "cloudformation.physical_names": physical_names.patch,
        "cloudformation.properties": properties.patch,
        "cloudformation.stack_resources": stack_resources.patch,
        "cloudformation.stack_times": partial(stack_times.patch, clock),
        "stepfunctions.state_machines": partial(state_machines.patch, clock),
        "stepfunctions.executions": partial(executions.patch, clock, settings),
        **(_iam_fixes() if AUTH else {}),
        "events.rules": partial(rules.patch, clock),
        "events.schedules": partial(schedules.patch, clock),
        "job_times": partial(job_times.patch, clock),
        "ingestions": partial(ingestions.patch, clock, settings),
        "cloudwatch.metrics": partial(metrics.patch, clock),
        "stepfunctions.execution_limits": execution_limits.patch,
        "stepfunctions.requests": requests.patch,
        "stepfunctions.task_tokens": partial(task_tokens.patch, clock),
        "stepfunctions.retries": partial(retries.patch, clock),
        "lambda_.interpreter": interpreter.patch,
        "lambda_.logs": logs.patch,
        "lambda_.function_errors": function_errors.patch,
        "stepfunctions.invocations": invocations.patch,
        "lambda_.concurrency": partial(concurrency.patch, settings),
        "lambda_.bursts": partial(bursts.patch, clock),
        "stepfunctions.throttling": partial(stepfunctions_throttling.patch, quotas),
        "cloudformation.throttling": partial(cloudformation_throttling.patch, quotas),
    }


def _iam_fixes() -> dict[str, Callable[[], object]]:
    """Returns what applies the fixes for an account that enforces IAM."""
    return {
        "iam.enforcement": enforcement.patch,
        "iam.call_resources": call_resources.patch,
        "iam.boundaries": boundaries.patch,
        "iam.pass_role": pass_role.patch,
        "iam.deployment_permissions": deployment_permissions.patch,
        "s3.keys": keys.patch,
    }
