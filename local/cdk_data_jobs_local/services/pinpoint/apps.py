"""Applications, with their endpoints, segments and tags."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cdk_data_jobs_local.clock import iso
from cdk_data_jobs_local.services.core.context import ServiceContext
from cdk_data_jobs_local.services.core.endpoint import Operation
from cdk_data_jobs_local.services.pinpoint.endpoints import Endpoints
from cdk_data_jobs_local.services.pinpoint.responses import arn, bad_request, not_found, page
from cdk_data_jobs_local.services.pinpoint.segments import Segments

_MAX_TAGS = 50


@dataclass(frozen=True, kw_only=True)
class App:
    """An application."""

    id: str
    arn: str
    name: str
    created: float
    endpoints: Endpoints
    segments: Segments


class Apps:
    """The applications of one account and Region."""

    def __init__(self, context: ServiceContext) -> None:
        """Creates it without any."""
        self._context = context
        self._apps: dict[str, App] = {}
        self._tags: dict[str, dict[str, str]] = {}

    @property
    def operations(self) -> dict[str, Operation]:
        """What each operation does."""
        return {
            "CreateApp": self._create,
            "GetApp": lambda p: {"ApplicationResponse": self._described(self.get(p["ApplicationId"]))},
            "GetApps": lambda p: {"ApplicationsResponse": page(map(self._described, self), p)},
            "DeleteApp": self._delete,
            "TagResource": self._tag,
            "UntagResource": self._untag,
            "ListTagsForResource": lambda p: {"TagsModel": {"tags": self._tags_of(p["ResourceArn"])}},
            **self._endpoint_operations,
            **self._segment_operations,
        }

    def __iter__(self) -> Iterator[App]:
        """Returns the applications, in the order of their creation."""
        return iter(self._apps.values())

    def get(self, application_id: str) -> App:
        """Returns the application with an id.

        Raises:
            ServiceError: NotFoundException.
        """
        if application_id not in self._apps:
            raise not_found(f"application {application_id}")
        return self._apps[application_id]

    @property
    def _endpoint_operations(self) -> dict[str, Operation]:
        return {
            "UpdateEndpoint": self._update_endpoint,
            "GetEndpoint": lambda p: {"EndpointResponse": self._endpoint(p)},
            "DeleteEndpoint": self._delete_endpoint,
            "GetUserEndpoints": lambda p: {
                "EndpointsResponse": {"Item": self.get(p["ApplicationId"]).endpoints.of_user(p["UserId"])}
            },
        }

    @property
    def _segment_operations(self) -> dict[str, Operation]:
        return {
            "GetSegments": lambda p: {"SegmentsResponse": page(self._segments(p["ApplicationId"]), p)},
            "GetSegment": lambda p: {"SegmentResponse": self._segment(p)},
            "GetSegmentVersion": lambda p: {"SegmentResponse": self._segment(p, p["Version"])},
            "DeleteSegment": self._delete_segment,
        }

    def _create(self, parameters: dict[str, Any]) -> dict[str, Any]:
        request = parameters["CreateApplicationRequest"]
        application_id, tags = uuid.uuid4().hex, _checked(request.get("tags", {}))
        app = App(
            id=application_id,
            arn=arn(self._context, application_id),
            name=request["Name"],
            created=self._context.clock.now(),
            endpoints=Endpoints(application_id),
            segments=Segments(self._context, application_id),
        )
        self._apps[app.id], self._tags[app.arn] = app, tags
        return {"ApplicationResponse": self._described(app)}

    def _delete(self, parameters: dict[str, Any]) -> dict[str, Any]:
        app = self.get(parameters["ApplicationId"])
        described = self._described(app)
        del self._apps[app.id], self._tags[app.arn]
        return {"ApplicationResponse": described}

    def _described(self, app: App) -> dict[str, Any]:
        tags = self._tags[app.arn]
        return {"Id": app.id, "Arn": app.arn, "Name": app.name, "tags": tags, "CreationDate": iso(app.created)}

    def _update_endpoint(self, parameters: dict[str, Any]) -> dict[str, Any]:
        endpoints = self.get(parameters["ApplicationId"]).endpoints
        definition = {**parameters["EndpointRequest"], "Id": parameters["EndpointId"]}
        problem = endpoints.problem(definition)
        if problem:
            raise bad_request(problem)
        endpoints.register(endpoints.defined(definition, self._context.clock.now()))
        return {"MessageBody": {"Message": "Accepted", "RequestID": str(uuid.uuid4())}}

    def _endpoint(self, parameters: dict[str, Any]) -> dict[str, Any]:
        endpoint = self.get(parameters["ApplicationId"]).endpoints.get(parameters["EndpointId"])
        if endpoint is None:
            raise not_found(f"endpoint {parameters['EndpointId']}")
        return endpoint

    def _delete_endpoint(self, parameters: dict[str, Any]) -> dict[str, Any]:
        endpoint = self._endpoint(parameters)
        self.get(parameters["ApplicationId"]).endpoints.remove(endpoint["Id"])
        return {"EndpointResponse": endpoint}

    def _segments(self, application_id: str) -> list[dict[str, Any]]:
        segments = self.get(application_id).segments
        return [segments.describe(segment) for segment in segments]

    def _segment(self, parameters: dict[str, Any], version: str | None = None) -> dict[str, Any]:
        segments = self.get(parameters["ApplicationId"]).segments
        if version is not None and not version.isdigit():
            raise bad_request(f"version must be a number, got {version}")
        return segments.describe(segments.get(parameters["SegmentId"]), int(version) if version else None)

    def _delete_segment(self, parameters: dict[str, Any]) -> dict[str, Any]:
        described = self._segment(parameters)
        self.get(parameters["ApplicationId"]).segments.remove(described["Id"])
        return {"SegmentResponse": described}

    def _tag(self, parameters: dict[str, Any]) -> dict[str, Any]:
        present = self._tags_of(parameters["ResourceArn"])
        self._tags[parameters["ResourceArn"]] = _checked({**present, **parameters["TagsModel"]["tags"]})
        return {}

    def _untag(self, parameters: dict[str, Any]) -> dict[str, Any]:
        tags = self._tags_of(parameters["ResourceArn"])
        for key in parameters["TagKeys"]:
            tags.pop(key, None)
        return {}

    def _tags_of(self, resource_arn: str) -> dict[str, str]:
        if resource_arn not in self._tags:
            raise not_found(resource_arn)
        return self._tags[resource_arn]


def _checked(tags: dict[str, str]) -> dict[str, str]:
    """Returns the tags, of which no key can be there twice, unlike in the lists of Amazon Personalize.

    Raises:
        ServiceError: There are too many, or one has the reserved prefix (developer guide, "Tagging Amazon Pinpoint
            resources").
    """
    if any(key.lower().startswith("aws:") for key in tags):
        raise bad_request("Tag keys must not begin with aws:")
    if len(tags) > _MAX_TAGS:
        raise bad_request(f"A resource can have at most {_MAX_TAGS} tags")
    return dict(tags)
