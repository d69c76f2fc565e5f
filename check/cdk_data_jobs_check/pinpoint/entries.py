"""Reads the endpoint definitions and user ids of a file, and judges them; the offline AWS imports what is left.

Source: the user guide's "Importing segments": CSV with a header in dot notation (`User.UserAttributes.Age`), or a JSON
object a line in which the parts are nested.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from cdk_data_jobs_check.email_addresses import is_address
from cdk_data_jobs_check.entry_checks import Flaw, flaws_of
from cdk_data_jobs_check.entry_files import EntryFile, Line, LineStream, UnreadableFileError
from cdk_data_jobs_check.findings import Violation, excerpt
from cdk_data_jobs_check.pinpoint.attributes import (
    Attribute,
    attribute_at,
    attribute_named,
    is_group,
    list_violations,
    name_violations,
    number_of,
    spelling_of,
    text_violation,
)
from cdk_data_jobs_check.rules import Severity

_MAX_SIZE = 15 * 1024
_MAX_SHOWN = 10  # names in a message
_PHONE_NUMBER = re.compile(r"\+[1-9][0-9]{1,14}")
_LINE_BREAK_OR_TAB = re.compile(r"[\r\n\t]")


class Entry(NamedTuple):
    """A line of a file.

    Attributes:
        line: The line, from 1.
        definition: The endpoint definition or user id, as JSON has it; none if the line is a header or blank.
        flaws: What is wrong with it. It is empty if it cannot be read.
        attributes: The attributes that it has.
    """

    line: int
    definition: dict[str, Any] | None
    flaws: tuple[Flaw, ...]
    attributes: tuple[Attribute, ...] = ()

    @property
    def error(self) -> Violation | None:
        """The first error, if there is one."""
        return next((flaw.violation for flaw in self.flaws if flaw.violation.severity is Severity.ERROR), None)


def read_entries(stream: LineStream, data_format: str) -> Iterator[Entry]:
    """Yields the lines of a file.

    Args:
        stream: The file.
        data_format: `CSV` or `JSON`.

    Raises:
        UnreadableFileError: It has another format, or its header has an error.
    """
    file = EntryFile(stream, "pinpoint")
    if data_format == "JSON":
        yield from map(_json_entry, file.objects())
        return
    columns: list[Attribute] = []
    for line in file.rows():
        if not columns and isinstance(line.content, list):
            columns, flaws = _header(line.content, line.number)
            yield Entry(line.number, None, (*flaws_of(line.violations), *flaws), tuple(columns))
        else:
            yield _csv_entry(line, columns)


def _header(names: list[str], number: int) -> tuple[list[Attribute], list[Flaw]]:
    """Returns the attributes that a header names, and what is wrong with it."""
    columns = [attribute_named(name.strip()) for name in names]
    unknown = [name.strip() for name, column in zip(names, columns, strict=True) if column is None]
    if unknown:
        raise UnreadableFileError(number, _unknown_violation(unknown))
    known = [column for column in columns if column]
    flaws = [Flaw(violation, column.name) for column in dict.fromkeys(known) for violation in name_violations(column)]
    if errors := [flaw.violation for flaw in flaws if flaw.violation.severity is Severity.ERROR]:
        raise UnreadableFileError(number, *errors)
    if any(name != name.strip() for name in names):
        message = f"a header should have no spaces around the names, got {excerpt(','.join(names), 200)}"
        flaws.append(Flaw(Violation("pinpoint-header-spaces", message, "remove them")))
    doubled = [one.name for one, count in Counter(known).items() if count > 1 and one.kind != "list"]
    if doubled:
        message = f"only Attributes and User.UserAttributes have several values, got {', '.join(doubled)} twice"
        flaws.append(Flaw(Violation("pinpoint-duplicate-column", message, "remove one of the columns")))
    return known, flaws


def _unknown_violation(names: list[str]) -> Violation:
    shown = ", ".join(map(excerpt, names[:_MAX_SHOWN]))
    message = f"all attributes must be of those that the guide lists, got {shown}{', ...' * (len(names) > _MAX_SHOWN)}"
    spellings = [found for name in names[:_MAX_SHOWN] if (found := spelling_of(name))]
    hint = f"write {', '.join(spellings)}" if spellings else "write Attributes.NAME for one of your own, or remove it"
    return Violation("pinpoint-attribute", message, hint)


def _csv_entry(line: Line, columns: list[Attribute]) -> Entry:
    flaws = [*flaws_of(line.violations)]
    if not isinstance(line.content, list):
        return Entry(line.number, None if line.is_blank else {}, tuple(flaws))
    given: dict[Attribute, Any] = {}
    for column, value in zip(columns, line.content, strict=True):
        if found := _LINE_BREAK_OR_TAB.search(value):
            what = "tab" if found.group() == "\t" else "line break"
            message = f"a value must have no line break and no tab, got a {what} in {excerpt(value)}"
            flaws.append(Flaw(Violation("pinpoint-line-break", message, "replace it by a space"), column.name))
        if value and column.kind == "list":
            given.setdefault(column, []).append(value)
        elif value:
            given[column] = value
    return _entry(line.number, given, flaws, is_json=False)


def _json_entry(line: Line) -> Entry:
    flaws = [*flaws_of(line.violations)]
    if not isinstance(line.content, dict):
        return Entry(line.number, None if line.is_blank else {}, tuple(flaws))
    given: dict[Attribute, Any] = {}
    unknown: list[str] = []
    for path, value in _values_at((), line.content, flaws):
        attribute = attribute_at(path)
        if attribute is None:
            unknown.append(".".join(path))
        else:
            given[attribute] = value
            flaws += flaws_of(name_violations(attribute))
    if unknown:
        flaws.append(Flaw(_unknown_violation(unknown)))
    return _entry(line.number, given, flaws, is_json=True)


def _values_at(
    path: tuple[str, ...], group: dict[str, Any], flaws: list[Flaw]
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yields the paths of the values in an object, and the values; null is no value."""
    for key, value in group.items():
        inner = (*path, key)
        if value is None:
            continue
        if not is_group(inner):
            yield inner, value
        elif isinstance(value, dict):
            yield from _values_at(inner, value, flaws)
        else:
            name = ".".join(inner)
            message = f"{name} must be a JSON object, got {excerpt(json.dumps(value))}"
            flaws.append(Flaw(Violation("pinpoint-structure", message, f'write {{"{key}": {{...}}}}'), name))


