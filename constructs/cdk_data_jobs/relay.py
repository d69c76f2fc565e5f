"""How a time longer than CloudFormation waits for one resource is shared between several."""

from aws_cdk import Duration

LONGEST_SHARE = 3300
"""Seconds that one resource waits: 55 minutes, so that its answer arrives within CloudFormation's hour."""

KEPT = "DataJobKept"
"""The attribute of a job's own resource that tells the resources that wait on whether an update kept the job that was
there, so that they take it as it is."""

_DEFAULT = 3300  # what the function takes if a resource says nothing


def shares(timeout: Duration | None) -> list[dict[str, float]]:
    """Returns the properties that say how long each resource waits, in their order.

    Args:
        timeout: How long they wait together; if none, as long as one waits. A token is not shared, because nobody
            knows between how many.
    """
    if timeout is None:
        return [{}]
    if timeout.is_unresolved():
        return [{"Timeout": timeout.to_seconds()}]
    seconds = int(timeout.to_seconds())
    whole, rest = divmod(seconds, LONGEST_SHARE)
    links = [LONGEST_SHARE] * whole + [rest] * bool(rest)
    own: list[dict[str, float]] = [{} if share == _DEFAULT else {"Timeout": share} for share in links]
    return [link | {"Relay": seconds} for link in own[:-1]] + own[-1:]
