"""The permissions that a runner's function needs for one job."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from aws_cdk import IResolvable, aws_iam
from constructs import Construct, IDependable

from cdk_data_jobs._definition.parameters import resolve_resource
from cdk_data_jobs._job.job_condition import JobCondition
from cdk_data_jobs._runner.runner_policy import RunnerPolicy
from cdk_data_jobs._storage.location import Location
from cdk_data_jobs._support.construct_paths import path_below
from cdk_data_jobs._support.memo import bucket_arn, bucket_name, role_arn, stack_of
from cdk_data_jobs._support.tokens import is_unresolved
from cdk_data_jobs.definitions import JobDefinition
from cdk_data_jobs.runner import DataJobRunner

_TYPE_PREFIX = "Custom::"
_WILDCARD_REASONS = {
    "job": "A job's ARN has the name that the run gives it, so only the kind of job is known before.",
    "*": "The service authorizes it for all resources or none.",
}
_NO_RESOURCE_REASON = (
    "The jobs wait for the policy, so it must not wait for what they use, which may wait for other jobs."
)
_COPIES_REASON = "It holds nothing but the copies that the function makes and deletes."
_JOB_ID_REASON = "A job's ARN has the id that the service gives it, so only what the job is of is known before."
_UPLOADS_REASON = "The names of uploaded files are not known before."


class JobPermissions:
    """Extends the policies of a runner's function with the permissions that it needs for one job.

    All jobs of a stack depend on the policy that they share, so it must not depend on anything that may depend on a
    job. Permissions for what a user passes in, which may be a resource of the app, are in other policies.

    The permissions that the job's deletion needs, and the runs that it waits for, are in policies that exist as long as
    any job that needs them: a deployment that removes a job updates the policies that remain before it deletes the job,
    and deletes the others afterwards.
    """

    def __init__(
        self,
        job: Construct,
        runner: DataJobRunner,
        definition: JobDefinition,
        kind: str | None,
        *,
        is_users_kind: bool,
        job_condition: JobCondition,
    ) -> None:
        """Creates the object; the methods `allow_...` grant the permissions.

        Args:
            job: The job.
            runner: The runner.
            definition: The definition of the job.
            kind: The type of its custom resource, if the function has the kind's definition; None if the resource has.
            is_users_kind: Whether the definition is a user's own, who then has to acknowledge its wildcards.
            job_condition: The condition of the job's own resource.
        """
        self._job = job
        self._runner = runner
        self._definition = definition
        self._kind = kind
        self._is_users_kind = is_users_kind
        self._job_condition = job_condition
        self._own: RunnerPolicy | None = None
        self.policies: list[IDependable] = []
        """The policies that must exist before the job runs."""

    @cached_property
    def shared_policy(self) -> RunnerPolicy:
        """The policy of all jobs of the stack, for what no deletion needs but the stack's status."""
        return self._runner.policies.for_stack(stack_of(self._job))

    @cached_property
    def kind_policy(self) -> RunnerPolicy | None:
        """The policy of the stack's jobs of the same kind; None if the resource has the kind's definition."""
        return self._policy_for(part=self._kind.removeprefix(_TYPE_PREFIX)) if self._kind else None

    @property
    def own_policy(self) -> RunnerPolicy:
        """A policy for this job alone, created on first use."""
        if self._own is None:
            self._own = self._runner.policies.for_job(self._job)
            self._job_condition.apply_to(self._own)
            self.policies.append(self._own)
        return self._own

    def allow_calls(self, parameters: Mapping[str, Any], tags: IResolvable | None) -> None:
        """Allows the calls of the definition, with its `permissions` and `tag_permissions`.

        Args:
            parameters: The parameters of the create call.
            tags: The job's tags, which may turn out to be empty at synthesis; None if its service has no tags.
        """
        definition = self._definition
        self._allow(definition.permissions, parameters)
        # A policy must not be empty: where it has nothing else, the permissions for tags are granted even without tags.
        must_grant = not self._kind and not definition.permissions and self._own is None
        self._allow(definition.tag_permissions, parameters, when=None if must_grant else tags)
        self.policies += dict.fromkeys([self._runner.policies.for_stack(stack_of(self._runner)), self.shared_policy])

    def allow_passing_role(self, role: aws_iam.IRole, principal: str, *, is_independent: bool = False) -> None:
        """Allows passing a role to a service.

        Args:
            role: The role.
            principal: The principal of the service.
            is_independent: Whether it is known that the role depends on nothing that may depend on a job.
        """
        self._policy_for_passing(role, is_independent=is_independent).allow(
            ["iam:PassRole"],
            [role_arn(role)],
            condition={"StringEquals": {"iam:PassedToService": principal}},
        )

    def allow_copying_files(self, location: Location) -> list[dict[str, str]]:
        """Allows copying local files to where the job reads them, and returns the property `Files`.

        Args:
            location: The location that the job reads.
        """
        self.shared_policy.allow_reading([file.asset for file in location.files])
        self.allow_writing_copies(location)
        target = f"s3://{bucket_name(location.bucket)}"
        return [{"Source": file.asset.s3_object_url, "Target": f"{target}/{file.target}"} for file in location.files]

    def allow_writing_copies(self, location: Location) -> None:
        """Allows writing copies, and deleting them.

        Args:
            location: The location of the copies.
        """
        policy = self._copies_policy(location)
        objects = f"{bucket_arn(location.bucket)}/{location.copies_pattern}"
        policy.allow(["s3:PutObject", "s3:DeleteObject"], [objects], wildcard_reason=_COPIES_REASON)
        if key := location.encryption_key:
            # Amazon S3 User Guide, "Using server-side encryption with AWS KMS keys": what a copy in parts needs.
            policy.allow(["kms:Decrypt", "kms:GenerateDataKey"], [key.key_arn])

    def allow_upload_batches(self, source: Location, object_pattern: str, markers: Location) -> None:
        """Allows writing a marker object for each uploaded file, and copying the files to where the job reads them.

        Args:
            source: The location that files are uploaded to.
            object_pattern: The key pattern of the files.
            markers: The location of the marker objects.
        """
        objects = f"{bucket_arn(source.bucket)}/{object_pattern}"
        self.own_policy.allow(["s3:GetObject"], [objects], wildcard_reason=_UPLOADS_REASON)
        # Without it, S3 reports a deleted object as access denied.
        self.own_policy.allow(["s3:ListBucket"], [bucket_arn(source.bucket)])
        if source.encryption_key:
            self.own_policy.allow(["kms:Decrypt"], [source.encryption_key.key_arn])
        marker_objects = f"{bucket_arn(markers.bucket)}/{markers.object_pattern}"
        policy = self._copies_policy(markers)
        policy.allow(["s3:GetObject"], [marker_objects], wildcard_reason=_COPIES_REASON)
        # A bucket that the library creates holds nothing but copies.
        holds_only_copies = markers.copies_pattern == "*"
        only_copies = None if holds_only_copies else {"StringLike": {"s3:prefix": markers.copies_pattern}}
        policy.allow(["s3:ListBucket"], [bucket_arn(markers.bucket)], condition=only_copies)
        self.allow_writing_copies(markers)

    def allow_task_callbacks(self) -> None:
        """Allows reporting success or failure to the tasks of state machines."""
        policy = self._policy_for(part="Tasks")
        policy.allow(
            ["states:SendTaskSuccess", "states:SendTaskFailure"], ["*"], wildcard_reason=_WILDCARD_REASONS["*"]
        )

    def allow_events(self) -> None:
        """Allows sending events to the account's default event bus."""
        bus = stack_of(self._job).format_arn(service="events", resource="event-bus", resource_name="default")
        self._policy_for(part="Events").allow(["events:PutEvents"], [bus])

    def _allow(
        self,
        permissions: Mapping[str, Sequence[str]],
        parameters: Mapping[str, Any],
        when: IResolvable | None = None,
    ) -> None:
        for actions, resources in self._statements(permissions):
            for resource in resources:
                arn = resolve_resource(self._definition, resource, stack_of(self._job), parameters)
                if self.kind_policy:
                    reason: str | None = _WILDCARD_REASONS.get(resource, _NO_RESOURCE_REASON)
                    self.kind_policy.allow(actions, [arn], when=when, wildcard_reason=reason)
                else:
                    known = None if self._is_users_kind else _WILDCARD_REASONS.get(resource, _JOB_ID_REASON)
                    self.own_policy.allow(actions, [arn], when=when, wildcard_reason=known)

    def _statements(self, permissions: Mapping[str, Sequence[str]]) -> list[tuple[list[str], Sequence[str]]]:
        """Returns the actions that are in one statement, with their resources."""
        if self.kind_policy:
            return [([action], resources) for action, resources in permissions.items()]
        # What is on the same resources is in one, for a role's policies may have 10,240 characters together.
        by_resources: dict[tuple[str, ...], list[str]] = {}
        for action, resources in permissions.items():
            by_resources.setdefault((*resources,), []).append(action)
        return [(actions, resources) for resources, actions in by_resources.items()]

    def _policy_for_passing(self, role: aws_iam.IRole, *, is_independent: bool) -> RunnerPolicy:
        """Returns the policy that refers to a role: not that of all jobs, if the role may depend on a job."""
        if is_independent or not is_unresolved(role_arn(role)):
            return self.shared_policy
        if role.node.scope is self._job:
            return self.own_policy
        return self._policy_for(role)

    def _copies_policy(self, location: Location) -> RunnerPolicy:
        """Returns the policy of the stack's jobs that have copies in a bucket."""
        return self._policy_for(part=f"Copies{path_below(stack_of(self._job), location.bucket)}")

    def _policy_for(self, role: aws_iam.IRole | None = None, *, part: str = "") -> RunnerPolicy:
        """Returns a policy of some of the stack's jobs, on which the job then depends."""
        policy = self._runner.policies.for_stack(stack_of(self._job), role, part=part)
        if policy not in self.policies:
            self.policies.append(policy)
        return policy
