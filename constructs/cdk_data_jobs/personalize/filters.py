"""References to filters that exist outside the app."""

import jsii
from aws_cdk import Resource
from aws_cdk.interfaces.aws_personalize import FilterReference, IFilterRef
from constructs import Construct

from cdk_data_jobs.personalize._validation import validate_arn


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
