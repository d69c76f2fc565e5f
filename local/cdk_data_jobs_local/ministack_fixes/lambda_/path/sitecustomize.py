"""Gives the Lambda functions their SDK, and the services' clock. Python imports this module by itself at start-up.

A module is looked for as in AWS: in the function's code, in its layers, in the runtime's SDK. MiniStack 1.5.33 has the
layers before the code, and what a layer has in `python/lib/python3.14/site-packages` after everything else.

Only `time.time` and `time.sleep` change, and only in a process that runs a Lambda function. `datetime` keeps real time,
which the signatures of the functions' own calls need. So does the time that a function waits for the network, which is
real; one with `CDK_DATA_JOBS_LOCAL_NETWORK_SECONDS` in its environment waits at most so many real seconds.
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


def _install(base: float, speed: float) -> None:
    real_time, real_sleep = time.time, time.sleep

    def service_time() -> float:
        return base + (real_time() - base) * speed

    def service_sleep(seconds: float | SupportsIndex) -> None:
        real_sleep(float(seconds) / speed)

    time.time = service_time
    time.sleep = service_sleep


def _limit_waiting(longest: float) -> None:
    import socket  # noqa: PLC0415  (few functions need it)

    set_timeout = socket.socket.settimeout

    def limited(connection: socket.socket, seconds: float | None) -> None:
        set_timeout(connection, longest if seconds is None else min(seconds, longest))

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

if os.environ.get("AWS_LAMBDA_FUNCTION_NAME") and os.environ.get("CDK_DATA_JOBS_LOCAL_NETWORK_SECONDS"):
    _limit_waiting(float(os.environ["CDK_DATA_JOBS_LOCAL_NETWORK_SECONDS"]))

if os.environ.get("AWS_LAMBDA_FUNCTION_NAME") and os.environ.get("CDK_DATA_JOBS_LOCAL_CLOCK"):
    _base, _, _speed = os.environ["CDK_DATA_JOBS_LOCAL_CLOCK"].partition(":")
    _install(float(_base), float(_speed))
