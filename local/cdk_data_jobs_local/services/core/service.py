"""What all emulated services have in common."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Protocol

from cdk_data_jobs_local.clock import Clock
from cdk_data_jobs_local.services.core.endpoint import Endpoint
from cdk_data_jobs_local.services.core.errors import ServiceError
from cdk_data_jobs_local.services.core.faults import Fault
from cdk_data_jobs_local.services.core.jobs import Job, Jobs, advance
from cdk_data_jobs_local.services.core.protocols import Request, Response


class JobKind(Protocol):
    """The jobs of one kind, and how the service describes them."""

    jobs: Jobs

    def describe(self, job: Job) -> dict[str, Any]:
        """Returns the description of a job that the service's API returns."""
        ...


class EmulatedService(ABC):
    """An emulated service of one account and Region. It may be called from any thread."""

    def __init__(self, clock: Clock, settings: Any, endpoint: Endpoint, kinds: Mapping[str, JobKind]) -> None:  # noqa: ANN401
        """Creates it.

        Args:
            clock: The time by which jobs advance.
            settings: The service's settings, a dataclass.
            endpoint: What responds to requests.
            kinds: The kinds of jobs, by name.
        """
        self.settings = settings
        self._clock = clock
        self._endpoint = endpoint
        self._kinds = kinds
        self._lock = threading.RLock()

    @property
    def commands(self) -> dict[str, Callable[..., Any]]:
        """The commands of tests that the service's API does not have, by name: JSON in, JSON out."""
        return {
            "settings": self.change_settings,
            "fault": lambda **fault: self.add_fault(Fault(**fault)),
            "clear-faults": self.clear_faults,
            "jobs": self.jobs,
            "forget-job": self.forget_job,
            "calls": self.calls,
        }

    @property
    def operations(self) -> set[str]:
        """The names of the operations that are emulated; the service's others are not."""
        return {*self._endpoint.operations}

    def emulates(self, request: Request) -> bool:
        """Returns whether the operation of a request is emulated."""
        try:
            return self._endpoint.protocol.operation(request) in self._endpoint.operations
        except ServiceError:
            return False

    def respond(self, request: Request) -> Response:
        """Responds to one request, at the clock's present time."""
        with self._lock:
            self.advance()
            return self._endpoint.respond(request, now=self._clock.now())

    @abstractmethod
    def resource_arn(self, request: Request) -> str:
        """Returns the ARN of a request's resource, as policies name it; `*` if it has none in particular."""

    def advance(self) -> None:
        """Lets late calls and jobs take effect that are due."""
        with self._lock:
            now = self._clock.now()
            self._endpoint.run_late_calls(now)
            advance((kind.jobs for kind in self._kinds.values()), now)

    def change_settings(self, **changes: float) -> dict[str, float]:
        """Changes the service's settings; returns all of them.

        Raises:
            ValueError: There is no such setting.
        """
        with self._lock:
            for name, value in changes.items():
                if not hasattr(self.settings, name):
                    raise ValueError(f"there is no setting {name}, but {', '.join(asdict(self.settings))}")
                setattr(self.settings, name, value)
            return asdict(self.settings)

    def add_fault(self, fault: Fault) -> None:
        """Adds a fault to the next calls of an operation."""
        with self._lock:
            self._endpoint.faults.add(fault)

    def clear_faults(self) -> None:
        """Removes the faults that have not happened."""
        with self._lock:
            self._endpoint.faults.clear()

    def jobs(self, kind: str) -> list[dict[str, Any]]:
        """Returns every job of a kind, oldest first: as described, when it `started` and `ended`, and what it achieved.

        Raises:
            ValueError: There is no such kind.
        """
        if kind not in self._kinds:
            raise ValueError(f"there is no kind of job {kind}, but {', '.join(self._kinds)}")
        with self._lock:
            self.advance()
            found = self._kinds[kind]
            return [
                {**job.result, **found.describe(job), "started": job.starts, "ended": job.ends} for job in found.jobs
            ]

    def forget_job(self, job_id: str) -> None:
        """Drops the record of a job.

        Raises:
            ValueError: There is no such job.
        """
        with self._lock:
            found = [kind for kind in self._kinds.values() if kind.jobs.get(job_id) is not None]
            if not found:
                raise ValueError(f"there is no job {job_id}")
            found[0].jobs.forget(job_id)

    def calls(self) -> dict[str, int]:
        """Returns how often each operation was called."""
        with self._lock:
            return dict(self._endpoint.calls)
