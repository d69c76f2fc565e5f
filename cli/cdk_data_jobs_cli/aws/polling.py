"""Polls AWS until a deployment or a run has ended."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from cdk_data_jobs_cli.aws.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdk_data_jobs_cli.aws.job_state import StackSnapshot

MAX_FAILURES_IN_A_ROW = 5
"""How many polls in a row may fail before the command gives up."""


def poll_until_ended(
    take_snapshot: Callable[[], StackSnapshot], interval: float, on_snapshot: Callable[[StackSnapshot], None]
) -> StackSnapshot:
    """Takes snapshots until one shows that nothing is in progress any more.

    Args:
        take_snapshot: Reads the current state from AWS.
        interval: Seconds between two polls.
        on_snapshot: Called with each snapshot.

    Returns:
        The last snapshot.

    Raises:
        AwsError: If a call fails in a way that will not pass, or several polls in a row fail.
    """
    failures = 0
    while True:
        try:
            snapshot = take_snapshot()
        except AwsError as error:
            failures += 1
            if not error.is_transient or failures >= MAX_FAILURES_IN_A_ROW:
                raise
        else:
            failures = 0
            on_snapshot(snapshot)
            if not snapshot.is_in_progress:
                return snapshot
        time.sleep(interval)
