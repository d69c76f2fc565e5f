"""How are MiniStack and the emulated services put together?"""

import os
from pathlib import Path

from cdk_data_jobs_local.adapter import (
    buckets,
    bursts,
    cancelled_creations,
    concurrency,
    conditions,
    custom_resources,
    enforcement,
    events,
    execution_limits,
    executions,
    function_errors,
    invocations,
    metrics,
    nested_stacks,
    parallel,
    preservation,
    resources,
    retries,
    schedules,
    stack_resources,
    stack_times,
    state_machines,
    task_tokens,
    throttling,
)
from cdk_data_jobs_local.adapter.admin import Admin
from cdk_data_jobs_local.adapter.application import Application
from cdk_data_jobs_local.adapter.propagation import Propagation
from cdk_data_jobs_local.adapter.quotas import Quotas
from cdk_data_jobs_local.adapter.response_urls import ResponseUrls
from cdk_data_jobs_local.adapter.routing import mount
from cdk_data_jobs_local.adapter.services import Services
from cdk_data_jobs_local.adapter.settings import AccountSettings
from cdk_data_jobs_local.emulator.clock import Clock


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
