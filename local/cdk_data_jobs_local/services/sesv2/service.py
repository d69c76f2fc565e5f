"""The contact lists of Amazon SES, and their imports."""

from collections.abc import Callable
from typing import Any

from cdk_data_jobs_local.services.core.context import ServiceContext
from cdk_data_jobs_local.services.core.endpoint import Endpoint
from cdk_data_jobs_local.services.core.model import ServiceModel
from cdk_data_jobs_local.services.core.protocols import Request, RestJsonProtocol
from cdk_data_jobs_local.services.core.service import EmulatedService
from cdk_data_jobs_local.services.sesv2.contact_lists import ContactLists
from cdk_data_jobs_local.services.sesv2.imports import ImportJobs
from cdk_data_jobs_local.services.sesv2.settings import Settings


class ContactService(EmulatedService):
    """The emulated service of one account and Region. It may be called from any thread."""

    name = "sesv2"

    def __init__(self, context: ServiceContext) -> None:
        """Creates it.

        Args:
            context: The account and Region, the clock, and the access to S3.
        """
        settings = Settings()
        self._lists = ContactLists(context)
        imports = ImportJobs(context, settings, self._lists)
        protocol = RestJsonProtocol(ServiceModel(self.name, invalid="BadRequestException"))
        endpoint = Endpoint(protocol, {**self._lists.operations, **imports.operations})
        super().__init__(context.clock, settings, endpoint, {"ImportJob": imports})

    @property
    def commands(self) -> dict[str, Callable[..., Any]]:
        """See `EmulatedService`."""
        return {**super().commands, "contacts": self.contacts}

    def resource_arn(self, request: Request) -> str:
        """See `EmulatedService`; here MiniStack knows the resources of Amazon SES."""
        raise NotImplementedError(request)

    def contacts(self, contact_list_name: str) -> list[dict[str, Any]]:
        """Returns the contacts of a list, as GetContact returns them.

        Raises:
            ServiceError: There is no such list.
        """
        with self._lock:
            self.advance()
            return list(self._lists.get(contact_list_name).contacts.values())
