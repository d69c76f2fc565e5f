"""The attributes that an endpoint definition may have in a file, and the rules for their values.

Source: the table "Supported attributes" of the user guide's "Importing segments"; the enumeration of channels and the
two attributes that the text below the table excludes are those of the API Reference, EndpointBatchItem.
"""

import datetime as dt
import functools
import math
import re
from typing import Any, NamedTuple

from cdk_data_jobs_check.column_rules import FRACTION
from cdk_data_jobs_check.findings import Violation, excerpt
from cdk_data_jobs_check.spellings import plain_name

MAX_NAME_LENGTH, MAX_VALUE_LENGTH = 50, 100
MAX_VALUES = 50
CHANNELS = (
    *("PUSH", "GCM", "APNS", "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX", "ADM"),
    *("SMS", "VOICE", "EMAIL", "BAIDU", "CUSTOM", "IN_APP"),
)
UNSUPPORTED = ("EffectiveDate", "EndpointStatus")

_GROUPS = {
    "Demographic": (
        *("AppVersion", "Locale", "Make", "Model", "ModelVersion", "Platform", "PlatformVersion", "Timezone"),
    ),
    "Location": ("City", "Country", "Latitude", "Longitude", "PostalCode", "Region"),
    "User": ("UserId",),
}
_TOP = ("Address", "ChannelType", "Id", "OptOut", "RequestId", *UNSUPPORTED)
_NUMBERS = ("Location.Latitude", "Location.Longitude")
_METRICS = ("Metrics",)
LIST_GROUPS = (("Attributes",), ("User", "UserAttributes"))
"""The keys that lead, in JSON, to objects with custom attributes whose values are lists of texts."""

CUSTOM_GROUPS = (*LIST_GROUPS, _METRICS)
"""The same, and those that lead to metrics, whose values are numbers."""

_NOT_SHOWN = re.compile(r"[#:?\\/]")
_ALLOWED = {"ChannelType": CHANNELS, "OptOut": ("ALL", "NONE")}
_ALLOWED_RULES = {"ChannelType": "pinpoint-channel-type", "OptOut": "pinpoint-opt-out"}
_CODES = {"Location.Country": re.compile("[A-Z]{2}"), "Demographic.Locale": re.compile("[a-z]{2}_[A-Z]{2}")}


class Attribute(NamedTuple):
    """An attribute.

    Attributes:
        path: The keys that lead to it in JSON.
        kind: `text`, `number`, or `list` of texts.
        is_custom: Whether its name is the user's choice.
    """

    path: tuple[str, ...]
    kind: str
    is_custom: bool = False

    @property
    def name(self) -> str:
        """Its name, as a header of CSV has it."""
        return ".".join(self.path)


@functools.lru_cache(1024)
def attribute_at(path: tuple[str, ...]) -> Attribute | None:
    """Returns the attribute to which keys lead in JSON; none if there is no such one.

    Args:
        path: The keys.
    """
    if len(path) > 1 and path[-1] and path[:-1] in LIST_GROUPS:
        return Attribute(path, "list", is_custom=True)
    if len(path) > 1 and path[-1] and path[:-1] == _METRICS:
        return Attribute(path, "number", is_custom=True)
    if path[-1] in (_TOP if len(path) == 1 else _GROUPS.get(".".join(path[:-1]), ())):
        return Attribute(path, "number" if ".".join(path) in _NUMBERS else "text")
    return None


@functools.lru_cache(1024)
def is_group(path: tuple[str, ...]) -> bool:
    """Returns whether keys lead to an object in JSON that has attributes."""
    return path in CUSTOM_GROUPS or (len(path) == 1 and path[0] in _GROUPS)


def attribute_named(name: str) -> Attribute | None:
    """Returns the attribute that a header of CSV names; none if there is no such one.

    Args:
        name: The name. What follows the dot of a custom attribute may have dots, too.
    """
    for group in CUSTOM_GROUPS:
        prefix = ".".join(group) + "."
        if name.startswith(prefix):
            return attribute_at((*group, name.removeprefix(prefix)))
    return attribute_at(tuple(name.split(".")))


