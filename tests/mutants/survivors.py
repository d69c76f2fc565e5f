"""The mutants that survive, and the reasons why they may: survivors.json.

A reason begins with `Equivalent` if the fault does not change the behaviour.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

LIST = Path(__file__).with_name("survivors.json")


def listed() -> dict[str, list[dict[str, Any]]]:
    """Returns, by part and module, the groups of mutants that survive for the same reason."""
    return dict(json.loads(LIST.read_text(encoding="utf-8")))


def reasons(part: str, module: str) -> dict[str, str]:
    """Returns the reasons why mutants of a module survive, by their keys.

    Args:
        part: The part's name.
        module: The module's.
    """
    groups = listed().get(f"{part}/{module}", [])
    return {mutant: group["reason"] for group in groups for mutant in group["mutants"]}


def stale(part: str, module: str, known: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Returns the errors in the list: mutants that are killed, or do not exist any more.

    Args:
        part: The part's name.
        module: The module's.
        known: What became of the module's mutants, by their keys.
    """
    prefix, errors = f"{part}/{module}: survivors.json lists", []
    for key in reasons(part, module):
        if key not in known:
            errors.append(f"{prefix} a mutant that does not exist any more: {key}")
        elif not known[key]["survived"]:
            errors.append(f"{prefix} a mutant that is killed: {key}")
    return errors
