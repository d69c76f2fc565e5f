"""The CDK CLI without its waits of five seconds."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk_data_jobs_local import OfflineAws


@contextlib.contextmanager
def fast_polling() -> Iterator[None]:
    """Let the CDK CLI poll the state of stacks often."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NODE_OPTIONS", f"--require {Path(__file__).with_name('fast_polling.cjs')}")
        yield


def bootstrap(aws: OfflineAws) -> None:
    """Bootstrap an offline AWS, if it is not bootstrapped."""
    with fast_polling():
        aws.bootstrap()
