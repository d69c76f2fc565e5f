"""Executions of state machines."""

import json
import re
from typing import Any

from aws_cdk import Duration, aws_kms, aws_stepfunctions
from aws_cdk.interfaces.aws_stepfunctions import IStateMachineRef
from constructs import Construct

from cdk_data_jobs._access.access_rules import KeyUse
from cdk_data_jobs._access.resource_policies import KeyPolicyAccess
from cdk_data_jobs._definition.parameters import validate_values, with_resolved_job_id
from cdk_data_jobs._job.deployment_options import DeploymentOptions
from cdk_data_jobs._support.environments import validate_environment
from cdk_data_jobs._support.json_strings import to_json_string
from cdk_data_jobs._support.memo import stack_of
from cdk_data_jobs._support.secret_values import validate_no_secrets
from cdk_data_jobs._support.synthesis_warnings import add_warning
from cdk_data_jobs._support.tokens import is_unresolved, jsonata_in, target_of
from cdk_data_jobs._support.validation import ValidationError, validate_kms_key, validate_reference
from cdk_data_jobs.data_job import Attribute, DataJob, StatusAttributes
from cdk_data_jobs.definitions import STEP_FUNCTIONS_EXECUTION
from cdk_data_jobs.options import OnFailure
from cdk_data_jobs.runner import DataJobRunner

_KEY_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey")
_STATE_MACHINE_ARN = re.compile(r"arn:[^:]+:states:[^:]*:[^:]*:stateMachine:.")


