"""References to applications that exist outside the app."""

import jsii
from aws_cdk import Resource
from aws_cdk.interfaces.aws_pinpoint import AppReference, IAppRef
from constructs import Construct

from cdk_data_jobs._support.memo import stack_of
from cdk_data_jobs._support.validation import validate_identifier


@jsii.implements(IAppRef)
class App(Resource):
    """An application that exists outside the app."""

    @staticmethod
    def from_application_id(scope: Construct, id: str, application_id: str) -> "App":
        """Refers to an existing application, which the service's console calls a project.

        Args:
            scope: The construct that the reference belongs to.
            id: The reference's id in it.
            application_id: The application's id, not its ARN.

        Raises:
            ValueError: If it is not an id.
        """
        validate_identifier(application_id, "application_id")
        return App(scope, id, application_id=application_id)

    def __init__(self, scope: Construct, id: str, *, application_id: str) -> None:
        """Use `from_application_id`."""
        super().__init__(scope, id)
        self._application_id = application_id

    @property
    @jsii.member(jsii_name="appRef")
    def app_ref(self) -> AppReference:
        """The reference to the application for other constructs."""
        stack = stack_of(self)
        arn = stack.format_arn(service="mobiletargeting", resource="apps", resource_name=self._application_id)
        return AppReference(app_arn=arn, app_id=self._application_id)
