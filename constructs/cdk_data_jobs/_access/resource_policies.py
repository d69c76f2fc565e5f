"""Statements in the policies of buckets and keys; a warning prints them where the app cannot change the policy."""

from collections.abc import Sequence

from aws_cdk import aws_iam, aws_s3
from constructs import Construct, IDependable

from cdk_data_jobs._access.access_rules import Direction, KeyUse
from cdk_data_jobs._support.memo import bucket_arn, bucket_name, role_arn, stack_of
from cdk_data_jobs._support.policy_size import validate_bucket_policy_size
from cdk_data_jobs._support.sorted_arns import SortedResources
from cdk_data_jobs._support.synthesis_warnings import warn_unchangeable_policy
from cdk_data_jobs._support.tokens import is_unresolved


class BucketPolicyAccess:
    """A service's statements in the policy of a bucket."""

    def __init__(self, bucket: aws_s3.IBucket, service: aws_iam.IPrincipal, direction: Direction) -> None:
        """Creates the object; `allow` adds the statements.

        Args:
            bucket: The bucket.
            service: The service principal.
            direction: Whether the data is read or written.
        """
        self._bucket = bucket
        self._service = service
        self._actions = direction.object_actions
        self._objects = self._statement(self._actions)
        self._resources = SortedResources(self._objects)
        self._listing = self._statement(["s3:ListBucket"], bucket_arn(bucket))
        self._results: list[aws_iam.AddToResourcePolicyResult] = []
        self._warned: set[str] = set()

    def allow(self, job: Construct, object_pattern: str) -> list[IDependable]:
        """Lets the service use objects, and returns what must exist before it can.

        Args:
            job: The job, which gets the warning if the policy cannot be changed.
            object_pattern: The key pattern of the objects.
        """
        arn = f"{bucket_arn(self._bucket)}/{object_pattern}"
        self._resources.add(object_pattern, arn)
        if not self._results:
            added = [self._bucket.add_to_resource_policy(statement) for statement in (self._objects, self._listing)]
            self._results = added
            if policy := self._bucket.policy:
                self._resources.add_at_synthesis(policy)
            validate_bucket_policy_size(self._bucket)
        if not all(result.statement_added for result in self._results) and arn not in self._warned:
            self._warned.add(arn)
            statements = [self._statement(self._actions, arn), self._listing]
            warn_unchangeable_policy(
                job, "bucketPolicy", f"the policy of the bucket {bucket_name(self._bucket)}", statements
            )
        return [result.policy_dependable for result in self._results if result.policy_dependable]

    def _statement(self, actions: Sequence[str], *resources: str) -> aws_iam.PolicyStatement:
        return aws_iam.PolicyStatement(principals=[self._service], actions=[*actions], resources=[*resources])


class KeyPolicyAccess:
    """A service's statement in the policy of a key."""

    def __init__(self, use: KeyUse, service: aws_iam.IPrincipal | None) -> None:
        """Creates the object; `allow` adds the statements.

        Args:
            use: The key, and the actions on it.
            service: The service principal; None if the role alone needs the key.
        """
        self._key = use.key
        self._actions = use.key_actions
        self._service = [service] if service else []
        self._statement: aws_iam.PolicyStatement | None = None
        self._is_changeable = False
        self._allowed: set[str] = set()

    def allow(self, job: Construct, role: aws_iam.IRole, *, is_shared: bool) -> None:
        """Lets a role, and the service, use the key.

        Args:
            job: The job, which gets the warning if the policy cannot be changed.
            role: The role.
            is_shared: Whether the library created the role, and knows that it does not refer to the key.
        """
        if self._statement is None:
            self._statement = self._create_statement()
            added = self._key.add_to_resource_policy(self._statement)
            self._is_changeable = added.statement_added
        # Where the key's policy cannot name the role, it names the account, and the role's own policy decides: a
        # reference to another stack, or to a role whose own policies name the key, would make the two depend on each
        # other, and a role that does not exist yet cannot be added by hand.
        known = not is_unresolved(role_arn(role))
        is_named = known or (is_shared and self._is_changeable and stack_of(self._key) is stack_of(role))
        arn = role_arn(role) if is_named else "account"
        if arn in self._allowed:
            return
        self._allowed.add(arn)
        principal = aws_iam.ArnPrincipal(role_arn(role)) if is_named else aws_iam.AccountRootPrincipal()
        self._statement.add_principals(principal)
        if not self._is_changeable:
            statement = self._create_statement(principal)
            warn_unchangeable_policy(job, "keyPolicy", f"the policy of the key {self._key.key_arn}", [statement])

    def _create_statement(self, *principals: aws_iam.IPrincipal) -> aws_iam.PolicyStatement:
        return aws_iam.PolicyStatement(
            principals=[*self._service, *principals], actions=[*self._actions], resources=["*"]
        )
