"""Mappings whose values may be None."""

from collections.abc import Mapping
from typing import Any


def without_none(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the items of a mapping whose value is not None.

    Args:
        mapping: The mapping.
    """
    return {key: value for key, value in mapping.items() if value is not None}
