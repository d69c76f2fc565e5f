"""How long jobs of a deployment wait for the service's quota, estimated from earlier runs."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

QUOTAS = {
    "Custom::PersonalizeDatasetImportJob": 5,
    "Custom::PersonalizeBatchInferenceJob": 5,
    "Custom::PersonalizeBatchSegmentJob": 5,
    "Custom::PersonalizeSolutionVersion": 20,
}
"""How many jobs of a kind may run at once in a Region (Developer Guide, "Amazon Personalize endpoints and quotas")."""


@dataclass(frozen=True)
class RunningJob:
    """A job that the deployment runs.

    Attributes:
        key: What identifies it.
        kind: Its resource type.
        seconds: How long its longest recent run took; none if it has none.
        after: The keys of the jobs that must have ended before.
    """

    key: str
    kind: str
    seconds: float | None
    after: AbstractSet[str]


def quota_waits(jobs: Iterable[RunningJob]) -> Mapping[str, float | None]:
    """Returns how long each job waits for the quota that has to: the seconds, or none if no run of its kind is known.

    Jobs that start at the same time take their turn in the given order; a job without runs takes as long as the
    longest of its kind. Other jobs of the account are not counted.
    """
    left = list(jobs)
    longest = {kind: max(job.seconds or 0 for job in left if job.kind == kind) for kind in {job.kind for job in left}}
    unfinished = {job.key for job in left}
    ready: dict[str, float] = {}
    waits: dict[str, float | None] = {}
    running: list[tuple[float, str, str]] = []
    now = 0.0
    while left:
        for job in [*left]:
            if job.after & unfinished:
                continue
            since = ready.setdefault(job.key, now)
            if sum(kind == job.kind for _, _, kind in running) < QUOTAS.get(job.kind, len(unfinished)):
                left.remove(job)
                seconds = job.seconds or longest[job.kind]
                heapq.heappush(running, (now + (seconds or 1), job.key, job.kind))
                if now > since:
                    waits[job.key] = now - since if seconds else None
        if not running:  # jobs that depend on each other, which CloudFormation refuses
            break
        now, key, _ = heapq.heappop(running)
        unfinished.remove(key)
    return waits
