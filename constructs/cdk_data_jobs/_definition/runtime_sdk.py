"""Validation of a job's calls against the SDK of AWS's Python runtime, unless a layer brings another SDK.

What that SDK knows is in `runtime_sdk.tsv.gz`, which `tests/cdk_data_jobs/derive_runtime_sdk.py` generates from the
SDK's own models. Its first line names the SDK. Each other line has tabs between a service's name, its operations, and
the structures that they take, numbered from 0. Operations and members are separated by spaces; `:N` says of an
operation which structure it takes, and of a member that its value is the structure, or a list of them. A member `*` is
any key of a map. What is in other values has no names.
"""

import functools
import gzip
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cdk_data_jobs._support.close_matches import did_you_mean
from cdk_data_jobs._support.tokens import is_intrinsic_function
from cdk_data_jobs._support.validation import ValidationError
from cdk_data_jobs.definitions import JobDefinition

_FILE = Path(__file__).parent / "runtime_sdk.tsv.gz"


def validate_against_runtime_sdk(definition: JobDefinition, parameters: Mapping[str, Any]) -> None:
    """Validates that the SDK of AWS's Python runtime can make the calls of a job.

    Args:
        definition: The definition of the job.
        parameters: The parameters of its create call.

    Raises:
        ValidationError: If it does not know the service, an operation or a parameter.
    """
    service = _service(definition.service)
    if service is None:
        services = (line.split("\t", 1)[0] for line in _lines()[1:])
        raise _error("service", "a service", definition.service, services)
    operations, *structures = service
    for call, operation in _operations(definition):
        if operation not in operations:
            raise _error(f"operation of the {call}", f"an operation of {definition.service}", operation, operations)
    for argument, operation, given in _arguments(definition, parameters):
        if unknown := next(_unknown_members(given, operations[operation], structures), None):
            raise _error(argument, f"among the parameters of {operation}", *unknown)


def sdk_name() -> str:
    """Returns the name and version of the SDK that AWS's Python runtime was last seen to have, e.g. `boto3 1.40.4`."""
    return _lines()[0]


def _error(argument: str, expected: str, name: str, known: Iterable[str]) -> ValidationError:
    question = did_you_mean(known, str(name).rpartition(".")[2])
    return ValidationError(
        f"{argument} must be {expected} in {sdk_name()}, the SDK that AWS's Python runtime was last seen to have, got "
        f"{name!r}; correct it{question}, or give the job a runner with a newer SDK: DataJobRunner(..., layers=[...])"
    )


def _operations(definition: JobDefinition) -> Iterator[tuple[str, str]]:
    """Yields the operations that a job's runs call, each with what it is called in messages."""
    yield "CreateCall", definition.create.operation
    yield "DescribeCall", definition.describe.operation
    if definition.find:
        yield "FindCall", definition.find.operation
    if definition.tags:
        yield "TagCalls that adds tags", definition.tags.tag
        yield "TagCalls that removes them", definition.tags.untag


def _arguments(definition: JobDefinition, parameters: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yields what names parameters of a call, the call's operation, and the parameters that it names."""
    create, tags = definition.create.operation, definition.tags
    # The ARN of the role is already among the parameters.
    if definition.role and "." not in definition.role:
        yield "role", create, {definition.role: None}
    yield "parameters", create, {**parameters}
    if definition.name:
        yield "parameter of the JobNaming", create, {definition.name.parameter: None}
    if definition.client_token:
        yield "client_token", create, {definition.client_token: None}
    for kind, call in (("DescribeCall", definition.describe), ("FindCall", definition.find)):
        if call:
            yield f"parameters of the {kind}", call.operation, {**call.parameters}
            if call.next:
                yield f"parameter of the {kind}'s next page", call.operation, {call.next.parameter: None}
    if tags:
        listed = {tags.list: [{tags.key: None, tags.value: None}]}
        yield "list, key and value of the TagCalls", create, listed
        yield "list, key and value of the TagCalls", tags.tag, listed
        yield "resource of the TagCalls", tags.tag, {tags.resource: None}
        yield "resource and keys of the TagCalls", tags.untag, {tags.resource: None, tags.keys: None}


def _unknown_members(
    value: object, number: str, structures: Sequence[Mapping[str, str]]
) -> Iterator[tuple[str, Iterable[str]]]:
    """Yields the members of a value that the SDK does not know, a member B of A as `A.B`, and those that it knows.

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
                yield name, known
            inside = known.get(name, known.get("*", ""))
            for inner, others in _unknown_members(item, inside, structures):
                yield f"{name}.{inner}", others


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
