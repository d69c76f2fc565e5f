"""Mappings whose values may be none."""

from collections.abc import Mapping
from typing import Any


def without_none(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the items of a mapping whose value is not none.

    Args:
        mapping: The mapping.
    """
    return {key: value for key, value in mapping.items() if value is not None}
