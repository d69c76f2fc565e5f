"""The access of a job's service to its data."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_iam
from constructs import Construct

from cdk_data_jobs._access.access_rules import DataAccess, KeyUse, ServiceRules
from cdk_data_jobs._access.service_access import GrantedAccess, ServiceAccess
from cdk_data_jobs._definition.parameters import service_principal_of, source_arn_condition
from cdk_data_jobs._job.job_permissions import JobPermissions
from cdk_data_jobs._support.memo import stack_of
from cdk_data_jobs._support.tokens import is_unresolved
from cdk_data_jobs.definitions import JobDefinition
from cdk_data_jobs.runner import DataJobRunner


class JobAccess:
    """Grants a job's service access to data, with a role that the runner's function passes to it."""

    def __init__(
        self,
        job: Construct,
        definition: JobDefinition,
        runner: DataJobRunner,
        permissions: JobPermissions,
        role: aws_iam.IRole | None,
    ) -> None:
        """Creates the object; `grant` grants the access.

        Args:
            job: The job.
            definition: The definition of the job.
            runner: The runner.
            permissions: The permissions of the runner's function.
            role: The role that the service assumes; None if one is to be created and shared.
        """
        self._job = job
        self._definition = definition
        self._runner = runner
        self._permissions = permissions
        self._role = role

    def grant(
        self,
        rules: ServiceRules,
        *data: DataAccess,
        keys: Sequence[KeyUse] = (),
        source_arn_parameters: Mapping[str, Any] | None = None,
    ) -> GrantedAccess:
        """Lets the service use data with a role, and the function pass that role to it.

        Args:
            rules: The rules of the service's guide.
            *data: The data that the service reads and writes.
            keys: The keys that it needs in addition to those of the data.
            source_arn_parameters: The parameters of the create call that the definition's `source_arn` names.
        """
        definition, parameters = self._definition, source_arn_parameters or {}
        principal = service_principal_of(definition)
        service = ServiceAccess.of(self._job, service=definition.service, principal=principal, rules=rules, data=data)
        condition = source_arn_condition(definition, stack_of(self._job), parameters)
        access = service.allow(self._job, data=data, keys=keys, condition=condition, role=self._role)
        # A role whose trust policy names a resource of the app depends on it.
        names_resource = any(is_unresolved(value) for value in parameters.values())
        is_independent = access.is_shared and not names_resource
        self._permissions.allow_passing_role(access.role, principal, is_independent=is_independent)
        if access.is_shared:
            self._runner.apply_permissions_boundary(access.role)
        return access
