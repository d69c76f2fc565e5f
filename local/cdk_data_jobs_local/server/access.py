"""Access of the emulated services to roles, buckets and keys, by MiniStack's IAM, S3 and KMS tables."""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

from collections.abc import Iterator
from contextlib import AbstractContextManager
from http import HTTPStatus
from io import BytesIO
from typing import IO, Any

from ministack.core import iam_evaluator
from ministack.core.responses import request_scope
from ministack.services import kms, s3

from cdk_data_jobs_local.ministack_fixes.iam.permissions import Caller, Role, record_denial
from cdk_data_jobs_local.ministack_fixes.s3.keys import KMS_HEADER, SSE_HEADER, encryption, key_of
from cdk_data_jobs_local.server.propagation import Propagation
from cdk_data_jobs_local.services.core.access import (
    ROLE_ALONE,
    AccessDeniedError,
    AccessRules,
    CannotAssumeRoleError,
    NotFoundError,
)


class MinistackAccess:
    """The roles of one account."""

    def __init__(self, account: str, region: str, propagation: Propagation) -> None:
        """Creates it.

        Args:
            account: The account's id.
            region: The Region in which the service runs.
            propagation: Which roles the service does not know yet.
        """
        self._propagation = propagation
        self._account = account
        self._region = region

    def assume_role(
        self, role_arn: str, *, service: str, source_arn: str, rules: AccessRules = ROLE_ALONE
    ) -> "MinistackSession":
        """Assumes a role for a job; see `cdk_data_jobs_local.services.core.access.Access`."""
        caller = Caller(account=self._account, region=self._region, service=service, source_arn=source_arn)
        try:
            role = Role(role_arn)
        except LookupError as error:
            raise CannotAssumeRoleError(f"Provided role {role_arn} cannot be assumed: it does not exist.") from error
        if not role.trusts(caller):
            raise CannotAssumeRoleError(
                f"Provided role {role_arn} cannot be assumed: its trust policy does not let {service} assume it for "
                f"{source_arn}."
            )
        return MinistackSession(caller, role, rules, is_known=self._propagation.is_known(role.account, role.name))

    def read_as(self, service: str, bucket: str, key: str) -> bytes:
        """Reads an object as a service itself; see `cdk_data_jobs_local.services.core.access.Access`."""
        caller = Caller(account=self._account, region=self._region, service=service, source_arn="")
        with request_scope(self._account, self._region):
            if bucket not in s3._buckets:
                raise NotFoundError(f"there is no bucket {bucket}")
            policy = s3._bucket_policies.get(bucket) or ""
            _check_service(caller, "s3:GetObject", f"arn:aws:s3:::{bucket}/{key}", policy, f"bucket {bucket}")
            if key not in s3._buckets[bucket]["objects"]:
                raise NotFoundError(f"s3://{bucket}/{key} does not exist")
            if key_arn := key_of(bucket, key):
                record = kms._resolve_key(key_arn)
                if record is None:
                    raise AccessDeniedError(f"there is no key {key_arn}")
                _check_service(caller, "kms:Decrypt", record["Arn"], record.get("Policy") or "", f"key {record['Arn']}")
            content: bytes = s3._get_object_data(bucket, key)
            return content


def _check_service(caller: Caller, action: str, resource: str, policy: str, whose: str) -> None:
    """Checks that the policy of a resource lets a service itself do something in its caller's name."""
    context = caller.context(action, resource, **{"aws:Referer": caller.account})
    if iam_evaluator.evaluate_resource_policy(policy, context, service=caller.service).decision != "Allow":
        record_denial(caller.service, action, resource, f"the policy of {whose}")
        raise AccessDeniedError(f"the policy of {whose} does not allow {caller.service} {action}")


