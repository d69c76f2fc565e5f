"""Lets the Lambda functions live on the services' clock. Python imports this module by itself at start-up.

Only `time.time` and `time.sleep` change, and only in a process that runs a Lambda function. `datetime` keeps real time,
which the signatures of the functions' own calls need.
"""

# ruff: noqa: INP001  (a folder on PYTHONPATH is no package)
from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import SupportsIndex


def _install(base: float, speed: float) -> None:
    real_time, real_sleep = time.time, time.sleep

    def service_time() -> float:
        return base + (real_time() - base) * speed

    def service_sleep(seconds: float | SupportsIndex) -> None:
        real_sleep(float(seconds) / speed)

    time.time = service_time
    time.sleep = service_sleep


if os.environ.get("AWS_LAMBDA_FUNCTION_NAME") and os.environ.get("CDK_DATA_JOBS_LOCAL_CLOCK"):
    _base, _, _speed = os.environ["CDK_DATA_JOBS_LOCAL_CLOCK"].partition(":")
    _install(float(_base), float(_speed))
