"""What a deployment does with a job: whether it runs it, waits for it and fails with it."""

import enum

from aws_cdk import Duration

from cdk_data_jobs.checks import ValidationError, check_choice, check_timeout

_LONGEST_TIMEOUT = Duration.days(7)


class OnFailure(enum.Enum):
    """What a deployment does when a job fails."""

    ROLL_BACK = "ROLL_BACK"
    """The deployment fails with the job's reason, and is rolled back."""

    CONTINUE = "CONTINUE"
    """The deployment goes on; the job's status attribute tells how it ended."""


def check_options(
    *,
    wait_for_completion: bool,
    timeout: Duration | None,
    on_failure: OnFailure,
    trigger: str | None,
    deploy_time: bool,
) -> None:
    """Checks that the options of a job's deployment make sense together.

    Args:
        wait_for_completion: Whether the deployment waits until the job has ended.
        timeout: How long it waits.
        on_failure: What the deployment does when the job fails.
        trigger: Any string; the job runs again when it changes.
        deploy_time: Whether the job runs when it is deployed.

    Raises:
        ValidationError: If they do not.
    """
    if not deploy_time:
        _check_never_deployed(timeout, on_failure, trigger)
    if timeout is not None:
        check_timeout(timeout, _LONGEST_TIMEOUT)
        if not wait_for_completion:
            raise ValidationError(
                "timeout must be the time that the deployment waits, got "
                f"{timeout.to_human_string()} with wait_for_completion=False; set wait_for_completion=True or remove "
                "timeout"
            )
    check_choice(on_failure, OnFailure, "on_failure", required=True)
    if on_failure is OnFailure.CONTINUE and not wait_for_completion:
        raise ValidationError(
            "on_failure=OnFailure.CONTINUE has no effect with wait_for_completion=False, which does not learn of a "
            "failure; remove one"
        )
    if trigger is not None and not isinstance(trigger, str):
        raise ValidationError(f"trigger must be a string, got {type(trigger).__name__} {trigger!r}")


def _check_never_deployed(timeout: Duration | None, on_failure: OnFailure, trigger: str | None) -> None:
    given = {
        "timeout": timeout,
        "on_failure": on_failure is OnFailure.CONTINUE or None,
        "trigger": trigger,
    }
    for name, value in given.items():
        if value is not None:
            raise ValidationError(
                f"{name} has no effect with deploy_time=False, because no deployment waits for the job; remove one"
            )
