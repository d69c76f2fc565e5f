"""The mutants that no test sees, and why that is all right: survivors.json.

A reason that begins with `Equivalent` says that the fault makes no difference to anybody.
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
    """Returns what is wrong with the list: mutants that are killed, or are none any more.

    Args:
        part: The part's name.
        module: The module's.
        known: What became of the module's mutants, by their keys.
    """
    of, wrong = f"{part}/{module}: survivors.json lists", []
    for key in reasons(part, module):
        if key not in known:
            wrong.append(f"{of} what is no mutant any more: {key}")
        elif not known[key]["survived"]:
            wrong.append(f"{of} what is killed: {key}")
    return wrong
