"""What a service may do with a job's data: the role that it assumes, with that role's policies."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from aws_cdk import Names, Stack, aws_iam
from constructs import Construct, IDependable

from cdk_data_jobs.asked import bucket_arn, once, path_of, role_arn, stack_of
from cdk_data_jobs.messages import warn_of_policy
from cdk_data_jobs.needs import ActsFor, Data, KeyUse, ServiceRules
from cdk_data_jobs.ordering import OrderedResources, Sources
from cdk_data_jobs.places import path_below, shared_scope
from cdk_data_jobs.policy_size import INLINE_POLICIES, TRUST_POLICY, check_size
from cdk_data_jobs.resource_policies import BucketPolicyAccess, KeyPolicyAccess
from cdk_data_jobs.review import acknowledge_grants, acknowledge_inline_policy, acknowledge_wildcards

_POLICY_NAME_MAX_LENGTH = 128
_FOLDER = "The service uses every object of the job's folder."


@dataclass(frozen=True)
class Access:
    """What a job has been given.

    Attributes:
        role: The role that the service assumes.
        is_shared: Whether the library made it for all jobs that need the same.
        policies: What must exist before the job runs.
    """

    role: aws_iam.IRole
    is_shared: bool
    policies: tuple[IDependable, ...]


class ServiceAccess(Construct):
    """A service's access to a bucket in one direction, or to several, shared by the jobs of a stack that need it."""

    def __init__(self, scope: Construct, id: str, *, principal: str, rules: ServiceRules) -> None:
        """Makes the access, which allows nothing yet.

        Args:
            scope: The construct that it belongs to.
            id: Its id in it.
            principal: The service principal.
            rules: What the service's guide says.
        """
        super().__init__(scope, id)
        self._principal = principal
        self._rules = rules
        self._buckets: dict[str, BucketPolicyAccess] = {}
        self._keys: dict[str, KeyPolicyAccess] = {}
        self._roles: dict[str, _RoleAccess] = {}
        self._sources = Sources()

    @staticmethod
    def of(
        scope: Construct, *, service: str, principal: str, rules: ServiceRules, data: Sequence[Data]
    ) -> "ServiceAccess":
        """Returns a service's access to a job's buckets in the scope's stack, made on first use.

        Args:
            scope: A construct of the stack.
            service: The service's name.
            principal: The service principal.
            rules: What the service's guide says.
            data: What the job reads and writes.
        """
        stack = stack_of(scope)
        places = [f"{one.direction.name}{path_below(stack, one.location.bucket)}" for one in data]
        id_ = f"{service.capitalize()}{''.join(places)}"
        made = _accesses(stack)
        if id_ not in made:
            made[id_] = ServiceAccess(shared_scope(stack), id_, principal=principal, rules=rules)
        return made[id_]

    def allow(
        self,
        job: Construct,
        *,
        data: Sequence[Data],
        keys: Sequence[KeyUse],
        source: ActsFor,
        role: aws_iam.IRole | None,
    ) -> Access:
        """Lets the service use data, and returns the role to do it with.

        Args:
            job: The job, which gets the warnings about policies that cannot be changed.
            data: What it reads and writes, in this access' buckets.
            keys: The keys that it needs besides those of the data.
            source: What the service acts for.
            role: The role; if none, one that is made and shared.
        """
        path = path_of(role) if role else ""
        if not role:
            self._sources.add(source.arn)
        if path not in self._roles:
            policy_id = f"Policy{path_below(stack_of(self), role)}" if role else "Policy"
            self._roles[path] = _RoleAccess(self, policy_id, role or self._make_role(source.operator))
        access = self._roles[path]
        uses = [self._rules.use(key, one.direction) for one in data if (key := one.location.encryption_key)] + [*keys]
        policies = self._extend_bucket_policies(job, data) if self._rules.names_service else []
        self._extend_key_policies(job, uses, access.role, is_made=role is None)
        return Access(access.role, role is None, tuple(access.allow(job, data, uses, after=policies)))

    def _extend_bucket_policies(self, job: Construct, data: Sequence[Data]) -> list[IDependable]:
        policies: list[IDependable] = []
        for one in data:
            bucket, direction = one.location.bucket, one.direction
            id_ = f"{direction.name}{path_of(bucket)}"
            if id_ not in self._buckets:
                self._buckets[id_] = BucketPolicyAccess(bucket, aws_iam.ServicePrincipal(self._principal), direction)
            policies += self._buckets[id_].allow(job, one.location.objects)
        return policies

    def _extend_key_policies(
        self, job: Construct, uses: Sequence[KeyUse], role: aws_iam.IRole, *, is_made: bool
    ) -> None:
        for use in uses:
            id_ = f"{path_of(use.key)} {use.key_actions}"
            if id_ not in self._keys:
                service = aws_iam.ServicePrincipal(self._principal) if self._rules.names_service else None
                self._keys[id_] = KeyPolicyAccess(use, service)
            self._keys[id_].allow(job, role, is_made=is_made)

    def _make_role(self, operator: str) -> aws_iam.Role:
        trusted = service_acting_for(stack_of(self), self._principal, operator, self._sources.as_value())
        role = aws_iam.Role(self, "Role", assumed_by=trusted)
        acknowledge_grants(role)
        check_size(
            self,
            lambda: [role],
            TRUST_POLICY,
            "it names what the jobs are for, so give some of them a role of their own with role=...",
        )
        return role


