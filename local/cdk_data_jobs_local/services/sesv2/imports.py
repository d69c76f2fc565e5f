"""Import jobs of contacts.

An import reads one file with the service's own permissions: the bucket's policy must let `ses.amazonaws.com` read it.
Contacts that the checker of `data-jobs check --ses` calls wrong fail, and so do those with a topic that the list does
not have; the others are taken, each as the last line with its address has it. A file that cannot be read, or has
another format, fails the job.

Source: the section "Bulk importing contacts to your contact list" of the Amazon SES Developer Guide's "Using list
management", and the API reference, CreateImportJob and GetImportJob. What the messages look like, and that a wrong
contact alone fails, is inferred from the counts that GetImportJob returns.
"""

import io
import uuid
from collections.abc import Iterator
from typing import Any

from cdk_data_jobs_check.entry_files import EntryFile, Line, UnreadableFileError
from cdk_data_jobs_check.rules import Severity
from cdk_data_jobs_check.ses.contacts import ContactReader
from cdk_data_jobs_local.services.core.access import AccessDeniedError, NotFoundError
from cdk_data_jobs_local.services.core.context import ServiceContext
from cdk_data_jobs_local.services.core.endpoint import Operation
from cdk_data_jobs_local.services.core.errors import ServiceError
from cdk_data_jobs_local.services.core.jobs import Job, JobFailedError, Jobs, Statuses
from cdk_data_jobs_local.services.core.location import Location
from cdk_data_jobs_local.services.sesv2.contact_lists import ContactList, ContactLists, page
from cdk_data_jobs_local.services.sesv2.settings import Settings

_PRINCIPAL = "ses.amazonaws.com"
_STATUSES = Statuses(pending=("CREATED",), running=("PROCESSING",), succeeded="COMPLETED", failed="FAILED")
_TOPIC = "topicPreferences."


class ImportJobs:
    """The import jobs of one account and Region."""

    def __init__(self, context: ServiceContext, settings: Settings, lists: ContactLists) -> None:
        """Creates it.

        Args:
            context: The account and Region.
            settings: How long jobs take.
            lists: The contact lists.
        """
        self._context = context
        self._settings = settings
        self._lists = lists
        self.jobs = Jobs(self._work, statuses=_STATUSES)

    @property
    def operations(self) -> dict[str, Operation]:
        """What each operation does."""
        return {"CreateImportJob": self._create, "GetImportJob": self._get, "ListImportJobs": self._list}

    def describe(self, job: Job) -> dict[str, Any]:
        """Returns the description of a job that GetImportJob returns."""
        ended = job.status in (_STATUSES.succeeded, _STATUSES.failed)
        return {
            "JobId": job.id,
            "ImportDestination": job.parameters["ImportDestination"],
            "ImportDataSource": job.parameters["ImportDataSource"],
            "FailureInfo": {"ErrorMessage": job.failure_reason} if job.failure_reason else None,
            "JobStatus": job.status,
            "CreatedTimestamp": job.created,
            "CompletedTimestamp": job.ends if ended else None,
            "ProcessedRecordsCount": job.result.get("processed", 0),
            "FailedRecordsCount": job.result.get("failed", 0),
        }

    def _create(self, parameters: dict[str, Any]) -> dict[str, Any]:
        destination = parameters["ImportDestination"].get("ContactListDestination")
        if destination is None:
            raise ServiceError("BadRequestException", "imports into the suppression list are not emulated")
        try:
            self._lists.get(destination["ContactListName"])
        except ServiceError as error:
            raise ServiceError("BadRequestException", error.message) from error
        settings, now = self._settings, self._context.clock.now()
        job = self.jobs.begin(
            uuid.uuid4().hex, parameters, now=now, pending=settings.pending, running=settings.in_progress
        )
        return {"JobId": job.id}

    def _get(self, parameters: dict[str, Any]) -> dict[str, Any]:
        job = self.jobs.get(parameters["JobId"])
        if job is None:
            raise ServiceError("NotFoundException", f"Job {parameters['JobId']} doesn't exist.")
        return self.describe(job)

    def _list(self, parameters: dict[str, Any]) -> dict[str, Any]:
        items, token = page([*map(self.describe, self.jobs)], parameters, by="JobId")
        return {"ImportJobs": items, "NextToken": token}

    def _work(self, job: Job) -> dict[str, Any]:
        destination = job.parameters["ImportDestination"]["ContactListDestination"]
        source = job.parameters["ImportDataSource"]
        location = Location.parse(source["S3Url"])
        processed = failed = 0
        try:
            contact_list = self._lists.get(destination["ContactListName"])
            content = self._context.access.read_as(_PRINCIPAL, location.bucket, location.key)
            for contact in _contacts(content, source["DataFormat"]):
                processed += 1
                if contact is None or not _topics(contact) <= contact_list.topic_names:
                    failed += 1
                elif destination["ContactListImportAction"] == "DELETE":
                    contact_list.delete(contact["EmailAddress"])
                else:
                    _put(contact_list, contact, job.works)
        except UnreadableFileError as error:
            reason = f"{source['S3Url']}, line {error.line}: {error}"
            raise JobFailedError(reason, result={"processed": processed, "failed": failed}) from error
        except (AccessDeniedError, NotFoundError, ServiceError) as error:
            raise JobFailedError(str(error)) from error
        return {"processed": processed, "failed": failed}