@functools.lru_cache(1024)
def spelling_of(name: str) -> str:
    """Returns the attribute that a name is without regard to case and separators; empty if it is none.

    Args:
        name: The name, such as `channel_type` for `ChannelType`.
    """
    known = (*_TOP, *(f"{group}.{one}" for group, names in _GROUPS.items() for one in names))
    return next((one for one in known if plain_name(one) == plain_name(name)), "")


@functools.lru_cache(1024)
def name_violations(attribute: Attribute) -> tuple[Violation, ...]:
    """Returns what is wrong with the name of an attribute, and that two of them are not imported."""
    own = attribute.path[-1]
    if attribute.name in UNSUPPORTED:
        message = f"{attribute.name} is not imported, according to the guide"
        return (Violation("pinpoint-unsupported-attribute", message, "remove it"),)
    if not attribute.is_custom:
        return ()
    violations = []
    if len(own) > MAX_NAME_LENGTH:
        message = f"the name of a custom attribute must have at most {MAX_NAME_LENGTH} characters, got {excerpt(own)}"
        violations.append(Violation("pinpoint-attribute-name", message, "shorten it"))
    if found := _NOT_SHOWN.search(own):
        message = f"the name of a custom attribute should not have a {found.group()}, got {excerpt(own)}"
        violations.append(
            Violation("pinpoint-attribute-characters", message, "rename it, or the console cannot show it")
        )
    return tuple(violations)


def list_violations(attribute: Attribute, values: list[str]) -> tuple[Violation, ...]:
    """Returns what is wrong with the values of a custom attribute.

    Args:
        attribute: The attribute.
        values: Its values.
    """
    violations = []
    if len(values) > MAX_VALUES:
        message = f"{attribute.name} must have at most {MAX_VALUES} values, got {len(values)}"
        violations.append(Violation("pinpoint-attribute-values", message, "leave some out, or use another attribute"))
    long = next((value for value in values if len(value) > MAX_VALUE_LENGTH), None)
    if long is not None:
        message = (
            f"a value of {attribute.name} must have at most {MAX_VALUE_LENGTH} characters, got {len(long)}: "
            f"{excerpt(long)}"
        )
        violations.append(Violation("pinpoint-attribute-value", message, "shorten it"))
    return tuple(violations)


def text_violation(name: str, value: str) -> Violation | None:
    """Returns what is wrong with the value of an attribute that is text, by itself.

    Args:
        name: The name of the attribute.
        value: Its value.
    """
    if name in _ALLOWED and value not in _ALLOWED[name]:
        message = f"{name} must be one of {', '.join(_ALLOWED[name])}, got {excerpt(value)}"
        hint = "write it in capitals" if value.upper() in _ALLOWED[name] else "write one of them"
        return Violation(_ALLOWED_RULES[name], message, hint)
    if name in _CODES and not _CODES[name].fullmatch(value):
        example = "US" if name == "Location.Country" else "en_US"
        message = f"{name} should be a code such as {example}, got {excerpt(value)}"
        return Violation(
            "pinpoint-code", message, "write the code of ISO 3166-1 alpha-2, for a locale after ISO 639-1's"
        )
    if name == "EffectiveDate" and not _is_date(value):
        message = f"{name} should be in ISO 8601 format, got {excerpt(value)}"
        return Violation("pinpoint-date", message, "write it such as 2019-08-23T10:54:35.220Z")
    return None


def number_of(value: Any) -> float | None:  # noqa: ANN401 - JSON
    """Returns a value as a number; none if it is not one."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    if isinstance(value, str) and not FRACTION.fullmatch(value.strip()):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _is_date(value: str) -> bool:
    try:
        # Python 3.10 reads neither Z nor a fraction of any length.
        dt.datetime.fromisoformat(re.sub(r"\.\d+", "", value).replace("Z", "+00:00"))
    except ValueError:
        return False
    return True
