"""The access of a service to a job's data: the role that it assumes, and that role's policies."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from aws_cdk import Names, Stack, aws_iam
from constructs import Construct, IDependable

from cdk_data_jobs._access.access_rules import DataAccess, KeyUse, ServiceRules
from cdk_data_jobs._access.resource_policies import BucketPolicyAccess, KeyPolicyAccess
from cdk_data_jobs._access.service_principals import SourceArnCondition, account_service_principal
from cdk_data_jobs._support.construct_paths import path_below, shared_scope
from cdk_data_jobs._support.environments import validate_environment, validate_role_environment
from cdk_data_jobs._support.memo import bucket_arn, memoize, path_of, role_arn, stack_of
from cdk_data_jobs._support.nag_acknowledgments import (
    acknowledge_grants,
    acknowledge_inline_policy,
    acknowledge_wildcards,
)
from cdk_data_jobs._support.policy_size import INLINE_POLICIES_LIMIT, TRUST_POLICY_LIMIT, validate_policy_size
from cdk_data_jobs._support.sorted_arns import SortedResources, SourceArns
from cdk_data_jobs._support.synthesis_warnings import warn_unchangeable_policy

_MAX_POLICY_NAME_LENGTH = 128
_FOLDER_REASON = "The service uses every object of the job's folder."


@dataclass(frozen=True)
class GrantedAccess:
    """The access that a job's service has got.

    Attributes:
        role: The role that the service assumes.
        is_shared: Whether the library created the role, for all jobs that need the same access.
        policies: What must exist before the job runs.
    """

    role: aws_iam.IRole
    is_shared: bool
    policies: tuple[IDependable, ...]


class ServiceAccess(Construct):
    """A service's access to a bucket in one direction, or to several, shared by the jobs of a stack that need it."""

    def __init__(self, scope: Construct, id: str, *, principal: str, rules: ServiceRules) -> None:
        """Creates the access, which allows nothing yet.

        Args:
            scope: The construct that it belongs to.
            id: The construct's id in that scope.
            principal: The service principal.
            rules: The rules of the service's guide.
        """
        super().__init__(scope, id)
        self._principal = principal
        self._rules = rules
        self._buckets: dict[str, BucketPolicyAccess] = {}
        self._keys: dict[str, KeyPolicyAccess] = {}
        self._roles: dict[str, _RoleAccess] = {}
        self._source_arns = SourceArns()

    @staticmethod
    def of(
        scope: Construct, *, service: str, principal: str, rules: ServiceRules, data: Sequence[DataAccess]
    ) -> "ServiceAccess":
        """Returns a service's access to a job's buckets in the scope's stack, created on first use.

        Args:
            scope: A construct of the stack.
            service: The service's name.
            principal: The service principal.
            rules: The rules of the service's guide.
            data: The data that the job reads and writes.
        """
        stack = stack_of(scope)
        parts = [f"{one.direction.name}{path_below(stack, one.location.bucket)}" for one in data]
        id_ = f"{service.capitalize()}{''.join(parts)}"
        accesses = _accesses(stack)
        if id_ not in accesses:
            accesses[id_] = ServiceAccess(shared_scope(stack), id_, principal=principal, rules=rules)
        return accesses[id_]

    def allow(
        self,
        job: Construct,
        *,
        data: Sequence[DataAccess],
        keys: Sequence[KeyUse],
        condition: SourceArnCondition,
        role: aws_iam.IRole | None,
    ) -> GrantedAccess:
        """Lets the service use data, and returns the role to do it with.

        Args:
            job: The job, which gets the warnings about policies that cannot be changed.
            data: The data that it reads and writes, in the buckets of this access.
            keys: The keys that it needs in addition to those of the data.
            condition: What the service acts for.
            role: The role; None if one is to be created and shared.

        Raises:
            ValidationError: If a bucket, a key or the role is in another Region than the job, or the role in another
                account.
        """
        of_data = [self._rules.key_use(key, one.direction) for one in data if (key := one.location.encryption_key)]
        uses = [*of_data, *keys]
        for one in data:
            validate_environment(job, one.location.bucket, "the bucket", warning_id="bucketInOtherAccount")
        for use in uses:
            validate_environment(job, use.key, "the encryption key", warning_id="keyInOtherAccount")
        if role:
            validate_role_environment(job, role)
        path = path_of(role) if role else ""
        if not role:
            self._source_arns.add(condition.arn)
        if path not in self._roles:
            policy_id = f"Policy{path_below(stack_of(self), role)}" if role else "Policy"
            self._roles[path] = _RoleAccess(self, policy_id, role or self._create_role(condition.operator))
        access = self._roles[path]
        policies = self._extend_bucket_policies(job, data) if self._rules.requires_service_principal else []
        self._extend_key_policies(job, uses, access.role, is_shared=role is None)
        return GrantedAccess(access.role, role is None, tuple(access.allow(job, data, uses, after=policies)))

    def _extend_bucket_policies(self, job: Construct, data: Sequence[DataAccess]) -> list[IDependable]:
        policies: list[IDependable] = []
        for one in data:
            bucket, direction = one.location.bucket, one.direction
            id_ = f"{direction.name}{path_of(bucket)}"
            if id_ not in self._buckets:
                self._buckets[id_] = BucketPolicyAccess(bucket, aws_iam.ServicePrincipal(self._principal), direction)
            policies += self._buckets[id_].allow(job, one.location.object_pattern)
        return policies

    def _extend_key_policies(
        self, job: Construct, uses: Sequence[KeyUse], role: aws_iam.IRole, *, is_shared: bool
    ) -> None:
        for use in uses:
            id_ = f"{path_of(use.key)} {use.key_actions}"
            if id_ not in self._keys:
                service = aws_iam.ServicePrincipal(self._principal) if self._rules.requires_service_principal else None
                self._keys[id_] = KeyPolicyAccess(use, service)
            self._keys[id_].allow(job, role, is_shared=is_shared)

    def _create_role(self, operator: str) -> aws_iam.Role:
        trusted = account_service_principal(stack_of(self), self._principal, operator, self._source_arns.as_token())
        role = aws_iam.Role(self, "Role", assumed_by=trusted)
        acknowledge_grants(role)
        validate_policy_size(
            self,
            lambda: [role],
            TRUST_POLICY_LIMIT,
            "it names the resources that the jobs work on, so give some of the jobs a role of their own with role=...",
        )
        return role


