"""Gives a Lambda function its SDK, and the emulated clock. Python imports this module by itself at start-up.

It belongs to the fix `lambda_.interpreter`, and acts in no process but that of a function. `datetime` keeps real time,
which the signatures of the function's own calls need. So does the time that a function waits for the network; one with
`CDK_DATA_JOBS_LOCAL_NETWORK_SECONDS` in its environment waits at most so many real seconds.
"""

# ruff: noqa: INP001  (a folder on PYTHONPATH is no package)
from __future__ import annotations

import os
import sys
import time
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import SupportsIndex


def _install_clock(base: float, speed: float) -> None:
    real_time, real_sleep = time.time, time.sleep

    def service_time() -> float:
        return base + (real_time() - base) * speed

    def service_sleep(seconds: float | SupportsIndex) -> None:
        real_sleep(float(seconds) / speed)

    time.time = service_time
    time.sleep = service_sleep


def _limit_network_waits(max_seconds: float) -> None:
    import socket  # noqa: PLC0415  (few functions need it)

    set_timeout = socket.socket.settimeout

    def limited(connection: socket.socket, seconds: float | None) -> None:
        set_timeout(connection, max_seconds if seconds is None else min(seconds, max_seconds))

    socket.socket.settimeout = limited  # type: ignore[method-assign,assignment]


def _find_modules_as_in_aws(sdk: str | None, layers: list[str]) -> None:
    found = [sdk] if sdk else []
    for layer in layers:  # the last one comes first: in AWS its files replace those of the others
        python = Path(layer, "python")
        found[:0] = [*map(str, python.glob("lib/python3*/site-packages")), str(python)]
    sys.path[:0] = found


if os.environ.get("AWS_LAMBDA_FUNCTION_NAME"):
    # MiniStack puts the code before what it finds here, and the layers too, if it still sees them.
    _layers = os.environ.pop("_LAMBDA_LAYERS_DIRS", "").split(os.pathsep)
    _find_modules_as_in_aws(os.environ.get("CDK_DATA_JOBS_LOCAL_SDK"), [layer for layer in _layers if layer])

    if os.environ.get("CDK_DATA_JOBS_LOCAL_NETWORK_SECONDS"):
        _limit_network_waits(float(os.environ["CDK_DATA_JOBS_LOCAL_NETWORK_SECONDS"]))
    if os.environ.get("CDK_DATA_JOBS_LOCAL_CLOCK"):
        _base, _, _speed = os.environ["CDK_DATA_JOBS_LOCAL_CLOCK"].partition(":")
        _install_clock(float(_base), float(_speed))
