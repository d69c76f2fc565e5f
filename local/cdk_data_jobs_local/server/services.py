"""The emulated services, by account and Region."""

import threading
import time
from collections.abc import Callable

from ministack.core.responses import get_account_id, get_region

from cdk_data_jobs_local.clock import Clock
from cdk_data_jobs_local.server.access import MinistackAccess
from cdk_data_jobs_local.server.propagation import Propagation
from cdk_data_jobs_local.services.core.context import ServiceContext
from cdk_data_jobs_local.services.core.service import EmulatedService
from cdk_data_jobs_local.services.personalize import Personalize
from cdk_data_jobs_local.services.pinpoint import Pinpoint
from cdk_data_jobs_local.services.sesv2 import ContactService

_CLASSES: dict[str, Callable[[ServiceContext], EmulatedService]] = {
    one.name: one for one in (Personalize, Pinpoint, ContactService)
}
SERVICES = (*_CLASSES,)
_POLL_SECONDS = 0.05


class Services:
    """The emulated services, in every account and Region that requests name."""

    def __init__(self, clock: Clock, propagation: Propagation) -> None:
        """Creates it without any.

        Args:
            clock: The time by which their jobs advance.
            propagation: Which roles they do not know yet.
        """
        self._clock, self._propagation = clock, propagation
        self._services: dict[tuple[str, str, str], EmulatedService] = {}
        self._lock = threading.Lock()

    def __call__(self, service: str, account: str | None = None, region: str | None = None) -> EmulatedService:
        """Returns the service of an account and Region; by default of those of the present request."""
        # Resources of a stack are made at the same time, each in a thread of its own.
        account, region = account or get_account_id(), region or get_region()
        with self._lock:
            if (service, account, region) not in self._services:
                self._services[service, account, region] = self._made(service, account, region)
            return self._services[service, account, region]

    def keep_advancing(self) -> None:
        """Starts a thread that lets jobs take effect when they are due, even if no request comes."""
        threading.Thread(target=self._advance_forever, daemon=True, name="cdk-data-jobs-clock").start()

    def _made(self, service: str, account: str, region: str) -> EmulatedService:
        access = MinistackAccess(account, region, self._propagation)
        context = ServiceContext(account=account, region=region, clock=self._clock, access=access)
        return _CLASSES[service](context)

    def _advance_forever(self) -> None:
        while True:
            time.sleep(_POLL_SECONDS)
            with self._lock:
                services = list(self._services.values())
            for service in services:
                service.advance()
