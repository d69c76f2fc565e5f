"""Makes contacts for Amazon SES of endpoints of Amazon Pinpoint.

The addresses are collected in a temporary database on disk, because those of several endpoints are one contact: memory
does not grow with the export.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import sqlite3
import unicodedata
from typing import TYPE_CHECKING

from cdk_data_jobs_check.email_addresses import is_address, oddity_of
from cdk_data_jobs_check.findings import excerpt
from cdk_data_jobs_check.pinpoint.attributes import text_violation
from cdk_data_jobs_check.ses.contacts import MAX_CONTACTS
from cdk_data_jobs_check.sources import deduplicate, resolve
from cdk_data_jobs_cli.conversion.endpoints import read_endpoints
from cdk_data_jobs_cli.conversion.input_file import UnreadableError
from cdk_data_jobs_cli.conversion.inputs import all_files, require_outside, require_stem
from cdk_data_jobs_cli.conversion.output import new_output
from cdk_data_jobs_cli.conversion.report import Report, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cdk_data_jobs_check import DataFile, Source
    from cdk_data_jobs_cli.conversion.endpoints import Endpoint
    from cdk_data_jobs_cli.conversion.output import NewOutput

_CHANNEL = "EMAIL"
_CSV, _JSON = ".csv", ".json"
_TABLE = """
CREATE TABLE contacts (
    id INTEGER PRIMARY KEY, key TEXT UNIQUE, address TEXT, opted_out INTEGER, is_active INTEGER, data TEXT,
    path TEXT, line INTEGER
)"""
# An opt-out of any endpoint stays, and the first active endpoint gives the attributes.
_ADD = """
INSERT INTO contacts (key, address, opted_out, is_active, data, path, line) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET
    data = CASE WHEN excluded.is_active > is_active THEN excluded.data ELSE data END,
    opted_out = max(opted_out, excluded.opted_out),
    is_active = max(is_active, excluded.is_active)"""
_KEPT = "SELECT address, opted_out, data FROM contacts WHERE is_active OR opted_out ORDER BY id"
_COUNT = "SELECT count(*), coalesce(sum(opted_out), 0) FROM contacts WHERE is_active OR opted_out"
_LEFT_OUT = "SELECT address, path, line FROM contacts WHERE NOT (is_active OR opted_out) ORDER BY id"


def convert_to_contacts(sources: Iterable[Source], output: Path, *, attributes: bool = False) -> Report:
    """Writes the contacts of an export of Amazon Pinpoint as files for imports of Amazon SES.

    Only endpoints of the channel `EMAIL` with a valid address become contacts; that of one that has opted out must be
    valid. Several with the same address, without regard to case, are one contact, which is unsubscribed if any of them
    has opted out. An inactive endpoint makes no contact unless it has opted out, which must not be lost.

    Args:
        sources: Files, or folders whose files are all read, in JSON lines or CSV, also compressed by gzip.
        output: What to write, which must not exist: a file if its name ends in `.csv`, otherwise a folder with a file
            for each million contacts, the most that one import may have.
        attributes: Whether the contacts have the custom attributes of the first active endpoint, and of its user. Then
            the files are JSON lines, and end in `.json`: the guide does not say how a comma stands in a value of CSV.

    Returns:
        What was left out and merged. If there are errors, nothing is written: a line that cannot be read may be an
        opt-out, as may be one of a channel that the service does not have.

    Raises:
        OSError: If a file cannot be read or written, a folder has a link to nothing, the output exists, has no folder
            or is in one that is read, or its name has the wrong end, or nothing before it.
    """
    require_stem(output)
    suffix, other = (_JSON, _CSV) if attributes else (_CSV, _JSON)
    if output.suffix.lower() == other:
        raise OSError(
            f"contacts {'with' if attributes else 'without'} attributes are written as {suffix}, got {output}"
        )
    report = Report()
    given = resolve(sources, recursive=True)
    require_outside(output, given)
    files = deduplicate(file for source in given for file in all_files(source))
    with new_output(output) as target:
        database = target.unfinished.with_name(f"{output.name}.db")
        contacts = _Contacts(database, report, attributes=attributes)
        with contextlib.closing(contacts):
            for file in files:
                contacts.add_all(file)
            if report.count(Severity.ERROR):
                return report
            is_file = output.suffix.lower() == suffix
            count = contacts.report_result(output, is_file=is_file)
            if report.count(Severity.ERROR):
                return report
            numbers = range(1, math.ceil(count / MAX_CONTACTS) + 1)
            names = [""] if is_file else [f"contacts-{number:04}{suffix}" for number in numbers]
            contacts.write(target, names)
        target.complete()
        report.files += [str(output / name) for name in names]
    return report


class _Contacts:
    """The contacts that were found so far."""

    def __init__(self, path: Path, report: Report, *, attributes: bool) -> None:
        self._report = report
        self._attributes = attributes
        # It is deleted if anything fails, so it need not survive that.
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute(_TABLE)
        self._database.execute("BEGIN")

    def close(self) -> None:
        """Closes the database."""
        self._database.close()

    def add_all(self, file: DataFile) -> None:
        """Adds the endpoints of a file; the first error ends it."""
        path = str(file.location)
        try:
            for endpoint in read_endpoints(file):
                self._report.rows += 1
                self._add(path, endpoint)
        except UnreadableError as error:
            self._report.stop_reading(path, error.rule, str(error), error.line)

    def report_result(self, output: Path, *, is_file: bool) -> int:
        """Reports what was merged and is left out, and that there is nothing, or too much for a file.

        Returns:
            How many contacts there are.
        """
        [(count, opted_out)] = self._database.execute(_COUNT)
        for address, path, line in self._database.execute(_LEFT_OUT):
            message = f"an address whose endpoints are all INACTIVE is left out, {excerpt(address)}"
            self._report.add(Severity.WARNING, "inactive", path, message, lines=[line])
        if opted_out:
            message = f"{opted_out:,} of {count:,} contacts are unsubscribed, because they have opted out"
            self._report.add(Severity.CHANGE, "unsubscribed", str(output), message)
        if not count:
            message = f"an export must have endpoints of the channel {_CHANNEL} for a contact list, got none"
            self._report.add(Severity.ERROR, "no-contacts", str(output), message)
        elif is_file and count > MAX_CONTACTS:
            message = f"a file must have at most {MAX_CONTACTS:,} contacts, the most of one import, got {count:,}"
            self._report.add(Severity.ERROR, "ses-contacts", str(output), f"{message}; name a folder as the output")
        return int(count)

    def write(self, target: NewOutput, names: list[str]) -> None:
        """Writes the contacts to files, a million to each.

        Args:
            target: The output.
            names: The names of the files in it; an empty one if it is a file.

        Raises:
            OutputError: If they cannot be written.
        """
        rows = self._database.execute(_KEPT)
        header = () if self._attributes else ("emailAddress,unsubscribeAll\n",)
        for name in names:
            lines = map(self._line, itertools.islice(rows, MAX_CONTACTS))
            target.append(itertools.chain(header, lines), name)

    def _line(self, row: tuple[str, int, str]) -> str:
        address, opted_out, data = row
        if not self._attributes:
            return f"{_csv_value(address)},{'true' if opted_out else 'false'}\n"
        contact = {
            "emailAddress": address,
            "unsubscribeAll": bool(opted_out),
            **({"attributesData": data} if data else {}),
        }
        return json.dumps(contact, ensure_ascii=False) + "\n"

    def _add(self, path: str, endpoint: Endpoint) -> None:
        address = endpoint.address.strip()
        is_opted_out = endpoint.opt_out not in ("", "NONE")
        violation = text_violation("ChannelType", endpoint.channel)
        # Apps register endpoints without a channel and an address: nothing can be sent to them.
        if violation and (endpoint.channel or (is_opted_out and address)):
            message = f"{violation.message}; {violation.hint}"
            self._report.add(Severity.ERROR, violation.rule, path, message, lines=[endpoint.line])
            return
        if endpoint.channel != _CHANNEL:
            self._leave_out(path, endpoint)
            return
        if not is_address(address):
            self._refuse_address(path, endpoint, is_lost=bool(is_opted_out and address))
            return
        if oddity := oddity_of(address):
            message = f"an address is kept that is odd, one {oddity}: {excerpt(address)}"
            self._report.add(Severity.WARNING, "ses-odd-address", path, message, lines=[endpoint.line])
        if endpoint.opt_out not in ("", "ALL", "NONE"):
            message = f"OptOut is ALL or NONE, and {excerpt(endpoint.opt_out)} is taken for ALL"
            self._report.add(Severity.WARNING, "pinpoint-opt-out", path, message, lines=[endpoint.line])
        key = unicodedata.normalize("NFC", address).lower()
        if self._database.execute("SELECT 1 FROM contacts WHERE key = ?", (key,)).fetchone():
            message = f"endpoints with the same address are one contact, {excerpt(address)}"
            self._report.add(Severity.CHANGE, "doubled-address", path, message, lines=[endpoint.line])
        data = json.dumps(endpoint.attributes, ensure_ascii=False) if self._attributes and endpoint.attributes else ""
        row = (key, address, is_opted_out, endpoint.status != "INACTIVE", data, path, endpoint.line)
        self._database.execute(_ADD, row)

    def _leave_out(self, path: str, endpoint: Endpoint) -> None:
        channel = endpoint.channel
        message = f"endpoints {f'of the channel {channel}' if channel else 'without a channel'} are left out"
        self._report.add(Severity.CHANGE, "channel", path, message, column=channel, lines=[endpoint.line])

    def _refuse_address(self, path: str, endpoint: Endpoint, *, is_lost: bool) -> None:
        """Reports an address that is none, which is an error if an opt-out would be lost with it."""
        got = excerpt(endpoint.address)
        if is_lost:
            message = f"the address of an endpoint that has opted out must be an email address, got {got}"
            message = f"{message}; write the address alone, such as ann@example.com, or remove the line"
            self._report.add(Severity.ERROR, "pinpoint-email-address", path, message, lines=[endpoint.line])
        else:
            message = f"an endpoint whose address is no email address is left out, {got}"
            self._report.add(Severity.WARNING, "address", path, message, lines=[endpoint.line])


def _csv_value(address: str) -> str:
    """Returns an address as a value of CSV by RFC 4180: a quoted local part may have commas, and has quotes."""
    if '"' not in address and "," not in address:
        return address
    doubled = address.replace('"', '""')
    return f'"{doubled}"'
