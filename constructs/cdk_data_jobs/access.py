"""What a service may do with a job's bucket: the service's role, the bucket's policy and the key's policy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from aws_cdk import Annotations, Names, Stack, Token, aws_iam, aws_s3
from constructs import Construct, IDependable

from cdk_data_jobs.definition import JobDefinition
from cdk_data_jobs.statements import path_below, review_policy, shared_scope, statements_to_add
from cdk_data_jobs.storage import Location

# Amazon Personalize Developer Guide, "Giving Amazon Personalize permission to use your AWS KMS key".
_ROLE_KEY_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey", "kms:ListGrants")
_KEY_ACTIONS = (*_ROLE_KEY_ACTIONS, "kms:CreateGrant")
_POLICY_NAME_MAX_LENGTH = 128


@dataclass(frozen=True)
class Direction:
    """Which way the data goes.

    Attributes:
        name: Part of the ids of what is made for it.
        object_actions: What the service does with the objects.
    """

    name: str
    object_actions: tuple[str, ...]


READ = Direction("Read", ("s3:GetObject",))


@dataclass(frozen=True)
class Access:
    """What a job has been given.

    Attributes:
        role: The role that the service assumes.
        policies: What must exist before the job runs.
    """

    role: aws_iam.IRole
    policies: tuple[IDependable, ...]


class ServiceAccess(Construct):
    """A service's access to one bucket in one direction, shared by the jobs of a stack that need it.

    The statements are those of the Amazon Personalize Developer Guide, "Giving Amazon Personalize access to Amazon S3
    resources": the role's policy and the bucket's policy allow the same.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - as in every construct
        *,
        definition: JobDefinition,
        bucket: aws_s3.IBucket,
        direction: Direction,
    ) -> None:
        """Makes the access, which allows nothing yet.

        Args:
            scope: The construct that it belongs to.
            id: Its id in it.
            definition: A kind of job of the service.
            bucket: The bucket.
            direction: Which way the data goes.
        """
        super().__init__(scope, id)
        self._principal = definition.principal
        self._sources = definition.sources_arn(Stack.of(self))
        self._direction = direction
        self._bucket_access = _BucketAccess(bucket, aws_iam.ServicePrincipal(self._principal), direction)
        self._role_access: dict[str, _RoleAccess] = {}

    @staticmethod
    def of(
        scope: Construct, *, definition: JobDefinition, bucket: aws_s3.IBucket, direction: Direction
    ) -> "ServiceAccess":
        """Returns a service's access to a bucket in the scope's stack, made on first use.

        Args:
            scope: A construct of the stack.
            definition: A kind of job of the service.
            bucket: The bucket.
            direction: Which way the data goes.
        """
        stack = Stack.of(scope)
        parent = shared_scope(stack)
        id_ = f"{definition.service.capitalize()}{direction.name}{path_below(stack, bucket)}"
        found = parent.node.try_find_child(id_)
        if isinstance(found, ServiceAccess):
            return found
        return ServiceAccess(parent, id_, definition=definition, bucket=bucket, direction=direction)

    def allow(self, job: Construct, location: Location, role: aws_iam.IRole | None) -> Access:
        """Lets the service use a location, and returns the role to do it with.

        Args:
            job: The job, which gets the warnings about policies that cannot be changed.
            location: Where the data is, in this access' bucket.
            role: The role; if none, one that is made and shared.
        """
        policy_id = f"Policy{path_below(Stack.of(self), role)}" if role else "Policy"
        if policy_id not in self._role_access:
            given = role or self._make_role()
            self._role_access[policy_id] = _RoleAccess(self, policy_id, given, location.bucket, self._direction)
        role_access = self._role_access[policy_id]
        policies = (
            *self._bucket_access.allow(job, location, role_access.role),
            *role_access.allow(job, location),
        )
        return Access(role_access.role, policies)

    def _make_role(self) -> aws_iam.Role:
        stack = Stack.of(self)
        return aws_iam.Role(
            self,
            "Role",
            assumed_by=aws_iam.ServicePrincipal(
                self._principal,
                conditions={
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "StringLike": {"aws:SourceArn": self._sources},
                },
            ),
        )