class Execution(StatusAttributes, DataJob):
    """Executes a standard state machine of AWS Step Functions, as part of a deployment.

    Runs when it is deployed, and again when the state machine, the input or `trigger` changes. A change of the state
    machine's definition alone is no reason, unless `trigger` has it: `trigger=state_machine.state_machine_revision_id`.
    A rollback or a deletion does not undo what the execution did, and does not stop one that goes on.
    """

    execution_arn = Attribute()
    """The execution's ARN."""

    output = Attribute("output")
    """The execution's output, a string of JSON: cut off where the attributes have more than the 4096 bytes that
    CloudFormation allows. Empty if the deployment does not wait."""

    stop_date = Attribute("stopDate")
    """When the execution ended. Empty if the deployment does not wait."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        state_machine: IStateMachineRef,
        input: dict[str, Any] | list[Any] | str | None = None,
        trace_header: str | None = None,
        encryption_key: aws_kms.IKey | None = None,
        job_name: str | None = None,
        wait_for_completion: bool = True,
        timeout: Duration | None = None,
        on_failure: OnFailure = OnFailure.ROLL_BACK,
        trigger: str | None = None,
        deploy_time: bool = True,
        runner: DataJobRunner | None = None,
    ) -> None:
        """Declares an execution (AWS Step Functions API Reference, StartExecution).

        Args:
            scope: The construct that the job belongs to.
            id: The construct's id in that scope.
            state_machine: The state machine, in the job's account and Region: a `StateMachine`, a `CfnStateMachine`, or
                `aws_stepfunctions.StateMachine.from_state_machine_arn(...)`, also with the ARN of a version or an
                alias. It must be a standard one, because executions of express ones cannot be described.
            input: The input: an object, without its entries that are None, or a list, both of which may have tokens, or
                a string of JSON. CloudFormation escapes the values of the tokens, as JSON needs it; a task of
                `as_task` does not. The history of the execution shows it, so it must have no secrets. By default an
                empty object.
            trace_header: The header of an AWS X-Ray trace that the execution belongs to. By default there is none.
            encryption_key: The state machine's key, if it encrypts its executions with one of its own: the function
                that runs the job may then use it; the policy of a key of the app is extended. By default it has none; a
                machine of the app that has one gets a warning.
            job_name: The base of the execution's name; each run adds a suffix. By default derived from the construct's
                path.
            wait_for_completion: Whether the deployment waits until the execution has ended. Otherwise it continues as
                soon as it has started.
            timeout: How long the deployment waits, 1 minute to 7 days. By default 55 minutes.
            on_failure: What the deployment does when the execution fails, times out or is aborted. By default it fails
                too, and is rolled back.
            trigger: Any string; the job runs again when it changes. By default there is none.
            deploy_time: Whether the job runs when it is deployed. Otherwise only a schedule, a task or the command line
                runs it.
            runner: The construct that runs the job. By default the stack's own `DataJobRunner`.

        Raises:
            ValueError: If the arguments cannot work, as far as that is known at synthesis.
        """
        validate_reference(
            state_machine,
            "state_machine_ref",
            "state_machine",
            "an IStateMachineRef, such as an aws_stepfunctions.StateMachine",
            "StateMachine.from_state_machine_arn(...)",
        )
        parameters: dict[str, Any] = {"stateMachineArn": state_machine.state_machine_ref.state_machine_arn}
        super().__init__(
            scope,
            id,
            resource_type="Custom::AwsStepFunctionsExecution",
            definition=with_resolved_job_id(STEP_FUNCTIONS_EXECUTION, parameters),
            job_name=job_name,
            role=None,
            options=DeploymentOptions(
                wait_for_completion=wait_for_completion,
                timeout=timeout,
                on_failure=on_failure,
                trigger=trigger,
                deploy_time=deploy_time,
            ),
            runner=runner,
        )
        validate_environment(self, state_machine, "state_machine")
        _validate_type(state_machine)
        if encryption_key is not None:
            validate_kms_key(encryption_key)
            validate_environment(self, encryption_key, "encryption_key", warning_id="keyInOtherAccount")
            # Step Functions Developer Guide, "Data at rest encryption": what the caller of StartExecution needs.
            self._permissions.own_policy.allow(_KEY_ACTIONS, [encryption_key.key_arn])
            use = KeyUse(encryption_key, _KEY_ACTIONS, _KEY_ACTIONS)
            KeyPolicyAccess(use, None).allow(self, self._runner.role, is_shared=True)
        elif _has_own_key(state_machine):
            add_warning(
                self,
                "stateMachineKey",
                f"{state_machine.node.path} encrypts its executions with a key of its own, which the function that "
                "runs the job may not use; set encryption_key to it",
            )
        self._create_resources(
            {**parameters, "input": None if input is None else _to_json(self, input), "traceHeader": trace_header}
        )


def _has_own_key(state_machine: IStateMachineRef) -> bool:
    """Returns whether a state machine of the app is known to have a key of its own."""
    declared = target_of(state_machine.state_machine_ref.state_machine_arn)
    if not isinstance(declared, aws_stepfunctions.CfnStateMachine):
        return False
    configuration = stack_of(declared).resolve(declared.encryption_configuration) or {}
    return bool(configuration.get("type") == "CUSTOMER_MANAGED_KMS_KEY")


def _validate_type(state_machine: IStateMachineRef) -> None:
    arn = state_machine.state_machine_ref.state_machine_arn
    if not is_unresolved(arn) and not _STATE_MACHINE_ARN.match(arn):
        raise ValidationError(
            "state_machine must have the ARN of a state machine, its version or its alias, "
            f"arn:aws:states:...:stateMachine:name, got {arn!r}; an execution's ARN is something else"
        )
    # A StateMachine has a member of an enumeration, a CfnStateMachine a string, and a reference by ARN nothing.
    kind = getattr(state_machine, "state_machine_type", None)
    if getattr(kind, "value", kind) == "EXPRESS":
        raise ValidationError(
            "state_machine must be a standard one, because executions of express ones cannot be described, got "
            f"{state_machine.node.path}; set its state_machine_type to STANDARD, or call it from a standard one"
        )


def _to_json(job: Construct, value: dict[str, Any] | list[Any] | str) -> str:
    if not isinstance(value, dict | list | str):
        raise ValidationError(
            f"input must be an object, a list or a string of JSON, got {type(value).__name__}; convert it"
        )
    validate_values(value, "input")
    validate_no_secrets(job, value, "input", "pass the secret's ARN, and let the state machine read it")
    if isinstance(value, str):
        _validate_json(value)
        return value
    if expression := jsonata_in(value):
        raise ValidationError(
            "input must be one expression of JSONata or have none, because it is a string for the service, got "
            f"{expression!r} in it; use '{{% $string({{...}}) %}}'"
        )
    return to_json_string(job, value)


def _validate_json(value: str) -> None:
    try:
        if not is_unresolved(value):
            json.loads(value)
    except ValueError as error:
        raise ValidationError(
            f"input must be an object, a list or a string of JSON, got the string {value!r}: {error}; correct it"
        ) from error