def _contacts(content: bytes, data_format: str) -> Iterator[dict[str, Any] | None]:
    """Yields the contacts of a file as the API has them; None for each that is wrong.

    Raises:
        UnreadableFileError: It has another format.
    """
    judged = ContactReader(io.BytesIO(content), data_format).lines()
    header: list[str] = []
    for line, verdict in zip(_lines(content, data_format), judged, strict=True):
        if isinstance(line.content, list) and not header:
            header = line.content
        elif verdict.is_entry:
            is_wrong = any(flaw.violation.severity is Severity.ERROR for flaw in verdict.flaws)
            yield None if is_wrong else _contact(line, header)


def _lines(content: bytes, data_format: str) -> Iterator[Line]:
    file = EntryFile(io.BytesIO(content), "ses")
    return file.objects() if data_format == "JSON" else file.rows()


def _contact(line: Line, header: list[str]) -> dict[str, Any]:
    if isinstance(line.content, list):
        row = dict(zip(header, line.content, strict=True))
        given: dict[str, Any] = {
            "emailAddress": row["emailAddress"],
            "unsubscribeAll": row.get("unsubscribeAll", "").lower() == "true",
            "attributesData": row.get("attributesData"),
            "topicPreferences": [
                {"topicName": name.removeprefix(_TOPIC), "subscriptionStatus": status}
                for name, status in row.items()
                if name.startswith(_TOPIC) and status
            ],
        }
    else:
        given = line.content or {}
    return {
        "EmailAddress": given["emailAddress"],
        "UnsubscribeAll": given.get("unsubscribeAll") or False,
        "AttributesData": given.get("attributesData") or None,
        "TopicPreferences": [
            {"TopicName": one["topicName"], "SubscriptionStatus": one["subscriptionStatus"]}
            for one in given.get("topicPreferences") or []
        ],
    }


def _topics(contact: dict[str, Any]) -> set[str]:
    return {one["TopicName"] for one in contact["TopicPreferences"]}


def _put(contact_list: ContactList, contact: dict[str, Any], now: float) -> None:
    stated = _topics(contact)
    defaults = [
        {"TopicName": topic["TopicName"], "SubscriptionStatus": topic["DefaultSubscriptionStatus"]}
        for topic in contact_list.topics
        if topic["TopicName"] not in stated
    ]
    contact_list.put({**contact, "TopicDefaultPreferences": defaults}, now=now)