@memoize
def _accesses(stack: Stack) -> dict[str, ServiceAccess]:  # noqa: ARG001 - each stack has its own
    return {}


class _RoleAccess:
    """A role that a service assumes, with the policy for its data."""

    def __init__(self, scope: Construct, policy_id: str, role: aws_iam.IRole) -> None:
        self.role = role
        self._statements: dict[tuple[str, ...], SortedResources] = {}
        self._reasons: dict[tuple[str, str], str] = {}
        self._granted: set[tuple[tuple[str, ...], str]] = set()
        self._dependencies: list[IDependable] = []
        self._policy = aws_iam.Policy(
            scope,
            policy_id,
            # Stacks may give the same role policies for the same bucket, so the stack's name is part of the policy's.
            policy_name=Names.unique_resource_name(scope, max_length=_MAX_POLICY_NAME_LENGTH),
        )
        role.attach_inline_policy(self._policy)
        resource = cast("aws_iam.CfnPolicy", self._policy.node.default_child)
        acknowledge_wildcards(resource, self._reasons)
        acknowledge_inline_policy(resource)
        remedy = "use fewer prefixes, or give some of the jobs a role of their own"
        validate_policy_size(self._policy, lambda: [resource], INLINE_POLICIES_LIMIT, remedy)
        self._attached = stack_of(scope).resolve(resource.roles) is not None

    def allow(
        self, job: Construct, data: Sequence[DataAccess], keys: Sequence[KeyUse], after: Sequence[IDependable]
    ) -> list[IDependable]:
        """Lets the role use data, and returns what must exist before it can, `after` included."""
        grants: dict[tuple[str, ...], list[str]] = {}
        sort_keys: dict[str, str] = {}
        for one in data:
            bucket = one.location.bucket
            objects = f"{bucket_arn(bucket)}/{one.location.object_pattern}"
            grants.setdefault(one.direction.object_actions, []).append(objects)
            self._reasons.update(
                dict.fromkeys(((action, objects) for action in one.direction.object_actions), _FOLDER_REASON)
            )
            grants.setdefault(("s3:ListBucket",), []).append(bucket_arn(bucket))
            sort_keys[objects] = f"{path_of(bucket)}/{one.location.object_pattern}"
            sort_keys[bucket_arn(bucket)] = path_of(bucket)
        for use in keys:
            grants.setdefault(use.role_actions, []).append(use.key.key_arn)
            sort_keys[use.key.key_arn] = path_of(use.key)
        new = {(actions, arn) for actions, arns in grants.items() for arn in arns} - self._granted
        for actions, arns in grants.items():
            if actions not in self._statements:
                statement = aws_iam.PolicyStatement(actions=[*actions])
                self._policy.add_statements(statement)
                self._statements[actions] = SortedResources(statement)
                self._statements[actions].add_at_synthesis(self._policy)
            for arn in arns:
                self._statements[actions].add(sort_keys[arn], arn)
        self._granted |= new
        if self._attached:
            if new_dependencies := [one for one in after if one not in self._dependencies]:
                self._dependencies += new_dependencies
                self._policy.node.add_dependency(*new_dependencies)
            return [self._policy]
        if new:
            statements = [
                aws_iam.PolicyStatement(actions=[*actions], resources=[*dict.fromkeys(arns)])
                for actions, arns in grants.items()
            ]
            warn_unchangeable_policy(job, "rolePolicy", f"the policies of the role {role_arn(self.role)}", statements)
        return [*after]
