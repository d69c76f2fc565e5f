"""Handles of the emulated services: what tests set and read that the services' APIs do not have."""

from typing import Any, Literal, cast

from cdk_data_jobs_local.api.process import Server


class ServiceHandle:
    """A handle of an emulated service of a running offline AWS."""

    service: str
    """boto3's name of the service."""

    def __init__(self, server: Server) -> None:
        """Creates it.

        Args:
            server: The server it runs in.
        """
        self._server = server

    def settings(self, **changes: float) -> dict[str, float]:
        """Changes the service's settings; returns all of them.

        Args:
            **changes: Fields of the emulated service's `Settings` and their new values.

        Raises:
            OfflineAwsError: There is no such setting.
        """
        return cast("dict[str, float]", self._send("settings", **changes))

    def fault(
        self,
        *,
        operation: str,
        error: str | None = None,
        message: str = "injected by a test",
        status: int | None = None,
        times: int = 1,
        delay: float = 0.0,
        when: Literal["before", "after"] = "before",
        drop: bool = False,
        late: float = 0.0,
    ) -> None:
        """Adds a fault to the next calls of an operation. Faults of the same operation follow each other.

        Args:
            operation: The operation, such as `CreateDatasetImportJob`.
            error: The exception that is returned, such as `LimitExceededException` or `ThrottlingException`. By default
                the call returns as usual, after the delay.
            message: The message of the exception.
            status: The HTTP status of the exception, such as 500. By default the one that the service's model gives
                it, or 400.
            times: How many calls it affects.
            delay: How many seconds of the emulated clock the response takes.
            when: Whether the call fails before it took effect, or after.
            drop: Close the connection instead of responding.
            late: Close the connection at once, and let the call take effect so many seconds of the emulated clock
                later.
        """
        self._send(
            "fault",
            operation=operation,
            error=error,
            message=message,
            status=status,
            times=times,
            delay=delay,
            when=when,
            drop=drop,
            late=late,
        )

    def clear_faults(self) -> None:
        """Removes the faults that have not happened."""
        self._send("clear-faults")

    def forget_job(self, job_id: str) -> None:
        """Deletes the service's record of a job, as a service may do with one that ended long ago.

        Args:
            job_id: The job's ARN or id.

        Raises:
            OfflineAwsError: There is no such job.
        """
        self._send("forget-job", job_id=job_id)

    def calls(self) -> dict[str, int]:
        """Returns how often each operation was called, by all callers."""
        return cast("dict[str, int]", self._send("calls"))

    def _send(self, command: str, **arguments: object) -> object:
        return self._server.send_command(f"{self.service}/{command}", **arguments)

    def _jobs(self, kind: str) -> list[dict[str, Any]]:
        return cast("list[dict[str, Any]]", self._send("jobs", kind=kind))

    def _change(self, **settings: float | None) -> None:
        self.settings(**{name: value for name, value in settings.items() if value is not None})


class PersonalizeHandle(ServiceHandle):
    """A handle of the emulated Amazon Personalize of a running offline AWS.

    Its settings are the fields of `cdk_data_jobs_local.services.personalize.Settings`.
    """

    service = "personalize"
    """boto3's name of the service."""

    def durations(
        self, *, pending: float | None = None, in_progress: float | None = None, creating: float | None = None
    ) -> None:
        """Sets how long things take from now on, in seconds of the emulated clock; what is in progress keeps its times.

        Args:
            pending: How long a job is CREATE PENDING. By default it stays as it is (60 at first).
            in_progress: How long a job of any kind is CREATE IN_PROGRESS. By default it stays as it is (at first as
                long as in published runs, by kind: an import takes 240).
            creating: How long dataset groups, datasets, solution versions and their like take to become ACTIVE. By
                default it stays as it is (at first 1,260 for solution versions, 30 for the others).
        """
        self._change(pending=pending, in_progress=in_progress, creating=creating)

    def rows(self, dataset_arn: str, *, limit: int | None = None) -> list[dict[str, str]]:
        """Returns the rows that a dataset holds now, by column, oldest first.

        Args:
            dataset_arn: The dataset.
            limit: The most rows to return. By default all.
        """
        return cast("list[dict[str, str]]", self._send("rows", dataset_arn=dataset_arn, limit=limit))

    def row_count(self, dataset_arn: str) -> int:
        """Returns how many rows a dataset holds now."""
        return cast("int", self._send("row-count", dataset_arn=dataset_arn))

    def jobs(self, kind: str = "DatasetImportJob") -> list[dict[str, Any]]:
        """Returns every job of a kind, oldest first.

        Each has the members that the kind's Describe operation gives (times as Unix seconds), `started` and `ended`
        (when it begins to run and when its work is done, in the past or in the future), and once it succeeded what it
        achieved: `rows` and `bytes` that were read or written, `files` that were written, `numDeleted`.

        Args:
            kind: `DatasetImportJob`, `DatasetExportJob`, `DataDeletionJob`, `BatchInferenceJob` or `BatchSegmentJob`.

        Raises:
            OfflineAwsError: There is no such kind.
        """
        return self._jobs(kind)


