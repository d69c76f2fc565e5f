"""What runs the jobs of a stack: one function, and one state machine that takes its steps."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import cast

import jsii
from aws_cdk import (
    Acknowledgment,
    Aws,
    Duration,
    IAnyProducer,
    IgnoreMode,
    IResolveContext,
    Lazy,
    Names,
    RemovalPolicy,
    Stack,
    Token,
    Validations,
    aws_iam,
    aws_lambda,
    aws_logs,
    aws_s3_assets,
    aws_stepfunctions,
)
from constructs import Construct

from cdk_data_jobs.checks import ValidationError
from cdk_data_jobs.definition import lambda_directory
from cdk_data_jobs.places import digest, path_below, shared_scope
from cdk_data_jobs.statements import INLINE_POLICIES, acknowledge_wildcards, check_size, in_order

_RUNNER_ID = "DataJobRunner"
_POLICY_NAME_MAX_LENGTH = 128
_MOST_FILES = 50
_MANY_FILES = "The files are so many that a policy with the name of each would be larger than IAM allows."


class DataJobRunner(Construct):
    """Runs data jobs: starts them, waits for them and tells CloudFormation how they ended.

    One is enough for any number of jobs, also in other stacks of the app, as long as they are in the same account and
    Region. Each stack gives it the permissions that its own jobs need.
    """

    def __init__(self, scope: Construct, id: str) -> None:
        """Makes a runner.

        Args:
            scope: The construct that it belongs to.
            id: Its id in it.
        """
        super().__init__(scope, id)
        log_group = aws_logs.LogGroup(
            self, "LogGroup", retention=aws_logs.RetentionDays.ONE_MONTH, removal_policy=RemovalPolicy.DESTROY
        )
        self.role = aws_iam.Role(self, "Role", assumed_by=aws_iam.ServicePrincipal("lambda.amazonaws.com"))
        """The function's role."""
        self.function = aws_lambda.Function(
            self,
            "Function",
            description="Runs data jobs for CloudFormation (cdk-data-jobs)",
            code=aws_lambda.Code.from_asset(
                str(lambda_directory()), exclude=["**/__pycache__", "**/*.pyc"], ignore_mode=IgnoreMode.GLOB
            ),
            handler="data_jobs.handler.handler",
            runtime=aws_lambda.Runtime.PYTHON_3_14,
            architecture=aws_lambda.Architecture.ARM_64,
            memory_size=256,
            timeout=Duration.minutes(15),
            role=self.role.without_policy_updates(),
            log_group=log_group,
        )
        """The function that CloudFormation and the state machine invoke."""
        self.state_machine = aws_stepfunctions.StateMachine(
            self,
            "StateMachine",
            definition_body=aws_stepfunctions.DefinitionBody.from_file(
                str(lambda_directory() / "state_machine.asl.json")
            ),
            definition_substitutions={"FunctionArn": self.function.function_arn},
            role=self._make_state_machine_role().without_policy_updates(),
        )
        """The state machine, of which each run of a job is an execution."""
        Validations.of(self.state_machine).acknowledge(
            Acknowledgment(
                id="AwsSolutions-SF1",
                reason="Step Functions keeps every execution's events for 90 days, and the function logs each step.",
            ),
            Acknowledgment(
                id="AwsSolutions-SF2",
                reason="A run is a sequence of calls minutes apart: its executions show what a trace would, and "
                "tracing needs permissions on all resources.",
            ),
        )
        self._policies: dict[tuple[str, str], RunnerPolicy] = {}
        self._all_policies: list[aws_iam.CfnPolicy] = []
        self._files: set[str] = set()
        check_size(self, self._inline_policies, INLINE_POLICIES, "give some of the jobs a DataJobRunner of their own")
        policy = self.policy_in(Stack.of(self))
        machine = self.state_machine.state_machine_arn
        policy.allow(["states:StartExecution", "states:ListExecutions"], [machine])
        policy.allow(["logs:CreateLogStream", "logs:PutLogEvents"], [log_group.log_group_arn])

    @staticmethod
    def of(scope: Construct) -> "DataJobRunner":
        """Returns the runner of a construct's stack, made on first use with the id `DataJobRunner`.

        Args:
            scope: A construct of the stack.
        """
        stack = Stack.of(scope)
        found = stack.node.try_find_child(_RUNNER_ID)
        return found if isinstance(found, DataJobRunner) else DataJobRunner(stack, _RUNNER_ID)

    def policy_in(self, stack: Stack, role: aws_iam.IRole | None = None) -> "RunnerPolicy":
        """Returns the runner's policy that a stack's jobs extend, made on first use.

        It is a resource of that stack, so that a runner of another stack need not know the jobs of this one.

        Args:
            stack: The stack that the jobs are in.
            role: A role that is passed on, whose jobs have a policy of their own: the role may have to wait for other
                jobs. If none, the policy of all jobs.

        Raises:
            ValueError: If the stack is in another account or Region than the runner.
        """
        key = stack.node.path, role.node.path if role else ""
        if key not in self._policies:
            home = Stack.of(self)
            self._check_environment(home, stack)
            if stack is home and not role:
                policy = RunnerPolicy(self, "Policy", self, "DataJobs")
            else:
                scope = shared_scope(stack)
                id_ = f"Runner{path_below(stack, self)}{f'Pass{path_below(stack, role)}' if role else ''}"
                name = Names.unique_resource_name(scope, max_length=_POLICY_NAME_MAX_LENGTH - len(digest("")))
                policy = RunnerPolicy(scope, id_, self, f"{name}{digest(id_)}")
            if not role:
                policy.allow(["cloudformation:DescribeStacks"], [Aws.STACK_ID])
            self._policies[key] = policy
        return self._policies[key]

    def _inline_policies(self) -> list[Construct]:
        own = self.role.node.try_find_child("DefaultPolicy")
        others = [own.node.default_child] if own else []
        return [*self._all_policies, *(one for one in others if isinstance(one, aws_iam.CfnPolicy))]

    def _check_environment(self, home: Stack, stack: Stack) -> None:
        for what, ours, theirs in (
            ("account", home.account, stack.account),
            ("Region", home.region, stack.region),
        ):
            if ours != theirs and not (Token.is_unresolved(ours) or Token.is_unresolved(theirs)):
                raise ValidationError(
                    f"the runner of a job must be in the job's account and Region, got {self.node.path} in the {what} "
                    f"{ours} for jobs in {theirs}; make a DataJobRunner there"
                )

    def _make_state_machine_role(self) -> aws_iam.Role:
        invoke = aws_iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[self.function.function_arn])
        return aws_iam.Role(
            self,
            "StateMachineRole",
            assumed_by=aws_iam.ServicePrincipal("states.amazonaws.com"),
            inline_policies={"Invoke": aws_iam.PolicyDocument(statements=[invoke])},
        )


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
        runner._all_policies.append(self)  # noqa: SLF001 - one of the runner's own

    def allow(
        self,
        actions: Iterable[str],
        resources: Iterable[str],
        *,
        passed_to: str | None = None,
        when: Callable[[], bool] | None = None,
        wildcard_reason: str | None = None,
    ) -> None:
        """Lets the function do something.

        Args:
            actions: IAM actions.
            resources: ARNs.
            passed_to: The service principal that a role may be passed to, for iam:PassRole.
            when: Asked at synthesis whether it is needed; if none, it always is.
            wildcard_reason: Why the resources have a wildcard, if they do.
        """
        grant = _Grant(tuple(actions), tuple(resources), passed_to, when)
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
            everything = asset.bucket.arn_for_objects("*")
            self._document.files[asset.bucket.arn_for_objects(asset.s3_object_key)] = everything
            self._document.files_of_runner.add(asset.s3_object_key)
            self._reasons["s3:GetObject", everything] = _MANY_FILES

    def add(self, statements: Iterable[aws_iam.PolicyStatement]) -> None:
        """Lets the function do what statements say.

        Args:
            statements: The statements.
        """
        self._document.statements += statements


