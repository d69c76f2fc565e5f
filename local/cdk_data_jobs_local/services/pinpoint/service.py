"""Amazon Pinpoint as a whole."""

from collections.abc import Callable
from typing import Any

from cdk_data_jobs_local.services.core.context import ServiceContext
from cdk_data_jobs_local.services.core.endpoint import Endpoint
from cdk_data_jobs_local.services.core.errors import ServiceError
from cdk_data_jobs_local.services.core.model import ServiceModel
from cdk_data_jobs_local.services.core.protocols import Request, RestJsonProtocol
from cdk_data_jobs_local.services.core.service import EmulatedService
from cdk_data_jobs_local.services.pinpoint.apps import Apps
from cdk_data_jobs_local.services.pinpoint.exports import ExportJobs
from cdk_data_jobs_local.services.pinpoint.imports import ImportJobs
from cdk_data_jobs_local.services.pinpoint.settings import Settings


class Pinpoint(EmulatedService):
    """The emulated service of one account and Region. It may be called from any thread."""

    name = "pinpoint"

    def __init__(self, context: ServiceContext) -> None:
        """Creates it.

        Args:
            context: The account and Region, the clock, and the access to roles and S3.
        """
        settings = Settings()
        self._context = context
        model = ServiceModel(self.name, invalid="BadRequestException")
        self._apps = Apps(context)
        kinds = [
            ImportJobs(context, settings, self._apps),
            ExportJobs(context, settings, self._apps),
        ]
        operations = [self._apps.operations, *(kind.operations for kind in kinds)]
        self._protocol = RestJsonProtocol(model)
        endpoint = Endpoint(self._protocol, {name: does for some in operations for name, does in some.items()})
        super().__init__(context.clock, settings, endpoint, {kind.type_name: kind for kind in kinds})

    @property
    def commands(self) -> dict[str, Callable[..., Any]]:
        """See `EmulatedService`."""
        return {**super().commands, "endpoints": self.endpoints, "segments": self.segments}

    def resource_arn(self, request: Request) -> str:
        """See `EmulatedService`."""
        try:
            resource = self._protocol.resource(request)
        except ServiceError:
            return "*"
        if resource.startswith("tags/"):
            return resource.removeprefix("tags/")
        return self._context.arn("mobiletargeting", resource) if resource else "*"

    def endpoints(self, application_id: str) -> list[dict[str, Any]]:
        """Returns the endpoints that an application has registered.

        Raises:
            ServiceError: There is no such application.
        """
        with self._lock:
            self.advance()
            return list(self._apps.get(application_id).endpoints)

    def segments(self, application_id: str) -> list[dict[str, Any]]:
        """Returns the segments of an application, as GetSegment returns them, each with its `Endpoints`.

        Raises:
            ServiceError: There is no such application.
        """
        with self._lock:
            self.advance()
            segments = self._apps.get(application_id).segments
            return [
                {**segments.describe(one), "Endpoints": list(one.versions[-1].endpoints.values())} for one in segments
            ]
