"""What runs the jobs of a stack: one function, and one state machine that takes its steps."""

from collections.abc import Sequence

from aws_cdk import (
    ArnFormat,
    Aws,
    Duration,
    IgnoreMode,
    Names,
    Stack,
    aws_ec2,
    aws_iam,
    aws_kms,
    aws_lambda,
    aws_logs,
    aws_s3,
    aws_sqs,
    aws_stepfunctions,
)
from constructs import Construct

from cdk_data_jobs.access import service_acting_for
from cdk_data_jobs.asked import environment_of, once, path_of, stack_of
from cdk_data_jobs.checks import ValidationError, check_count
from cdk_data_jobs.definition import lambda_directory
from cdk_data_jobs.places import digest, path_below, shared_scope
from cdk_data_jobs.policy_size import INLINE_POLICIES, check_size
from cdk_data_jobs.review import acknowledge_grants
from cdk_data_jobs.runner_options import (
    acknowledge_defaults,
    acknowledge_machine,
    allow_options,
    list_of_layers,
    make_log_group,
    make_state_machine_role,
)
from cdk_data_jobs.runner_policy import RunnerPolicy
from cdk_data_jobs.tokens import is_unresolved

_RUNNER_ID = "DataJobRunner"
_POLICY_NAME_MAX_LENGTH = 128
# All, and then what goes in, so that its hash is not changed by what editors and systems leave beside it.
_ALL_BUT_THE_FUNCTION = ["*", ".*", "!data_jobs", "!data_jobs/+([a-z_]).py", "!data_jobs/definitions.json"]
_EXECUTIONS = "They are those of the runner's own state machine, whose names are known when they begin."


