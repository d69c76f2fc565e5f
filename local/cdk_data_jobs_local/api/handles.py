"""What a test may ask of the emulated services, beside their APIs."""

from typing import Any, Literal, cast

from cdk_data_jobs_local.api.process import Server


class ServiceHandle:
    """The inside of an emulated service of a running offline AWS."""

    service: str
    """boto3's name of the service."""

    def __init__(self, server: Server) -> None:
        """Make one.

        Args:
            server: the server it runs in.
        """
        self._server = server

    def settings(self, **changes: float) -> dict[str, float]:
        """Change the service's figures, and see all of them.

        Args:
            **changes: fields of the emulated service's `Settings` and their new values.

        Raises:
            OfflineAwsError: there is no such figure.
        """
        return cast("dict[str, float]", self._ask("settings", **changes))

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
        """Let something go wrong with the next calls of an operation. Faults of the same operation follow each other.

        Args:
            operation: the operation, such as `CreateDatasetImportJob`.
            error: the exception that is answered, such as `LimitExceededException` or `ThrottlingException`. By default
                the call is answered as usual, after the delay.
            message: the words of the exception.
            status: the HTTP status of the exception, such as 500. By default the one that the service's model gives
                it, or 400.
            times: how many calls it befalls.
            delay: how many service seconds the answer takes.
            when: whether it befalls a call before it took effect, or after.
            drop: close the connection instead of answering.
            late: close the connection at once, and let the call take effect so many service seconds later.
        """
        self._ask(
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
        """Forget the faults that have not happened."""
        self._ask("clear-faults")

    def forget_job(self, job_id: str) -> None:
        """Let the service know nothing of a job any more, as it may of one that ended long ago.

        Args:
            job_id: the job's ARN or id.

        Raises:
            OfflineAwsError: there is no such job.
        """
        self._ask("forget-job", job_id=job_id)

    def calls(self) -> dict[str, int]:
        """How often each operation was called, by whomever."""
        return cast("dict[str, int]", self._ask("calls"))

    def _ask(self, command: str, **arguments: object) -> object:
        return self._server.ask(f"{self.service}/{command}", **arguments)

    def _jobs(self, kind: str) -> list[dict[str, Any]]:
        return cast("list[dict[str, Any]]", self._ask("jobs", kind=kind))

    def _set(self, **figures: float | None) -> None:
        self.settings(**{name: value for name, value in figures.items() if value is not None})


class PersonalizeHandle(ServiceHandle):
    """The inside of the emulated Amazon Personalize of a running offline AWS.

    Its figures are the fields of `cdk_data_jobs_local.services.personalize.Settings`.
    """

    service = "personalize"

    def durations(
        self, *, pending: float | None = None, in_progress: float | None = None, creating: float | None = None
    ) -> None:
        """Set how long things take from now on, in service seconds; what is under way keeps its times.

        Args:
            pending: how long a job is CREATE PENDING. By default it stays as it is (60 at first).
            in_progress: how long a job is CREATE IN_PROGRESS. By default it stays as it is (120 at first).
            creating: how long dataset groups, datasets, solution versions and their like take to become ACTIVE. By
                default it stays as it is (10 at first).
        """
        self._set(pending=pending, in_progress=in_progress, creating=creating)

    def rows(self, dataset_arn: str, *, limit: int | None = None) -> list[dict[str, str]]:
        """The rows that a dataset holds now, by column, oldest first.

        Args:
            dataset_arn: the dataset.
            limit: the most rows to return. By default all.
        """
        return cast("list[dict[str, str]]", self._ask("rows", dataset_arn=dataset_arn, limit=limit))

    def row_count(self, dataset_arn: str) -> int:
        """How many rows a dataset holds now."""
        return cast("int", self._ask("row-count", dataset_arn=dataset_arn))

    def jobs(self, kind: str = "DatasetImportJob") -> list[dict[str, Any]]:
        """Every job of a kind, oldest first.

        Each has the members that the kind's Describe operation gives (times as Unix seconds), `started` and `ended`
        (when it begins to run and when its work is done, in the past or in the future), and once it succeeded what it
        achieved: `rows` and `bytes` that were read or written, `files` that were written, `numDeleted`.

        Args:
            kind: `DatasetImportJob`, `DatasetExportJob`, `DataDeletionJob`, `BatchInferenceJob` or `BatchSegmentJob`.

        Raises:
            OfflineAwsError: there is no such kind.
        """
        return self._jobs(kind)


class PinpointHandle(ServiceHandle):
    """The inside of the emulated Amazon Pinpoint of a running offline AWS.

    Its figures are the fields of `cdk_data_jobs_local.services.pinpoint.Settings`.
    """

    service = "pinpoint"

    def durations(self, *, pending: float | None = None, in_progress: float | None = None) -> None:
        """Set how long jobs take from now on, in service seconds; what is under way keeps its times.

        Args:
            pending: how long until a job is PROCESSING. By default it stays as it is (60 at first).
            in_progress: how long from then until it has ended. By default it stays as it is (120 at first).
        """
        self._set(pending=pending, in_progress=in_progress)

    def jobs(self, kind: str = "ImportJob") -> list[dict[str, Any]]:
        """Every job of a kind in all applications, oldest first.

        Each has the members that GetImportJob or GetExportJob gives, the whole `Definition`, and `started` and `ended`
        (when it is PROCESSING and when it has ended, in the past or in the future, as Unix seconds).

        Args:
            kind: `ImportJob` or `ExportJob`.

        Raises:
            OfflineAwsError: there is no such kind.
        """
        return self._jobs(kind)

    def endpoints(self, application_id: str) -> list[dict[str, Any]]:
        """The endpoints that an application has registered, oldest first, as GetEndpoint gives them.

        Raises:
            OfflineAwsError: there is no such application.
        """
        return cast("list[dict[str, Any]]", self._ask("endpoints", application_id=application_id))

    def segments(self, application_id: str) -> list[dict[str, Any]]:
        """The segments of an application, oldest first, as GetSegment gives them, each with its `Endpoints`.

        Raises:
            OfflineAwsError: there is no such application.
        """
        return cast("list[dict[str, Any]]", self._ask("segments", application_id=application_id))
