"""Tags of resources."""

from collections.abc import Callable
from typing import Any

from cdk_data_jobs_local.services.core.endpoint import Operation
from cdk_data_jobs_local.services.core.errors import ServiceError
from cdk_data_jobs_local.services.personalize.responses import invalid, not_found

_MAX_TAGS = 50


class Tags:
    """The tags of all resources, by ARN."""

    def __init__(self, exists: Callable[[str], bool]) -> None:
        """Creates it.

        Args:
            exists: Whether an ARN names a resource that can have tags.
        """
        self._exists = exists
        self._tags: dict[str, dict[str, str]] = {}

    @property
    def operations(self) -> dict[str, Operation]:
        """What each operation does."""
        return {"TagResource": self._tag, "UntagResource": self._untag, "ListTagsForResource": self._list}

    def set(self, arn: str, tags: list[dict[str, str]]) -> None:
        """Gives a new resource the tags of its create call.

        Raises:
            ServiceError: They are not possible.
        """
        self._tags[arn] = self._checked(tags)

    def remove(self, arn: str) -> None:
        """Drops the tags of a deleted resource."""
        self._tags.pop(arn, None)

    def _tag(self, parameters: dict[str, Any]) -> dict[str, Any]:
        arn = self._existing(parameters)
        self._tags[arn] = self._checked(parameters["tags"], present=self._tags.get(arn))
        return {}

    def _untag(self, parameters: dict[str, Any]) -> dict[str, Any]:
        arn = self._existing(parameters)
        if len(parameters["tagKeys"]) > _MAX_TAGS:
            raise ServiceError("TooManyTagKeysException", f"At most {_MAX_TAGS} tags can be removed at once")
        for key in parameters["tagKeys"]:
            self._tags.get(arn, {}).pop(key, None)
        return {}

    def _list(self, parameters: dict[str, Any]) -> dict[str, Any]:
        tags = self._tags.get(self._existing(parameters), {})
        return {"tags": [{"tagKey": key, "tagValue": value} for key, value in tags.items()]}

    def _checked(self, tags: list[dict[str, str]], *, present: dict[str, str] | None = None) -> dict[str, str]:
        """Returns the tags that a resource has once these are added.

        Raises:
            ServiceError: InvalidInputException for a key with the reserved prefix `aws:` or one that is there twice,
                TooManyTagsException for more than 50 tags.
        """
        added = {tag["tagKey"]: tag["tagValue"] for tag in tags}
        if len(added) < len(tags):
            raise invalid("Tag keys must be unique")
        if any(key.lower().startswith("aws:") for key in added):
            raise invalid("Tag keys must not begin with aws:")
        merged = {**(present or {}), **added}
        if len(merged) > _MAX_TAGS:
            raise ServiceError("TooManyTagsException", f"A resource can have at most {_MAX_TAGS} tags")
        return merged

    def _existing(self, parameters: dict[str, Any]) -> str:
        arn: str = parameters["resourceArn"]
        if not self._exists(arn):
            raise not_found("resource", arn)
        return arn
