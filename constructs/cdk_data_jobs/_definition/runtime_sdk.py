"""Validation of a job's calls against the SDK of AWS's Python runtime, unless a layer brings another SDK.

What that SDK knows is in `runtime_sdk.tsv.gz`, which `tests/cdk_data_jobs/derive_runtime_sdk.py` generates from the
SDK's own models. Its first line names the SDK. Each other line has tabs between a service's name, its operations, and
the structures that they take, numbered from 0. Operations and members are separated by spaces; `:N` says of an
operation which structure it takes, and of a member that its value is the structure, or a list of them. A member `*` is
any key of a map. What is in other values has no names.
"""

import functools
import gzip
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cdk_data_jobs._support.tokens import is_intrinsic_function
from cdk_data_jobs._support.validation import ValidationError
from cdk_data_jobs.definitions import JobDefinition, NextPage

_FILE = Path(__file__).parent / "runtime_sdk.tsv.gz"


def validate_calls(definition: JobDefinition, parameters: Mapping[str, Any]) -> None:
    """Validates that the SDK of AWS's Python runtime can make the calls of a job.

    Args:
        definition: The definition of the job.
        parameters: The parameters of its create call.

    Raises:
        ValidationError: If it does not know the service, an operation or a parameter.
    """
    service = _service(definition.service)
    if service is None:
        raise _error("service", "a service", definition.service)
    operations, *structures = service
    for operation, given in _calls(definition, parameters):
        if not isinstance(operation, str) or operation not in operations:
            raise _error("operation", f"an operation of {definition.service}", operation)
        if name := next(_unknown_members(given, operations[operation], structures), None):
            raise _error("parameters", f"parameters of {operation}", name)


def sdk_name() -> str:
    """Returns the name and version of the SDK that AWS's Python runtime was last seen to have, e.g. `boto3 1.40.4`."""
    return _lines()[0]


def _error(argument: str, expected: str, name: object) -> ValidationError:
    return ValidationError(
        f"{argument} must be {expected} in {sdk_name()}, the SDK that AWS's Python runtime was last seen to have, got "
        f"{name!r}; correct it, or give the job a runner with a newer SDK: DataJobRunner(..., layers=[...])"
    )


def _calls(definition: JobDefinition, parameters: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Returns the operations that a job's runs call, each with its parameters."""
    by_run = {name: None for name in (definition.name and definition.name.parameter, definition.client_token) if name}
    find, tags = definition.find, definition.tags
    listed = {tags.list: [{tags.key: None, tags.value: None}]} if tags else {}
    yield definition.create.operation, {**parameters, **by_run, **listed}
    yield definition.describe.operation, _with_page(definition.describe.parameters, definition.describe.next)
    if find:
        yield find.operation, _with_page(find.parameters, find.next)
    if tags:
        yield tags.tag, {tags.resource: None, **listed}
        yield tags.untag, {tags.resource: None, tags.keys: None}


def _with_page(parameters: Mapping[str, str], page: NextPage | None) -> dict[str, str | None]:
    return {**parameters, **({page.parameter: None} if page else {})}


def _unknown_members(value: object, number: str, structures: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """Returns the members of a value that the SDK does not know; a member B of the member A as `A.B`.

    Args:
        value: What is given: a structure or a list of them, or a token, of which nothing is known yet.
        number: The number of the structure; empty if there is none.
        structures: The service's structures.
    """
    if not number:
        return
    known = structures[int(number)]
    if isinstance(value, list | tuple):
        for item in value:
            yield from _unknown_members(item, number, structures)
    elif isinstance(value, Mapping) and not is_intrinsic_function(value):
        for name, item in value.items():
            if name not in known and "*" not in known:
                yield name
            inside = known.get(name, known.get("*", ""))
            yield from (f"{name}.{inner}" for inner in _unknown_members(item, inside, structures))


@functools.cache
def _service(name: str) -> list[dict[str, str]] | None:
    """Returns a service's operations and then its structures; None if the SDK does not know the service."""
    for line in _lines():
        service, *fields = line.split("\t")
        if service == name:
            return [
                {name: number for name, _, number in (part.partition(":") for part in field.split())}
                for field in fields
            ]
    return None


@functools.cache
def _lines() -> list[str]:
    return gzip.decompress(_FILE.read_bytes()).decode().splitlines()
