"""The chain of a job's own resource and its waiting resources, each of which waits for a segment of a long timeout."""

from aws_cdk import Duration

MAX_SEGMENT_SECONDS = 3300
"""Seconds that one resource waits at most: 55 minutes, so that its response arrives within CloudFormation's hour."""

_DEFAULT_SECONDS = 3300  # the function's default, if a resource has no `Timeout`


def segments(timeout: Duration | None) -> list[dict[str, float]]:
    """Returns the properties with the time that each resource waits: first the job's own, then the waiting resources.

    Args:
        timeout: How long they wait together; None for as long as one waits. A token is not divided, because its value
            is not known.
    """
    if timeout is None:
        return [{}]
    if timeout.is_unresolved():
        return [{"Timeout": timeout.to_seconds()}]
    total = int(timeout.to_seconds())
    whole, rest = divmod(total, MAX_SEGMENT_SECONDS)
    lengths = [MAX_SEGMENT_SECONDS] * whole + [rest] * bool(rest)
    own: list[dict[str, float]] = [{} if length == _DEFAULT_SECONDS else {"Timeout": length} for length in lengths]
    return [segment | {"Relay": total} for segment in own[:-1]] + own[-1:]
