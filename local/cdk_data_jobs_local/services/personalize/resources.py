"""What schemas, datasets, solutions and their like have in common: how they are created, described and listed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from cdk_data_jobs_local.services.core.context import ServiceContext
from cdk_data_jobs_local.services.core.endpoint import Operation
from cdk_data_jobs_local.services.core.errors import ServiceError
from cdk_data_jobs_local.services.core.model import member_of
from cdk_data_jobs_local.services.personalize.responses import (
    already_exists,
    arn,
    arn_kind,
    display_name,
    in_use,
    not_found,
    page,
)
from cdk_data_jobs_local.services.personalize.settings import Settings
from cdk_data_jobs_local.services.personalize.tags import Tags


@dataclass(kw_only=True)
class Resource:
    """A resource: the parameters of its create call and its life so far.

    Args:
        arn: The resource's ARN.
        parameters: The parameters of its create call.
        created: When it was created.
        active_from: When it is ACTIVE; until then it is being created.
    """

    creating_statuses: ClassVar[tuple[str, str]] = ("CREATE PENDING", "CREATE IN_PROGRESS")
    """Its statuses until it is ACTIVE."""

    arn: str
    parameters: dict[str, Any]
    created: float
    active_from: float

    def status(self, now: float) -> str:
        """Returns the resource's status."""
        if now >= self.active_from:
            return "ACTIVE"
        return self.creating_statuses[now >= (self.created + self.active_from) / 2]

    def described(self, now: float) -> dict[str, Any]:
        """Returns the members that all descriptions and summaries of resources have in common."""
        return {
            **self.parameters,
            "status": self.status(now),
            "creationDateTime": self.created,
            "lastUpdatedDateTime": min(now, self.active_from),
        }


R = TypeVar("R", bound=Resource)


class Resources(Generic[R]):
    """The resources of one type."""

    def __init__(
        self,
        type_name: str,
        context: ServiceContext,
        settings: Settings,
        tags: Tags,
        *,
        make: type[R],
        parent_parameter: str | None = None,
        kind: str | None = None,
        listed_as: str | None = None,
        duration: str | None = "creating_resource",
        quota: str | None = None,
    ) -> None:
        """Creates it.

        Args:
            type_name: The type, as the operations' names have it, such as `DatasetGroup`.
            context: The account and Region.
            settings: How long creating takes, and how many there may be.
            tags: The tags of all resources.
            make: The class of such a resource.
            parent_parameter: The parameter that names what such a resource belongs to, by which List calls choose.
            kind: The type, as the ARNs have it, such as `dataset-group`. By default as `type_name` says.
            listed_as: The member of a List call's response that has them. By default as `type_name` says.
            duration: The setting that says how long creating takes, if `creating` does not say. None if they are
                ACTIVE at once.
            quota: The setting that says how many there may be, if that is limited.
        """
        self._type_name = type_name
        self._member = member_of(type_name)
        self._arn_member = f"{self._member}Arn"
        self._context = context
        self._settings = settings
        self._tags = tags
        self._parent_parameter = parent_parameter
        self._make = make
        self._kind = kind or arn_kind(type_name)
        self._duration = duration
        self._quota = quota
        self._listed_as = listed_as or f"{self._member}s"
        self._resources: dict[str, R] = {}

    def __contains__(self, resource_arn: str) -> bool:
        """Returns whether there is a resource with this ARN."""
        return resource_arn in self._resources

    def __iter__(self) -> Iterator[R]:
        """Returns the resources, in the order of their creation."""
        return iter(self._resources.values())

    @property
    def operations(self) -> dict[str, Operation]:
        """What the Describe and List operations do."""
        return {
            f"Describe{self._type_name}": lambda p: {self._member: self._described(self.get(p[self._arn_member]))},
            f"List{self._type_name}s": self._list,
        }

    def get(self, resource_arn: str) -> R:
        """Returns the resource with an ARN.

        Raises:
            ServiceError: ResourceNotFoundException.
        """
        if resource_arn not in self._resources:
            raise not_found(display_name(self._type_name), resource_arn)
        return self._resources[resource_arn]

    def active(self, resource_arn: str) -> R:
        """Returns the resource with an ARN.

        Raises:
            ServiceError: ResourceNotFoundException, or ResourceInUseException while it is being created.
        """
        resource = self.get(resource_arn)
        if resource.status(self._context.clock.now()) != "ACTIVE":
            raise in_use(f"{resource_arn} is not ACTIVE")
        return resource

    def of(self, parent_arn: str) -> list[str]:
        """Returns the ARNs of the resources that belong to another."""
        parent = self._parent_parameter
        return [resource.arn for resource in self if parent and resource.parameters[parent] == parent_arn]

    def arn(self, name: str) -> str:
        """Returns the ARN of a resource with this name, or path of names."""
        return arn(self._context, self._kind, name)

    def add(self, name: str, parameters: dict[str, Any], **own: Any) -> str:  # noqa: ANN401
        """Creates a resource.

        Args:
            name: The part of the ARN that is unique among resources of its type.
            parameters: The parameters of its create call.
            **own: Further fields of that class.

        Returns:
            Its ARN.

        Raises:
            ServiceError: Its name is taken, there are as many as there may be, or its tags are not possible.
        """
        resource_arn = self.arn(name)
        if resource_arn in self._resources:
            raise already_exists(resource_arn)
        most = getattr(self._settings, self._quota) if self._quota else None
        if most is not None and len(self._resources) >= most:
            raise ServiceError(
                "LimitExceededException",
                f"More than {most} resources in ACTIVE state. Please delete some and try again.",
            )
        self._tags.set(resource_arn, parameters.get("tags", []))
        now = self._context.clock.now()
        self._resources[resource_arn] = self._make(
            arn=resource_arn,
            parameters=parameters,
            created=now,
            active_from=now + self._seconds(),
            **own,
        )
        return resource_arn

    def remove(self, resource_arn: str) -> None:
        """Deletes a resource."""
        del self._resources[resource_arn]
        self._tags.remove(resource_arn)

    def _seconds(self) -> float:
        if self._duration is None:
            return 0.0
        creating = self._settings.creating
        seconds: float = getattr(self._settings, self._duration) if creating is None else creating
        return seconds

    def _described(self, resource: Resource) -> dict[str, Any]:
        return {self._arn_member: resource.arn, **resource.described(self._context.clock.now())}

    def _list(self, parameters: dict[str, Any]) -> dict[str, Any]:
        key = self._parent_parameter
        parent_arn = parameters.get(key) if key else None
        resources = (
            resource for resource in self if not (key and parent_arn) or resource.parameters[key] == parent_arn
        )
        summaries = map(self._described, resources)
        return page(summaries, self._listed_as, self._arn_member, parameters)
