"""A job of any AWS service."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Duration, aws_iam
from constructs import Construct

from cdk_data_jobs._access.service_principals import account_service_principal
from cdk_data_jobs._definition.parameters import (
    get_parameter,
    is_arn_template,
    needed_parameters,
    resolve_arn,
    set_parameter,
    validate_values,
    with_resolved_job_id,
)
from cdk_data_jobs._job.deployment_options import DeploymentOptions
from cdk_data_jobs._support.close_matches import did_you_mean
from cdk_data_jobs._support.environments import validate_role_environment
from cdk_data_jobs._support.memo import stack_of
from cdk_data_jobs._support.nag_acknowledgments import acknowledge_grants
from cdk_data_jobs._support.validation import ValidationError
from cdk_data_jobs.data_job import Attribute, DataJob
from cdk_data_jobs.definitions import JobDefinition
from cdk_data_jobs.options import OnFailure
from cdk_data_jobs.runner import DataJobRunner


class AwsJob(DataJob):
    """Runs a job of any service that has a call to create one and a call to describe it, as part of a deployment.

    The job is handled as the library's own kinds are: it is created once, waited for, and its end reported. It runs
    when it is deployed, and again when its parameters, the definition's `service` or the operation of its `create`
    call, or `trigger` changes.

    `cdk_data_jobs.definitions` has ready-made definitions, which docs/catalogue.md lists. A build of AWS CodeBuild runs
    with one:

    ```python
    from cdk_data_jobs.definitions import CODEBUILD_BUILD

    AwsJob(self, "Build", definition=CODEBUILD_BUILD, parameters={"projectName": project.project_name})
    ```

    What else the function needs goes into `policy_statements`, such as `iam:PassRole` for the roles of a task of ECS.

    For other services, a `JobDefinition` of one's own says the same of their calls.
    """

    job_id = Attribute()
    """The job's id, or its ARN where the service has one."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        definition: JobDefinition,
        parameters: Mapping[str, Any],
        policy_statements: Sequence[aws_iam.PolicyStatement] = (),
        service_principal: str | None = None,
        job_name: str | None = None,
        max_failures: int = 0,
        role: aws_iam.IRole | None = None,
        wait_for_completion: bool = True,
        timeout: Duration | None = None,
        on_failure: OnFailure = OnFailure.ROLL_BACK,
        trigger: str | None = None,
        deploy_time: bool = True,
        runner: DataJobRunner | None = None,
    ) -> None:
        """Declares a job.

        Args:
            scope: The construct that the job belongs to.
            id: The construct's id in that scope.
            definition: The definition of the job: how it is created and watched.
            parameters: The parameters of the create call in the service's own spelling, without the job's name, its
                role, its tags and the client token. They may hold tokens. Their names, the service and the operations
                must be known to the SDK of AWS's Python runtime, unless the runner has `layers`. They and the
                definition must fit the installed botocore's model of the service; with `layers`, names and values that
                it does not know are no error.
            policy_statements: The permissions of the function that runs the job besides the definition's `permissions`:
                for the create and the describe call if that has none, which is otherwise a warning, and for what the
                service does in its caller's name, such as reading a bucket.
            service_principal: The principal of the service that assumes a role to run the job, e.g.
                `bedrock.amazonaws.com`. A role is created that the service may assume for this account alone. Grant it
                the permissions that the job needs: `bucket.grant_read(job.role)`. By default the service assumes no
                role.
            job_name: The base of the job's name; each run adds a suffix. By default derived from the construct's path.
                Only for a definition with `name`.
            max_failures: How many entries may fail in a job that succeeds. By default none. Only for a definition with
                `failures`.
            role: The role that the service assumes, instead of a new one. Needs `service_principal` too.
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
        if not isinstance(definition, JobDefinition):
            raise ValidationError(f"definition must be a JobDefinition, got {type(definition).__name__}")
        if not isinstance(parameters, Mapping):
            raise ValidationError(f"parameters must be a mapping, got {type(parameters).__name__}")
        definition = with_resolved_job_id(definition, parameters)
        super().__init__(
            scope,
            id,
            resource_type="Custom::AwsJob",
            definition=definition,
            job_name=job_name,
            role=role,
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
        _validate(definition, parameters, job_name, max_failures)
        given = {**parameters}
        if service_principal is not None:
            self._use_role(given, service_principal)
        elif role is not None:
            raise ValidationError(
                "role must be given with the service_principal that it is passed to, got none; add it or remove role"
            )
        if policy_statements:
            # A policy of its own, so that its wildcards can be acknowledged on the job.
            self._permissions.own_policy.add(policy_statements)
        self._create_resources(given, statements=policy_statements)

    def get_attribute(self, name: str) -> str:
        """Returns a token for an attribute of the job.

        Args:
            name: A name in the definition's `attributes`.

        Raises:
            ValueError: If the definition has no such attribute.
        """
        if name not in self._definition.attributes:
            raise ValidationError(
                f"name must be an attribute of the definition, {', '.join(self._definition.attributes)}, got {name!r}"
                f"{did_you_mean(self._definition.attributes, str(name))}"
            )
        return self._reference(name)

    def _use_role(self, parameters: dict[str, Any], principal: str) -> None:
        definition, stack = self._definition, stack_of(self)
        if definition.role is None:
            raise ValidationError(
                "definition must name in `role` the parameter that the role's ARN goes to, if there is a "
                f"service_principal, got none for {principal!r}"
            )
        if get_parameter(parameters, definition.role) is not None:
            raise ValidationError(
                f"parameters must not have {definition.role}, because the role's ARN goes there; pass the role with "
                "role=..."
            )
        if self._role is None:
            condition = (
                ("ArnLike", resolve_arn(definition.source_arn, stack, parameters)) if definition.source_arn else ()
            )
            role = aws_iam.Role(self, "Role", assumed_by=account_service_principal(stack, principal, *condition))
            acknowledge_grants(role)
            self.runner.apply_permissions_boundary(role)
            self._role = role
        validate_role_environment(self, self._role)
        self._permissions.allow_passing_role(self._role, principal)
        self._dependencies.append(self._role)
        set_parameter(parameters, definition.role, self._role.role_arn)


def _validate(
    definition: JobDefinition, parameters: Mapping[str, Any], job_name: str | None, max_failures: int
) -> None:
    validate_values({**parameters})
    if job_name is not None and definition.name is None:
        raise ValidationError(f"job_name must be left out where the definition has no name, got {job_name!r}")
    if max_failures and definition.failures is None:
        raise ValidationError(f"max_failures must be left out where the definition has no failures, got {max_failures}")
    _validate_call_parameters(definition, parameters)
    _validate_permissions(definition, parameters)


def _validate_permissions(definition: JobDefinition, parameters: Mapping[str, Any]) -> None:
    for resource in itertools.chain(*definition.permissions.values(), *definition.tag_permissions.values()):
        if not (
            is_arn_template(resource)
            or resource == "*"
            or (resource == "job" and definition.name)
            or parameters.get(resource)
        ):
            raise ValidationError(
                "a resource of a permission must be an ARN, the name of a parameter whose value is one, '*', or 'job' "
                f"where jobs have names, got {resource!r}; correct it or add the parameter"
            )


def _validate_call_parameters(definition: JobDefinition, parameters: Mapping[str, Any]) -> None:
    set_by_library: dict[str, str | None] = {
        "the job's name": definition.name.parameter if definition.name else None,
        "the client token": definition.client_token,
        "the job's tags": definition.tags.list if definition.tags else None,
    }
    for what, name in set_by_library.items():
        if name and name in parameters:
            raise ValidationError(f"parameters must not have {name}, because {what} goes there; remove it")
    for name, reason in definition.excluded_parameters.items():
        if (found := get_parameter(parameters, name)) is not None:
            raise ValidationError(f"parameters must not have {name}, because {reason}, got {found!r}; remove it")
    for described, path in definition.describe.parameters.items():
        for name in needed_parameters(path):
            if name in set_by_library.values():
                raise ValidationError(
                    f"the parameter {described} of the describe call must not be made of {name}, which each run sets, "
                    f"got {path!r}; use 'id', which is the job's name where JobNaming has no job_id"
                )
