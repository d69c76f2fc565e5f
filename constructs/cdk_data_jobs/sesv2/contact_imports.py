"""Imports of contacts."""

import dataclasses
import enum

from aws_cdk import Duration
from aws_cdk.interfaces.aws_ses import IContactListRef
from constructs import Construct

from cdk_data_jobs._job.data_findings import report_findings
from cdk_data_jobs._job.deployment_options import DeploymentOptions
from cdk_data_jobs._storage.local_files import FileFilter
from cdk_data_jobs._storage.location import Location
from cdk_data_jobs._support.environments import validate_environment
from cdk_data_jobs._support.validation import ValidationError, validate_choice, validate_reference
from cdk_data_jobs.data_job import Attribute, DataJob, StatusAttributes
from cdk_data_jobs.definitions import SES_IMPORT
from cdk_data_jobs.options import OnFailure
from cdk_data_jobs.runner import DataJobRunner
from cdk_data_jobs.sesv2._file_access import allow_reading_file
from cdk_data_jobs.storage import DataSource
from cdk_data_jobs_check.ses.files import check_contact_files

_JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")
_FILES = FileFilter((".csv", *_JSON_SUFFIXES), can_check=True)


class ContactListImportAction(enum.Enum):
    """What an import does with its contacts (ContactListDestination, ContactListImportAction)."""

    PUT = "PUT"
    """Adds them, and replaces those that are on the list."""

    DELETE = "DELETE"
    """Removes them from the list."""


class DataFormat(enum.Enum):
    """The format of a file with contacts (ImportDataSource, DataFormat)."""

    CSV = "CSV"
    """Comma-separated values, with a header."""

    JSON = "JSON"
    """One JSON object a line."""


class ContactImportJob(StatusAttributes, DataJob):
    """Imports contacts from a file in S3 into a contact list, or removes them, as part of a deployment.

    Runs when it is deployed, and again when the file or another argument that is passed on to the service, or `trigger`
    changes. A rollback or a deletion does not touch the list. The service reads the file itself, without a role: the
    policies of the bucket and its key allow it.
    """

    import_job_id = Attribute()
    """The job's id."""

    processed_records_count = Attribute("processed")
    """The number of contacts that were processed."""

    failed_records_count = Attribute("failed")
    """The number of contacts that failed."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        contact_list: IContactListRef,
        source: DataSource,
        contact_list_import_action: ContactListImportAction = ContactListImportAction.PUT,
        data_format: DataFormat | None = None,
        max_failures: int = 0,
        may_run_twice: bool = True,
        wait_for_completion: bool = True,
        timeout: Duration | None = None,
        on_failure: OnFailure = OnFailure.ROLL_BACK,
        trigger: str | None = None,
        deploy_time: bool = True,
        runner: DataJobRunner | None = None,
    ) -> None:
        """Declares an import (Amazon SES API v2 Reference, CreateImportJob).

        Args:
            scope: The construct that the job belongs to.
            id: The construct's id in that scope.
            contact_list: The contact list: a `CfnContactList`, or `ContactList.from_contact_list_name(...)`.
            source: The file, at most a million contacts. A local one is checked at synthesis as `data-jobs check --ses`
                does, unless its `check` is False.
            contact_list_import_action: What to do with the contacts. By default they are added, and replace those that
                are on the list.
            data_format: The format of the file. By default JSON if its name ends in `.json`, `.jsonl` or `.ndjson`, and
                CSV if it ends in `.csv`.
            max_failures: How many contacts may fail in a job that the service calls completed. By default none.
            may_run_twice: Whether the file is imported again if the service's response is lost: there is no way to find
                the job. Otherwise the run then fails, although the service may be importing the file.
            wait_for_completion: Whether the deployment waits until the job has ended. Otherwise it continues as soon as
                the service has accepted the job.
            timeout: How long the deployment waits, 1 minute to 7 days. By default 55 minutes.
            on_failure: What the deployment does when the job fails. By default it fails too, and is rolled back.
            trigger: Any string; the job runs again when it changes. By default there is none.
            deploy_time: Whether the job runs when it is deployed. Otherwise only a schedule, a task or the command line
                runs it.
            runner: The construct that runs the job. By default the stack's own `DataJobRunner`.

        Raises:
            ValueError: If the arguments cannot work, as far as that is known at synthesis.
        """
        super().__init__(
            scope,
            id,
            resource_type="Custom::AwsSesContactImportJob",
            definition=dataclasses.replace(SES_IMPORT, may_run_twice=may_run_twice),
            role=None,
            options=DeploymentOptions(
                wait_for_completion=wait_for_completion,
                timeout=timeout,
                on_failure=on_failure,
                trigger=trigger,
                deploy_time=deploy_time,
            ),
            runner=runner,
            max_failures=max_failures,
        )
        validate_reference(
            contact_list,
            "contact_list_ref",
            "contact_list",
            "an IContactListRef, such as a CfnContactList",
            "ContactList.from_contact_list_name(...)",
        )
        validate_environment(self, contact_list, "contact_list")
        validate_choice(
            contact_list_import_action, ContactListImportAction, "contact_list_import_action", required=True
        )
        validate_choice(data_format, DataFormat, "data_format")
        location = self._resolve_source(source, _FILES)
        parameters = {
            "ImportDestination": {
                "ContactListDestination": {
                    "ContactListName": contact_list.contact_list_ref.contact_list_name,
                    "ContactListImportAction": contact_list_import_action.value,
                }
            },
            "ImportDataSource": {"S3Url": location.url, "DataFormat": _format(location, data_format).value},
        }
        _check(self, location)
        self._dependencies += allow_reading_file(self, location)
        self._create_resources(parameters, location)


def _format(location: Location, given: DataFormat | None) -> DataFormat:
    """Returns the format of a file: the one that is given, or that of its name."""
    name = location.key.lower()
    if name.endswith("/"):
        raise ValidationError(
            f"source must be one file, because the service imports no folders, got {location.key!r}; declare an import "
            "for each file"
        )
    by_name = DataFormat.JSON if name.endswith(_JSON_SUFFIXES) else DataFormat.CSV if name.endswith(".csv") else None
    if given and location.files and by_name and given is not by_name:
        raise ValidationError(
            f"data_format must be that of the file's name, by which it is checked, got DataFormat.{given.name} for "
            f"{location.files[0].path.name!r}; leave it out, or rename the file"
        )
    if format_ := given or by_name:
        return format_
    raise ValidationError(
        f"data_format must be given for a file whose name ends neither in .csv nor in {', '.join(_JSON_SUFFIXES)}, got "
        f"{location.key!r}; add data_format=DataFormat.CSV or JSON"
    )


def _check(job: Construct, location: Location) -> None:
    if location.schema:
        raise ValidationError(
            f"an import of contacts must have no schema, because the service knows none, got {str(location.schema)!r}; "
            "leave it out"
        )
    if location.files and location.check is not False:
        report_findings(job, check_contact_files([file.path for file in location.files]))
