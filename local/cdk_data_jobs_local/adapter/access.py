"""May a service assume a role, and may it then read an object? Answered from MiniStack's own IAM, S3 and KMS tables."""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO
from typing import IO, Any

from ministack.core import iam_evaluator
from ministack.core.responses import request_scope
from ministack.services import iam, kms, s3

from cdk_data_jobs_local.emulator.access import AccessDeniedError, CannotAssumeRoleError, NotFoundError

_SSE_HEADER = "x-amz-server-side-encryption"
_KMS_HEADER = f"{_SSE_HEADER}-aws-kms-key-id"


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A service that acts for one of its jobs: what the condition keys of a policy can see of it.

    Args:
        account: the account whose job it is, `aws:SourceAccount`.
        region: the job's Region.
        service: the service's principal.
        source_arn: the job, `aws:SourceArn`.
    """

    account: str
    region: str
    service: str
    source_arn: str

    def context(self, action: str, resource: str, **keys: str) -> iam_evaluator.EvalContext:
        """The service's own request, as a resource's policy sees it."""
        own = {
            "aws:sourceaccount": self.account,
            "aws:sourcearn": self.source_arn,
            "aws:principalisawsservice": "true",
            "aws:principalservicename": self.service,
        }
        return self._context(action, resource, self.service, "Service", {**own, **keys})

    def role_context(self, action: str, resource: str, session_arn: str, **keys: str) -> iam_evaluator.EvalContext:
        """A request that the service makes with the role's credentials."""
        return self._context(action, resource, session_arn, "AssumedRole", keys)

    def _context(
        self, action: str, resource: str, principal: str, kind: str, keys: dict[str, str]
    ) -> iam_evaluator.EvalContext:
        return iam_evaluator.EvalContext(
            principal_arn=principal,
            principal_type=kind,
            principal_account=self.account,
            action=action,
            resource_arn=resource,
            region=self.region,
            secure_transport=True,
            service_context=keys,
        )


class MinistackAccess:
    """The roles of one account."""

    def __init__(self, account: str, region: str) -> None:
        """Make one.

        Args:
            account: the account's id.
            region: the Region in which the service runs.
        """
        self._account = account
        self._region = region

    def assume_role(
        self, role_arn: str, *, service: str, source_arn: str, service_needs_access: bool = False
    ) -> "MinistackSession":
        """Assume a role for a job; see `cdk_data_jobs_local.emulator.access.Access`."""
        caller = Caller(account=self._account, region=self._region, service=service, source_arn=source_arn)
        name = role_arn.rsplit("/", 1)[-1]
        role = iam._roles.get_scoped(self._account, None, name)
        if role is None or role.get("Arn") != role_arn:
            raise CannotAssumeRoleError(f"Provided role {role_arn} cannot be assumed: it does not exist.")
        if not _trusts(role.get("AssumeRolePolicyDocument"), caller, role_arn):
            raise CannotAssumeRoleError(
                f"Provided role {role_arn} cannot be assumed: its trust policy does not let {service} assume it for "
                f"{source_arn}."
            )
        return MinistackSession(caller, name, service_needs_access=service_needs_access)


def _trusts(policy: Any, caller: Caller, role_arn: str) -> bool:
    document = json.loads(policy) if isinstance(policy, str) else policy
    statements = document.get("Statement", []) if isinstance(document, dict) else []
    statements = statements if isinstance(statements, list) else [statements]
    # A trust policy names no resource, because it is attached to one; the evaluator wants to see it.
    document = {"Statement": [{**statement, "Resource": role_arn} for statement in statements]}
    context = caller.context("sts:AssumeRole", role_arn)
    decision = iam_evaluator.evaluate_resource_policy(document, context, service=caller.service)
    return bool(decision.decision == "Allow")


