"""The construct that runs the jobs of a stack: one function, and one state machine that invokes it step by step."""

from collections.abc import Sequence

from aws_cdk import (
    ArnFormat,
    Duration,
    IgnoreMode,
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

from cdk_data_jobs._access.service_principals import account_service_principal
from cdk_data_jobs._runner.runner_options import (
    acknowledge_defaults,
    acknowledge_machine,
    allow_options,
    create_log_group,
    create_state_machine_role,
    validate_layers,
)
from cdk_data_jobs._runner.runner_policies import RunnerPolicies
from cdk_data_jobs._support.lambda_directory import lambda_directory
from cdk_data_jobs._support.memo import memoize, stack_of
from cdk_data_jobs._support.nag_acknowledgments import acknowledge_grants
from cdk_data_jobs._support.validation import validate_count

_RUNNER_ID = "DataJobRunner"
# Everything is excluded but the code, so that files which editors and systems leave beside it do not change its hash.
_ASSET_EXCLUDE = [
    *("*", ".*", "!data_jobs", "!data_jobs/+([a-z_]).py", "!data_jobs/definitions.json"),
    "data_jobs/run.py",  # types alone
]
_EXECUTIONS_REASON = "Executions of the runner's own state machine; their names are not known at deployment."


class DataJobRunner(Construct):
    """Runs data jobs: starts them, waits for them and reports to CloudFormation how they ended.

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
        """Creates a runner.

        Args:
            scope: The construct that it belongs to.
            id: The construct's id in that scope.
            vpc: The VPC that the function's network interfaces are in. It must reach AWS CloudFormation, AWS Step
                Functions, the services of the jobs, and Amazon S3 with the Region's bucket for the responses to
                CloudFormation, through endpoints or a NAT gateway. By default the function is in none.
            vpc_subnets: The subnets in `vpc`. By default the private ones.
            security_groups: The function's security groups, which must allow outbound TLS to the services above, and
                need no inbound rules. By default a group is created that allows all outbound and no inbound traffic.
            log_group: The function's log group, for a retention, a removal policy or a key of its own. By default a log
                group is created that keeps events for a month and is deleted with the stack.
            encryption_key: The key that encrypts the executions, which hold the requests of CloudFormation, and the log
                group that is created by default. The policy of a key that this app declares is extended; for an
                imported one a warning prints the statement to add. Whoever runs `data-jobs` then needs `kms:Decrypt` on
                it, too (Step Functions Developer Guide, "Data at rest encryption in Step Functions"). By default the
                services use keys of their own.
            tracing_enabled: Whether AWS X-Ray traces the function and the state machine. By default it does not.
            dead_letter_queue: The queue for invocations that failed three times. A message holds a request of
                CloudFormation with its ResponseURL, with which anybody could send the response, so few should be able
                to read the queue. By default there is none.
            reserved_concurrent_executions: How many invocations may run at a time, at least 1, which the account's
                other functions cannot use; more wait. By default there is no limit but the account's.
            permissions_boundary: The permissions boundary of the runner's roles, and of the roles that are created for
                its jobs. By default they have none, unless `aws_iam.PermissionsBoundary.of(...)` gives them one.
            staging_bucket: The bucket for the copies of local files, which are in its folder `data-jobs/` while a job
                reads them. By default each stack has one of its own, with keys of S3 and without access logs.
            layers: Layers of the function, at most 5, with an SDK for Python (boto3) that is newer than the one of
                AWS's Python runtime. With any, the jobs' services, operations and parameters are not checked against
                the runtime's SDK. To build one, `pip install --target layer/python boto3`, on any machine, because it
                is all Python, and `aws_lambda.LayerVersion(..., code=Code.from_asset("layer"),
                compatible_runtimes=[Runtime.PYTHON_3_14])`. Whoever deploys needs lambda:GetLayerVersion for it. By
                default there are none, and a job that the runtime's SDK does not know is an error at synthesis.

        Raises:
            ValueError: If `reserved_concurrent_executions` is less than 1, or `layers` are not layers.
        """
        super().__init__(scope, id)
        validate_count(reserved_concurrent_executions, "reserved_concurrent_executions", minimum=1)
        self.staging_bucket = staging_bucket
        """The bucket for the copies of local files; none if each stack has one of its own."""
        self.layers = validate_layers(layers)
        """The layers of the function, which may have a newer SDK than AWS's Python runtime."""
        self._permissions_boundary = permissions_boundary
        log_group = log_group or create_log_group(self, encryption_key)
        # Lambda sets aws:SourceAccount and aws:SourceArn when it assumes the role (AWS Lambda Developer Guide, "Working
        # with AWS managed policies in the execution role"). The role must exist before the function, so its condition
        # has the account alone.
        trusted = account_service_principal(stack_of(self), "lambda.amazonaws.com")
        self.role = aws_iam.Role(self, "Role", assumed_by=trusted)
        """The function's role."""
        self.policies = RunnerPolicies(self, self.role)
        """The function's policies, which the library's jobs extend."""
        acknowledge_grants(self.role)
        self.function = aws_lambda.Function(
            self,
            "Function",
            description="Runs data jobs for CloudFormation (cdk-data-jobs)",
            code=aws_lambda.Code.from_asset(
                str(lambda_directory()),
                exclude=_ASSET_EXCLUDE,
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
        """The `ServiceToken` of the custom resources of jobs: the function's ARN."""
        allow_options(
            self,
            self.function,
            self.policies,
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
            # The function finds the state machine by its own name, because the state machine is created after it.
            state_machine_name=self.function.function_name,
            role=create_state_machine_role(
                self, self.function, encryption_key, tracing_enabled=tracing_enabled
            ).without_policy_updates(),
            tracing_enabled=tracing_enabled or None,
            encryption_configuration=customer_managed(encryption_key) if encryption_key else None,
        )
        """The state machine, of which each run of a job is an execution."""
        acknowledge_machine(self.state_machine, tracing_enabled=tracing_enabled)
        if permissions_boundary:
            aws_iam.PermissionsBoundary.of(self).apply(permissions_boundary)
        policy = self.policies.for_stack(stack_of(self))
        policy.allow(["states:StartExecution", "states:ListExecutions"], [self.state_machine.state_machine_arn])
        policy.allow(["states:DescribeExecution"], [self._executions()], wildcard_reason=_EXECUTIONS_REASON)
        if encryption_key:
            # AWS Step Functions Developer Guide, "Data at rest encryption in Step Functions": to read an execution's
            # input.
            context = {"kms:EncryptionContext:aws:states:stateMachineArn": self.state_machine.state_machine_arn}
            policy.allow(["kms:Decrypt"], [encryption_key.key_arn], condition={"StringEquals": context})
        policy.allow(["logs:CreateLogStream", "logs:PutLogEvents"], [log_group.log_group_arn])

    @staticmethod
    def of(scope: Construct) -> "DataJobRunner":
        """Returns the runner of a construct's stack, created on first use with the id `DataJobRunner`.

        Args:
            scope: A construct of the stack.
        """
        return _default_runner(stack_of(scope))

    def apply_permissions_boundary(self, role: aws_iam.IRole) -> None:
        """Applies the runner's permissions boundary, if it has one, to a role that is created for a job.

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


@memoize
def _default_runner(stack: Stack) -> DataJobRunner:
    found = stack.node.try_find_child(_RUNNER_ID)
    return found if isinstance(found, DataJobRunner) else DataJobRunner(stack, _RUNNER_ID)
