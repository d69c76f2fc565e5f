"""What responses of Amazon Personalize have in common: ARNs, exceptions and pages."""

import re
from collections.abc import Iterable
from typing import Any

from cdk_data_jobs_local.services.core import paging
from cdk_data_jobs_local.services.core.context import ServiceContext
from cdk_data_jobs_local.services.core.errors import ServiceError

SERVICE_PRINCIPAL = "personalize.amazonaws.com"


def arn_kind(type_name: str) -> str:
    """Returns the name that ARNs have for a kind of resource or job: `dataset-import-job` for `DatasetImportJob`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", type_name).lower()


def arn(context: ServiceContext, kind: str, name: str) -> str:
    """Returns the ARN of a resource of Amazon Personalize."""
    return context.arn("personalize", f"{kind}/{name}")


def invalid(message: str) -> ServiceError:
    """Returns the exception for an invalid request."""
    return ServiceError("InvalidInputException", message)


def in_use(message: str) -> ServiceError:
    """Returns the exception for a resource that is in use."""
    return ServiceError("ResourceInUseException", message)


def display_name(type_name: str) -> str:
    """Returns what messages call a kind of resource or job: `dataset import job` for `DatasetImportJob`."""
    return arn_kind(type_name).replace("-", " ")


def not_found(what: str, resource: str) -> ServiceError:
    """Returns the exception for an ARN that names nothing.

    Args:
        what: What it should name, such as `dataset group`.
        resource: The ARN.
    """
    return ServiceError("ResourceNotFoundException", f"The given {what} does not exist: {resource}")


def already_exists(resource: str) -> ServiceError:
    """Returns the exception for a name that is taken."""
    return ServiceError("ResourceAlreadyExistsException", f"Another resource with Arn {resource} already exists.")


def too_many_at_once(most: int) -> ServiceError:
    """Returns the exception for a job, or a solution version, beyond those that may be under way at once."""
    return ServiceError("LimitExceededException", f"More than {most} resources with PENDING or IN_PROGRESS status.")


def page(summaries: Iterable[dict[str, Any]], key: str, by: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Returns one page of a List call's response.

    Args:
        summaries: Everything there is to list, oldest first.
        key: The member of the response that holds the page.
        by: The member of a summary, its ARN, by which the next page is found.
        parameters: The call's parameters: `maxResults` (default 100) and `nextToken`.

    Raises:
        ServiceError: InvalidNextTokenException, if this function has not returned the token.
    """
    size = parameters.get("maxResults", 100)
    try:
        page_items, token = paging.page(list(summaries), by=by, size=size, token=parameters.get("nextToken"))
    except paging.TokenError as error:
        raise ServiceError("InvalidNextTokenException", "The token is not valid.") from error
    return {key: page_items, "nextToken": token}
