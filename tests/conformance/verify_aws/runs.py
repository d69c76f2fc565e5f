"""Runs a stage on an AWS, and cleans up after it in any case."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from verify_aws.sweeper import Leftover, Sweeper

if TYPE_CHECKING:
    from collections.abc import Callable

    from verify_aws.records import Record
    from verify_aws.stage import Observation, Stage
    from verify_aws.target import Target

CLEAN_UP_SECONDS = 3600
"""How long a clean-up may take; a dataset cannot be deleted while an import runs."""


@dataclass(kw_only=True)
class Outcome:
    """How a run of a stage ended.

    Attributes:
        observed: What was observed.
        leftovers: What could not be deleted.
        error: Why the run did not end.
    """

    observed: dict[str, Observation]
    leftovers: list[Leftover] = field(default_factory=list)
    error: BaseException | None = None


def run(
    stage_type: type[Stage],
    target: Target,
    record: Record,
    *,
    save: Callable[[], None] = lambda: None,
    tell: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Runs those steps of a stage that the record does not have, and cleans up, also after an error or Ctrl-C.

    Args:
        stage_type: The stage.
        target: The AWS.
        record: Gets what is observed.
        save: Called after each step.
        tell: Gets a line about each step, and about what could not be deleted.

    Raises:
        KeyboardInterrupt: A Ctrl-C in the middle of the clean-up.
    """
    stage = stage_type(target)
    outcome = Outcome(observed=stage.observed)
    with contextlib.closing(target):
        try:
            for name in stage_type.steps():
                if name in record.steps:
                    tell(f"  {name}: done before")
                    continue
                tell(f"  {name} ...")
                started, before = target.clock.now(), {*stage.observed}
                getattr(stage, name)()
                observed = {key: one for key, one in stage.observed.items() if key not in before}
                record.add(name, target.clock.now() - started, observed)
                save()
        except BaseException as error:  # noqa: BLE001 - whatever it is, what was made is deleted first
            outcome.error = error
            # Here, too, for the clean-up may take an hour, or be interrupted.
            tell(f"  did not end: {error!r}")
        tell("  cleaning up ...")
        sweeper = Sweeper(target.client, target.name, needs_tag=False)
        with target.limits.paused():
            outcome.leftovers = sweeper.sweep(
                target.clock, seconds=CLEAN_UP_SECONDS, tell=lambda line: tell(f"  left: {line}")
            )
    return outcome