class MinistackSession:
    """S3 for a service that has assumed a role; see `cdk_data_jobs_local.services.core.access.RoleSession`."""

    def __init__(self, caller: Caller, role: Role, rules: AccessRules, *, is_known: bool) -> None:
        """Creates it.

        Args:
            caller: The service and its job.
            role: The role.
            rules: What the policies of bucket and key must say beside the role's.
            is_known: Whether the service knows the role's policies yet.
        """
        self._is_known = is_known
        self._caller = caller
        self._role = role
        self._rules = rules
        self._session_arn = role.session_arn(caller.service.partition(".")[0])

    def list_keys(self, bucket: str, prefix: str) -> Iterator[str]:
        """Returns the keys that begin with a prefix, in order."""
        with self._scope():
            objects = self._bucket(bucket)["objects"]
            self._check("s3:ListBucket", f"arn:aws:s3:::{bucket}", bucket, **{"s3:prefix": prefix})
            keys = sorted(key for key in list(objects) if key.startswith(prefix))
        return iter(keys)

    def size(self, bucket: str, key: str) -> int:
        """Returns an object's size."""
        return len(self._read(bucket, key))

    def open(self, bucket: str, key: str) -> AbstractContextManager[IO[bytes]]:
        """Returns an object's content."""
        return BytesIO(self._read(bucket, key))

    def check_put(self, bucket: str, key: str, *, kms_key: str | None = None) -> None:
        """Checks that an object may be written."""
        with self._scope():
            self._bucket(bucket)
            headers = encryption(bucket, kms_key)
            keys = {f"s3:{name}": value for name, value in headers.items()}
            self._check("s3:PutObject", f"arn:aws:s3:::{bucket}/{key}", bucket, **keys)
            if KMS_HEADER in headers:
                self._use_key(headers[KMS_HEADER], ("kms:GenerateDataKey",))

    def put(self, bucket: str, key: str, content: bytes, *, kms_key: str | None = None) -> None:
        """Writes an object."""
        self.check_put(bucket, key, kms_key=kms_key)
        with self._scope():
            status, _headers, body = s3._put_object(bucket, key, content, encryption(bucket, kms_key))
        if status != HTTPStatus.OK:
            raise AccessDeniedError(f"s3://{bucket}/{key} cannot be written: {body.decode(errors='replace')}")

    def uses_kms(self, bucket: str, key: str) -> bool:
        """Returns whether the bucket encrypts with an AWS KMS key by default, or the object is encrypted with one."""
        with self._scope():
            record = self._bucket(bucket)["objects"].get(key, {})
            found = (encryption(bucket, None), record.get("preserved_headers", {}))
        return any(headers.get(SSE_HEADER, "").startswith("aws:kms") for headers in found)

    def _read(self, bucket: str, key: str) -> bytes:
        with self._scope():
            record = self._bucket(bucket)["objects"].get(key)
            self._check("s3:GetObject", f"arn:aws:s3:::{bucket}/{key}", bucket)
            if record is None:
                raise NotFoundError(f"s3://{bucket}/{key} does not exist")
            key_arn = key_of(bucket, key)
            if key_arn:
                self._use_key(key_arn, ("kms:Decrypt",))
            content: bytes = s3._get_object_data(bucket, key)
            return content

    def _scope(self) -> AbstractContextManager[None]:
        # A session sees the account of its role, which may be another one than the service's.
        scope: AbstractContextManager[None] = request_scope(self._role.account, self._caller.region)
        return scope

    def _bucket(self, bucket: str) -> Any:
        found = s3._buckets.get(bucket)
        if found is None:
            raise NotFoundError(f"there is no bucket {bucket}")
        return found

    def use_key(self, key: str, action: str) -> None:
        """Uses a key, with the action that the service's guide requires."""
        self._use_key(key, (), (action,))

    def _use_key(self, key: str, used: tuple[str, ...], required_actions: tuple[str, ...] = ()) -> None:
        rules = self._rules
        with self._scope():
            record = kms._resolve_key(key)
            if record is None:
                raise AccessDeniedError(f"there is no key {key}")
            arn, policy = record["Arn"], record.get("Policy") or ""
            whose = f"key {arn}"
            for action in dict.fromkeys((*used, *required_actions, *rules.key_actions)):
                because = "" if action in used else f', required by "{rules.guide}"'
                if rules.requires_service_principal:
                    self._check_service(action, arn, policy, whose, because)
                self._check_role(action, arn, policy, because, required=True)
            for action in rules.service_key_actions:
                self._check_service(action, arn, policy, whose, f', required by "{rules.guide}"')

    def _check(self, action: str, resource: str, bucket: str, **keys: str) -> None:
        policy = s3._bucket_policies.get(bucket) or ""
        if self._rules.requires_service_principal:
            self._check_service(action, resource, policy, f"bucket {bucket}", **keys)
        self._check_role(action, resource, policy, required=False, **keys)

    def _check_service(
        self, action: str, resource: str, policy: str, whose: str, because: str = "", **keys: str
    ) -> None:
        own = self._caller.context(action, resource, **keys)
        allowed = iam_evaluator.evaluate_resource_policy(policy, own, service=self._caller.service)
        if allowed.decision != "Allow":
            record_denial(self._caller.service, action, resource, f"the policy of {whose}{because}")
            raise AccessDeniedError(f"the policy of {whose} does not allow {self._caller.service} {action}")

    def _check_role(
        self, action: str, resource: str, policy: str, because: str = "", *, required: bool, **keys: str
    ) -> None:
        if not self._is_known:
            # No permission is missing, so this is not recorded as a denial.
            raise AccessDeniedError(f"role {self._role.name} is not known yet")
        context = self._caller.role_context(action, resource, self._session_arn, **keys)
        identity = self._role.evaluate(context)
        if required:
            allowed = iam_evaluator.combine_resource_policy(
                identity, context, policy, self._role.account, required=True
            ).decision
        else:
            # The service requires an Allow in the role's own policies; the bucket's policy may only deny.
            resource_says = iam_evaluator.evaluate_resource_policy(policy, context).decision
            allowed = "Deny" if resource_says == "Deny" else identity.decision
        if allowed != "Allow":
            record_denial(self._session_arn, action, resource, f"the policies of role {self._role.name}{because}")
            raise AccessDeniedError(f"role {self._role.name} may not {action} on {resource}")
