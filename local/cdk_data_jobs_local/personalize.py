"""What can a test ask of the emulated Amazon Personalize, beside its API?"""

from typing import Any, Literal, cast

from cdk_data_jobs_local.process import Server


class PersonalizeHandle:
    """The inside of the emulated Amazon Personalize of a running offline AWS."""

    def __init__(self, server: Server) -> None:
        """Make one.

        Args:
            server: the server it runs in.
        """
        self._server = server

    def durations(
        self, *, pending: float | None = None, in_progress: float | None = None, creating: float | None = None
    ) -> None:
        """Set how long things take from now on, in service seconds; what is under way keeps its times.

        Args:
            pending: how long a job is CREATE PENDING. By default it stays as it is (60 at first).
            in_progress: how long a job is CREATE IN_PROGRESS. By default it stays as it is (120 at first).
            creating: how long dataset groups and datasets take to become ACTIVE. By default it stays as it is (10 at
                first).
        """
        durations = {"pending": pending, "in_progress": in_progress, "creating": creating}
        self.settings(**{name: value for name, value in durations.items() if value is not None})

    def settings(self, **changes: float) -> dict[str, float]:
        """Change the service's figures, and see all of them.

        Args:
            **changes: fields of `cdk_data_jobs_local.emulator.personalize.Settings` and their new values.

        Raises:
            OfflineAwsError: there is no such figure.
        """
        return cast("dict[str, float]", self._server.ask("personalize/settings", **changes))

    def fault(
        self,
        *,
        operation: str,
        error: str | None = None,
        message: str = "injected by a test",
        status: int = 400,
        times: int = 1,
        delay: float = 0.0,
        when: Literal["before", "after"] = "before",
        drop: bool = False,
    ) -> None:
        """Let something go wrong with the next calls of an operation. Faults of the same operation follow each other.

        Args:
            operation: the operation, such as `CreateDatasetImportJob`.
            error: the exception that is answered, such as `LimitExceededException` or `ThrottlingException`. By default
                the call is answered as usual, after the delay.
            message: the words of the exception.
            status: the HTTP status of the exception, such as 500.
            times: how many calls it befalls.
            delay: how many service seconds the answer takes.
            when: whether it befalls a call before it took effect, or after.
            drop: close the connection instead of answering.
        """
        self._server.ask(
            "personalize/fault",
            operation=operation,
            error=error,
            message=message,
            status=status,
            times=times,
            delay=delay,
            when=when,
            drop=drop,
        )

    def clear_faults(self) -> None:
        """Forget the faults that have not happened."""
        self._server.ask("personalize/clear-faults")

    def rows(self, dataset_arn: str, *, limit: int | None = None) -> list[dict[str, str]]:
        """The rows that a dataset holds now, by column, oldest first.

        Args:
            dataset_arn: the dataset.
            limit: the most rows to return. By default all.
        """
        answer = self._server.ask("personalize/rows", dataset_arn=dataset_arn, limit=limit)
        return cast("list[dict[str, str]]", answer)

    def row_count(self, dataset_arn: str) -> int:
        """How many rows a dataset holds now."""
        return cast("int", self._server.ask("personalize/row-count", dataset_arn=dataset_arn))

    def jobs(self) -> list[dict[str, Any]]:
        """Every dataset import job, oldest first.

        Each has the members that DescribeDatasetImportJob gives (times as Unix seconds), `started` and `ended` (when it
        begins to run and when its work is done, in the past or in the future), and once it succeeded `rows` and
        `bytes`, what it read.
        """
        return cast("list[dict[str, Any]]", self._server.ask("personalize/jobs"))

    def calls(self) -> dict[str, int]:
        """How often each operation was called, by whomever."""
        return cast("dict[str, int]", self._server.ask("personalize/calls"))
