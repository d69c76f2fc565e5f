"""Runs of jobs."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, cast

from aws_cdk import aws_iam

from cdk_data_jobs._definition.parameters import validate_values
from cdk_data_jobs._job.deployment_options import DeploymentOptions
from cdk_data_jobs._support.durations import whole_minutes
from cdk_data_jobs._support.environments import validate_environment
from cdk_data_jobs._support.json_strings import to_json_string
from cdk_data_jobs._support.secret_values import validate_no_secrets
from cdk_data_jobs._support.validation import (
    ValidationError,
    validate_choice,
    validate_count,
    validate_flag,
    validate_instance,
    validate_reference,
)
from cdk_data_jobs.data_job import Attribute, DataJob, StatusAttributes
from cdk_data_jobs.definitions import GLUE_JOB_RUN
from cdk_data_jobs.options import OnFailure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import Duration, aws_glue
    from aws_cdk.interfaces.aws_glue import IJobRef, ISecurityConfigurationRef
    from constructs import Construct

    from cdk_data_jobs.runner import DataJobRunner


class WorkerType(enum.Enum):
    """The type of a run's workers (StartJobRun, WorkerType).

    Other ones of the guide, such as R.1X, are set in the Glue job: the model of the call does not have them.
    """

    STANDARD = "Standard"
    """4 vCPUs and 16 GB of memory, of old versions of AWS Glue."""

    G_025X = "G.025X"
    """2 vCPUs and 4 GB of memory, for streaming jobs."""

    G_1X = "G.1X"
    """4 vCPUs and 16 GB of memory."""

    G_2X = "G.2X"
    """8 vCPUs and 32 GB of memory."""

    G_4X = "G.4X"
    """16 vCPUs and 64 GB of memory."""

    G_8X = "G.8X"
    """32 vCPUs and 128 GB of memory."""

    Z_2X = "Z.2X"
    """2 M-DPUs, 8 vCPUs with 64 GB of memory, for Ray jobs."""


class ExecutionClass(enum.Enum):
    """When a run gets its workers (StartJobRun, ExecutionClass)."""

    STANDARD = "STANDARD"
    """At once, for work that must not wait."""

    FLEX = "FLEX"
    """When there is room for it, at a lower price; for Spark jobs."""


class JobRun(StatusAttributes, DataJob):
    """Runs a job of AWS Glue, as part of a deployment.

    Runs when it is deployed, and again when `trigger` or an argument that is passed on to the service changes; a change
    of the Glue job or its script alone is no reason. It waits while the Glue job, or the account, has as many runs as
    may be at the same time. A rollback or a deletion does not undo what the run did, and does not stop one that goes
    on.

    The service chooses the run's id and has no tokens. If the response to the call that starts it is lost, the run is
    recognized in the list of the runs by its parameters and time. Set `MaxRetries` of the Glue job to 0: a retry by the
    service itself is, as we believe, a run of its own, which the deployment does not wait for. A failed run is not
    retried by its id, `JobRunId`: the next deployment makes a new one.
    """

    job_run_id = Attribute()
    """The run's id."""

    execution_time = Attribute("executionTime")
    """The seconds that the run used resources. Empty if the deployment does not wait for it."""

    dpu_seconds = Attribute("dpuSeconds")
    """The DPU seconds of a run with auto scaling or of the class FLEX; empty for others."""

    log_group_name = Attribute("logGroupName")
    """The log group of the run's log."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        job: IJobRef,
        arguments: Mapping[str, str] | None = None,
        worker_type: WorkerType | None = None,
        number_of_workers: int | None = None,
        max_capacity: float | None = None,
        execution_class: ExecutionClass | None = None,
        run_timeout: Duration | None = None,
        notify_delay_after: Duration | None = None,
        security_configuration: aws_glue.ISecurityConfiguration | ISecurityConfigurationRef | None = None,
        execution_role_session_policy: aws_iam.PolicyDocument | None = None,
        job_run_queuing_enabled: bool | None = None,
        wait_for_completion: bool = True,
        timeout: Duration | None = None,
        on_failure: OnFailure = OnFailure.ROLL_BACK,
        trigger: str | None = None,
        deploy_time: bool = True,
        runner: DataJobRunner | None = None,
    ) -> None:
        """Declares a run (AWS Glue Developer Guide, "StartJobRun").

        Args:
            scope: The construct that the job belongs to.
            id: The construct's id in that scope.
            job: The Glue job, in the job's account and Region: an `aws_glue.Job` or `CfnJob`, or
                `aws_glue.CfnJob.from_job_name(...)`.
            arguments: The arguments that replace the Glue job's default ones: name, e.g. `--date`, to value. They may
                be logged, so they must have no secrets. By default there are none.
            worker_type: The type of the workers. By default that of the Glue job, as for all arguments up to
                `security_configuration`.
            number_of_workers: The number of workers.
            max_capacity: The DPUs of a run without `worker_type` and `number_of_workers`, e.g. 0.0625 or 1 for a Python
                shell job.
            execution_class: When the run gets its workers.
            run_timeout: How long the run may take until the service stops it, in whole minutes. `timeout` is how long
                the deployment waits.
            notify_delay_after: The time after which the service sends an event that the run is late, in whole minutes.
            security_configuration: The encryption of what the run writes: a `SecurityConfiguration`, a
                `CfnSecurityConfiguration`, or `SecurityConfiguration.from_security_configuration_name(...)`.
            execution_role_session_policy: The policy that limits the Glue job's role in this run. By default there is
                none.
            job_run_queuing_enabled: Whether the service queues the run while it has no room for it. By default it does
                not, and this construct waits for room.
            wait_for_completion: Whether the deployment waits until the run has ended. Otherwise it continues as soon as
                it has started.
            timeout: How long the deployment waits, 1 minute to 7 days. By default 55 minutes.
            on_failure: What the deployment does when the run fails. By default it fails too, and is rolled back.
            trigger: Any string; the job runs again when it changes. By default there is none.
            deploy_time: Whether the job runs when it is deployed. Otherwise only a schedule, a task or the command line
                runs it.
            runner: The construct that runs the job. By default the stack's own `DataJobRunner`.

        Raises:
            ValueError: If the arguments cannot work, as far as that is known at synthesis.
        """
        super().__init__(
            scope,
            id,
            resource_type="Custom::AwsGlueJobRun",
            definition=GLUE_JOB_RUN,
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
        validate_reference(
            job, "job_ref", "job", "an IJobRef, such as an aws_glue.Job", "aws_glue.CfnJob.from_job_name(...)"
        )
        validate_environment(self, job, "job")
        validate_choice(worker_type, WorkerType, "worker_type")
        validate_choice(execution_class, ExecutionClass, "execution_class")
        validate_count(number_of_workers, "number_of_workers", minimum=1)
        validate_flag(job_run_queuing_enabled, "job_run_queuing_enabled")
        _validate_capacity(worker_type, number_of_workers, max_capacity)
        validate_values({"arguments": {**(arguments or {})}})
        validate_no_secrets(self, arguments, "arguments", "pass the secret's name, and let the script read it")
        delay = whole_minutes(notify_delay_after, "notify_delay_after")
        self._create_resources(
            {
                "JobName": job.job_ref.job_name,
                "Arguments": arguments,
                "WorkerType": worker_type and worker_type.value,
                "NumberOfWorkers": number_of_workers,
                "MaxCapacity": max_capacity,
                "ExecutionClass": execution_class and execution_class.value,
                "Timeout": whole_minutes(run_timeout, "run_timeout"),
                "NotificationProperty": None if delay is None else {"NotifyDelayAfter": delay},
                "SecurityConfiguration": _security_configuration_name(security_configuration),
                "ExecutionRoleSessionPolicy": self._session_policy(execution_role_session_policy),
                "JobRunQueuingEnabled": job_run_queuing_enabled,
            }
        )

    def _session_policy(self, policy: aws_iam.PolicyDocument | None) -> str | None:
        validate_instance(policy, aws_iam.PolicyDocument, "execution_role_session_policy")
        return None if policy is None else to_json_string(self, policy)


def _validate_capacity(worker_type: WorkerType | None, workers: int | None, max_capacity: float | None) -> None:
    if max_capacity is not None and (worker_type is not None or workers is not None):
        raise ValidationError(
            "max_capacity must be left out where there is a worker_type or number_of_workers, got "
            f"{max_capacity}; remove one"
        )


def _security_configuration_name(
    configuration: aws_glue.ISecurityConfiguration | ISecurityConfigurationRef | None,
) -> str | None:
    if configuration is None:
        return None
    if reference := getattr(configuration, "security_configuration_ref", None):
        return cast("str", reference.security_configuration_name)
    validate_reference(
        configuration,
        "security_configuration_name",
        "security_configuration",
        "an aws_glue.ISecurityConfiguration",
        "SecurityConfiguration.from_security_configuration_name(...)",
    )
    return cast("aws_glue.ISecurityConfiguration", configuration).security_configuration_name
