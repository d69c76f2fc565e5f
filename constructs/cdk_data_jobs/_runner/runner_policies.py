"""All policies of a runner's function: one for the jobs of each stack, and more for some of them."""

from aws_cdk import Aws, Names, Stack, aws_iam
from constructs import Construct

from cdk_data_jobs._runner.runner_policy import RunnerPolicy
from cdk_data_jobs._support.construct_paths import path_below, shared_scope, short_hash
from cdk_data_jobs._support.environments import differing_parts
from cdk_data_jobs._support.memo import environment_of, path_of, stack_of
from cdk_data_jobs._support.policy_size import INLINE_POLICIES_LIMIT, validate_policy_size
from cdk_data_jobs._support.validation import ValidationError

_MAX_POLICY_NAME_LENGTH = 128


class RunnerPolicies:
    """All policies of a runner's function, whose size together is validated at synthesis."""

    def __init__(self, runner: Construct, role: aws_iam.Role) -> None:
        """Creates the object; its methods create the policies.

        Args:
            runner: The runner.
            role: The role of its function.
        """
        self._runner = runner
        self._role = role
        self._policies: list[aws_iam.CfnPolicy] = []
        self._by_stack: dict[tuple[str, str], RunnerPolicy] = {}
        self._asset_keys: set[str] = set()
        validate_policy_size(
            runner, self._inline_policies, INLINE_POLICIES_LIMIT, "give some of the jobs a DataJobRunner of their own"
        )

    def create(self, scope: Construct, id: str, policy_name: str) -> RunnerPolicy:
        """Creates a policy that allows nothing yet.

        Args:
            scope: The construct that it belongs to.
            id: The construct's id in that scope.
            policy_name: Its name in the function's role.
        """
        policy = RunnerPolicy(scope, id, policy_name=policy_name, role=self._role, asset_keys=self._asset_keys)
        self._policies.append(policy)
        return policy

    def for_job(self, job: Construct) -> RunnerPolicy:
        """Creates a policy for one job.

        Args:
            job: The job.
        """
        return self.create(job, "Policy", Names.unique_resource_name(job, max_length=_MAX_POLICY_NAME_LENGTH))

    def for_stack(self, stack: Stack, role: aws_iam.IRole | None = None, *, part: str = "") -> RunnerPolicy:
        """Returns a policy that a stack's jobs extend, created on first use.

        It is a resource of that stack, so that a runner of another stack need not know the jobs of this one.

        Args:
            stack: The stack that the jobs are in.
            role: A role that is passed to a service, whose jobs have a policy of their own, because the role may depend
                on other jobs. By default the policy of all jobs.
            part: A name for some of the jobs, which have a policy of their own: their kind, for example.

        Raises:
            ValidationError: If the stack is in another account or Region than the runner.
        """
        part = f"Pass{path_below(stack, role)}" if role else part
        key = path_of(stack), part
        if key not in self._by_stack:
            self._validate_environment(stack)
            policy = self._create_for_stack(stack, part, is_for_role=role is not None)
            if not part:
                policy.allow(["cloudformation:DescribeStacks", "cloudformation:DescribeStackResource"], [Aws.STACK_ID])
            self._by_stack[key] = policy
        return self._by_stack[key]

    def _create_for_stack(self, stack: Stack, part: str, *, is_for_role: bool) -> RunnerPolicy:
        is_runners_stack = stack is stack_of(self._runner)
        if is_runners_stack and not part:
            return self.create(self._runner, "Policy", "DataJobs")
        is_below_runner = is_runners_stack and not is_for_role
        scope = self._runner if is_below_runner else shared_scope(stack)
        id_ = part if is_below_runner else f"Runner{path_below(stack, self._runner)}{part}"
        name = Names.unique_resource_name(scope, max_length=_MAX_POLICY_NAME_LENGTH - len(short_hash("")))
        return self.create(scope, id_, f"{name}{short_hash(id_)}")

    def _inline_policies(self) -> list[Construct]:
        default = self._role.node.try_find_child("DefaultPolicy")
        others = [default.node.default_child] if default else []
        return [*self._policies, *(policy for policy in others if isinstance(policy, aws_iam.CfnPolicy))]

    def _validate_environment(self, stack: Stack) -> None:
        own, other = environment_of(stack_of(self._runner)), environment_of(stack)
        for part, name in differing_parts(own, other).items():
            raise ValidationError(
                f"the runner of a job must be in the job's account and Region, got {path_of(self._runner)} in the "
                f"{name} {own[part]} for jobs in {other[part]}; make a DataJobRunner there"
            )
