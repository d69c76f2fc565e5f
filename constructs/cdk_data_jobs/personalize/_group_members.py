"""What the datasets of a group have in common, and the order in which they are filled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy
from aws_cdk.aws_personalize import CfnDatasetGroup

from cdk_data_jobs._support.memo import memoize
from cdk_data_jobs._support.validation import ValidationError
from cdk_data_jobs.personalize.schema_definitions import DatasetType, Domain

if TYPE_CHECKING:
    from aws_cdk.interfaces.aws_personalize import IDatasetGroupRef
    from constructs import Construct

    from cdk_data_jobs.personalize.imports import DatasetImportJob

_ORDER = {
    (DatasetType.ITEMS, DatasetType.INTERACTIONS),
    (DatasetType.USERS, DatasetType.INTERACTIONS),
    (DatasetType.ACTIONS, DatasetType.ACTION_INTERACTIONS),
    (DatasetType.USERS, DatasetType.ACTION_INTERACTIONS),
}
"""Pairs of datasets of which the first is filled before the second, whose events refer to it."""


class GroupMembers:
    """The datasets of a group and their imports.

    Attributes:
        domain: The group's domain, if it has one.
        removal_policy: What becomes of the datasets when they are removed from the app.
        orders_imports: Whether interactions are imported after what they refer to.
    """

    def __init__(self, domain: Domain | None = None) -> None:
        """Creates them for a group without datasets.

        Args:
            domain: The group's domain, if it has one.
        """
        self.domain = domain
        self.removal_policy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
        self.orders_imports = True
        self._datasets: dict[DatasetType, str] = {}
        self._imports: list[tuple[DatasetType | None, DatasetImportJob]] = []

    def add_dataset(self, dataset_type: DatasetType, path: str) -> None:
        """Adds a dataset.

        Args:
            dataset_type: Its type.
            path: Its path.

        Raises:
            ValidationError: If the group has one of that type.
        """
        other = self._datasets.setdefault(dataset_type, path)
        if other != path:
            raise ValidationError(
                f"a dataset group has at most one dataset of each type, got {path} of the type {dataset_type.value}, "
                f"which {other} has; use one of them, or another dataset group"
            )

    def add_import(self, dataset_type: DatasetType | None, job: DatasetImportJob) -> None:
        """Adds an import, and orders it before and after others.

        Args:
            dataset_type: The type of the dataset that it fills; None if it is not known.
            job: The import.
        """
        for other_type, other in self._imports:
            if other_type is dataset_type or self._is_before(other_type, dataset_type):
                job.node.add_dependency(other)
            elif self._is_before(dataset_type, other_type):
                other.node.add_dependency(job)
        self._imports.append((dataset_type, job))

    def add_dependency_on_imports(self, job: Construct, dataset_type: DatasetType | None = None) -> None:
        """Orders a job after the imports that were declared before it.

        Args:
            job: The job.
            dataset_type: The type of the dataset whose imports they are. By default those into all datasets count.
        """
        for imported_type, other in self._imports:
            if dataset_type in (None, imported_type):
                job.node.add_dependency(other)

    def _is_before(self, first: DatasetType | None, second: DatasetType | None) -> bool:
        return self.orders_imports and (first, second) in _ORDER


@memoize
def members_of(group: IDatasetGroupRef) -> GroupMembers:
    """Returns the members of a group, in this app.

    Args:
        group: The group.
    """
    domain = group.domain if isinstance(group, CfnDatasetGroup) else None
    return GroupMembers(Domain(domain) if domain in [member.value for member in Domain] else None)
