"""Validation of what the parts of a definition are made of, by the types of their fields."""

import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any

from cdk_data_jobs._support.validation import ValidationError


def validate_fields(instance: object) -> None:
    """Validates that the fields of a dataclass have the types that it declares, and that no string is empty.

    Whole numbers are left to others, which know their limits; the fields that a user's subclass adds, to the user.

    Args:
        instance: The dataclass.

    Raises:
        ValidationError: If one has not.
    """
    own = next(one for one in type(instance).__mro__ if one.__module__.startswith("cdk_data_jobs."))
    for name, hint in typing.get_type_hints(own).items():
        value = getattr(instance, name)
        if not _fits(value, hint):
            raise ValidationError(
                f"{name} of the {type(instance).__name__} must be {_described(hint)}, got {type(value).__name__} "
                f"{value!r}; correct it"
            )


def _fits(value: object, hint: Any) -> bool:  # noqa: ANN401 - a type, or what stands for some
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType or origin is typing.Union:
        return any(_fits(value, one) for one in inner)
    if origin is Mapping:
        key, item = inner
        return isinstance(value, Mapping) and all(_fits(name, key) and _fits(value[name], item) for name in value)
    if origin is Sequence:
        return isinstance(value, Sequence) and not isinstance(value, str) and all(_fits(one, inner[0]) for one in value)
    if hint is int:
        return True
    return isinstance(value, hint) and value != ""


def _described(hint: Any) -> str:  # noqa: ANN401 - as above
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is Mapping:
        return "a mapping of strings to strings" if inner[1] is str else "a mapping of strings to lists of strings"
    if origin is Sequence:
        return "a list of strings"
    if inner:
        return ", or ".join(_described(one) for one in inner)
    names = {str: "a string that is not empty", bool: "True, False", types.NoneType: "None"}
    return names.get(hint) or f"a {hint.__name__}"
