"""How is something looked at again and again until it has ended?"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from cdk_data_jobs_cli.aws import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdk_data_jobs_cli.rows import Snapshot

PATIENCE = 5
"""How often in a row AWS may fail to answer before it is given up."""

interval_option = click.option(
    "--interval",
    type=click.FloatRange(min=0.1),
    default=3.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to pause between two looks.",
)


def until_ended(look: Callable[[], Snapshot], interval: float, show: Callable[[Snapshot], None]) -> Snapshot:
    """Look again and again until nothing goes on any more.

    Args:
        look: Asks AWS how it is now.
        interval: Seconds between two looks.
        show: Takes what was seen.

    Returns:
        What was seen last.

    Raises:
        AwsError: If AWS does not answer, several times in a row.
    """
    failures = 0
    while True:
        try:
            snapshot = look()
        except AwsError as error:
            failures += 1
            if not error.passing or failures >= PATIENCE:
                raise
        else:
            failures = 0
            show(snapshot)
            if not snapshot.is_going_on:
                return snapshot
        time.sleep(interval)
