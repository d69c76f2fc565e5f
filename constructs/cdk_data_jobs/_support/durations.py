"""Validation of durations that a service counts in minutes."""

from aws_cdk import Duration

from cdk_data_jobs._support.validation import ValidationError, validate_instance


def whole_minutes(duration: Duration | None, argument: str, maximum: Duration | None = None) -> float | None:
    """Returns an argument in minutes; None if it is left out.

    Args:
        duration: The argument's value, which may be a token.
        argument: Its name, for the message.
        maximum: The longest that is possible, in whole days; None if there is no limit.

    Raises:
        ValidationError: If it is no duration, or none in whole minutes, or shorter or longer than possible.
    """
    validate_instance(duration, Duration, argument, hint="use Duration.minutes(...)")
    if duration is None:
        return None
    if duration.is_unresolved():
        return duration.to_minutes()
    minutes = duration.to_minutes(integral=False)
    if minutes < 1 or minutes % 1 or (maximum and minutes > maximum.to_minutes()):
        limit = f", at most {maximum.to_human_string()}" if maximum else ""
        raise ValidationError(
            f"{argument} must be in whole minutes, at least one{limit}, got {duration.to_human_string()}; correct it"
        )
    return int(minutes)
