"""Segments of an application, and the endpoints of each."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cdk_data_jobs_local.clock import iso
from cdk_data_jobs_local.services.core.context import ServiceContext
from cdk_data_jobs_local.services.pinpoint.responses import arn, not_found


@dataclass(kw_only=True)
class Version:
    """A segment at one time: the import that made it, and the endpoints in it, by id."""

    created: float
    definition: dict[str, Any]
    endpoints: dict[str, dict[str, Any]]


@dataclass(kw_only=True)
class Segment:
    """An imported segment, as it was and as it is."""

    id: str
    name: str
    versions: list[Version] = field(default_factory=list)


class Segments:
    """The segments of one application."""

    def __init__(self, context: ServiceContext, application_id: str) -> None:
        """Creates it without any."""
        self._context = context
        self._application_id = application_id
        self._segments: dict[str, Segment] = {}

    def __iter__(self) -> Iterator[Segment]:
        """Returns the segments, in the order of their creation."""
        return iter(self._segments.values())

    def get(self, segment_id: str) -> Segment:
        """Returns the segment with an id.

        Raises:
            ServiceError: NotFoundException.
        """
        if segment_id not in self._segments:
            raise not_found(f"segment {segment_id}")
        return self._segments[segment_id]

    def version(self, segment_id: str, number: int | None = None) -> Version:
        """Returns a version of a segment, by default the newest.

        Raises:
            ServiceError: NotFoundException.
        """
        versions = self.get(segment_id).versions
        if number is None:
            return versions[-1]
        if not 0 < number <= len(versions):
            raise not_found(f"version {number} of segment {segment_id}")
        return versions[number - 1]

    def define(
        self, definition: dict[str, Any], endpoints: dict[str, dict[str, Any]], *, now: float, default_name: str
    ) -> None:
        """Makes a segment of imported endpoints, or adds them to the one that has the id.

        Args:
            definition: The import's definition, with the segment's id.
            endpoints: The endpoints, by id.
            now: The time.
            default_name: What a new segment is called, if the definition does not say.
        """
        segment_id = definition["SegmentId"]
        new_segment = Segment(id=segment_id, name=definition.get("SegmentName") or default_name)
        segment = self._segments.setdefault(segment_id, new_segment)
        present = segment.versions[-1].endpoints if segment.versions else {}
        segment.versions.append(Version(created=now, definition=definition, endpoints={**present, **endpoints}))

    def remove(self, segment_id: str) -> None:
        """Deletes a segment.

        Raises:
            ServiceError: NotFoundException.
        """
        del self._segments[self.get(segment_id).id]

    def describe(self, segment: Segment, number: int | None = None) -> dict[str, Any]:
        """Returns the description of a version of a segment, by default the newest."""
        version = self.version(segment.id, number)
        channels = [endpoint["ChannelType"] for endpoint in version.endpoints.values()]
        source = {name: version.definition.get(name) for name in ("Format", "RoleArn", "S3Url")}
        return {
            "ApplicationId": self._application_id,
            "Arn": arn(self._context, self._application_id, "segments", segment.id),
            "CreationDate": iso(segment.versions[0].created),
            "LastModifiedDate": iso(version.created),
            "Id": segment.id,
            "Name": segment.name,
            "SegmentType": "IMPORT",
            "Version": number or len(segment.versions),
            "ImportDefinition": {
                **source,
                "ExternalId": version.definition.get("ExternalId", ""),
                "Size": len(channels),
                "ChannelCounts": {channel: channels.count(channel) for channel in sorted(set(channels))},
            },
        }
