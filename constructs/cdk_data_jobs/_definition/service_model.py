"""The models of services in the installed botocore, loaded only for jobs whose definition is not the library's own."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel


@functools.cache
def service_model(name: str) -> ServiceModel | None:
    """Returns the model of a service; None if the installed botocore has none.

    Only botocore's own files are read. Neither `AWS_DATA_PATH` nor `~/.aws/models`, which the SDK of the Lambda runtime
    does not have either, changes the result.

    Args:
        name: The service's name in the SDK for Python, e.g. `sesv2`.
    """
    # Takes time to load, and the library's own jobs do not need it.
    from botocore.exceptions import UnknownServiceError  # noqa: PLC0415
    from botocore.loaders import Loader  # noqa: PLC0415
    from botocore.model import ServiceModel  # noqa: PLC0415

    loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    try:
        return ServiceModel(loader.load_service_model(name, "service-2"), name)
    except UnknownServiceError:
        return None


def operation_model(service: str, operation: str) -> OperationModel | None:
    """Returns the model of an operation; None if the installed botocore has none.

    Args:
        service: The service's name in the SDK for Python, e.g. `sesv2`.
        operation: The operation's name there, e.g. `create_import_job`.
    """
    model = service_model(service)
    name = _operation_names(service).get(operation)
    return model.operation_model(name) if model and name else None


def model_version() -> str:
    """Returns the name and version of the installed models, e.g. `botocore 1.43.106`."""
    import botocore  # noqa: PLC0415 - as above

    return f"botocore {botocore.__version__}"


@functools.cache
def _operation_names(service: str) -> dict[str, str]:
    """Returns the names of a service's operations: those in the SDK for Python to those in the service's API."""
    from botocore import xform_name  # noqa: PLC0415 - as above

    model = service_model(service)
    return {xform_name(name): name for name in model.operation_names} if model else {}
