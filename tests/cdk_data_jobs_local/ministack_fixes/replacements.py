"""Tells which functions of MiniStack the fixes replace; runs in the server's environment.

A function is replaced if what is in its place after the fixes does not hold the original, as what wraps it does: in a
closure, as an argument of a partial, or as a name of its module. Prints each by its name, with the beginning of a hash
of the original's source; and the same of the functions that the arguments name.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
import os
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOCAL = Path(__file__).parents[3] / "local"
PACKAGE = "cdk_data_jobs_local"
MAX_DEPTH = 8


def functions(module: types.ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yields the functions of a module by their names, also those in its tables."""
    for name, value in list(vars(module).items()):
        if isinstance(value, types.FunctionType):
            yield name, value
        elif isinstance(value, dict):
            yield from _in_table(name, value)


def _in_table(name: str, table: dict[Any, Any]) -> Iterator[tuple[str, Callable[..., Any]]]:
    for key, value in list(table.items()):
        if isinstance(value, types.FunctionType):
            yield f"{name}[{key}]", value
        elif isinstance(value, dict):
            yield from _in_table(f"{name}[{key}]", value)


def holds(found: object, wanted: object, depth: int = 0, seen: set[int] | None = None) -> bool:
    """Returns whether an object holds another one, so that it may call it."""
    seen = set() if seen is None else seen
    if found is wanted:
        return True
    if depth > MAX_DEPTH or id(found) in seen:
        return False
    seen.add(id(found))
    parts: list[object] = []
    if isinstance(found, types.FunctionType):
        parts += [cell.cell_contents for cell in found.__closure__ or () if _is_filled(cell)]
        if found.__module__.startswith(PACKAGE):
            parts += [found.__globals__[name] for name in found.__code__.co_names if name in found.__globals__]
    elif isinstance(found, types.MethodType):
        parts += [found.__func__, found.__self__]
    elif isinstance(found, functools.partial):
        parts += [found.func, *found.args, *found.keywords.values()]
    return any(holds(part, wanted, depth + 1, seen) for part in parts if not isinstance(part, types.ModuleType))


def _is_filled(cell: types.CellType) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False


def main() -> None:
    """Prints what is replaced, as JSON."""
    sys.path.insert(0, str(LOCAL))
    # These import every module of MiniStack that a fix changes.
    from cdk_data_jobs_local.clock import Clock  # noqa: PLC0415
    from cdk_data_jobs_local.server import assembly  # noqa: PLC0415

    modules = [module for name, module in list(sys.modules.items()) if name.startswith("ministack")]
    before = [(module, name, function) for module in modules for name, function in functions(module)]
    assembly.application(Clock.from_environment(), Path.cwd())
    replaced: dict[str, str] = {}
    for module, name, original in before:
        now, own_name = _now(module, name), f"{original.__module__.removeprefix('ministack.')}.{original.__name__}"
        if own_name in sys.argv or (now is not original and not holds(now, original)):
            replaced[own_name] = hashlib.sha256(inspect.getsource(original).encode()).hexdigest()[:12]
    print(json.dumps(replaced, indent=1, sort_keys=True), flush=True)  # noqa: T201
    os._exit(0)  # the threads of the fixes go on for ever


def _now(module: types.ModuleType, name: str) -> object:
    name, *keys = name.replace("]", "").split("[")
    value: Any = vars(module).get(name)
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


if __name__ == "__main__":
    main()