@once
def _accesses(stack: Stack) -> dict[str, ServiceAccess]:  # noqa: ARG001 - each stack has its own
    return {}


def service_acting_for(
    stack: Stack, principal: str, operator: str | None = None, arn: object = None
) -> aws_iam.ServicePrincipal:
    """Returns a service principal that is trusted for an account's own resources alone, so that it is nobody's deputy.

    Args:
        stack: A stack in the account.
        principal: The service principal.
        operator: How the condition on what it acts for compares; if none, it may act for anything in the account.
        arn: What it acts for.
    """
    conditions: dict[str, Any] = {"StringEquals": {"aws:SourceAccount": stack.account}}
    if operator:
        conditions[operator] = {"aws:SourceArn": arn}
    return aws_iam.ServicePrincipal(principal, conditions=conditions)


class _RoleAccess:
    """A role with its policy for the data."""

    def __init__(self, scope: Construct, policy_id: str, role: aws_iam.IRole) -> None:
        self.role = role
        self._allowed: dict[tuple[str, ...], OrderedResources] = {}
        self._reasons: dict[tuple[str, str], str] = {}
        self._granted: set[tuple[tuple[str, ...], str]] = set()
        self._after: list[IDependable] = []
        self._policy = aws_iam.Policy(
            scope,
            policy_id,
            # Stacks may give the same role policies for the same bucket, so the stack's name is part of the policy's.
            policy_name=Names.unique_resource_name(scope, max_length=_POLICY_NAME_MAX_LENGTH),
        )
        role.attach_inline_policy(self._policy)
        resource = cast("aws_iam.CfnPolicy", self._policy.node.default_child)
        acknowledge_wildcards(resource, self._reasons)
        acknowledge_inline_policy(resource)
        remedy = "use fewer prefixes, or give some of the jobs a role of their own"
        check_size(self._policy, lambda: [resource], INLINE_POLICIES, remedy)
        self._attached = stack_of(scope).resolve(resource.roles) is not None

    def allow(
        self, job: Construct, data: Sequence[Data], keys: Sequence[KeyUse], after: Sequence[IDependable]
    ) -> list[IDependable]:
        """Lets the role use data, and returns what must exist before it can, which includes what comes before."""
        grants: dict[tuple[str, ...], list[str]] = {}
        order: dict[str, str] = {}
        for one in data:
            bucket = one.location.bucket
            objects = f"{bucket_arn(bucket)}/{one.location.objects}"
            grants.setdefault(one.direction.object_actions, []).append(objects)
            self._reasons.update(dict.fromkeys(((action, objects) for action in one.direction.object_actions), _FOLDER))
            grants.setdefault(("s3:ListBucket",), []).append(bucket_arn(bucket))
            order |= {objects: f"{path_of(bucket)}/{one.location.objects}", bucket_arn(bucket): path_of(bucket)}
        for use in keys:
            grants.setdefault(use.role_actions, []).append(use.key.key_arn)
            order[use.key.key_arn] = path_of(use.key)
        new = {(actions, arn) for actions, arns in grants.items() for arn in arns} - self._granted
        for actions, arns in grants.items():
            if actions not in self._allowed:
                statement = aws_iam.PolicyStatement(actions=[*actions])
                self._policy.add_statements(statement)
                self._allowed[actions] = OrderedResources(statement)
                self._allowed[actions].fill_in(self._policy)
            for arn in arns:
                self._allowed[actions].add(order[arn], arn)
        self._granted |= new
        if self._attached:
            if later := [one for one in after if one not in self._after]:
                self._after += later
                self._policy.node.add_dependency(*later)
            return [self._policy]
        if new:
            statements = [
                aws_iam.PolicyStatement(actions=[*actions], resources=[*dict.fromkeys(arns)])
                for actions, arns in grants.items()
            ]
            warn_of_policy(job, "rolePolicy", f"the policies of the role {role_arn(self.role)}", statements)
        return [*after]