@dataclass(frozen=True)
class _Grant:
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    passed_to: str | None = None
    when: Callable[[], bool] | None = None


@jsii.implements(IAnyProducer)
class _Document:
    """A policy document that is put together at synthesis, when it is known which jobs have tags."""

    def __init__(self, files_of_runner: set[str]) -> None:
        self.grants: list[_Grant] = []
        self.statements: list[aws_iam.PolicyStatement] = []
        self.files: dict[str, str] = {}
        self.files_of_runner = files_of_runner

    def produce(self, context: IResolveContext) -> aws_iam.PolicyDocument:
        merged: dict[tuple[tuple[str, ...], str], list[str]] = {}
        files = self.files if len(self.files_of_runner) <= _MOST_FILES else self.files.values()
        for grant in (*self.grants, _Grant(("s3:GetObject",), tuple(files))):
            if grant.resources and (grant.when is None or grant.when()):
                merged.setdefault((grant.actions, grant.passed_to or ""), []).extend(grant.resources)
        # In an order of their own, so that nothing changes when jobs are declared in another order.
        statements = [
            aws_iam.PolicyStatement(
                actions=[*actions],
                resources=in_order(context, dict.fromkeys(resources)),
                conditions={"StringEquals": {"iam:PassedToService": passed_to}} if passed_to else None,
            )
            for (actions, passed_to), resources in sorted(merged.items())
        ]
        return aws_iam.PolicyDocument(statements=[*statements, *self.statements], minimize=False)
