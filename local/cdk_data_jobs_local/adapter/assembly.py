"""How are MiniStack and the emulated services put together?"""

import os
from datetime import datetime, timezone
from pathlib import Path

from ministack.services import stepfunctions

from cdk_data_jobs_local.adapter import custom_resources, parallel
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
    _speed_up_state_machines(clock)
    return Application(Admin(regions, os.environ["MINISTACK_ACCOUNT_ID"], os.environ["MINISTACK_REGION"]))


def _speed_up_state_machines(clock: Clock) -> None:
    def now_iso() -> str:
        moment = datetime.fromtimestamp(clock.now(), tz=timezone.utc)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"

    def sleep_until(timestamp: str) -> None:
        moment = datetime.fromisoformat(timestamp.replace("Z", "+00:00"))
        stepfunctions._scaled_sleep(max(0.0, moment.timestamp() - clock.now()))  # noqa: SLF001

    stepfunctions._SFN_WAIT_SCALE = 1 / clock.speed  # noqa: SLF001
    # What a state machine sees of the time ($$.Execution.StartTime, Wait until) agrees with what its functions see.
    stepfunctions.now_iso = now_iso
    stepfunctions._sleep_until = sleep_until  # noqa: SLF001
