"""What the function and the state machine say to each other, which executions that outlive an upgrade rely on."""

from __future__ import annotations

from typing import Any, get_args, get_origin, get_type_hints

from data_jobs.run import Run


def contract(machine: dict[str, Any]) -> dict[str, Any]:
    """What a version agrees on: the next steps that a run may name, and the run's fields.

    Args:
        machine: The version's state machine.
    """
    steps = [choice["StringEquals"] for choice in machine["States"]["What next"]["Choices"]]
    return {"next": [*steps, "fail"], "fields": fields(Run)}


def fields(described: type) -> dict[str, Any]:
    """The fields of a dictionary and their types: a list is a choice of values, an object has fields of its own."""
    return {name: _type(hint) for name, hint in get_type_hints(described).items()}


def _type(hint: Any) -> Any:
    if get_origin(hint) is None and hasattr(hint, "__total__"):
        return fields(hint)
    if get_args(hint) and all(isinstance(value, str) for value in get_args(hint)):
        return list(get_args(hint))
    return hint.__name__ if isinstance(hint, type) and get_origin(hint) is None else str(hint)
