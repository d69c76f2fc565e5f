"""The construct that every kind of job builds on: checks what was declared and makes the custom resource."""

import enum
from collections.abc import Mapping
from typing import Any, cast

import jsii
from aws_cdk import (
    CustomResource,
    Duration,
    IAnyProducer,
    IResolveContext,
    ITaggableV2,
    Lazy,
    Stack,
    TagManager,
    TagType,
    aws_iam,
)
from constructs import Construct, IDependable, IValidation

from cdk_data_jobs.access import Direction, ServiceAccess
from cdk_data_jobs.checks import (
    ValidationError,
    check_job_name,
    check_reference,
    check_timeout,
    default_job_name,
    tag_errors,
)
from cdk_data_jobs.definition import JobDefinition
from cdk_data_jobs.runner import DataJobRunner, RunnerPolicy
from cdk_data_jobs.storage import Location

_LONGEST_TIMEOUT = Duration.minutes(55)


class OnFailure(enum.Enum):
    """What a deployment does when a job fails."""

    ROLL_BACK = "ROLL_BACK"
    """The deployment fails with the job's reason, and is rolled back."""

    CONTINUE = "CONTINUE"
    """The deployment goes on; the job's status attribute tells how it ended."""


@jsii.implements(ITaggableV2)
class DataJob(Construct):
    """A data job that runs when it is deployed, and again when what defines it changes.

    Its tags, and those of the scopes that it is in, become tags of the job. Changing them, the role or the time-out
    does not run it again.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - as in every construct
        *,
        resource_type: str,
        job_name: str | None,
        role: aws_iam.IRole | None,
        wait_for_completion: bool,
        timeout: Duration | None,
        on_failure: OnFailure,
        trigger: str | None,
        runner: DataJobRunner | None,
    ) -> None:
        """Checks what all kinds of jobs have in common.

        Args:
            scope: The construct that the job belongs to.
            id: Its id in it.
            resource_type: The kind of job: a key of the table of job kinds.
            job_name: The base name, to which each run adds a suffix; if none, made from the construct's path.
            role: The role that the service assumes; if none, one is made and shared.
            wait_for_completion: Whether the deployment waits until the job has ended.
            timeout: How long it waits; if none, 55 minutes.
            on_failure: What the deployment does when the job fails.
            trigger: Any string; the job runs again when it changes.
            runner: What runs the job; if none, the stack's own.

        Raises:
            ValueError: If one of them cannot work.
        """
        super().__init__(scope, id)
        self._definition = JobDefinition.of(resource_type)
        if job_name is not None:
            check_job_name(job_name, self._definition.name_max_length)
        _check_options(wait_for_completion, timeout, on_failure, trigger)
        if role is not None:
            check_reference(role, "role_arn", "role", "an aws_iam.IRole", "aws_iam.Role.from_role_arn(...)")
        if runner is not None and not isinstance(runner, DataJobRunner):
            raise ValidationError(f"runner must be a DataJobRunner, got {type(runner).__name__}")
        self._runner = runner
        self._role = role
        self._options = {
            "JobName": job_name or default_job_name(self.node.path, self._definition.name_max_length),
            "Timeout": timeout.to_seconds() if timeout else None,
            "WaitForCompletion": None if wait_for_completion else False,
            "OnFailure": None if on_failure is OnFailure.ROLL_BACK else on_failure.value,
            "Trigger": trigger,
        }
        self._tags = TagManager(TagType.KEY_VALUE, resource_type)
        self.node.add_validation(cast("IValidation", _TagCheck(self._tags)))

    @property
    @jsii.member(jsii_name="cdkTagManager")
    def cdk_tag_manager(self) -> TagManager:
        """The tags that the job gets."""
        return self._tags

    @property
    def role(self) -> aws_iam.IRole:
        """The role that the service assumes to run the job."""
        return cast("aws_iam.IRole", self._role)

    def _declare(self, parameters: Mapping[str, Any], location: Location, direction: Direction) -> None:
        """Makes the custom resource, with access to the job's data.

        Args:
            parameters: The parameters of the service's create call, in its own spelling, less the job's name, its role
                and its tags.
            location: Where the data is.
            direction: Which way it goes.
        """
        stack = Stack.of(self)
        runner = self._runner or DataJobRunner.of(self)
        policy = runner.policy_in(stack)
        service = ServiceAccess.of(
            self, definition=self._definition, bucket=location.bucket, direction=direction
        ).allow(self, location, self._role)
        self._role = service.role
        self._allow_runner(policy, parameters, location)
        files = [
            {"Source": file.asset.s3_object_url, "Target": f"s3://{location.bucket.bucket_name}/{file.target}"}
            for file in location.files
        ]
        tags = Lazy.uncached_any(cast("IAnyProducer", _JobTags(self._tags)))
        properties = {
            "StateMachineArn": runner.state_machine.state_machine_arn,
            "Parameters": {**parameters, "roleArn": service.role.role_arn, "tags": tags},
            "Files": files or None,
            **self._options,
        }
        self._resource = CustomResource(
            self,
            "Resource",
            service_token=runner.function.function_arn,
            resource_type=self._definition.resource_type,
            properties={key: value for key, value in properties.items() if value is not None},
        )
        dependencies: list[IDependable] = [runner.policy_in(Stack.of(runner)), policy, *service.policies]
        self._resource.node.add_dependency(*dependencies)

    def _allow_runner(self, policy: RunnerPolicy, parameters: Mapping[str, Any], location: Location) -> None:
        """Lets the runner's function do what the table says, pass the role and copy the files."""
        known = {**parameters, "job": self._definition.jobs_arn(Stack.of(self)), "*": "*"}
        for action, resources in self._definition.permissions.items():
            policy.allow(
                [action],
                [known[resource] for resource in resources],
                wildcard_reason="A run adds a suffix to the job's name, so only the run knows its ARN.",
            )
        for action, resources in self._definition.tag_permissions.items():
            policy.allow(
                [action],
                [known[resource] for resource in resources],
                when=self._tags.has_tags,
                wildcard_reason="The service authorizes it for all resources or none.",
            )
        policy.allow(["iam:PassRole"], [self.role.role_arn], passed_to=self._definition.principal)
        if location.files:
            assets = [file.asset for file in location.files]
            policy.allow(["s3:GetObject"], [asset.bucket.arn_for_objects(asset.s3_object_key) for asset in assets])
            policy.allow(
                ["s3:PutObject", "s3:DeleteObject"],
                [location.bucket.arn_for_objects("*")],
                wildcard_reason="The bucket holds nothing but the copies that the function makes and deletes.",
            )

    def _attribute(self, name: str) -> str:
        """Returns a token for one of the attributes that the table names."""
        return self._resource.get_att_string(name)


