"""Reads the endpoints that Amazon Pinpoint exports, as far as a contact list needs them.

An export writes gzipped JSON lines; files of endpoints are also CSV. Keys that an import does not know are no mistakes.
"""

from __future__ import annotations

import contextlib
import gzip
import zlib
from typing import IO, TYPE_CHECKING, Any, NamedTuple, cast

from cdk_data_jobs_check.entry_files import EntryFile, UnreadableFileError
from cdk_data_jobs_check.findings import excerpt
from cdk_data_jobs_check.pinpoint.attributes import CUSTOM_GROUPS, LIST_GROUPS, is_group, spelling_of
from cdk_data_jobs_check.rules import Severity
from cdk_data_jobs_cli.conversion.beginnings import read_beginning
from cdk_data_jobs_cli.conversion.input_file import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cdk_data_jobs_check import DataFile
    from cdk_data_jobs_check.entry_files import Line, LineStream

_GZIP = b"\x1f\x8b"
_TEXTS = ("Address", "ChannelType", "OptOut", "EndpointStatus")


class Endpoint(NamedTuple):
    """An endpoint.

    Attributes:
        line: The line on which it is, from 1.
        address: Its address; empty if it has none.
        channel: The type of its channel, such as `EMAIL`; empty if it has none.
        opt_out: Whether its user has opted out: `ALL` or `NONE`; empty if it does not say.
        status: Whether it is used: `ACTIVE` or `INACTIVE`; empty if it does not say.
        attributes: Its custom attributes, and those of its user: `{"Attributes": {...}, "UserAttributes": {...}}`.
    """

    line: int
    address: str
    channel: str
    opt_out: str
    status: str
    attributes: dict[str, dict[str, Any]]


def read_endpoints(file: DataFile) -> Iterator[Endpoint]:
    """Yields the endpoints of a file.

    Args:
        file: JSON lines or CSV, also compressed by gzip; what it is is recognized by how it begins.

    Raises:
        OSError: If it cannot be read.
        UnreadableError: If it is something else, or a line may be an opt-out because it is broken, is no endpoint, has
            one inside, has a name twice, or has one that is that of an attribute but for case and separators.
    """
    with contextlib.closing(file.open()) as opened:
        try:
            beginning, stream = read_beginning(opened)
            if beginning.startswith(_GZIP):
                beginning, stream = read_beginning(cast("IO[bytes]", gzip.GzipFile(fileobj=stream)))
            is_json = beginning.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
            yield from _json_endpoints(stream) if is_json else _csv_endpoints(stream)
        except UnreadableFileError as error:
            [violation] = error.violations
            raise UnreadableError(f"{violation.message}; {violation.hint}", violation.rule, error.line) from error
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise UnreadableError(f"a compressed file must be whole: {error}") from error


def _json_endpoints(stream: LineStream) -> Iterator[Endpoint]:
    for line in EntryFile(stream, "pinpoint").objects():
        _require_readable(line)
        if isinstance(line.content, dict):
            _require_endpoint(line.content, line.number)
            address, channel, opt_out, status = (_text(line, name, line.content.get(name)) for name in _TEXTS)
            yield Endpoint(line.number, address, channel, opt_out, status, _custom(line.content))


def _csv_endpoints(stream: LineStream) -> Iterator[Endpoint]:
    header: list[str] = []
    for line in EntryFile(stream, "pinpoint").rows():
        _require_readable(line)
        if not isinstance(line.content, list):
            continue
        if header:
            yield _of_row(line.number, header, line.content)
            continue
        header = [name.strip() for name in line.content]
        _require_exact_names(header, line.number)
        if doubled := [name for name in _TEXTS if header.count(name) > 1]:
            message = f"the header of an export must have {' and '.join(doubled)} once, got several; remove all but one"
            raise UnreadableError(message, "pinpoint-duplicate-column", line.number)
        missing = [name for name in ("Address", "ChannelType") if name not in header]
        if missing:
            message = f"the header of an export must have {' and '.join(missing)}, got {excerpt(','.join(header), 200)}"
            raise UnreadableError(f"{message}; is it an export of Amazon Pinpoint?", "pinpoint-attribute", line.number)


def _of_row(line: int, header: list[str], values: list[str]) -> Endpoint:
    texts = dict.fromkeys(_TEXTS, "")
    custom: dict[str, dict[str, Any]] = {}
    for name, value in zip(header, values, strict=True):
        if name in texts:
            texts[name] = value
        for group in LIST_GROUPS:
            prefix = ".".join(group) + "."
            if value and name.startswith(prefix):
                custom.setdefault(group[-1], {}).setdefault(name.removeprefix(prefix), []).append(value)
    address, channel, opt_out, status = texts.values()
    return Endpoint(line, address, channel, opt_out, status, custom)


def _custom(content: dict[str, Any]) -> dict[str, dict[str, Any]]:
    custom = {}
    for group in LIST_GROUPS:
        found: Any = content
        for key in group:
            found = found.get(key) if isinstance(found, dict) else None
        if isinstance(found, dict) and found:
            custom[group[-1]] = found
    return custom


def _text(line: Line, name: str, value: Any) -> str:  # noqa: ANN401 - JSON
    if value is None or isinstance(value, str):
        return value or ""
    message = f"{name} must be a string, got {excerpt(str(value))}"
    raise UnreadableError(f"{message}; correct it", "pinpoint-structure", line.number)


def _require_endpoint(content: dict[str, Any], line: int) -> None:
    """Requires that an object is an endpoint, and has none inside, such as below a key `Item`."""
    _require_exact_names(content, line)
    if not any(spelling_of(name) or is_group((name,)) for name in content):
        message = f"a line must be an endpoint, with Address and ChannelType, got {excerpt(', '.join(content), 200)}"
        raise UnreadableError(f"{message}; is it an export of Amazon Pinpoint?", "pinpoint-attribute", line)
    # Without recursion, because an object may be as deep as Python reads it.
    groups: list[tuple[tuple[str, ...], Any]] = [((), content)]
    while groups:
        outer, group = groups.pop()
        for name, value in group.items() if isinstance(group, dict) else enumerate(group):
            path = (*outer, str(name))
            if outer and spelling_of(path[-1]) in _TEXTS:
                message = f"{spelling_of(path[-1])} must not be inside another attribute, got it in {excerpt(outer[0])}"
                raise UnreadableError(f"{message}; write an endpoint on each line", "pinpoint-structure", line)
            if isinstance(value, (dict, list)) and path not in CUSTOM_GROUPS:
                groups.append((path, value))


def _require_exact_names(names: Iterable[str], line: int) -> None:
    """Requires that no name is that of an attribute but for case and separators: it may say that a user opted out."""
    for name in names:
        known = spelling_of(name)
        if known not in ("", name):
            message = f"{known} must be spelt so, got {excerpt(name)}; correct it"
            raise UnreadableError(message, "pinpoint-attribute", line)


def _require_readable(line: Line) -> None:
    for violation in line.violations:
        if violation.severity is Severity.ERROR or violation.rule == "pinpoint-doubled-key":
            raise UnreadableError(f"{violation.message}; {violation.hint}", violation.rule, line.number)
