"""Where does this emulator stand: which account and Region, on which clock, with what access?"""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cdk_data_jobs_local.emulator.access import Access
from cdk_data_jobs_local.emulator.clock import Clock
from cdk_data_jobs_local.emulator.errors import ServiceError

SERVICE_PRINCIPAL = "personalize.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class Place:
    """The account and Region whose Amazon Personalize this is.

    Args:
        account: the account's id.
        region: the Region's name.
        clock: the time by which states advance.
        access: the account's roles, and S3 behind them.
        partition: the Region's partition.
    """

    account: str
    region: str
    clock: Clock
    access: Access
    partition: str = "aws"

    def arn(self, kind: str, name: str) -> str:
        """The ARN of a resource of Amazon Personalize in this account and Region."""
        return f"arn:{self.partition}:personalize:{self.region}:{self.account}:{kind}/{name}"


def invalid(message: str) -> ServiceError:
    """The exception for a request that makes no sense."""
    return ServiceError("InvalidInputException", message)


def in_use(message: str) -> ServiceError:
    """The exception for a resource that something else is busy with."""
    return ServiceError("ResourceInUseException", message)


def not_found(arn: str) -> ServiceError:
    """The exception for an ARN that names nothing."""
    return ServiceError("ResourceNotFoundException", f"The given ARN does not exist: {arn}")


def already_exists(arn: str) -> ServiceError:
    """The exception for a name that is taken."""
    return ServiceError("ResourceAlreadyExistsException", f"Another resource with Arn {arn} already exists.")


def page(summaries: Iterable[dict[str, Any]], key: str, arn: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """One page of a List call's answer.

    Args:
        summaries: everything there is to list, oldest first.
        key: the member of the answer that holds the page.
        arn: the member of a summary by which the next page is found.
        parameters: the call's parameters: `maxResults` (default 100) and `nextToken`.

    Raises:
        ServiceError: InvalidNextTokenException, if the token is none that this function gave.
    """
    everything = list(summaries)
    start = 0
    token = parameters.get("nextToken")
    if token is not None:
        last = _decoded(token)
        start = next((i for i, summary in enumerate(everything, start=1) if summary[arn] == last), -1)
        if start < 0:
            raise ServiceError("InvalidNextTokenException", "The token is not valid.")
    end = start + parameters.get("maxResults", 100)
    answer: dict[str, Any] = {key: everything[start:end]}
    if end < len(everything):
        answer["nextToken"] = base64.urlsafe_b64encode(everything[end - 1][arn].encode()).decode()
    return answer


def _decoded(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except (binascii.Error, ValueError):
        return ""
