"""Each rule for files of contacts: files that violate it, what is said of them, and files that just do not."""

# ruff: noqa: E501 - a message is one line

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_check import RULES
from cdk_data_jobs_check.ses import contacts
from cdk_data_jobs_check.ses.files import check_contact_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEADER = "emailAddress,unsubscribeAll,attributesData,topicPreferences.Sports\n"
ROW = "ann@example.com,false,,OPT_IN\n"
VALID = HEADER + ROW
ANN: dict[str, Any] = {"emailAddress": "ann@example.com"}


def with_data(data: str) -> str:
    return f"emailAddress,attributesData\nann@example.com,{data}\n"


class JsonText(str):
    """A file of JSON that no Python object is written as."""

    __slots__ = ()


def with_topics(number: int) -> str:
    return (
        f"emailAddress{''.join(f',topicPreferences.T{one}' for one in range(number))}\nann@example.com{',' * number}\n"
    )


def with_preferences(*preferences: Any) -> dict[str, Any]:
    return {**ANN, "topicPreferences": [*preferences]}


# A row has the name of the rule, a file that violates it, what is said of that after its name, and a file of which
# nothing is said. A JSON value that is no text is a file of one line of JSON.
# fmt: off
CASES: list[tuple[str, str | bytes | int | dict[str, Any], str, str | dict[str, Any]]] = [
    # Files
    ("file-format", b"PAR1\x15",
     ":1: error: a file must be uncompressed CSV in UTF-8, got Parquet; export it in this format",
     VALID),
    ("file-format", json.dumps([ANN]),
     ":1: error: a file must be uncompressed CSV in UTF-8, got a JSON array; export it in this format",
     VALID),
    ("file-format", "\ufeff" + json.dumps(ANN),
     ":1: error: a file must be uncompressed CSV in UTF-8, got JSON; put it in a file whose name ends in .json",
     ANN),
    ("utf-8", with_data('"{""Name"": ""Zoé""}"').encode("latin-1"),
     ":2: warning: a file must be encoded in UTF-8, got 'utf-8' codec can't decode byte 0xe9 in position 32: invalid continuation byte; save it as \"UTF-8\"",
     with_data('"{""Name"": ""Zoé""}"')),
    ("byte-order-mark", "\ufeff" + VALID,
     ':1: warning: a file needs no byte order mark, got one, which may be taken for a part of the first name; save it as "UTF-8"',
     VALID),
    ("no-entries", HEADER,
     ": warning: a file should have contacts, and a folder files, got none; remove it",
     VALID),
    ("blank-line", f"{HEADER}\n{ROW}",
     ":2: warning: a line should not be blank, got a blank one; remove it",
     VALID),
    ("header", "",
     ":1: error: the first line of CSV must be a header with emailAddress, got an empty file; write it such as emailAddress,unsubscribeAll",
     VALID),
    ("header", "ann@example.com,false\n",
     ":1: error: the first line of CSV must be a header with emailAddress, got 'ann@example.com,false'; write it such as emailAddress,unsubscribeAll",
     "emailAddress,unsubscribeAll\nann@example.com,false\n"),
    ("csv", with_data('{"Name": "Ann", "Age": 30}'),
     ":2: error: a row must have 2 values, as the header has, got 3; put a value that has a comma in double quotes, and write nothing for one that is missing",
     with_data('{"Name": "Ann"}')),
    ("csv", with_data('"{"Name": "Ann"}"'),
     ":2: error: a row must be CSV: ',' expected after '\"'; put values with a comma or a quote in double quotes, and double the quotes in them",
     with_data('"{""Name"": ""Ann"", ""Age"": 30}"')),
    ("json", 1,
     ":1: error: a line must be a JSON object, got '1'; write each entry on one line, as json.dumps does",
     ANN),
    ("doubled-key", JsonText(json.dumps(ANN).replace("}", ', "unsubscribeAll": true, "unsubscribeAll": false}')),
     ":1: warning: a key should be in an object once, got 'unsubscribeAll' more than once; remove one of them, with its value",
     {**ANN, "unsubscribeAll": True}),
    # Attributes
    ("attribute", "emailAddress,Name,topicPreferences,topicPreferencesSports\nann@example.com,Ann,,\n",
     ":1: warning: the attributes of contacts are emailAddress, unsubscribeAll, attributesData and topicPreferences, got 'Name', 'topicPreferences', 'topicPreferencesSports'; correct the spelling, or remove it: nobody documents what is done with it",
     VALID),
    ("attribute", {**ANN, "topicPreferences.Sports": "OPT_IN"},
     ":1: warning: the attributes of contacts are emailAddress, unsubscribeAll, attributesData and topicPreferences, got 'topicPreferences.Sports'; correct the spelling, or remove it: nobody documents what is done with it",
     {**ANN, "unsubscribeAll": None, "attributesData": None, "topicPreferences": None}),
    ("duplicate-column", "emailAddress,unsubscribeAll,unsubscribeAll\nann@example.com,true,true\n",
     ":1: warning: the names of a header should be unique, got 'unsubscribeAll' more than once; remove one of them, with its values",
     "emailAddress,unsubscribeAll\nann@example.com,true\n"),
    ("topics", with_topics(21),
     ":1: error: there must be at most 20 topics, as a list has no more, got 21; remove those that the list does not have",
     with_topics(20)),
    # Values
    ("required", HEADER + ",false,,\n",
     ":2: error: a contact must have emailAddress, got none; add it",
     VALID),
    ("required", {"unsubscribeAll": True},
     ":1: error: a contact must have emailAddress, got none; add it",
     {**ANN, "unsubscribeAll": True}),
    ("invalid-address", "emailAddress\nann\n",
     ":2: error: emailAddress must be an email address, got 'ann'; write it such as ann@example.com",
     "emailAddress\nann@example.com\n"),
    ("invalid-address", {"emailAddress": ["ann@example.com"]},
     ":1: error: emailAddress must be an email address, got '[\"ann@example.com\"]'; write it such as ann@example.com",
     ANN),
    ("odd-address", "emailAddress\nänn@example.com\n",
     ":2: warning: emailAddress should be a usual address, got one that is not in ASCII: 'änn@example.com'; correct it, or remove the contact",
     "emailAddress\nann@example.com\n"),
    ("odd-address", f"emailAddress\n{'a' * 65}@example.com\n",
     f":2: warning: emailAddress should be a usual address, got one with more than 254 characters, or 64 before the @: '{'a' * 40}...'; correct it, or remove the contact",
     f"emailAddress\n{'a' * 64}@example.com\n"),
    ("odd-address", f"emailAddress\na@{'b' * 249}.com\n",
     f":2: warning: emailAddress should be a usual address, got one with more than 254 characters, or 64 before the @: 'a@{'b' * 38}...'; correct it, or remove the contact",
     f"emailAddress\na@{'b' * 248}.com\n"),
    ("doubled-address", VALID + ROW.replace("ann", "Ann"),
     ":3: warning: an address should be in a file once, got 'Ann@example.com' again, which replaces the other; remove one of them",
     VALID + ROW.replace("ann", "ann+1")),
    ("unsubscribe-all", VALID.replace("false", "yes"),
     ":2: error: unsubscribeAll must be true or false, got 'yes'; write true or false, in JSON without quotes",
     VALID.replace("false", "")),
    ("unsubscribe-all", {**ANN, "unsubscribeAll": "false"},
     ":1: error: unsubscribeAll must be true or false, got '\"false\"'; write true or false, in JSON without quotes",
     {**ANN, "unsubscribeAll": False}),
    ("unsubscribe-all", {**ANN, "unsubscribeAll": 0},
     ":1: error: unsubscribeAll must be true or false, got '0'; write true or false, in JSON without quotes",
     {**ANN, "unsubscribeAll": False}),
    ("boolean-case", VALID.replace("false", "False"),
     ":2: warning: unsubscribeAll should be true or false in lower case, got 'False'; write it in lower case",
     VALID),
    ("boolean-case", VALID.replace("false", "TRUE"),
     ":2: warning: unsubscribeAll should be true or false in lower case, got 'TRUE'; write it in lower case",
     VALID.replace("false", "true")),
    ("topic-status", VALID.replace("OPT_IN", "yes"),
     ":2: error: the status of a topic must be OPT_IN or OPT_OUT, got 'yes'; write one of them, or nothing for the topic's default",
     VALID.replace("OPT_IN", "")),
    ("topic-status", with_preferences({"topicName": "Sports", "subscriptionStatus": "opt_out"}),
     ":1: error: the status of a topic must be OPT_IN or OPT_OUT, got 'opt_out'; write one of them, or nothing for the topic's default",
     with_preferences({"topicName": "Sports", "subscriptionStatus": "OPT_OUT"})),
    ("topic-preferences", {**ANN, "topicPreferences": {"Sports": "OPT_IN"}},
     ":1: error: topicPreferences must be a list of topics and statuses, got '{\"Sports\": \"OPT_IN\"}'; write it such as [{\"topicName\": \"Sports\", \"subscriptionStatus\": \"OPT_IN\"}]",
     with_preferences()),
    ("topic-preferences", with_preferences("Sports"),
     ":1: error: topicPreferences must be a list of topics and statuses, got '[\"Sports\"]'; write it such as [{\"topicName\": \"Sports\", \"subscriptionStatus\": \"OPT_IN\"}]",
     with_preferences({"topicName": "Sports", "subscriptionStatus": "OPT_IN"})),
    ("topic-preferences", with_preferences({"topicName": "Sports"}),
     ":1: error: topicPreferences must be a list of topics and statuses, got '[{\"topicName\": \"Sports\"}]'; write it such as [{\"topicName\": \"Sports\", \"subscriptionStatus\": \"OPT_IN\"}]",
     with_preferences({"topicName": "Sports", "subscriptionStatus": "OPT_IN"})),
    ("topic-preferences", with_preferences({"topicName": 1, "subscriptionStatus": "OPT_IN"}),
     ":1: error: topicPreferences must be a list of topics and statuses, got '[{\"topicName\": 1, \"subscriptionStatus\": ...'; write it such as [{\"topicName\": \"Sports\", \"subscriptionStatus\": \"OPT_IN\"}]",
     with_preferences({"topicName": "1", "subscriptionStatus": "OPT_IN"})),
    ("attributes-data", with_data("Ann"),
     ":2: error: attributesData must be a JSON object in a string, got 'Ann'; write it as json.dumps does; in CSV put it in double quotes and double those in it",
     with_data("")),
    ("attributes-data", with_data('"[""Ann""]"'),
     ":2: error: attributesData must be a JSON object in a string, got '[\"Ann\"]'; write it as json.dumps does; in CSV put it in double quotes and double those in it",
     with_data('"{""Name"": ""Ann""}"')),
    ("attributes-data", {**ANN, "attributesData": {"Name": "Ann"}},
     ":1: error: attributesData must be a JSON object in a string, got '{\"Name\": \"Ann\"}'; write it as json.dumps does; in CSV put it in double quotes and double those in it",
     {**ANN, "attributesData": '{"Name": "Ann"}'}),
    ("attributes-data", {**ANN, "attributesData": '{"Score": NaN}'},
     ":1: error: attributesData must be a JSON object in a string, got '{\"Score\": NaN}'; write it as json.dumps does; in CSV put it in double quotes and double those in it",
     {**ANN, "attributesData": '{"Score": null}'}),
    ("attributes-data", {**ANN, "attributesData": "[" * 100_000},
     f":1: error: attributesData must be a JSON object in a string, got '{'[' * 40}...'; write it as json.dumps does; in CSV put it in double quotes and double those in it",
     {**ANN, "attributesData": ""}),
]
# fmt: on