def _check_options(
    wait_for_completion: bool, timeout: Duration | None, on_failure: OnFailure, trigger: str | None
) -> None:
    if timeout is not None:
        check_timeout(timeout, _LONGEST_TIMEOUT)
        if not wait_for_completion:
            raise ValidationError(
                "timeout says how long the deployment waits, and wait_for_completion=False says not to; remove one"
            )
    if not isinstance(on_failure, OnFailure):
        raise ValidationError(f"on_failure must be OnFailure.ROLL_BACK or OnFailure.CONTINUE, got {on_failure!r}")
    if on_failure is OnFailure.CONTINUE and not wait_for_completion:
        raise ValidationError(
            "on_failure=OnFailure.CONTINUE has no effect with wait_for_completion=False, which does not learn of a "
            "failure; remove one"
        )
    if trigger is not None and not isinstance(trigger, str):
        raise ValidationError(f"trigger must be a string, got {type(trigger).__name__} {trigger!r}")


@jsii.implements(IAnyProducer)
class _JobTags:
    """The tags as the service wants them, at synthesis, when the aspects have added those of all scopes."""

    def __init__(self, tags: TagManager) -> None:
        self._tags = tags

    def produce(self, context: IResolveContext) -> list[dict[str, str]] | None:  # noqa: ARG002 - jsii's interface
        tags = self._tags.tag_values()
        return [{"tagKey": key, "tagValue": tags[key]} for key in sorted(tags)] or None


@jsii.implements(IValidation)
class _TagCheck:
    def __init__(self, tags: TagManager) -> None:
        self._tags = tags

    def validate(self) -> list[str]:
        return tag_errors(self._tags.tag_values())
