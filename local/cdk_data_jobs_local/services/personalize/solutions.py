"""Solutions, solution versions and filters, as far as batch jobs refer to them.

Nothing is trained and nothing is filtered: a solution version becomes ACTIVE like a dataset, and the results of batch
jobs are placeholders.
"""

from dataclasses import dataclass
from typing import Any

from cdk_data_jobs_local.services.core.context import ServiceContext
from cdk_data_jobs_local.services.core.endpoint import Operation
from cdk_data_jobs_local.services.personalize.catalog import Catalog
from cdk_data_jobs_local.services.personalize.resources import Resource, Resources
from cdk_data_jobs_local.services.personalize.responses import in_use, too_many_at_once
from cdk_data_jobs_local.services.personalize.settings import Settings
from cdk_data_jobs_local.services.personalize.tags import Tags

_MAX_VERSIONS_AT_ONCE = 20
# The parameters of a solution that the description of its version has, too.
_INHERITED = ("recipeArn", "datasetGroupArn", "eventType", "performHPO", "performAutoML", "solutionConfig")


@dataclass(kw_only=True)
class SolutionVersion(Resource):
    """A solution version, whose creation can be stopped.

    Args:
        stopped: The status with which it was stopped, and when that is over; None if it was not stopped.
    """

    stopped: tuple[str, float] | None = None

    def status(self, now: float) -> str:
        """Returns its status."""
        if self.stopped is None:
            return super().status(now)
        status, until = self.stopped
        return status if now < until else "CREATE STOPPED"

    def described(self, now: float) -> dict[str, Any]:
        """Returns the members of its description, with the hours of a training that is over."""
        described = super().described(now)
        if described["status"] == "ACTIVE":
            described["trainingHours"] = (self.active_from - self.created) / 3600
        return described


class Solutions:
    """The solutions, solution versions and filters of one account and Region."""

    def __init__(self, context: ServiceContext, settings: Settings, *, catalog: Catalog, tags: Tags) -> None:
        """Creates it.

        Args:
            context: The account and Region.
            settings: How long creating takes.
            catalog: The dataset groups that they belong to.
            tags: The tags of all resources.
        """
        self._clock = context.clock
        self._settings = settings
        self._catalog = catalog
        self.solutions = Resources(
            "Solution", context, settings, tags, make=Resource, parent_parameter="datasetGroupArn"
        )
        self.versions = Resources(
            "SolutionVersion",
            context,
            settings,
            tags,
            make=SolutionVersion,
            parent_parameter="solutionArn",
            kind="solution",
            duration="training",
        )
        self.filters = Resources(
            "Filter", context, settings, tags, make=Resource, parent_parameter="datasetGroupArn", listed_as="Filters"
        )

    @property
    def operations(self) -> dict[str, Operation]:
        """What each operation does."""
        return {
            **self.solutions.operations,
            **self.versions.operations,
            **self.filters.operations,
            "CreateSolution": self._create_solution,
            "DeleteSolution": self._delete_solution,
            "CreateSolutionVersion": self._create_version,
            "StopSolutionVersionCreation": self._stop_version,
            "CreateFilter": self._create_filter,
            "DeleteFilter": self._delete_filter,
        }

    def taggable(self, resource_arn: str) -> bool:
        """Returns whether an ARN names a solution, a solution version or a filter."""
        return any(resource_arn in resources for resources in (self.solutions, self.versions, self.filters))

    def of(self, group_arn: str) -> list[str]:
        """Returns the solutions and filters of a dataset group."""
        return self.solutions.of(group_arn) + self.filters.of(group_arn)

    def _create_solution(self, parameters: dict[str, Any]) -> dict[str, Any]:
        self._catalog.groups.active(parameters["datasetGroupArn"])
        return {"solutionArn": self.solutions.add(parameters["name"], parameters)}

    def _delete_solution(self, parameters: dict[str, Any]) -> dict[str, Any]:
        solution = self.solutions.get(parameters["solutionArn"])
        for version in self.versions.of(solution.arn):
            self.versions.remove(version)
        self.solutions.remove(solution.arn)
        return {}

    def _create_version(self, parameters: dict[str, Any]) -> dict[str, Any]:
        solution = self.solutions.active(parameters["solutionArn"])
        now = self._clock.now()
        if sum(version.status(now) in version.creating_statuses for version in self.versions) >= _MAX_VERSIONS_AT_ONCE:
            raise too_many_at_once(_MAX_VERSIONS_AT_ONCE)
        inherited = {name: solution.parameters[name] for name in _INHERITED if name in solution.parameters}
        number = len(self.versions.of(solution.arn)) + 1
        name = f"{solution.parameters['name']}/{parameters.get('name', f'{number:08x}')}"
        version = {"trainingMode": "FULL", "trainingType": "MANUAL", **inherited, **parameters}
        return {"solutionVersionArn": self.versions.add(name, version)}

    def _stop_version(self, parameters: dict[str, Any]) -> dict[str, Any]:
        version, now = self.versions.get(parameters["solutionVersionArn"]), self._clock.now()
        pending, in_progress = version.creating_statuses
        status = version.status(now)
        if status not in (pending, in_progress):
            raise in_use(f"{version.arn} is {status}")
        seconds = self._settings.creating_resource if status == in_progress else 0
        version.stopped = ("CREATE STOPPING", now + seconds)
        return {}

    def _create_filter(self, parameters: dict[str, Any]) -> dict[str, Any]:
        self._catalog.groups.active(parameters["datasetGroupArn"])
        return {"filterArn": self.filters.add(parameters["name"], parameters)}

    def _delete_filter(self, parameters: dict[str, Any]) -> dict[str, Any]:
        self.filters.remove(self.filters.get(parameters["filterArn"]).arn)
        return {}
