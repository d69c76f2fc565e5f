"""A policy of a runner's function, which jobs extend."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import jsii
from aws_cdk import IAnyProducer, IResolvable, IResolveContext, Lazy, aws_iam, aws_s3_assets

from cdk_data_jobs._support.memo import bucket_arn
from cdk_data_jobs._support.nag_acknowledgments import acknowledge_inline_policy, acknowledge_wildcards
from cdk_data_jobs._support.sorted_arns import sort_arns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from constructs import Construct

_MAX_FILES_BY_NAME = 50
_MANY_FILES_REASON = "The files are so many that a policy with the name of each would be larger than IAM allows."


class RunnerPolicy(aws_iam.CfnPolicy):
    """A policy of a runner's function: for the jobs of one stack, for some of them, or for one job.

    A separate policy, because the function may start the state machine, which invokes the function: with the policy
    in the role, the three would wait for each other.
    """

    def __init__(
        self, scope: Construct, id: str, *, policy_name: str, role: aws_iam.IRole, asset_keys: set[str]
    ) -> None:
        """Creates a policy that allows nothing yet.

        Args:
            scope: The construct that it belongs to.
            id: The construct's id in that scope.
            policy_name: The policy's name in the function's role.
            role: The function's role.
            asset_keys: The keys of the assets that the function may read by any of its policies. This one adds its own.
        """
        self._document = _Document(asset_keys)
        super().__init__(
            scope,
            id,
            policy_name=policy_name,
            policy_document=Lazy.uncached_any(cast("IAnyProducer", self._document)),
            roles=[role.role_name],
        )
        self._reasons: dict[tuple[str, str], str] = {}
        acknowledge_wildcards(self, self._reasons)
        acknowledge_inline_policy(self)

    def allow(
        self,
        actions: Iterable[str],
        resources: Iterable[str],
        *,
        condition: Mapping[str, object] | None = None,
        when: IResolvable | None = None,
        wildcard_reason: str | None = None,
    ) -> None:
        """Lets the function do something.

        Args:
            actions: IAM actions.
            resources: ARNs.
            condition: The condition, as IAM writes it. By default there is none.
            when: A token for what needs the permission; if it resolves to nothing at synthesis, the permission is left
                out. By default it is always granted.
            wildcard_reason: Why the resources have a wildcard, if they do, for cdk-nag.
        """
        grant = _Grant(tuple(actions), tuple(resources), json.dumps(condition) if condition else "", when)
        self._document.grants.append(grant)
        if wildcard_reason:
            pairs = ((action, resource) for action in grant.actions for resource in grant.resources)
            self._reasons.update(dict.fromkeys(pairs, wildcard_reason))

    def allow_reading(self, assets: Iterable[aws_s3_assets.Asset]) -> None:
        """Lets the function read assets: each by its key, or all of them if they are many.

        Args:
            assets: The assets.
        """
        for asset in assets:
            objects, key = f"{bucket_arn(asset.bucket)}/", asset.s3_object_key
            all_objects = f"{objects}*"
            self._document.assets[f"{objects}{key}"] = all_objects
            self._document.asset_keys.add(key)
            self._reasons["s3:GetObject", all_objects] = _MANY_FILES_REASON

    def add(self, statements: Iterable[aws_iam.PolicyStatement]) -> None:
        """Adds statements.

        Args:
            statements: The statements.
        """
        self._document.statements += [statement.to_statement_json() for statement in statements]


@dataclass(frozen=True)
class _Grant:
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: str = ""
    when: IResolvable | None = None


@jsii.implements(IAnyProducer)
class _Document:
    """A policy document that is put together at synthesis, when it is known which jobs have tags."""

    def __init__(self, asset_keys: set[str]) -> None:
        self.grants: list[_Grant] = []
        self.statements: list[object] = []
        self.assets: dict[str, str] = {}
        self.asset_keys = asset_keys

    def produce(self, context: IResolveContext) -> dict[str, object]:
        merged: dict[tuple[tuple[str, ...], str], list[str]] = {}
        # All at once, because each call goes through jsii to Node.js.
        needed = context.resolve({str(number): grant.when for number, grant in enumerate(self.grants) if grant.when})
        assets = self.assets if len(self.asset_keys) <= _MAX_FILES_BY_NAME else self.assets.values()
        for number, grant in enumerate((*self.grants, _Grant(("s3:GetObject",), tuple(assets)))):
            if grant.resources and (grant.when is None or str(number) in needed):
                merged.setdefault((grant.actions, grant.condition), []).extend(grant.resources)
        # Sorted, so that nothing changes when jobs are declared in another order.
        statements = [
            {
                "Action": _one_or_list(actions),
                **({"Condition": json.loads(condition)} if condition else {}),
                "Effect": "Allow",
                "Resource": _one_or_list(sort_arns(context, dict.fromkeys(resources))),
            }
            for (actions, condition), resources in sorted(merged.items())
        ]
        return {"Statement": [*statements, *self.statements], "Version": "2012-10-17"}


def _one_or_list(values: Sequence[str]) -> object:
    """Returns values as policies have them: a list, or the value itself if there is only one."""
    return values[0] if len(values) == 1 else [*values]
