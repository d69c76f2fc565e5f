"""The options of a job that concern deployments: whether they run the job, wait for it and fail with it."""

from dataclasses import dataclass
from typing import Any

from aws_cdk import Duration

from cdk_data_jobs._support.validation import ValidationError, validate_choice, validate_flag, validate_timeout
from cdk_data_jobs.options import OnFailure

_MAX_TIMEOUT = Duration.days(7)


@dataclass(frozen=True, kw_only=True)
class DeploymentOptions:
    """The options of a job that concern deployments.

    Attributes:
        wait_for_completion: Whether a deployment waits until the job has ended.
        timeout: How long it waits; None for 55 minutes.
        on_failure: What it does when the job fails.
        trigger: Any string; the job runs again when it changes.
        deploy_time: Whether the job runs when it is deployed.

    Raises:
        ValueError: If an option is invalid, or options exclude each other.
    """

    wait_for_completion: bool
    timeout: Duration | None
    on_failure: OnFailure
    trigger: str | None
    deploy_time: bool

    def __post_init__(self) -> None:
        """Validates the options.

        Raises:
            ValidationError: If an option is invalid, or options exclude each other.
        """
        validate_flag(self.wait_for_completion, "wait_for_completion")
        validate_flag(self.deploy_time, "deploy_time")
        validate_choice(self.on_failure, OnFailure, "on_failure", required=True)
        if self.trigger is not None and not isinstance(self.trigger, str):
            raise ValidationError(f"trigger must be a string, got {type(self.trigger).__name__} {self.trigger!r}")
        if not self.deploy_time:
            self._validate_without_deploy_time()
        if self.timeout is not None:
            validate_timeout(self.timeout, _MAX_TIMEOUT)
            if not self.wait_for_completion:
                raise ValidationError(
                    "timeout must be the time that the deployment waits, got "
                    f"{self.timeout.to_human_string()} with wait_for_completion=False; set wait_for_completion=True or "
                    "remove timeout"
                )

    @property
    def deployment_properties(self) -> dict[str, Any]:
        """Properties of the job's own resource that concern the deployment alone; those that are None are left out."""
        return {
            "DeployTime": None if self.deploy_time else False,
            "WaitForCompletion": None if self.wait_for_completion else False,
            "Trigger": self.trigger,
        }

    @property
    def common_properties(self) -> dict[str, Any]:
        """Properties of all the job's resources; those that are None are left out."""
        return {"OnFailure": None if self.on_failure is OnFailure.ROLL_BACK else self.on_failure.value}

    def _validate_without_deploy_time(self) -> None:
        given = {
            "timeout": self.timeout,
            "on_failure": self.on_failure is OnFailure.CONTINUE or None,
            "trigger": self.trigger,
        }
        for name, value in given.items():
            if value is not None:
                raise ValidationError(
                    f"{name} has no effect with deploy_time=False, because no deployment runs the job; remove one"
                )
