"""How are MiniStack and the emulated services put together?"""

import os
from pathlib import Path

from cdk_data_jobs_local.adapter import (
    buckets,
    bursts,
    conditions,
    custom_resources,
    enforcement,
    events,
    function_errors,
    invocations,
    metrics,
    nested_stacks,
    parallel,
    resources,
    schedules,
    state_machines,
    task_tokens,
)
from cdk_data_jobs_local.adapter.admin import Admin
from cdk_data_jobs_local.adapter.application import Application
from cdk_data_jobs_local.adapter.regions import Regions
from cdk_data_jobs_local.adapter.services import mount
from cdk_data_jobs_local.emulator.clock import Clock


def application(clock: Clock, directory: Path) -> Application:
    """The application that the server serves.

    Args:
        clock: the services' clock.
        directory: where the services keep what is too large for memory.
    """
    regions = Regions(clock, directory)
    mount(regions, clock)
    resources.register(regions, clock)
    buckets.patch()
    conditions.patch()
    custom_resources.patch(clock)
    parallel.patch()
    nested_stacks.patch()
    state_machines.patch(clock)
    enforcement.patch()
    events.patch(clock)
    schedules.patch(clock)
    metrics.patch(clock)
    task_tokens.patch(clock)
    function_errors.patch()
    invocations.patch()
    bursts.patch()
    regions.keep_advancing()
    admin = Admin(
        regions,
        account=os.environ["MINISTACK_ACCOUNT_ID"],
        region=os.environ["MINISTACK_REGION"],
        directory=directory,
    )
    return Application(admin)
