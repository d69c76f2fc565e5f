"""The resources and permissions that a runner's options add, and acknowledgments for the options that are left out."""

from collections.abc import Mapping, Sequence
from typing import cast

from aws_cdk import (
    Acknowledgment,
    RemovalPolicy,
    Validations,
    aws_iam,
    aws_kms,
    aws_lambda,
    aws_logs,
    aws_sqs,
    aws_stepfunctions,
)
from constructs import Construct

from cdk_data_jobs._access.service_principals import account_service_principal
from cdk_data_jobs._runner.runner_policies import RunnerPolicies
from cdk_data_jobs._runner.runner_policy import RunnerPolicy
from cdk_data_jobs._support.memo import stack_of
from cdk_data_jobs._support.nag_acknowledgments import acknowledge, acknowledge_inline_policy
from cdk_data_jobs._support.synthesis_warnings import warn_unchangeable_policy
from cdk_data_jobs._support.validation import validate_reference

_NO_RESOURCE_TYPE = "The service authorizes it for all resources or none."
_REASONS_TO_LEAVE_OUT = {
    "vpc": "The function calls AWS APIs over TLS, listens to nothing and needs nothing of a private network.",
    "dead_letter_queue": "What fails in a run is logged and reported to whoever started it, a deployment that gets "
    "no response fails, and the metric Errors counts invocations that failed. A queue would keep requests with their "
    "ResponseURL, with which anybody could send the response.",
    "reserved_concurrent_executions": "A run is one short invocation at a time, more wait their turn, and what is "
    "reserved for the function is taken from the account's other functions.",
    "tracing_enabled": "A run is a sequence of calls minutes apart: its execution and its log show what a trace would, "
    "and tracing needs permissions on all resources.",
    "encryption_key": "CloudWatch Logs encrypts it with a key of its own. It holds what happened to jobs, with their "
    "ids and the services' messages, no data and no ResponseURL.",
}
_INTERFACE_ACTIONS = (
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)
_TRACING_ACTIONS = ("xray:PutTraceSegments", "xray:PutTelemetryRecords")


def validate_layers(layers: Sequence[aws_lambda.ILayerVersion] | None) -> list[aws_lambda.ILayerVersion]:
    """Validates the layers of the function, and returns them as a list.

    Args:
        layers: The runner's argument `layers`.

    Raises:
        ValidationError: If one is not a layer version, but an ARN, for example.
    """
    given = layers or []
    for layer in [given] if isinstance(given, str) else given:
        validate_reference(
            layer,
            "layer_version_arn",
            "layers",
            "a list of aws_lambda.ILayerVersion",
            "aws_lambda.LayerVersion.from_layer_version_arn(...)",
        )
    return [*given]


def create_log_group(scope: Construct, key: aws_kms.IKey | None) -> aws_logs.LogGroup:
    """Creates the log group of a runner's function.

    Args:
        scope: The runner.
        key: The key that encrypts it; None if the service uses a key of its own.
    """
    group = aws_logs.LogGroup(
        scope,
        "LogGroup",
        retention=aws_logs.RetentionDays.ONE_MONTH,
        removal_policy=RemovalPolicy.DESTROY,
        encryption_key=key,
    )
    if key:
        _allow_logs_to_use(scope, key)
    else:
        _acknowledge_left_out(group, "encryption_key", "CloudWatchLogGroupEncrypted")
    return group


def create_state_machine_role(
    scope: Construct, function: aws_lambda.IFunction, key: aws_kms.IKey | None, *, tracing_enabled: bool
) -> aws_iam.Role:
    """Creates the role of a runner's state machine.

    Args:
        scope: The runner.
        function: The function that it invokes.
        key: The key that encrypts the executions; None if the service uses a key of its own.
        tracing_enabled: Whether the executions are traced.
    """
    stack = stack_of(scope)
    # The role must exist before the state machine, so it cannot name it.
    machines = f"arn:{stack.partition}:states:{stack.region}:{stack.account}:stateMachine:*"
    statements = [aws_iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[function.function_arn])]
    if key:
        statements.append(
            aws_iam.PolicyStatement(
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=[key.key_arn],
                conditions={"StringLike": {"kms:EncryptionContext:aws:states:stateMachineArn": machines}},
            )
        )
    if tracing_enabled:
        # AWS Step Functions Developer Guide, "IAM policies for using X-Ray".
        sampling = ["xray:GetSamplingRules", "xray:GetSamplingTargets"]
        statements.append(aws_iam.PolicyStatement(actions=[*_TRACING_ACTIONS, *sampling], resources=["*"]))
    role = aws_iam.Role(
        scope,
        "StateMachineRole",
        # AWS Step Functions Developer Guide, "Prevent cross-service confused deputy issue".
        assumed_by=account_service_principal(stack, "states.amazonaws.com", "ArnLike", machines),
        inline_policies={"Invoke": aws_iam.PolicyDocument(statements=statements)},
    )
    acknowledge_inline_policy(role)
    if tracing_enabled:
        Validations.of(role).acknowledge(Acknowledgment(id="AwsSolutions-IAM5[Resource::*]", reason=_NO_RESOURCE_TYPE))
    return role