class PinpointHandle(ServiceHandle):
    """A handle of the emulated Amazon Pinpoint of a running offline AWS.

    Its settings are the fields of `cdk_data_jobs_local.services.pinpoint.Settings`.
    """

    service = "pinpoint"
    """boto3's name of the service."""

    def durations(self, *, pending: float | None = None, in_progress: float | None = None) -> None:
        """Sets how long jobs take from now on, in seconds of the emulated clock; what is in progress keeps its times.

        Args:
            pending: How long until a job is PROCESSING. By default it stays as it is (2 at first).
            in_progress: How long from then until it has ended. By default it stays as it is (8 at first).
        """
        self._change(pending=pending, in_progress=in_progress)

    def jobs(self, kind: str = "ImportJob") -> list[dict[str, Any]]:
        """Returns every job of a kind in all applications, oldest first.

        Each has the members that GetImportJob or GetExportJob gives, the whole `Definition`, and `started` and `ended`
        (when it is PROCESSING and when it has ended, in the past or in the future, as Unix seconds).

        Args:
            kind: `ImportJob` or `ExportJob`.

        Raises:
            OfflineAwsError: There is no such kind.
        """
        return self._jobs(kind)

    def endpoints(self, application_id: str) -> list[dict[str, Any]]:
        """Returns the endpoints that an application has registered, oldest first, as GetEndpoint gives them.

        Raises:
            OfflineAwsError: There is no such application.
        """
        return cast("list[dict[str, Any]]", self._send("endpoints", application_id=application_id))

    def segments(self, application_id: str) -> list[dict[str, Any]]:
        """Returns the segments of an application, oldest first, as GetSegment gives them, each with its `Endpoints`.

        Raises:
            OfflineAwsError: There is no such application.
        """
        return cast("list[dict[str, Any]]", self._send("segments", application_id=application_id))


class SesHandle(ServiceHandle):
    """A handle of the emulated contact lists of Amazon SES of a running offline AWS.

    Its settings are the fields of `cdk_data_jobs_local.services.sesv2.Settings`.
    """

    service = "sesv2"
    """boto3's name of the service."""

    def durations(self, *, pending: float | None = None, in_progress: float | None = None) -> None:
        """Sets how long jobs take from now on, in seconds of the emulated clock; what is in progress keeps its times.

        Args:
            pending: How long until a job is PROCESSING. By default it stays as it is (2 at first).
            in_progress: How long from then until it has ended. By default it stays as it is (8 at first).
        """
        self._change(pending=pending, in_progress=in_progress)

    def jobs(self) -> list[dict[str, Any]]:
        """Returns every import job, oldest first.

        Each has the members that GetImportJob gives, and `started` and `ended` (when it is PROCESSING and when it has
        ended, in the past or in the future, as Unix seconds).
        """
        return self._jobs("ImportJob")

    def contacts(self, contact_list_name: str) -> list[dict[str, Any]]:
        """Returns the contacts of a list, oldest first, as GetContact gives them.

        Raises:
            OfflineAwsError: There is no such list.
        """
        return cast("list[dict[str, Any]]", self._send("contacts", contact_list_name=contact_list_name))
