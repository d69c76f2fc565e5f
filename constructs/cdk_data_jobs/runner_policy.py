"""What the function of a runner may do: policies beside its role, which the jobs extend."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import jsii
from aws_cdk import IAnyProducer, IResolvable, IResolveContext, Lazy, aws_iam, aws_s3_assets

from cdk_data_jobs.asked import bucket_arn
from cdk_data_jobs.ordering import in_order
from cdk_data_jobs.review import acknowledge_inline_policy, acknowledge_wildcards

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from constructs import Construct

    from cdk_data_jobs.runner import DataJobRunner

_MOST_FILES = 50
_MANY_FILES = "The files are so many that a policy with the name of each would be larger than IAM allows."


class RunnerPolicy(aws_iam.CfnPolicy):
    """What a runner's function may do for the jobs of one stack, for those with one role, or for one job.

    A separate policy, because the function may start the state machine, which invokes the function: with the policy
    in the role, the three would wait for each other.
    """

    def __init__(self, scope: Construct, id: str, runner: DataJobRunner, policy_name: str) -> None:
        """Makes a policy that allows nothing yet.

        Args:
            scope: The construct that it belongs to.
            id: Its id in it.
            runner: The runner.
            policy_name: The policy's name in the role of the runner's function.
        """
        self._document = _Document(runner._files)  # noqa: SLF001 - one of the runner's own
        super().__init__(
            scope,
            id,
            policy_name=policy_name,
            policy_document=Lazy.uncached_any(cast("IAnyProducer", self._document)),
            roles=[runner.role.role_name],
        )
        self._reasons: dict[tuple[str, str], str] = {}
        acknowledge_wildcards(self, self._reasons)
        acknowledge_inline_policy(self)
        runner._all_policies.append(self)  # noqa: SLF001 - one of the runner's own

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
            condition: When it is allowed, as IAM writes it; if none, always.
            when: A token for what needs it, which may be nothing at synthesis; if none, it is always needed.
            wildcard_reason: Why the resources have a wildcard, if they do.
        """
        grant = _Grant(tuple(actions), tuple(resources), json.dumps(condition) if condition else "", when)
        self._document.grants.append(grant)
        if wildcard_reason:
            pairs = ((action, resource) for action in grant.actions for resource in grant.resources)
            self._reasons.update(dict.fromkeys(pairs, wildcard_reason))

    def allow_reading(self, assets: Iterable[aws_s3_assets.Asset]) -> None:
        """Lets the function read uploaded files: each by its name, or all assets if the files are many.

        Args:
            assets: The files.
        """
        for asset in assets:
            objects, key = f"{bucket_arn(asset.bucket)}/", asset.s3_object_key
            everything = f"{objects}*"
            self._document.files[f"{objects}{key}"] = everything
            self._document.files_of_runner.add(key)
            self._reasons["s3:GetObject", everything] = _MANY_FILES

    def add(self, statements: Iterable[aws_iam.PolicyStatement]) -> None:
        """Lets the function do what statements say.

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

    def __init__(self, files_of_runner: set[str]) -> None:
        self.grants: list[_Grant] = []
        self.statements: list[object] = []
        self.files: dict[str, str] = {}
        self.files_of_runner = files_of_runner

    def produce(self, context: IResolveContext) -> dict[str, object]:
        merged: dict[tuple[tuple[str, ...], str], list[str]] = {}
        # Together, because each question crosses to Node.js.
        wanted = context.resolve({str(number): grant.when for number, grant in enumerate(self.grants) if grant.when})
        files = self.files if len(self.files_of_runner) <= _MOST_FILES else self.files.values()
        for number, grant in enumerate((*self.grants, _Grant(("s3:GetObject",), tuple(files)))):
            if grant.resources and (grant.when is None or str(number) in wanted):
                merged.setdefault((grant.actions, grant.condition), []).extend(grant.resources)
        # In an order of their own, so that nothing changes when jobs are declared in another order.
        statements = [
            {
                "Action": _one_or_all(actions),
                **({"Condition": json.loads(condition)} if condition else {}),
                "Effect": "Allow",
                "Resource": _one_or_all(in_order(context, dict.fromkeys(resources))),
            }
            for (actions, condition), resources in sorted(merged.items())
        ]
        return {"Statement": [*statements, *self.statements], "Version": "2012-10-17"}


def _one_or_all(values: Sequence[str]) -> object:
    """Returns values as policies are usually written: one without a list."""
    return values[0] if len(values) == 1 else [*values]
