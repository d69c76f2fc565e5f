"""What the kinds of Amazon Pinpoint's jobs have in common: attributes, the validation of an application, a warning."""

from constructs import Construct

from cdk_data_jobs._support.environments import validate_environment
from cdk_data_jobs._support.synthesis_warnings import add_warning
from cdk_data_jobs._support.validation import validate_reference
from cdk_data_jobs.data_job import Attribute


class PinpointJobAttributes:
    """The attributes that both kinds of jobs have."""

    job_id = Attribute()
    """The job's id."""

    status = Attribute("jobStatus")
    """The job's status, e.g. COMPLETED when it has succeeded."""

    type = Attribute("type")
    """The service's name for the kind of job."""

    creation_date = Attribute("creationDate")
    """The time at which the job was created."""

    completion_date = Attribute("completionDate")
    """The time at which it ended."""

    segment_id = Attribute("segmentId")
    """The segment that was exported, imported into or created. Empty if there is none."""

    total_pieces = Attribute("totalPieces")
    """The number of pieces that the service divided the job into."""

    completed_pieces = Attribute("completedPieces")
    """The number of pieces that succeeded."""

    failed_pieces = Attribute("failedPieces")
    """The number of pieces that failed."""

    total_processed = Attribute("totalProcessed")
    """The number of entries that were processed."""

    total_failures = Attribute("totalFailures")
    """The number of entries that failed."""

    failures = Attribute("failures")
    """The first failures, at most 100, as a JSON array of strings; as many as fit into the response to
    CloudFormation."""


def validate_application(job: Construct, application: object) -> None:
    """Validates that an application is a construct, and in the account and the Region of its job.

    Args:
        job: The job.
        application: The job's argument `application`.

    Raises:
        ValidationError: If it is not a reference to an application, or one that is elsewhere.
    """
    validate_reference(
        application, "app_ref", "application", "an IAppRef, such as a CfnApp", "App.from_application_id(...)"
    )
    validate_environment(job, application, "application")


def warn_end_of_support(job: Construct) -> None:
    """Warns that AWS does not support the service any more, and names its successors.

    Args:
        job: The job.
    """
    add_warning(
        job,
        "pinpointSupportEnded",
        "AWS ended its support for Amazon Pinpoint on 2026-10-30. Its successors: Amazon Connect (Customer Profiles "
        "for endpoints and segments, outbound campaigns for journeys), Amazon SES v2 for email, whose contact lists "
        "are imported with sesv2.ContactImportJob, and AWS End User Messaging for SMS and push messages",
    )
