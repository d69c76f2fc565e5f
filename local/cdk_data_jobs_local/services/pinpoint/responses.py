"""What responses of Amazon Pinpoint have in common: ARNs, exceptions and pages."""

from collections.abc import Iterable
from typing import Any

from cdk_data_jobs_local.services.core import paging
from cdk_data_jobs_local.services.core.context import ServiceContext
from cdk_data_jobs_local.services.core.errors import ServiceError

SERVICE_PRINCIPAL = "pinpoint.amazonaws.com"
_PAGE_SIZE = 100


def arn(context: ServiceContext, *parts: str) -> str:
    """Returns the ARN of an application, or of something in it: `apps/<id>`, `apps/<id>/segments/<id>`."""
    return context.arn("mobiletargeting", "/".join(("apps", *parts)))


def bad_request(message: str) -> ServiceError:
    """Returns the exception for an invalid request."""
    return ServiceError("BadRequestException", message)


def not_found(what: str) -> ServiceError:
    """Returns the exception for something that does not exist."""
    return ServiceError("NotFoundException", f"Resource not found: {what}")


def page(items: Iterable[dict[str, Any]], parameters: dict[str, Any], *, by: str = "Id") -> dict[str, Any]:
    """Returns one page of a list.

    Args:
        items: Everything there is to list, oldest first.
        parameters: The call's parameters: `PageSize` (a string; default 100) and `Token`.
        by: The member by which the next page is found.

    Raises:
        ServiceError: BadRequestException, if one of them is not valid.
    """
    size = parameters.get("PageSize", str(_PAGE_SIZE))
    if not size.isdigit() or int(size) < 1:
        raise bad_request(f"page-size must be a positive number, got {size}")
    try:
        page_items, token = paging.page(list(items), by=by, size=int(size), token=parameters.get("Token"))
    except paging.TokenError as error:
        raise bad_request("The token is not valid") from error
    return {"Item": page_items, "NextToken": token}
