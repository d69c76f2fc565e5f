"""What all kinds of jobs of Amazon Personalize have in common: how they are created, described and listed."""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

from cdk_data_jobs_local.services.core.access import (
    AccessDeniedError,
    AccessRules,
    CannotAssumeRoleError,
    NotFoundError,
    RoleSession,
)
from cdk_data_jobs_local.services.core.endpoint import Operation
from cdk_data_jobs_local.services.core.errors import ServiceError
from cdk_data_jobs_local.services.core.jobs import Job, JobFailedError, Jobs, Statuses
from cdk_data_jobs_local.services.core.location import Location
from cdk_data_jobs_local.services.core.model import member_of
from cdk_data_jobs_local.services.personalize.account import Account
from cdk_data_jobs_local.services.personalize.responses import (
    SERVICE_PRINCIPAL,
    already_exists,
    arn,
    arn_kind,
    display_name,
    invalid,
    not_found,
    page,
    too_many_at_once,
)

# Developer guide, "Giving Amazon Personalize access to Amazon S3 resources", and the page that is named here, by which
# policies must allow all of these; what the service does with them is not documented.
_RULES = AccessRules(
    requires_service_principal=True,
    key_actions=("kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey", "kms:ListGrants"),
    service_key_actions=("kms:CreateGrant",),
    guide="Giving Amazon Personalize permission to use your AWS KMS key",
)


class NoAccessError(JobFailedError):
    """The role, the bucket or the key does not let the service have the data."""


class JobKind(ABC):
    """The jobs of one kind. A subclass says what the create call checks, and what a job does."""

    type_name: str
    """The kind as the operations' names have it, such as `DatasetImportJob`."""

    parent_parameter: str
    """The parameter by which the List call chooses, such as `datasetArn`."""

    duration: str
    """The setting that says how long such a job is in progress."""

    quota: str | None = None
    """The setting that says how many may be under way at once, if that is limited."""

    statuses = Statuses()

    def __init__(self, account: Account) -> None:
        """Creates it.

        Args:
            account: What the jobs work on.
        """
        self.account = account
        self._member = member_of(self.type_name)
        self._arn_member = f"{self._member}Arn"
        self.jobs = Jobs(self._work, statuses=self.statuses)
        self._without_access: set[str] = set()

    @abstractmethod
    def check(self, job_arn: str, parameters: dict[str, Any]) -> None:
        """Checks the parameters of a create call.

        Raises:
            ServiceError: The service refuses.
            JobFailedError: The same; its message becomes that of an InvalidInputException.
        """

    @abstractmethod
    def work(self, job: Job) -> dict[str, Any]:
        """Does a job's work; returns what it achieved.

        Raises:
            JobFailedError: It failed.
            ServiceError: The same: what it needs is not there any more.
        """

    def arn(self, name: str) -> str:
        """Returns the ARN of a job with this name."""
        return arn(self.account.context, arn_kind(self.type_name), name)

    @property
    def operations(self) -> dict[str, Operation]:
        """What each operation does."""
        return {
            f"Create{self.type_name}": self._create,
            f"Describe{self.type_name}": lambda p: {self._member: self._describe(p[self._arn_member])},
            f"List{self.type_name}s": self._list,
        }

    def describe(self, job: Job) -> dict[str, Any]:
        """Returns the description of a job that its Describe operation returns."""
        return {
            **job.parameters,
            self._arn_member: job.id,
            "status": job.status,
            "creationDateTime": job.created,
            "lastUpdatedDateTime": job.updated,
            "failureReason": job.failure_reason,
        }

    def session(self, job_arn: str, role_arn: str) -> RoleSession:
        """Returns a session of the job's role, with access to S3.

        Raises:
            CannotAssumeRoleError: The role cannot be assumed.
        """
        access = self.account.context.access
        return access.assume_role(role_arn, service=SERVICE_PRINCIPAL, source_arn=job_arn, rules=_RULES)

    def counts_for_quota(self, job: Job, parameters: dict[str, Any]) -> bool:
        """Returns whether a job that has not ended counts for the quota of the one with these parameters."""
        del job, parameters
        return True

    def check_quota(self, parameters: dict[str, Any]) -> None:
        """Checks that no more jobs are under way than may be at once.

        Raises:
            ServiceError: LimitExceededException.
        """
        if self.quota is None:
            return
        most = getattr(self.account.settings, self.quota)
        if sum(self.counts_for_quota(job, parameters) for job in self.jobs.ongoing()) >= most:
            raise too_many_at_once(most)

    def _create(self, parameters: dict[str, Any]) -> dict[str, Any]:
        job_arn = self.arn(parameters["jobName"])
        if self.jobs.get(job_arn) is not None:
            raise already_exists(job_arn)
        try:
            self.check(job_arn, parameters)
        except JobFailedError as error:
            if not (isinstance(error, NoAccessError) and self.account.settings.late_access):
                raise invalid(str(error)) from error
            self._without_access.add(job_arn)
        self.account.tags.set(job_arn, parameters.get("tags", []))
        settings = self.account.settings
        self.jobs.begin(
            job_arn,
            parameters,
            now=self.account.context.clock.now(),
            pending=settings.pending,
            running=getattr(settings, self.duration) if settings.in_progress is None else settings.in_progress,
        )
        return {self._arn_member: job_arn}

    def _work(self, job: Job) -> dict[str, Any]:
        if job.id in self._without_access:
            # One of the reasons of failed jobs that the developer guide gives; a create call that is refused says more.
            raise JobFailedError("Insufficient privileges for accessing data in Amazon S3.")
        try:
            return self.work(job)
        except ServiceError as error:
            # What it needs was deleted in the meantime.
            raise JobFailedError(error.message) from error

    def _describe(self, job_arn: str) -> dict[str, Any]:
        job = self.jobs.get(job_arn)
        if job is None:
            raise not_found(display_name(self.type_name), job_arn)
        return self.describe(job)

    def _list(self, parameters: dict[str, Any]) -> dict[str, Any]:
        parent = parameters.get(self.parent_parameter)
        summaries = (self.describe(job) for job in self.jobs if parent in (None, job.parameters[self.parent_parameter]))
        return page(summaries, f"{self._member}s", self._arn_member, parameters)


@contextlib.contextmanager
def access_errors_as_failures(location: Location) -> Iterator[None]:
    """Gives errors of access to a location in S3 the service's message.

    Raises:
        JobFailedError: The role cannot be assumed, there is no access, or there is nothing at the location.
    """
    try:
        yield
    except CannotAssumeRoleError as error:
        raise JobFailedError(str(error)) from error
    except AccessDeniedError as error:
        raise NoAccessError(
            "Insufficient privileges for accessing data in S3. Please look at https://docs.aws.amazon.com/personalize/"
            "latest/dg/granting-personalize-s3-access.html#attach-bucket-policy and fix bucket policy on "
            f"{location.bucket}."
        ) from error
    except NotFoundError as error:
        raise JobFailedError("Invalid Data location.") from error
