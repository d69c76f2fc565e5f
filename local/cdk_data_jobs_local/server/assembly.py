"""How are MiniStack and the emulated services put together?"""

import os
from pathlib import Path

from cdk_data_jobs_local.ministack_fixes.cloudformation import (
    buckets,
    cancelled_creations,
    conditions,
    custom_resources,
    nested_stacks,
    parallel,
    preservation,
    resources,
    stack_resources,
    stack_times,
)
from cdk_data_jobs_local.ministack_fixes.cloudformation.response_urls import ResponseUrls
from cdk_data_jobs_local.ministack_fixes.cloudwatch import metrics
from cdk_data_jobs_local.ministack_fixes.events import events, schedules
from cdk_data_jobs_local.ministack_fixes.iam import enforcement
from cdk_data_jobs_local.ministack_fixes.iam.propagation import Propagation
from cdk_data_jobs_local.ministack_fixes.lambda_ import bursts, concurrency, function_errors
from cdk_data_jobs_local.ministack_fixes.stepfunctions import (
    execution_limits,
    executions,
    invocations,
    retries,
    state_machines,
    task_tokens,
)
from cdk_data_jobs_local.server import throttling
from cdk_data_jobs_local.server.admin import Admin
from cdk_data_jobs_local.server.application import Application
from cdk_data_jobs_local.server.quotas import Quotas
from cdk_data_jobs_local.server.routing import mount
from cdk_data_jobs_local.server.services import Services
from cdk_data_jobs_local.server.settings import AccountSettings
from cdk_data_jobs_local.services.core.clock import Clock


def application(clock: Clock, directory: Path) -> Application:
    """The application that the server serves.

    Args:
        clock: the services' clock.
        directory: the server's directory.
    """
    settings, urls = AccountSettings(), ResponseUrls(clock)
    propagation, quotas = Propagation(clock, settings), Quotas(clock, settings)
    services = Services(clock, propagation)
    mount(services, clock)
    resources.register(services, clock)
    # Some patches wrap what an earlier one has put there: parallel what custom_resources did to failed operations,
    # cancelled_creations and nested_stacks what parallel did to events, throttling what all others did to calls, and
    # execution_limits, task_tokens, retries and invocations what enforcement did to tasks.
    buckets.patch()
    conditions.patch()
    custom_resources.patch(clock, urls, settings)
    parallel.patch()
    preservation.patch()
    cancelled_creations.patch()
    nested_stacks.patch()
    stack_resources.patch()
    stack_times.patch(clock)
    state_machines.patch(clock)
    executions.patch(clock, settings)
    enforcement.patch()
    events.patch(clock)
    schedules.patch(clock)
    metrics.patch(clock)
    execution_limits.patch()
    task_tokens.patch(clock)
    retries.patch(clock)
    function_errors.patch()
    invocations.patch()
    concurrency.patch(settings)
    bursts.patch(clock)
    throttling.patch(quotas)
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
    return Application(admin, urls)