def _entry(line: int, given: dict[Attribute, Any], flaws: list[Flaw], *, is_json: bool) -> Entry:
    definition: dict[str, Any] = {}
    for attribute, value in given.items():
        read, violations = _judge(attribute, value, is_json=is_json)
        flaws += [Flaw(violation, attribute.name) for violation in violations]
        target = definition
        for key in attribute.path[:-1]:
            target = target.setdefault(key, {})
        target[attribute.path[-1]] = read
    flaws += flaws_of(_entry_violations(definition))
    return Entry(line, definition, tuple(flaws), tuple(given))


def _judge(attribute: Attribute, value: Any, *, is_json: bool) -> tuple[Any, list[Violation]]:  # noqa: ANN401 - JSON
    """Returns a value as an endpoint has it, and what is wrong with it."""
    name = attribute.name
    if attribute.kind == "list":
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            message = f"{name} must be a list of strings, got {excerpt(json.dumps(value))}"
            return [], [Violation("pinpoint-structure", message, 'write it such as ["Bus"]')]
        return value, [*list_violations(attribute, value)]
    if attribute.kind == "number":
        number = number_of(value)
        if number is None:
            message = f"{name} must be a number, got {excerpt(value if isinstance(value, str) else json.dumps(value))}"
            return None, [Violation("pinpoint-number", message, "write it without units and thousands separators")]
        is_text = is_json and isinstance(value, str)
        return number, [_type_violation(name, value, "without quotes")] if is_text else []
    if isinstance(value, (bool, dict, list)):
        message = f"{name} must be a string, got {excerpt(json.dumps(value))}"
        return "", [Violation("pinpoint-structure", message, "write a string")]
    types = [] if isinstance(value, str) else [_type_violation(name, value, "in quotes")]
    violation = text_violation(name, str(value))
    return str(value), [*types, violation] if violation else types


def _type_violation(name: str, value: Any, how: str) -> Violation:  # noqa: ANN401 - JSON
    return Violation(
        "pinpoint-json-type", f"{name} should be written {how}, got {json.dumps(value)}", f"write it {how}"
    )


def _entry_violations(definition: dict[str, Any]) -> Iterator[Violation]:
    """Yields what is wrong with an entry as a whole."""
    address, channel = definition.get("Address"), definition.get("ChannelType")
    if not (address and channel):
        missing = " and ".join(name for name in ("Address", "ChannelType") if not definition.get(name))
        user_id = definition.get("User", {}).get("UserId")
        is_user_alone = bool(user_id) and definition == {"User": {"UserId": user_id}}
        if definition.get("Id") or is_user_alone:
            message = f"an entry without {missing} is for {'a user' if is_user_alone else 'an endpoint'} that is there"
            yield Violation("pinpoint-existing", message, "make sure that it is, or the entry fails")
        else:
            message = f"an entry must have Address and ChannelType, an Id, or a User.UserId alone, and has no {missing}"
            yield Violation("pinpoint-required", message, "add what is missing")
    elif channel in ("SMS", "VOICE") and not _PHONE_NUMBER.fullmatch(address):
        message = f"the address of {channel} should be a phone number in E.164 format, got {excerpt(address)}"
        yield Violation("pinpoint-phone-number", message, "write it such as +12065550100")
    elif channel == "EMAIL" and not is_address(address):
        message = f"the address of EMAIL should be an email address, got {excerpt(address)}"
        yield Violation("pinpoint-email-address", message, "write it such as ann@example.com")
    size = len(json.dumps(definition, ensure_ascii=False).encode("utf-8", "replace"))
    if size > _MAX_SIZE:
        message = f"an endpoint should have at most {_MAX_SIZE:,} bytes, got {size:,}"
        yield Violation("pinpoint-endpoint-size", message, "leave attributes out")