def allow_options(
    runner: Construct,
    function: aws_lambda.Function,
    policies: RunnerPolicies,
    *,
    in_vpc: bool,
    tracing_enabled: bool,
    dead_letter_queue: aws_sqs.IQueue | None,
) -> None:
    """Allows a runner's function what its options need.

    The function depends on the policy, because Lambda checks these permissions when it creates the function.

    Args:
        runner: The runner.
        function: Its function.
        policies: The function's policies.
        in_vpc: Whether the function is in a VPC.
        tracing_enabled: Whether it is traced.
        dead_letter_queue: The queue for invocations that failed.
    """
    if not (in_vpc or tracing_enabled or dead_letter_queue):
        return
    policy = policies.create(runner, "FunctionPolicy", "Function")
    resource = cast("aws_lambda.CfnFunction", function.node.default_child)
    resource.add_resource_dependency(policy)
    if in_vpc:
        _allow_interfaces(policy, cast("aws_lambda.CfnFunction.VpcConfigProperty", resource.vpc_config))
    if tracing_enabled:
        policy.allow(_TRACING_ACTIONS, ["*"], wildcard_reason=_NO_RESOURCE_TYPE)
    if dead_letter_queue:
        policy.allow(["sqs:SendMessage"], [dead_letter_queue.queue_arn])
        if key := dead_letter_queue.encryption_master_key:
            policy.allow(["kms:Decrypt", "kms:GenerateDataKey"], [key.key_arn])


def acknowledge_defaults(function: aws_lambda.Function, options: Mapping[str, object]) -> None:
    """Acknowledges the options of a runner's function that are left out.

    Args:
        function: The function.
        options: The options by name.
    """
    rules = {
        "vpc": "LambdaInsideVPC",
        "dead_letter_queue": "LambdaDLQ",
        "reserved_concurrent_executions": "LambdaConcurrency",
        "tracing_enabled": "LambdaTracing",
    }
    for option, rule in rules.items():
        if not options[option]:
            _acknowledge_left_out(function, option, rule)


def acknowledge_machine(machine: aws_stepfunctions.StateMachine, *, tracing_enabled: bool) -> None:
    """Acknowledges the options of a runner's state machine that are left out.

    Args:
        machine: The state machine.
        tracing_enabled: Whether it is traced.
    """
    acknowledge(
        machine,
        "The input of an execution holds the request's ResponseURL, with which anybody could send the response, so "
        "it is not logged. Step Functions keeps every execution's events for 90 days, and the function logs each "
        "step.",
        "SF1",
    )
    if not tracing_enabled:
        _acknowledge_left_out(machine, "tracing_enabled", "SF2", "StepFunctionStateMachineXray")


def _acknowledge_left_out(construct: Construct, option: str, *rules: str) -> None:
    acknowledge(construct, f"{_REASONS_TO_LEAVE_OUT[option]} `{option}` of DataJobRunner changes that.", *rules)


def _allow_interfaces(policy: RunnerPolicy, vpc_config: aws_lambda.CfnFunction.VpcConfigProperty) -> None:
    """Lets the function have network interfaces (AWS Lambda Developer Guide, "Required IAM permissions" of VPCs)."""
    stack = stack_of(policy)
    interfaces = f"arn:{stack.partition}:ec2:{stack.region}:{stack.account}:network-interface/*"
    any_account = f"arn:{stack.partition}:ec2:{stack.region}:*"
    policy.allow(
        _INTERFACE_ACTIONS,
        [interfaces],
        wildcard_reason="Lambda creates the function's network interfaces, whose ids are not known before.",
    )
    policy.allow(
        ["ec2:CreateNetworkInterface"],
        [
            *(f"{any_account}:subnet/{subnet}" for subnet in vpc_config.subnet_ids or []),
            *(f"{any_account}:security-group/{group}" for group in vpc_config.security_group_ids or []),
        ],
        wildcard_reason="The ids are unique, and a shared subnet or group belongs to another account.",
    )
    policy.allow(["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"], ["*"], wildcard_reason=_NO_RESOURCE_TYPE)


def _allow_logs_to_use(scope: Construct, key: aws_kms.IKey) -> None:
    """Lets CloudWatch Logs use a key (its User Guide, "Encrypt log data in CloudWatch Logs using AWS KMS")."""
    stack = stack_of(scope)
    # The key's policy must exist before the log group, so it cannot name it.
    groups = f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:log-group:*"
    statement = aws_iam.PolicyStatement(
        principals=[aws_iam.ServicePrincipal(f"logs.{stack.region}.amazonaws.com")],
        actions=[
            "kms:Encrypt",
            "kms:Decrypt",
            "kms:ReEncryptFrom",
            "kms:ReEncryptTo",
            "kms:GenerateDataKey",
            "kms:GenerateDataKeyWithoutPlaintext",
        ],
        resources=["*"],
        conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
    )
    if not key.add_to_resource_policy(statement, allow_no_op=True).statement_added:
        warn_unchangeable_policy(scope, "keyPolicy", f"the policy of the key {key.key_arn}", [statement])
