"""Reads the contacts of a file, and judges them.

Source: the section "Bulk importing contacts to your contact list" of the Amazon SES Developer Guide's "Using list
management": CSV with a header (`topicPreferences.Sports`), or a JSON object a line.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from cdk_data_jobs_check.email_addresses import is_address, oddity_of
from cdk_data_jobs_check.entry_checks import Flaw, JudgedLine, flaws_of
from cdk_data_jobs_check.entry_files import EntryFile, LineStream, UnreadableFileError, decode_json
from cdk_data_jobs_check.findings import Violation, excerpt

MAX_CONTACTS = 1_000_000
_MAX_TOPICS = 20
_NAMES = ("emailAddress", "unsubscribeAll", "attributesData")
_TOPICS = "topicPreferences"
_STATUSES = ("OPT_IN", "OPT_OUT")


class ContactReader:
    """Reads one file, which is one import."""

    def __init__(self, stream: LineStream, data_format: str) -> None:
        """Creates it at the beginning of a file.

        Args:
            stream: The file.
            data_format: `CSV` or `JSON`.
        """
        self._file = EntryFile(stream, "ses")
        self._format = data_format
        self._contacts = 0
        # Hashes: two addresses in ten thousand files as big as may be have the same.
        self._addresses: set[int] = set()
        self._topics: set[str] = set()

    def lines(self) -> Iterator[JudgedLine]:
        """Yields the lines.

        Raises:
            UnreadableFileError: It has another format, or no header.
        """
        if self._format == "JSON":
            for line in self._file.objects():
                flaws = [*flaws_of(line.violations)]
                if isinstance(line.content, dict):
                    flaws += self._judge_object(line.content)
                yield JudgedLine(line.number, not line.is_blank, tuple(flaws))
            return
        header: list[str] = []
        for line in self._file.rows():
            flaws = [*flaws_of(line.violations)]
            if isinstance(line.content, list) and not header:
                header = line.content
                flaws += self._judge_header(header, line.number)
            elif isinstance(line.content, list):
                flaws += self._judge_row(header, line.content)
            yield JudgedLine(line.number, not line.is_blank and line.content is not header, tuple(flaws))
        if not header:
            raise UnreadableFileError(1, _header_violation("an empty file"))

    def _judge_header(self, names: list[str], number: int) -> Iterator[Flaw]:
        if "emailAddress" not in names:
            raise UnreadableFileError(number, _header_violation(excerpt(",".join(names), 200)))
        unknown = [name for name in names if name not in _NAMES and not name.startswith(f"{_TOPICS}.")]
        if unknown:
            yield Flaw(_attribute_violation(unknown))
        if doubled := [name for name, count in Counter(names).items() if count > 1]:
            message = f"the names of a header should be unique, got {', '.join(map(excerpt, doubled))} more than once"
            yield Flaw(Violation("ses-duplicate-column", message, "remove one of them, with its values"))
        yield from self._judge_topics(name.partition(".")[2] for name in names if name.startswith(f"{_TOPICS}."))

    def _judge_row(self, header: list[str], values: list[str]) -> Iterator[Flaw]:
        contact = dict(zip(header, values, strict=True))
        yield from self._judge_address(contact["emailAddress"])
        unsubscribe = contact.get("unsubscribeAll", "")
        if unsubscribe.lower() in ("true", "false"):
            if not unsubscribe.islower():
                message = f"unsubscribeAll should be true or false in lower case, got {excerpt(unsubscribe)}"
                yield Flaw(Violation("ses-boolean-case", message, "write it in lower case"), "unsubscribeAll")
        elif unsubscribe:
            yield _unsubscribe_flaw(unsubscribe)
        yield from _judge_attributes(contact.get("attributesData", ""))
        for name, status in contact.items():
            if name.startswith(f"{_TOPICS}.") and status and status not in _STATUSES:
                yield _status_flaw(status, name)

    def _judge_object(self, contact: dict[str, Any]) -> Iterator[Flaw]:
        yield from self._judge_address(contact.get("emailAddress"))
        if unknown := [name for name in contact if name not in (*_NAMES, _TOPICS)]:
            yield Flaw(_attribute_violation(unknown))
        unsubscribe = contact.get("unsubscribeAll")
        if unsubscribe is not None and not isinstance(unsubscribe, bool):
            yield _unsubscribe_flaw(json.dumps(unsubscribe))
        yield from _judge_attributes(contact.get("attributesData"))
        preferences = contact.get(_TOPICS)
        if preferences is None:
            return
        is_list = isinstance(preferences, list) and all(
            isinstance(one, dict)
            and isinstance(one.get("topicName"), str)
            and isinstance(one.get("subscriptionStatus"), str)
            for one in preferences
        )
        if not is_list:
            message = f"{_TOPICS} must be a list of topics and statuses, got {excerpt(json.dumps(preferences))}"
            hint = 'write it such as [{"topicName": "Sports", "subscriptionStatus": "OPT_IN"}]'
            yield Flaw(Violation("ses-topic-preferences", message, hint), _TOPICS)
            return
        yield from self._judge_topics(one["topicName"] for one in preferences)
        for one in preferences:
            if one["subscriptionStatus"] not in _STATUSES:
                yield _status_flaw(one["subscriptionStatus"], _TOPICS)

    def _judge_address(self, address: Any) -> Iterator[Flaw]:  # noqa: ANN401 - JSON
        self._contacts += 1
        if self._contacts == MAX_CONTACTS + 1:
            message = f"a file must have at most {MAX_CONTACTS:,} contacts, got more"
            yield Flaw(Violation("ses-contacts", message, "split it: each file is an import of its own"))
        name = "emailAddress"
        if address is None or address == "":
            yield Flaw(Violation("ses-required", f"a contact must have {name}, got none", "add it"), name)
            return
        if not isinstance(address, str) or not is_address(address):
            got = excerpt(address if isinstance(address, str) else json.dumps(address))
            message = f"{name} must be an email address, got {got}"
            yield Flaw(Violation("ses-invalid-address", message, "write it such as ann@example.com"), name)
            return
        if oddity := oddity_of(address):
            message = f"{name} should be a usual address, got one {oddity}: {excerpt(address)}"
            yield Flaw(Violation("ses-odd-address", message, "correct it, or remove the contact"), name)
        if self._contacts <= MAX_CONTACTS:
            known = hash(address.lower())
            if known in self._addresses:
                message = f"an address should be in a file once, got {excerpt(address)} again, which replaces the other"
                yield Flaw(Violation("ses-doubled-address", message, "remove one of them"), name)
            self._addresses.add(known)

    def _judge_topics(self, names: Iterator[str]) -> Iterator[Flaw]:
        if len(self._topics) > _MAX_TOPICS:
            return
        self._topics.update(names)
        if len(self._topics) > _MAX_TOPICS:
            message = f"there must be at most {_MAX_TOPICS} topics, as a list has no more, got {len(self._topics)}"
            yield Flaw(Violation("ses-topics", message, "remove those that the list does not have"))


def _judge_attributes(data: Any) -> Iterator[Flaw]:  # noqa: ANN401 - JSON
    if data is None or data == "":
        return
    try:
        is_object = isinstance(data, str) and isinstance(decode_json(data), dict)
    except (ValueError, RecursionError):
        is_object = False
    if not is_object:
        got = excerpt(data if isinstance(data, str) else json.dumps(data))
        message = f"attributesData must be a JSON object in a string, got {got}"
        hint = "write it as json.dumps does; in CSV put it in double quotes and double those in it"
        yield Flaw(Violation("ses-attributes-data", message, hint), "attributesData")


def _header_violation(got: str) -> Violation:
    message = f"the first line of CSV must be a header with emailAddress, got {got}"
    return Violation("ses-header", message, "write it such as emailAddress,unsubscribeAll")


def _attribute_violation(names: list[str]) -> Violation:
    message = (
        f"the attributes of contacts are {', '.join(_NAMES)} and {_TOPICS}, got {', '.join(map(excerpt, names[:10]))}"
    )
    return Violation(
        "ses-attribute", message, "correct the spelling, or remove it: nobody documents what is done with it"
    )


def _unsubscribe_flaw(got: str) -> Flaw:
    message = f"unsubscribeAll must be true or false, got {excerpt(got)}"
    return Flaw(
        Violation("ses-unsubscribe-all", message, "write true or false, in JSON without quotes"), "unsubscribeAll"
    )


def _status_flaw(got: str, name: str) -> Flaw:
    message = f"the status of a topic must be OPT_IN or OPT_OUT, got {excerpt(got)}"
    return Flaw(Violation("ses-topic-status", message, "write one of them, or nothing for the topic's default"), name)
