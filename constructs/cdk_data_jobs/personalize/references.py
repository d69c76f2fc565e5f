"""References to datasets, dataset groups and filters that exist outside the app."""

import jsii
from aws_cdk import Resource
from aws_cdk.interfaces.aws_personalize import (
    DatasetGroupReference,
    DatasetReference,
    FilterReference,
    IDatasetGroupRef,
    IDatasetRef,
    IFilterRef,
)
from constructs import Construct

from cdk_data_jobs.personalize._validation import validate_arn


@jsii.implements(IDatasetRef)
class Dataset(Resource):
    """A dataset that exists outside the app."""

    @staticmethod
    def from_dataset_arn(scope: Construct, id: str, dataset_arn: str) -> "Dataset":
        """Refers to an existing dataset.

        Args:
            scope: The construct that the reference belongs to.
            id: The reference's id in it.
            dataset_arn: The dataset's ARN.

        Raises:
            ValueError: If it is not an ARN of Amazon Personalize with at most 256 characters.
        """
        validate_arn(dataset_arn, "dataset_arn")
        return Dataset(scope, id, dataset_arn=dataset_arn)

    def __init__(self, scope: Construct, id: str, *, dataset_arn: str) -> None:
        """Use `from_dataset_arn`."""
        super().__init__(scope, id, environment_from_arn=dataset_arn)
        self._dataset_arn = dataset_arn

    @property
    @jsii.member(jsii_name="datasetRef")
    def dataset_ref(self) -> DatasetReference:
        """The reference to the dataset for other constructs."""
        return DatasetReference(dataset_arn=self._dataset_arn)


@jsii.implements(IDatasetGroupRef)
class DatasetGroup(Resource):
    """A dataset group that exists outside the app."""

    @staticmethod
    def from_dataset_group_arn(scope: Construct, id: str, dataset_group_arn: str) -> "DatasetGroup":
        """Refers to an existing dataset group.

        Args:
            scope: The construct that the reference belongs to.
            id: The reference's id in it.
            dataset_group_arn: The dataset group's ARN.

        Raises:
            ValueError: If it is not an ARN of Amazon Personalize with at most 256 characters.
        """
        validate_arn(dataset_group_arn, "dataset_group_arn")
        return DatasetGroup(scope, id, dataset_group_arn=dataset_group_arn)

    def __init__(self, scope: Construct, id: str, *, dataset_group_arn: str) -> None:
        """Use `from_dataset_group_arn`."""
        super().__init__(scope, id, environment_from_arn=dataset_group_arn)
        self._dataset_group_arn = dataset_group_arn

    @property
    @jsii.member(jsii_name="datasetGroupRef")
    def dataset_group_ref(self) -> DatasetGroupReference:
        """The reference to the dataset group for other constructs."""
        return DatasetGroupReference(dataset_group_arn=self._dataset_group_arn)


@jsii.implements(IFilterRef)
class Filter(Resource):
    """A filter that exists outside the app."""

    @staticmethod
    def from_filter_arn(scope: Construct, id: str, filter_arn: str) -> "Filter":
        """Refers to an existing filter.

        Args:
            scope: The construct that the reference belongs to.
            id: The reference's id in it.
            filter_arn: The filter's ARN.

        Raises:
            ValueError: If it is not an ARN of Amazon Personalize with at most 256 characters.
        """
        validate_arn(filter_arn, "filter_arn")
        return Filter(scope, id, filter_arn=filter_arn)

    def __init__(self, scope: Construct, id: str, *, filter_arn: str) -> None:
        """Use `from_filter_arn`."""
        super().__init__(scope, id, environment_from_arn=filter_arn)
        self._filter_arn = filter_arn

    @property
    @jsii.member(jsii_name="filterRef")
    def filter_ref(self) -> FilterReference:
        """The reference to the filter for other constructs."""
        return FilterReference(filter_arn=self._filter_arn)