@pytest.fixture
def check(write: Callable[..., Path]) -> Callable[[Any], list[str]]:
    """Checks a file, and returns what is said of it after its name."""

    def check(content: Any) -> list[str]:
        is_csv = isinstance(content, (str, bytes)) and not isinstance(content, JsonText)
        text = content if isinstance(content, (str, bytes)) else json.dumps(content)
        path = write(text, "a.csv" if is_csv else "a.json")
        return [str(one).removeprefix(str(path)) for one in check_contact_files([path]).findings]

    return check


@pytest.mark.parametrize(("rule", "violating", "said", "allowed"), CASES, ids=[case[0] for case in CASES])
def test_a_rule_is_violated_by_one_file_and_not_by_another(
    check: Callable[[Any], list[str]], rule: str, violating: Any, said: str, allowed: Any
) -> None:
    assert check(violating) == [f"{said} [ses-{rule}]"]
    assert check(allowed) == []


def test_topics_are_those_of_all_contacts_and_too_many_are_told_once(write: Callable[..., Path]) -> None:
    names = [[f"T{one}" for one in range(20)], ["T0", "T19"], ["T20"], ["T21"]]
    lines = [
        with_preferences(*({"topicName": name, "subscriptionStatus": "OPT_IN"} for name in some)) for some in names
    ]
    content = "".join(
        f"{json.dumps({**line, 'emailAddress': f'a{number}@example.com'})}\n" for number, line in enumerate(lines)
    )
    (finding,) = check_contact_files([write(content, "a.json")]).findings

    assert (finding.rule, finding.line, finding.count) == ("ses-topics", 3, 1)


def test_a_file_has_a_million_contacts(check: Callable[[Any], list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    assert contacts.MAX_CONTACTS == 1_000_000
    monkeypatch.setattr(contacts, "MAX_CONTACTS", 3)

    assert check("emailAddress\na@b.cd\nb@b.cd\nc@b.cd\n") == []
    assert check("emailAddress\na@b.cd\nb@b.cd\nc@b.cd\nd@b.cd\nd@b.cd\n") == [
        ":5: error: a file must have at most 3 contacts, got more; split it: each file is an import of its own [ses-contacts]"
    ]


def test_every_rule_is_tried_here() -> None:
    tried = {case[0] for case in CASES} | {"contacts"}

    assert {f"ses-{name}" for name in tried} == {name for name in RULES if name.startswith("ses-")}
