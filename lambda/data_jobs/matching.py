"""Compares a job's parameters with the service's description of a job."""

from typing import Any

from data_jobs.conversion import to_string


def matches(wanted: object, found: object) -> bool:
    """Returns whether a description has the parameters' values, as far as it has their names."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(matches(value, found[name]) for name, value in wanted.items() if name in found)
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(map(matches, wanted, found))
    if isinstance(found, float):  # 1.0 is sent as "1"
        try:
            return float(to_string(wanted)) == found
        except ValueError:
            return False
    return to_string(found) == to_string(wanted)


def mentions_all(wanted: object, found: object) -> bool:
    """Returns whether a description has the names of all parameters that are not false, 0 or empty."""
    if isinstance(wanted, dict):
        known = found if isinstance(found, dict) else {}
        return all(mentions_all(value, known.get(name)) for name, value in wanted.items())
    return found is not None or wanted in ("", "false", "0", False, 0, None, [])


def without(parameters: dict[str, Any], paths: list[str]) -> dict[str, Any]:
    """Returns the parameters less some; `a.b` names the member b of the member a."""
    left = dict(parameters)
    for path in paths:
        name, _, rest = path.partition(".")
        if rest and isinstance(left.get(name), dict):
            left[name] = without(left[name], [rest])
        elif not rest:
            left.pop(name, None)
    return left


def with_value(parameters: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """Returns the parameters with another value for one; `a.b` names the member b of the member a."""
    name, _, rest = path.partition(".")
    return {**parameters, name: with_value(parameters.get(name, {}), rest, value) if rest else value}
