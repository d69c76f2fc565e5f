"""Applications that exist outside the app, and what the jobs on an application have in common."""

from collections.abc import Mapping

import jsii
from aws_cdk import Resource
from aws_cdk.interfaces.aws_pinpoint import AppReference, IAppRef
from constructs import Construct

from cdk_data_jobs.asked import stack_of
from cdk_data_jobs.checks import check_identifier, check_reference
from cdk_data_jobs.messages import add_warning


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
            ValueError: If it is no id.
        """
        check_identifier(application_id, "application_id")
        return App(scope, id, application_id=application_id)

    def __init__(self, scope: Construct, id: str, *, application_id: str) -> None:
        """Use `from_application_id`."""
        super().__init__(scope, id)
        self._application_id = application_id

    @property
    @jsii.member(jsii_name="appRef")
    def app_ref(self) -> AppReference:
        """What other constructs refer to the application by."""
        stack = stack_of(self)
        arn = stack.format_arn(service="mobiletargeting", resource="apps", resource_name=self._application_id)
        return AppReference(app_arn=arn, app_id=self._application_id)


def check_application(application: object) -> None:
    """Checks that an application is a construct.

    Args:
        application: What was given.

    Raises:
        ValidationError: If it is none.
    """
    check_reference(
        application, "app_ref", "application", "an IAppRef, such as a CfnApp", "App.from_application_id(...)"
    )


def given(request: Mapping[str, object]) -> dict[str, object]:
    """Returns those members of a request that were given.

    Args:
        request: The request, whose other members are none.
    """
    return {key: value for key, value in request.items() if value is not None}


def warn_of_the_end(job: Construct) -> None:
    """Warns that AWS does not support the service any more, and says what follows it.

    Args:
        job: The job.
    """
    add_warning(
        job,
        "pinpointSupportEnded",
        "AWS ended its support for Amazon Pinpoint on 2026-10-30. What follows it: Amazon Connect (Customer Profiles "
        "for endpoints and segments, outbound campaigns for journeys), Amazon SES v2 for email, whose contact lists "
        "are imported with AwsJob, and AWS End User Messaging for SMS and push messages",
    )
