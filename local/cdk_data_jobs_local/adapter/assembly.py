"""How are MiniStack and the emulated services put together?"""

import os
from pathlib import Path

from cdk_data_jobs_local.adapter import custom_resources, parallel, resources, state_machines
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
    custom_resources.patch(clock)
    parallel.patch()
    state_machines.patch(clock)
    regions.keep_advancing()
    admin = Admin(
        regions,
        account=os.environ["MINISTACK_ACCOUNT_ID"],
        region=os.environ["MINISTACK_REGION"],
        directory=directory,
    )
    return Application(admin)
