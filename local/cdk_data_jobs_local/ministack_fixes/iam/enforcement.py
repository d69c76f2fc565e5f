"""Permissions that AWS services need for each other, where IAM is enforced.

MiniStack 1.5.33 with AUTH=true checks whether the policies of the caller, and of
the resource, allow a request. It does not check what services do for each other, as AWS does and as is checked here:

- that the caller that gives a role to a job or to a stack's resource may pass it, and that it trusts the service; see
  `cdk_data_jobs_local.ministack_fixes.iam.pass_role`;
- that a state machine's role trusts it, and may invoke the function of a Task (Step Functions Developer Guide,
  "Lambda");
- that the caller that reads or writes an encrypted object may use its key; see
  `cdk_data_jobs_local.ministack_fixes.s3.keys`;
- that a function's role may write the function's log (Lambda Developer Guide, "Sending Lambda function logs to
  CloudWatch Logs"). Where it may not, there is no log;
- that a stack's deploying principal may do what CloudFormation does for it; see
  `cdk_data_jobs_local.ministack_fixes.iam.deployment_permissions`.

Needed as long as this test fails without it:
`test_enforced_iam.py::test_a_state_machine_invokes_a_function_with_its_role`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

import contextvars
from typing import Any

from ministack.core import tls
from ministack.services import cloudwatch_logs, lambda_svc, stepfunctions

from cdk_data_jobs_local.ministack_fixes.iam.deployment_principals import watch_deployments
from cdk_data_jobs_local.ministack_fixes.iam.permissions import Caller, Role, watch_callers


def patch() -> None:
    """Makes MiniStack check the roles of state machines and of functions that write logs."""
    watch_callers()
    watch_deployments()
    _trust_the_certificate_everywhere()
    _check_state_machines()
    _check_logs()


def _trust_the_certificate_everywhere() -> None:
    bundle, trust = tls.ca_bundle_path, tls.trust_gateway_cert

    def trust_beside_the_usual(environment: dict[str, str]) -> None:
        # MiniStack keeps what is there, which does not know the certificate; the bundle has that too.
        for name in ("AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
            environment.pop(name, None)
        trust(environment)

    # Where the machine has no list of authorities, the functions trust the server alone.
    tls.ca_bundle_path = lambda certificate: bundle(certificate) or certificate
    tls.trust_gateway_cert = trust_beside_the_usual


_machine: contextvars.ContextVar[tuple[str, str] | None] = contextvars.ContextVar("cdk_data_jobs_machine", default=None)


def _check_state_machines() -> None:
    execute_task = stepfunctions._execute_task
    call_lambda = stepfunctions._call_lambda

    def task_with_role(state: Any, raw_input: Any, execution: dict[str, Any], ctx: Any) -> Any:
        started = execution["events"][0].get("executionStartedEventDetails", {})
        token = _machine.set((started.get("roleArn", ""), execution["executionArn"]))
        try:
            return execute_task(state, raw_input, execution, ctx)
        finally:
            _machine.reset(token)

    def call_lambda_with_role(function: str, event: Any) -> Any:
        machine = _machine.get()
        _func, config, _name = lambda_svc._get_func_record_for_ref(function)
        if machine is not None and config:
            refusal = _invocation_refusal(*machine, config["FunctionArn"])
            if refusal:
                raise stepfunctions._ExecutionError("Lambda.AWSLambdaException", refusal)
        return call_lambda(function, event)

    stepfunctions._execute_task = task_with_role
    stepfunctions._call_lambda = call_lambda_with_role


def _invocation_refusal(role: str, execution: str, function: str) -> str | None:
    _, partition, _, region, account, _, machine, name = execution.split(":")
    source = f"arn:{partition}:states:{region}:{account}:stateMachine:{machine}"
    caller = Caller(account=account, region=region, service="states.amazonaws.com", source_arn=source)
    try:
        execution_role = Role(role)
    except LookupError:
        return f"the role {role} does not exist"
    if not execution_role.trusts(caller):
        return f"states.amazonaws.com is not authorized to assume the role {role}"
    return execution_role.refusal(caller, "lambda:InvokeFunction", function, name)


def _check_logs() -> None:
    emit = lambda_svc._emit_lambda_logs

    def emit_if_allowed(function: dict[str, Any], *rest: Any, **options: Any) -> None:
        if _may_log(function.get("config") or function):
            emit(function, *rest, **options)

    lambda_svc._emit_lambda_logs = emit_if_allowed


def _may_log(config: dict[str, Any]) -> bool:
    name = config.get("FunctionName", "")
    group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}"
    _, _, _, region, account, *_ = config["FunctionArn"].split(":")
    stream = f"arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:"
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    if group not in cloudwatch_logs._log_groups:
        actions.insert(0, "logs:CreateLogGroup")
    caller = Caller(account=account, region=region, service="lambda.amazonaws.com", source_arn=config["FunctionArn"])
    try:
        role = Role(config.get("Role", ""))
    except LookupError:
        return False
    return all(role.refusal(caller, action, stream, name) is None for action in actions)