class DataJobRunner(Construct):
    """Runs data jobs: starts them, waits for them and tells CloudFormation how they ended.

    One is enough for any number of jobs, also in other stacks of the app, as long as they are in the same account and
    Region. Each stack gives it the permissions that its own jobs need. One that is declared in a stack with the id
    `DataJobRunner`, before the stack's jobs, is what they use by default.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc: aws_ec2.IVpc | None = None,
        vpc_subnets: aws_ec2.SubnetSelection | None = None,
        security_groups: Sequence[aws_ec2.ISecurityGroup] | None = None,
        log_group: aws_logs.ILogGroup | None = None,
        encryption_key: aws_kms.IKey | None = None,
        tracing_enabled: bool = False,
        dead_letter_queue: aws_sqs.IQueue | None = None,
        reserved_concurrent_executions: int | None = None,
        permissions_boundary: aws_iam.IManagedPolicy | None = None,
        staging_bucket: aws_s3.IBucket | None = None,
        layers: Sequence[aws_lambda.ILayerVersion] | None = None,
    ) -> None:
        """Makes a runner.

        Args:
            scope: The construct that it belongs to.
            id: Its id in it.
            vpc: The VPC that the function's network interfaces are in. It must reach AWS CloudFormation, AWS Step
                Functions, the services of the jobs, and Amazon S3 with the Region's bucket for the answers to
                CloudFormation, through endpoints or a NAT gateway. By default the function is in none.
            vpc_subnets: The subnets in `vpc`. By default the private ones.
            security_groups: The function's security groups, which must allow TLS to what is named above, and nothing
                in. By default one is made that allows all out and nothing in.
            log_group: The function's log group, for a retention, a removal policy or a key of its own. By default one
                is made that keeps events for a month and is deleted with the stack.
            encryption_key: The key that encrypts the executions, which hold the requests of CloudFormation, and the
                log group that is made. The policy of a key that this app declares is extended; for an imported one a
                warning prints the statement to add. Whoever runs `data-jobs` then needs `kms:Decrypt` on it, too (Step
                Functions Developer Guide, "Data at rest encryption in Step Functions"). By default the services use
                keys of their own.
            tracing_enabled: Whether AWS X-Ray traces the function and the state machine. By default it does not.
            dead_letter_queue: The queue for invocations that the function could not take, three times. A message holds
                a request of CloudFormation with its ResponseURL, with which anybody could answer it, so few should be
                able to read the queue. By default there is none.
            reserved_concurrent_executions: How many invocations may run at a time, at least 1, which the account's
                other functions cannot use; more wait. By default there is no limit but the account's.
            permissions_boundary: The permissions boundary of the runner's roles, and of those that are made for its
                jobs. By default they have none, unless `aws_iam.PermissionsBoundary.of(...)` gives them one.
            staging_bucket: The bucket for the copies of local files, which are in its folder `data-jobs/` while a job
                reads them. By default each stack has one of its own, with keys of S3 and without access logs.
            layers: Layers of the function, at most 5, with an SDK for Python (boto3) that is newer than the one of
                AWS's Python runtime. With any, the jobs' services, operations and parameters are not checked against
                the runtime's SDK. To make one, `pip install --target layer/python boto3`, on any machine, because it is
                all Python, and `aws_lambda.LayerVersion(..., code=Code.from_asset("layer"),
                compatible_runtimes=[Runtime.PYTHON_3_14])`. Whoever deploys needs lambda:GetLayerVersion for it. By
                default there are none, and a job that the runtime's SDK does not know is an error at synthesis.

        Raises:
            ValueError: If `reserved_concurrent_executions` is less than 1, or `layers` are no layers.
        """
        super().__init__(scope, id)
        check_count(reserved_concurrent_executions, "reserved_concurrent_executions", least=1)
        self.staging_bucket = staging_bucket
        """The bucket for the copies of local files; none if each stack has one of its own."""
        self.layers = list_of_layers(layers)
        """The layers of the function, which may have a newer SDK than AWS's Python runtime."""
        self._permissions_boundary = permissions_boundary
        self._policies: dict[tuple[str, str], RunnerPolicy] = {}
        self._all_policies: list[aws_iam.CfnPolicy] = []
        self._files: set[str] = set()
        self._rules = 0
        log_group = log_group or make_log_group(self, encryption_key)
        # AWS Lambda Developer Guide, "Working with AWS managed policies in the execution role": it knows the keys of
        # what it acts for. The function needs the role first, so the role names the account alone.
        trusted = service_acting_for(stack_of(self), "lambda.amazonaws.com")
        self.role = aws_iam.Role(self, "Role", assumed_by=trusted)
        """The function's role."""
        acknowledge_grants(self.role)
        self.function = aws_lambda.Function(
            self,
            "Function",
            description="Runs data jobs for CloudFormation (cdk-data-jobs)",
            code=aws_lambda.Code.from_asset(
                str(lambda_directory()),
                exclude=_ALL_BUT_THE_FUNCTION,
                ignore_mode=IgnoreMode.GLOB,
            ),
            handler="data_jobs.handler.handler",
            runtime=aws_lambda.Runtime.PYTHON_3_14,
            architecture=aws_lambda.Architecture.ARM_64,
            memory_size=256,
            timeout=Duration.minutes(15),
            role=self.role.without_policy_updates(),
            log_group=log_group,
            vpc=vpc,
            vpc_subnets=vpc_subnets,
            security_groups=security_groups,
            tracing=aws_lambda.Tracing.ACTIVE if tracing_enabled else None,
            dead_letter_queue=dead_letter_queue,
            reserved_concurrent_executions=reserved_concurrent_executions,
            layers=self.layers or None,
        )
        """The function that CloudFormation and the state machine invoke."""
        self.service_token: str = self.function.function_arn
        """What custom resources name to have a job run: the function's ARN."""
        allow_options(
            self,
            in_vpc=vpc is not None,
            tracing_enabled=tracing_enabled,
            dead_letter_queue=dead_letter_queue,
        )
        acknowledge_defaults(
            self.function,
            {
                "vpc": vpc,
                "tracing_enabled": tracing_enabled,
                "dead_letter_queue": dead_letter_queue,
                "reserved_concurrent_executions": reserved_concurrent_executions,
            },
        )
        customer_managed = aws_stepfunctions.CustomerManagedEncryptionConfiguration
        self.state_machine = aws_stepfunctions.StateMachine(
            self,
            "StateMachine",
            definition_body=aws_stepfunctions.DefinitionBody.from_file(
                str(lambda_directory() / "state_machine.asl.json")
            ),
            definition_substitutions={"FunctionArn": self.service_token},
            # By its own name the function knows the state machine, which is made after it.
            state_machine_name=self.function.function_name,
            role=make_state_machine_role(
                self, self.function, encryption_key, tracing_enabled=tracing_enabled
            ).without_policy_updates(),
            tracing_enabled=tracing_enabled or None,
            encryption_configuration=customer_managed(encryption_key) if encryption_key else None,
        )
        """The state machine, of which each run of a job is an execution."""
        acknowledge_machine(self.state_machine, tracing_enabled=tracing_enabled)
        if permissions_boundary:
            aws_iam.PermissionsBoundary.of(self).apply(permissions_boundary)
        check_size(self, self._inline_policies, INLINE_POLICIES, "give some of the jobs a DataJobRunner of their own")
        policy = self.policy_in(stack_of(self))
        policy.allow(["states:StartExecution", "states:ListExecutions"], [self.state_machine.state_machine_arn])
        policy.allow(["states:DescribeExecution"], [self._executions()], wildcard_reason=_EXECUTIONS)
        if encryption_key:
            # AWS Step Functions Developer Guide, "Data at rest encryption in Step Functions": what asks for an input.
            context = {"kms:EncryptionContext:aws:states:stateMachineArn": self.state_machine.state_machine_arn}
            policy.allow(["kms:Decrypt"], [encryption_key.key_arn], condition={"StringEquals": context})
        policy.allow(["logs:CreateLogStream", "logs:PutLogEvents"], [log_group.log_group_arn])

    @staticmethod
    def of(scope: Construct) -> "DataJobRunner":
        """Returns the runner of a construct's stack, made on first use with the id `DataJobRunner`.

        Args:
            scope: A construct of the stack.
        """
        return _default_runner(stack_of(scope))

    def policy_in(self, stack: Stack, role: aws_iam.IRole | None = None, *, part: str = "") -> "RunnerPolicy":
        """Returns a policy of the runner that a stack's jobs extend, made on first use.

        It is a resource of that stack, so that a runner of another stack need not know the jobs of this one.

        Args:
            stack: The stack that the jobs are in.
            role: A role that is passed on, whose jobs have a policy of their own: the role may have to wait for other
                jobs. If none, the policy of all jobs.
            part: What some of the jobs have in common, for which they have a policy of their own.

        Raises:
            ValueError: If the stack is in another account or Region than the runner.
        """
        part = f"Pass{path_below(stack, role)}" if role else part
        key = path_of(stack), part
        if key not in self._policies:
            home = stack_of(self)
            self._check_environment(home, stack)
            if stack is home and not part:
                policy = RunnerPolicy(self, "Policy", self, "DataJobs")
            else:
                is_own = stack is home and not role
                scope = self if is_own else shared_scope(stack)
                id_ = part if is_own else f"Runner{path_below(stack, self)}{part}"
                name = Names.unique_resource_name(scope, max_length=_POLICY_NAME_MAX_LENGTH - len(digest("")))
                policy = RunnerPolicy(scope, id_, self, f"{name}{digest(id_)}")
            if not part:
                policy.allow(["cloudformation:DescribeStacks", "cloudformation:DescribeStackResource"], [Aws.STACK_ID])
            self._policies[key] = policy
        return self._policies[key]

    def count_rule(self) -> int:
        """Counts one more rule that invokes the function, and returns how many there are."""
        self._rules += 1
        return self._rules

    def confine(self, role: aws_iam.IRole) -> None:
        """Gives a role that is made for a job the runner's permissions boundary, if it has one.

        Args:
            role: The role. Jobs of runners with different boundaries need roles of their own, given with `role=...`.
        """
        if self._permissions_boundary:
            aws_iam.PermissionsBoundary.of(role).apply(self._permissions_boundary)

    def _executions(self) -> str:
        return stack_of(self).format_arn(
            service="states",
            resource="execution",
            resource_name=f"{self.state_machine.state_machine_name}:*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )

    def _inline_policies(self) -> list[Construct]:
        own = self.role.node.try_find_child("DefaultPolicy")
        others = [own.node.default_child] if own else []
        return [*self._all_policies, *(one for one in others if isinstance(one, aws_iam.CfnPolicy))]

    def _check_environment(self, home: Stack, stack: Stack) -> None:
        for part, name in (("account", "account"), ("region", "Region")):
            ours, theirs = environment_of(home)[part], environment_of(stack)[part]
            if ours != theirs and not (is_unresolved(ours) or is_unresolved(theirs)):
                raise ValidationError(
                    f"the runner of a job must be in the job's account and Region, got {path_of(self)} in the {name} "
                    f"{ours} for jobs in {theirs}; make a DataJobRunner there"
                )


@once
def _default_runner(stack: Stack) -> DataJobRunner:
    found = stack.node.try_find_child(_RUNNER_ID)
    return found if isinstance(found, DataJobRunner) else DataJobRunner(stack, _RUNNER_ID)
