"""How are MiniStack and the emulated services put together?"""

import os
from pathlib import Path

from cdk_data_jobs_local.adapter import custom_resources, parallel, state_machines
from cdk_data_jobs_local.adapter.admin import Admin
from cdk_data_jobs_local.adapter.application import Application
from cdk_data_jobs_local.adapter.resources import PersonalizeResources
from cdk_data_jobs_local.adapter.services import Regions, mount
from cdk_data_jobs_local.emulator.clock import Clock


def application(clock: Clock, directory: Path) -> Application:
    """The application that the server serves.

    Args:
        clock: the services' clock.
        directory: where the services keep what is too large for memory.
    """
    regions = Regions(clock, directory)
    mount(regions, clock)
    PersonalizeResources(regions, clock).register()
    custom_resources.patch(clock)
    parallel.patch()
    state_machines.patch(clock)
    admin = Admin(
        regions,
        account=os.environ["MINISTACK_ACCOUNT_ID"],
        region=os.environ["MINISTACK_REGION"],
        directory=directory,
    )
    return Application(admin)