class _BucketAccess:
    """The statements of the bucket's and of its key's policy."""

    def __init__(self, bucket: aws_s3.IBucket, service: aws_iam.IPrincipal, direction: Direction) -> None:
        self._bucket = bucket
        self._service = service
        self._direction = direction
        self._objects = self._statement(direction.object_actions)
        self._listing = self._statement(["s3:ListBucket"], bucket.bucket_arn)
        self._results: list[aws_iam.AddToResourcePolicyResult] = []
        self._told: set[str] = set()
        self._key: aws_iam.PolicyStatement | None = None
        self._key_is_changeable = False
        self._key_arns: set[str] = set()

    def allow(self, job: Construct, location: Location, role: aws_iam.IRole) -> list[IDependable]:
        objects = self._bucket.arn_for_objects(location.objects)
        self._objects.add_resources(objects)
        if not self._results:
            added = [self._bucket.add_to_resource_policy(statement) for statement in (self._objects, self._listing)]
            self._results = added
        if not all(result.statement_added for result in self._results) and objects not in self._told:
            self._told.add(objects)
            statements = [self._statement(self._direction.object_actions, objects), self._listing]
            _warn(job, "bucketPolicy", f"the policy of the bucket {self._bucket.bucket_name}", statements)
        self._allow_key(job, role)
        return [result.policy_dependable for result in self._results if result.policy_dependable]

    def _allow_key(self, job: Construct, role: aws_iam.IRole) -> None:
        key = self._bucket.encryption_key
        if key is None:
            return
        if self._key is None:
            self._key = self._key_statement()
            self._key_is_changeable = key.add_to_resource_policy(self._key, allow_no_op=True).statement_added
        # Where the key's policy cannot name the role, it names the account, and the role's own policy decides: a
        # reference to another stack would make the two depend on each other, and by hand nobody can add a role that
        # is not there yet.
        known = not Token.is_unresolved(role.role_arn)
        named = known or (self._key_is_changeable and Stack.of(key) is Stack.of(role))
        arn = role.role_arn if named else "account"
        if arn in self._key_arns:
            return
        self._key_arns.add(arn)
        principal = aws_iam.ArnPrincipal(role.role_arn) if named else aws_iam.AccountRootPrincipal()
        self._key.add_principals(principal)
        if not self._key_is_changeable:
            _warn(job, "keyPolicy", f"the policy of the key {key.key_arn}", [self._key_statement(principal)])

    def _key_statement(self, *principals: aws_iam.IPrincipal) -> aws_iam.PolicyStatement:
        return aws_iam.PolicyStatement(
            principals=[self._service, *principals], actions=[*_KEY_ACTIONS], resources=["*"]
        )

    def _statement(self, actions: Sequence[str], *resources: str) -> aws_iam.PolicyStatement:
        return aws_iam.PolicyStatement(principals=[self._service], actions=[*actions], resources=[*resources])


class _RoleAccess:
    """A role with its policy for one bucket."""

    def __init__(
        self, scope: Construct, policy_id: str, role: aws_iam.IRole, bucket: aws_s3.IBucket, direction: Direction
    ) -> None:
        self.role = role
        self._bucket = bucket
        self._objects = aws_iam.PolicyStatement(actions=[*direction.object_actions])
        self._others = [aws_iam.PolicyStatement(actions=["s3:ListBucket"], resources=[bucket.bucket_arn])]
        if bucket.encryption_key:
            self._others.append(
                aws_iam.PolicyStatement(actions=[*_ROLE_KEY_ACTIONS], resources=[bucket.encryption_key.key_arn])
            )
        self._policy = aws_iam.Policy(
            scope,
            policy_id,
            # Stacks may give the same role policies for the same bucket, so the stack's name is part of the policy's.
            policy_name=Names.unique_resource_name(scope, max_length=_POLICY_NAME_MAX_LENGTH),
            statements=[self._objects, *self._others],
        )
        role.attach_inline_policy(self._policy)
        resource = cast("aws_iam.CfnPolicy", self._policy.node.default_child)
        review_policy(
            resource,
            reasons=dict.fromkeys(direction.object_actions, "The service uses every object of the job's folder."),
            remedy="use fewer prefixes, or give some of the jobs a role of their own",
        )
        self._attached = Stack.of(scope).resolve(resource.roles) is not None
        self._told: set[str] = set()

    def allow(self, job: Construct, location: Location) -> list[IDependable]:
        objects = self._bucket.arn_for_objects(location.objects)
        self._objects.add_resources(objects)
        if self._attached:
            return [self._policy]
        if objects not in self._told:
            self._told.add(objects)
            statement = aws_iam.PolicyStatement(actions=self._objects.actions, resources=[objects])
            _warn(job, "rolePolicy", f"the policies of the role {self.role.role_arn}", [statement, *self._others])
        return []


def _warn(job: Construct, id_: str, what: str, statements: Sequence[aws_iam.PolicyStatement]) -> None:
    stack = Stack.of(job)
    text = statements_to_add(stack, statements)
    Annotations.of(job).add_warning_v2(
        f"cdk-data-jobs:{id_}",
        f"{what} cannot be changed from this app, so make sure that it has these statements:\n{text}",
    )
