"""What a shell evaluates to point itself at an offline AWS and back: `eval "$(python -m cdk_data_jobs_local up)"`.

The shell keeps what it had of the variables that are changed; that is never printed, for there may be secrets in it.
"""

import shlex
from collections.abc import Mapping

from cdk_data_jobs_local.api.process import VARIABLES

NOWHERE = "http://the-offline-aws-did-not-start.invalid"
"""The endpoint of a shell whose offline AWS did not start, so that the next command does not reach AWS."""

_BEFORE = "CDK_DATA_JOBS_LOCAL_BEFORE"
# All that begins with AWS_: a profile, a session's token or the endpoint of one service would also lead elsewhere.
_CHANGED = "|".join(["AWS_[A-Z0-9_]*", *(name for name in VARIABLES if not name.startswith("AWS_"))])
_KEEP = (
    f'[ -n "${{{_BEFORE}+set}}" ] || export {_BEFORE}="$(export -p | grep -E \'^(export|declare -x) ({_CHANGED})=\')"'
)
_UNSET = f"for name in $(export -p | sed -nE 's/^(export|declare -x) ({_CHANGED})=.*/\\2/p'); do unset \"$name\"; done"


def point_at(environment: Mapping[str, str]) -> str:
    """Returns the lines that point a shell at an offline AWS.

    Args:
        environment: The variables that lead there.
    """
    exports = (f"export {name}={shlex.quote(value)}" for name, value in environment.items())
    return "\n".join([_KEEP, _UNSET, *exports])


def point_nowhere() -> str:
    """Returns the lines that point a shell at no AWS, and fail."""
    return "\n".join([_KEEP, _UNSET, f"export AWS_ENDPOINT_URL={NOWHERE}", "false"])


def point_back() -> str:
    """Returns the lines that give a shell what it had before; one that was never pointed elsewhere stays as it is."""
    return "\n".join([f'if [ -n "${{{_BEFORE}+set}}" ]; then', _UNSET, f'eval "${_BEFORE}"', f"unset {_BEFORE}", "fi"])
