"""What all emulated services have in common."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Protocol

from cdk_data_jobs_local.clock import Clock
from cdk_data_jobs_local.services.core.endpoint import Endpoint
from cdk_data_jobs_local.services.core.faults import Fault
from cdk_data_jobs_local.services.core.jobs import Job, Jobs, advance
from cdk_data_jobs_local.services.core.protocols import Answer, Request


class JobKind(Protocol):
    """The jobs of one kind, and how the service describes them."""

    jobs: Jobs

    def described(self, job: Job) -> dict[str, Any]:
        """A job as the service's describe call tells of it."""
        ...


class EmulatedService(ABC):
    """An emulated service of one account and Region. It may be called from any thread."""

    def __init__(self, clock: Clock, settings: Any, endpoint: Endpoint, kinds: Mapping[str, JobKind]) -> None:  # noqa: ANN401
        """Make one.

        Args:
            clock: the time by which jobs advance.
            settings: the service's figures, a dataclass.
            endpoint: what answers requests.
            kinds: the kinds of jobs, by name.
        """
        self.settings = settings
        self._clock = clock
        self._endpoint = endpoint
        self._kinds = kinds
        self._lock = threading.RLock()

    @property
    def commands(self) -> dict[str, Callable[..., Any]]:
        """What a test may ask beside the service's own calls, by name: JSON in, JSON out."""
        return {
            "settings": self.change_settings,
            "fault": lambda **fault: self.add_fault(Fault(**fault)),
            "clear-faults": self.clear_faults,
            "jobs": self.jobs,
            "forget-job": self.forget_job,
            "calls": self.calls,
        }

    def respond(self, request: Request) -> Answer:
        """Answer one request, at the clock's present time."""
        with self._lock:
            self.advance()
            return self._endpoint.respond(request, now=self._clock.now())

    @abstractmethod
    def resource_arn(self, request: Request) -> str:
        """The ARN of the resource that a request is about, as policies name it; `*` if it is none in particular."""

    def advance(self) -> None:
        """Let late calls take effect, and the jobs get as far as the clock says."""
        with self._lock:
            now = self._clock.now()
            self._endpoint.catch_up(now)
            advance((kind.jobs for kind in self._kinds.values()), now)

    def change_settings(self, **changes: float) -> dict[str, float]:
        """Change the service's figures; returns all of them.

        Raises:
            ValueError: there is no such figure.
        """
        with self._lock:
            for name, value in changes.items():
                if not hasattr(self.settings, name):
                    raise ValueError(f"there is no setting {name}, but {', '.join(asdict(self.settings))}")
                setattr(self.settings, name, value)
            return asdict(self.settings)

    def add_fault(self, fault: Fault) -> None:
        """Let something go wrong."""
        with self._lock:
            self._endpoint.faults.add(fault)

    def clear_faults(self) -> None:
        """Forget the faults that have not happened."""
        with self._lock:
            self._endpoint.faults.clear()

    def jobs(self, kind: str) -> list[dict[str, Any]]:
        """Every job of a kind, oldest first: as described, when it `started` and `ended`, and what it achieved.

        Raises:
            ValueError: there is no such kind.
        """
        if kind not in self._kinds:
            raise ValueError(f"there is no kind of job {kind}, but {', '.join(self._kinds)}")
        with self._lock:
            self.advance()
            found = self._kinds[kind]
            return [
                {**job.result, **found.described(job), "started": job.starts, "ended": job.ends} for job in found.jobs
            ]

    def forget_job(self, job_id: str) -> None:
        """Drop the record of a job.

        Raises:
            ValueError: there is no such job.
        """
        with self._lock:
            found = [kind for kind in self._kinds.values() if kind.jobs.get(job_id) is not None]
            if not found:
                raise ValueError(f"there is no job {job_id}")
            found[0].jobs.forget(job_id)

    def calls(self) -> dict[str, int]:
        """How often each operation was called."""
        with self._lock:
            return dict(self._endpoint.calls)
