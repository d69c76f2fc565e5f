"""Derives what the SDK of AWS's Python runtime knows from that SDK's own models, for the checks at synthesis.

    PYTHONPATH=<a folder with that boto3> python tests/cdk_data_jobs/derive_runtime_sdk.py

writes the file that `cdk_data_jobs._definition.runtime_sdk` reads, where the format is described; an argument is
another file.
"""

from __future__ import annotations

import fnmatch
import gzip
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import botocore.handlers
import botocore.session
from botocore.model import ListShape, MapShape, ServiceModel, StructureShape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import OperationModel, Shape

FILE = Path(__file__).parents[2] / "constructs" / "cdk_data_jobs" / "_definition" / "runtime_sdk.tsv.gz"
NO_PARAMETERS = ""
"""In place of the name of an input structure, where an operation has none."""
ANY = "*"
"""In place of the names of a map's keys."""

Structures = dict[str, dict[str, str | None]]
"""By the name of each structure: its members, and which structure their values are, or are lists of, if any."""


def lines() -> Iterator[str]:
    """The lines of the file."""
    yield f"boto3 {boto3.__version__}"
    session = botocore.session.get_session()
    for service in sorted(session.get_available_services()):
        yield "\t".join([service, *_fields(session.get_service_model(service))])


def _fields(model: ServiceModel) -> Iterator[str]:
    """What a service's line says after its name: its operations, and each structure that they take."""
    structures: Structures = {NO_PARAMETERS: {}}
    operations: dict[str, str | None] = {
        botocore.xform_name(name): _input(model.operation_model(name), structures) for name in model.operation_names
    }
    for event, handler, *_ in botocore.handlers.BUILTIN_HANDLERS:
        if event.startswith(f"getattr.{model.service_name}.") and isinstance(
            handler, botocore.handlers.ClientMethodAlias
        ):
            operations[event.rpartition(".")[2]] = operations[handler._actual]  # noqa: SLF001 - told by nothing else
    numbers = _numbered(structures)
    different = {numbers[name]: members for name, members in structures.items()}
    for names in (operations, *(different[number] for number in range(len(different)))):
        yield " ".join(name if of is None else f"{name}:{numbers[of]}" for name, of in sorted(names.items()))


def _input(operation: OperationModel, structures: Structures) -> str:
    """The name of the structure that an operation takes, which is added with all that is in it."""
    shape = operation.input_shape
    if shape is None:
        return NO_PARAMETERS
    _add(shape, structures)
    aliases = {new: structures[shape.name][old] for old, new in _aliases(operation)}
    if not aliases:
        return str(shape.name)
    structures[operation.name + "+"] = structures[shape.name] | aliases
    return f"{operation.name}+"


def _add(shape: Shape, structures: Structures) -> str | None:
    """The name of the structure that a value is or is a list of, which is added; none of what holds no names."""
    if isinstance(shape, ListShape):
        return _add(shape.member, structures)
    if isinstance(shape, MapShape):
        of = _add(shape.value, structures)
        if of is None:
            return None
        structures[f"{of}{ANY}"] = {ANY: of}
        return f"{of}{ANY}"
    if not isinstance(shape, StructureShape) or shape.is_document_type:
        return None
    if shape.name not in structures:
        members: dict[str, str | None] = {}
        structures[shape.name] = members
        members |= {name: _add(member, structures) for name, member in shape.members.items()}
    return str(shape.name)


def _aliases(operation: OperationModel) -> Iterator[tuple[str, str]]:
    """The parameters that the SDK takes under another name too, such as `fromTime` for `from`."""
    called = f"before-parameter-build.{operation.service_model.service_name}.{operation.name}"
    for event, handler, *_ in botocore.handlers.BUILTIN_HANDLERS:
        alias: Any = getattr(handler, "__self__", None)
        if not isinstance(alias, botocore.handlers.ParameterAlias) or not fnmatch.fnmatch(called, event):
            continue
        old, new = alias._original_name, alias._alias_name  # noqa: SLF001 - told by nothing else
        if old in operation.input_shape.members:
            yield old, new


def _numbered(structures: Structures) -> dict[str, int]:
    """Numbers structures, those that take the same alike: told apart by ever deeper members, until no more differ."""
    numbers = dict.fromkeys(structures, 0)
    while True:
        known: dict[Any, int] = {}
        deeper = {
            name: known.setdefault(tuple((one, of and numbers[of]) for one, of in sorted(members.items())), len(known))
            for name, members in structures.items()
        }
        if len(known) == len({*numbers.values()}):
            return numbers
        numbers = deeper


if __name__ == "__main__":
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else FILE
    file.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines()).encode(), mtime=0))