class MinistackSession:
    """S3 for a service that has assumed a role; see `cdk_data_jobs_local.emulator.access.RoleSession`."""

    def __init__(self, caller: Caller, role: str, *, service_needs_access: bool) -> None:
        """Make one.

        Args:
            caller: the service and its job.
            role: the role's name.
            service_needs_access: whether bucket and key must allow the service itself what it does, too.
        """
        self._caller = caller
        self._role = role
        self._service_needs_access = service_needs_access
        self._session_arn = f"arn:aws:sts::{caller.account}:assumed-role/{role}/{caller.service.partition('.')[0]}"

    def list_keys(self, bucket: str, prefix: str) -> Iterator[str]:
        """The keys that begin with a prefix, in order."""
        with self._scope():
            objects = self._bucket(bucket)["objects"]
            self._check("s3:ListBucket", f"arn:aws:s3:::{bucket}", bucket, **{"s3:prefix": prefix})
            keys = sorted(key for key in list(objects) if key.startswith(prefix))
        return iter(keys)

    def size(self, bucket: str, key: str) -> int:
        """An object's size."""
        return len(self._read(bucket, key))

    def open(self, bucket: str, key: str) -> AbstractContextManager[IO[bytes]]:
        """An object's content."""
        return BytesIO(self._read(bucket, key))

    def check_put(self, bucket: str, key: str, *, kms_key: str | None = None) -> None:
        """Make sure that an object may be written."""
        with self._scope():
            self._bucket(bucket)
            encryption = _encryption(bucket, kms_key)
            keys = {f"s3:{name}": value for name, value in encryption.items()}
            self._check("s3:PutObject", f"arn:aws:s3:::{bucket}/{key}", bucket, **keys)
            if _KMS_HEADER in encryption:
                self._check_key("kms:GenerateDataKey", encryption[_KMS_HEADER])

    def put(self, bucket: str, key: str, content: bytes, *, kms_key: str | None = None) -> None:
        """Write an object."""
        self.check_put(bucket, key, kms_key=kms_key)
        with self._scope():
            status, _headers, body = s3._put_object(bucket, key, content, _encryption(bucket, kms_key))
        if status != HTTPStatus.OK:
            raise NotFoundError(f"s3://{bucket}/{key} cannot be written: {body.decode(errors='replace')}")

    def uses_kms(self, bucket: str, key: str) -> bool:
        """Whether the bucket encrypts with an AWS KMS key by default, or the object is encrypted with one."""
        with self._scope():
            record = self._bucket(bucket)["objects"].get(key, {})
            found = (_encryption(bucket, None), record.get("preserved_headers", {}))
        return any(headers.get(_SSE_HEADER, "").startswith("aws:kms") for headers in found)

    def _read(self, bucket: str, key: str) -> bytes:
        with self._scope():
            record = self._bucket(bucket)["objects"].get(key)
            self._check("s3:GetObject", f"arn:aws:s3:::{bucket}/{key}", bucket)
            if record is None:
                raise NotFoundError(f"s3://{bucket}/{key} does not exist")
            key_arn = record.get("preserved_headers", {}).get(_KMS_HEADER)
            if key_arn:
                self._check_key("kms:Decrypt", key_arn)
            content: bytes = s3._get_object_data(bucket, key)
            return content

    def _scope(self) -> AbstractContextManager[None]:
        scope: AbstractContextManager[None] = request_scope(self._caller.account, self._caller.region)
        return scope

    def _bucket(self, bucket: str) -> Any:
        found = s3._buckets.get(bucket)
        if found is None:
            raise NotFoundError(f"there is no bucket {bucket}")
        return found

    def _check(self, action: str, resource: str, bucket: str, **keys: str) -> None:
        policy = s3._bucket_policies.get(bucket) or ""
        if self._service_needs_access:
            self._check_service(action, resource, policy, f"bucket {bucket}", **keys)
        if not self._role_may(action, resource, policy, required=False, **keys):
            raise AccessDeniedError(f"role {self._role} may not {action} on {resource}")

    def _check_key(self, action: str, key: str) -> None:
        record = kms._resolve_key(key)
        if record is None:
            raise AccessDeniedError(f"there is no key {key}")
        arn, policy = record["Arn"], record.get("Policy") or ""
        if self._service_needs_access:
            self._check_service(action, arn, policy, f"key {arn}")
        if not self._role_may(action, arn, policy, required=True):
            raise AccessDeniedError(f"role {self._role} may not {action} with {arn}")

    def _check_service(self, action: str, resource: str, policy: str, whose: str, **keys: str) -> None:
        own = self._caller.context(action, resource, **keys)
        allowed = iam_evaluator.evaluate_resource_policy(policy, own, service=self._caller.service)
        if allowed.decision != "Allow":
            raise AccessDeniedError(f"the policy of {whose} does not allow {self._caller.service} {action}")

    def _role_may(self, action: str, resource: str, policy: str, *, required: bool, **keys: str) -> bool:
        account = self._caller.account
        context = self._caller.role_context(action, resource, self._session_arn, **keys)
        policies = iam_evaluator._gather_role_policies(self._role, account)
        limits = iam_evaluator._permissions_boundary(iam._roles, self._role, account)
        identity = iam_evaluator.evaluate(context, policies, *limits)
        if required:
            decision = iam_evaluator.combine_resource_policy(identity, context, policy, account, required=True)
        else:
            # The service asks for an Allow in the role's own policies: the bucket's may only take it away.
            denied = iam_evaluator.evaluate_resource_policy(policy, context).decision == "Deny"
            return bool(identity.decision == "Allow" and not denied)
        return bool(decision.decision == "Allow")


def _encryption(bucket: str, kms_key: str | None) -> dict[str, str]:
    """The headers with which an object of a bucket is written."""
    if kms_key is not None:
        return {_SSE_HEADER: "aws:kms", _KMS_HEADER: kms_key}
    default: dict[str, str] = s3._bucket_default_sse_headers(bucket)
    return default
