"""What the function of a runner may do for one job."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from aws_cdk import IResolvable, Names, aws_iam
from constructs import Construct, IDependable

from cdk_data_jobs.asked import bucket_arn, bucket_name, role_arn, stack_of
from cdk_data_jobs.conditions import JobOnlyResources
from cdk_data_jobs.definition import JobDefinition
from cdk_data_jobs.places import path_below
from cdk_data_jobs.runner import DataJobRunner
from cdk_data_jobs.runner_policy import RunnerPolicy
from cdk_data_jobs.storage import Location
from cdk_data_jobs.tokens import is_unresolved

_POLICY_NAME_MAX_LENGTH = 128
_CUSTOM = "Custom::"
_REASONS = {
    "job": "A job's ARN has the name that the run gives it, so only the kind of job is known before.",
    "*": "The service authorizes it for all resources or none.",
}
_NO_RESOURCE_OF_THE_APP = (
    "The jobs wait for the policy, so it must not wait for what they use, which may wait for other jobs."
)
_COPIES = "It holds nothing but the copies that the function makes and deletes."
_ARRIVALS = "What arrives has names that nobody knows yet."


class JobPermissions:
    """Grants of a job to the function that runs it.

    All jobs of a stack wait for the policy that they share, so it must not wait for anything that may wait for a job.
    What a user says, which may be a resource of the app, goes to policies of their own.

    What the job's deletion needs, or a run that it waits for, is in policies that are there as long as any job that
    needs them: a deployment that removes a job changes the policies that stay before it deletes the job, and those that
    go afterwards.
    """

    def __init__(
        self,
        job: Construct,
        runner: DataJobRunner,
        definition: JobDefinition,
        kind: str | None,
        *,
        job_only: JobOnlyResources,
    ) -> None:
        """Grants nothing yet.

        Args:
            job: The job.
            runner: What runs it.
            definition: How it is created and watched.
            kind: The type of its custom resource, if the library defines it; none if a user does.
            job_only: What has the condition of the job's own resource.
        """
        self._job = job
        self._runner = runner
        self._definition = definition
        self._kind = kind
        self._job_only = job_only
        self._own: RunnerPolicy | None = None
        self.policies: list[IDependable] = []
        """What must exist before the job runs."""

    @cached_property
    def shared(self) -> RunnerPolicy:
        """The policy of all jobs of the stack, for what no deletion needs but the stack's status."""
        return self._runner.policy_in(stack_of(self._job))

    @cached_property
    def of_kind(self) -> RunnerPolicy | None:
        """The policy of the stack's jobs of the same kind; none if a user defines it."""
        return self._needed(part=self._kind.removeprefix(_CUSTOM)) if self._kind else None

    @property
    def own(self) -> RunnerPolicy:
        """A policy for this job alone, made on first use."""
        if self._own is None:
            name = Names.unique_resource_name(self._job, max_length=_POLICY_NAME_MAX_LENGTH)
            self._own = RunnerPolicy(self._job, "Policy", self._runner, name)
            self._job_only.add(self._own)
            self.policies.append(self._own)
        return self._own

    def allow_calls(self, parameters: Mapping[str, Any], tags: IResolvable | None) -> None:
        """Grants what the definition says.

        Args:
            parameters: The parameters of the create call.
            tags: The job's tags, which may turn out to be none at synthesis; none if its service has no tags.
        """
        definition = self._definition
        self._allow(definition.permissions, parameters)
        # A policy must not be empty, so what depends on tags is granted anyway where nothing else is.
        is_sure = not self._kind and not definition.permissions and self._own is None
        self._allow(definition.tag_permissions, parameters, when=None if is_sure else tags)
        self.policies += dict.fromkeys([self._runner.policy_in(stack_of(self._runner)), self.shared])

    def allow_passing(self, role: aws_iam.IRole, principal: str, *, is_free: bool = False) -> None:
        """Grants to pass a role on.

        Args:
            role: The role.
            principal: The service principal that it is passed to.
            is_free: Whether it is known that the role waits for nothing that may wait for a job.
        """
        self._policy_naming(role, is_free=is_free).allow(
            ["iam:PassRole"],
            [role_arn(role)],
            condition={"StringEquals": {"iam:PassedToService": principal}},
        )

    def allow_copying(self, location: Location) -> list[dict[str, str]]:
        """Grants to copy local files to where the job reads them, and returns them as the function wants them.

        Args:
            location: Where the job reads.
        """
        self.shared.allow_reading([file.asset for file in location.files])
        self.allow_copies(location)
        target = f"s3://{bucket_name(location.bucket)}"
        return [{"Source": file.asset.s3_object_url, "Target": f"{target}/{file.target}"} for file in location.files]

    def allow_copies(self, location: Location) -> None:
        """Grants to write copies, and to delete them.

        Args:
            location: Where the copies are.
        """
        policy = self._of_copies(location)
        objects = f"{bucket_arn(location.bucket)}/{location.copies}"
        policy.allow(["s3:PutObject", "s3:DeleteObject"], [objects], wildcard_reason=_COPIES)
        if key := location.encryption_key:
            # Amazon S3 User Guide, "Using server-side encryption with AWS KMS keys": what a copy in parts needs.
            policy.allow(["kms:Decrypt", "kms:GenerateDataKey"], [key.key_arn])

    def allow_gathering(self, source: Location, arriving: str, inbox: Location) -> None:
        """Grants to note what arrives, and to copy it to where the job reads it.

        Args:
            source: Where it arrives.
            arriving: The key pattern of what arrives.
            inbox: Where the notes are.
        """
        objects = f"{bucket_arn(source.bucket)}/{arriving}"
        self.own.allow(["s3:GetObject"], [objects], wildcard_reason=_ARRIVALS)
        # Without it, S3 calls an object that is gone a forbidden one.
        self.own.allow(["s3:ListBucket"], [bucket_arn(source.bucket)])
        if source.encryption_key:
            self.own.allow(["kms:Decrypt"], [source.encryption_key.key_arn])
        notes = f"{bucket_arn(inbox.bucket)}/{inbox.objects}"
        policy = self._of_copies(inbox)
        policy.allow(["s3:GetObject"], [notes], wildcard_reason=_COPIES)
        # A bucket that is the runner's own holds nothing but copies.
        is_own = inbox.copies == "*"
        only_copies = None if is_own else {"StringLike": {"s3:prefix": inbox.copies}}
        policy.allow(["s3:ListBucket"], [bucket_arn(inbox.bucket)], condition=only_copies)
        self.allow_copies(inbox)

    def allow_answering_tasks(self) -> None:
        """Grants to answer the tasks of state machines."""
        policy = self._needed(part="Tasks")
        policy.allow(["states:SendTaskSuccess", "states:SendTaskFailure"], ["*"], wildcard_reason=_REASONS["*"])

    def allow_events(self) -> None:
        """Grants to send events to the account's default bus."""
        bus = stack_of(self._job).format_arn(service="events", resource="event-bus", resource_name="default")
        self._needed(part="Events").allow(["events:PutEvents"], [bus])

    def _allow(
        self,
        permissions: Mapping[str, Sequence[str]],
        parameters: Mapping[str, Any],
        when: IResolvable | None = None,
    ) -> None:
        for action, of in permissions.items():
            for one in of:
                arn = self._definition.resource(one, stack_of(self._job), parameters)
                if self.of_kind:
                    reason = _REASONS.get(one, _NO_RESOURCE_OF_THE_APP)
                    self.of_kind.allow([action], [arn], when=when, wildcard_reason=reason)
                else:
                    self.own.allow([action], [arn], when=when)

    def _policy_naming(self, role: aws_iam.IRole, *, is_free: bool) -> RunnerPolicy:
        """Returns where a role is named: one that may wait for a job is not named for all jobs."""
        if is_free or not is_unresolved(role_arn(role)):
            return self.shared
        if role.node.scope is self._job:
            return self.own
        return self._needed(role)

    def _of_copies(self, location: Location) -> RunnerPolicy:
        """Returns the policy of the stack's jobs with copies in a bucket."""
        return self._needed(part=f"Copies{path_below(stack_of(self._job), location.bucket)}")

    def _needed(self, role: aws_iam.IRole | None = None, *, part: str = "") -> RunnerPolicy:
        """Returns a policy of some of the stack's jobs, for which the job waits."""
        policy = self._runner.policy_in(stack_of(self._job), role, part=part)
        if policy not in self.policies:
            self.policies.append(policy)
        return policy
