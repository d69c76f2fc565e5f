"""Each rule for files of endpoints: files that violate it, what is said of them, and files that just do not."""

# ruff: noqa: E501 - a message is one line

from __future__ import annotations

import io
import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_check import RULES, DataFile
from cdk_data_jobs_check.pinpoint.files import check_endpoint_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEADER = "ChannelType,Address,Attributes.Likes,OptOut\n"
ROW = "EMAIL,ann@example.com,tea,NONE\n"
VALID = HEADER + ROW
ANN: dict[str, Any] = {"ChannelType": "EMAIL", "Address": "ann@example.com"}


def with_column(name: str, value: str) -> str:
    """Returns a file of an endpoint that has another column, or several."""
    return f"ChannelType,Address,{name}\nEMAIL,ann@example.com,{value}\n"


def with_address(channel: str, address: str) -> str:
    return f"ChannelType,Address\n{channel},{address}\n"


def of_size(size: int) -> dict[str, Any]:
    return {**ANN, "Id": "i" * (size - len(json.dumps({**ANN, "Id": ""})))}


# A row has the name of the rule, a file that violates it, what is said of that after its name, and a file of which
# nothing is said. In JSON, an object is a file of one line.
# fmt: off
CSV: list[tuple[str, str | bytes, str, str | bytes]] = [
    # Files
    ("file-format", b"\x1f\x8b\x08",
     ":1: error: a file must be uncompressed CSV in UTF-8, got gzip; export it in this format",
     VALID),
    ("file-format", json.dumps(ANN),
     ":1: error: a file must be uncompressed CSV in UTF-8, got JSON; export it in this format",
     VALID),
    ("utf-8", VALID.replace("tea", "thé").encode("latin-1"),
     ":2: error: a file must be encoded in UTF-8, got 'utf-8' codec can't decode byte 0xe9 in position 24: invalid continuation byte; save it as \"UTF-8\"",
     VALID.replace("tea", "thé")),
    ("byte-order-mark", "\ufeff" + VALID,
     ':1: warning: a file needs no byte order mark, got one, which may be taken for a part of the first name; save it as "UTF-8"',
     VALID),
    ("no-entries", HEADER,
     ": warning: a file should have endpoints or user ids, got none; remove it",
     VALID),
    ("blank-line", f"{HEADER}\n{ROW}",
     ":2: warning: a line should not be blank, got a blank one; remove it",
     VALID),
    ("csv", HEADER + "EMAIL,ann@example.com,green, tea,NONE\n",
     ":2: error: a row must have 4 values, as the header has, got 5; put a value that has a comma in double quotes, and write nothing for one that is missing",
     HEADER + 'EMAIL,ann@example.com,"green, tea",NONE\n'),
    ("csv", HEADER + "EMAIL,ann@example.com,tea\n",
     ":2: error: a row must have 4 values, as the header has, got 3; put a value that has a comma in double quotes, and write nothing for one that is missing",
     HEADER + "EMAIL,ann@example.com,tea,\n"),
    ("csv", HEADER + 'EMAIL,ann@example.com,"tea,NONE\n',
     ":2: error: a row must be CSV: unexpected end of data; put values with a comma or a quote in double quotes, and double the quotes in them",
     HEADER + 'EMAIL,ann@example.com,"tea",NONE\n'),
    ("csv", HEADER + 'EMAIL,ann@example.com,"green "tea"",NONE\n',
     ":2: error: a row must be CSV: ',' expected after '\"'; put values with a comma or a quote in double quotes, and double the quotes in them",
     HEADER + 'EMAIL,ann@example.com,"green ""tea""",NONE\n'),
    # Attributes
    ("attribute", "channeltype,Address,location.country,Colour\nEMAIL,ann@example.com,US,red\n",
     ":1: error: all attributes must be of those that the guide lists, got 'channeltype', 'location.country', 'Colour'; write ChannelType, Location.Country",
     "ChannelType,Address,Location.Country,Attributes.Colour\nEMAIL,ann@example.com,US,red\n"),
    ("attribute", with_column("a,b,c,d,e,f,g,h,i,j", "1,,,,,,,,,"),
     ":1: error: all attributes must be of those that the guide lists, got 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'; write Attributes.NAME for one of your own, or remove it",
     with_column("Attributes.a,Metrics.b,User.UserAttributes.c", "1,2,3")),
    ("attribute", with_column("a,b,c,d,e,f,g,h,i,j,ID", "1,,,,,,,,,,"),
     ":1: error: all attributes must be of those that the guide lists, got 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', ...; write Attributes.NAME for one of your own, or remove it",
     with_column("Id", "1")),
    ("duplicate-column", with_column("Metrics.Age,Address,Metrics.Age,Attributes.Likes,Attributes.Likes", "1,,1,tea,milk"),
     ":1: warning: only Attributes and User.UserAttributes have several values, got Address, Metrics.Age twice; remove one of the columns",
     with_column("Metrics.Age,Attributes.Likes,Attributes.Likes", "1,tea,milk")),
    ("header-spaces", with_column(" Attributes.Likes", "tea"),
     ":1: warning: a header should have no spaces around the names, got 'ChannelType,Address, Attributes.Likes'; remove them",
     with_column("Attributes.Likes a lot", "tea")),
    *(("attribute-name", with_column(group + "n" * 51, "1"),
       f":1: error: the name of a custom attribute must have at most 50 characters, got '{'n' * 40}...'; shorten it",
       with_column(group + "n" * 50, "1"))
      for group in ("Attributes.", "User.UserAttributes.", "Metrics.")),
    *(("attribute-characters", with_column(f"Attributes.a{character}b", "tea"),
       f":1: warning: the name of a custom attribute should not have a {character}, got 'a{character}b'; rename it, or the console cannot show it",
       with_column("Attributes.a.b-c_d e", f"a{character}b"))
      for character in "#:?\\/"),
    # Entries
    ("required", HEADER + "EMAIL,,tea,\n",
     ":2: error: an entry must have Address and ChannelType, an Id, or a User.UserId alone, and has no Address; add what is missing",
     VALID),
    ("required", "User.UserId,User.UserAttributes.Age\nann,30\n",
     ":2: error: an entry must have Address and ChannelType, an Id, or a User.UserId alone, and has no Address and ChannelType; add what is missing",
     with_column("User.UserId,User.UserAttributes.Age", "ann,30")),
    ("existing", "User.UserId\nann\n",
     ":2: warning: an entry without Address and ChannelType is for a user that is there; make sure that it is, or the entry fails",
     with_column("User.UserId", "ann")),
    ("existing", "Id,Address,ChannelType\n1,,EMAIL\n",
     ":2: warning: an entry without Address is for an endpoint that is there; make sure that it is, or the entry fails",
     "Id,Address,ChannelType\n1,ann@example.com,EMAIL\n"),
    # Values
    ("channel-type", HEADER + ROW.replace("EMAIL", "Email"),
     ":2: error: ChannelType must be one of PUSH, GCM, APNS, APNS_SANDBOX, APNS_VOIP, APNS_VOIP_SANDBOX, ADM, SMS, VOICE, EMAIL, BAIDU, CUSTOM, IN_APP, got 'Email'; write it in capitals",
     VALID),
    ("channel-type", HEADER + ROW.replace("EMAIL", "MAIL"),
     ":2: error: ChannelType must be one of PUSH, GCM, APNS, APNS_SANDBOX, APNS_VOIP, APNS_VOIP_SANDBOX, ADM, SMS, VOICE, EMAIL, BAIDU, CUSTOM, IN_APP, got 'MAIL'; write one of them",
     HEADER + ROW.replace("EMAIL", "APNS_VOIP_SANDBOX")),
    ("opt-out", VALID.replace("NONE", "none"),
     ":2: error: OptOut must be one of ALL, NONE, got 'none'; write it in capitals",
     VALID),
    ("opt-out", VALID.replace("NONE", "yes"),
     ":2: error: OptOut must be one of ALL, NONE, got 'yes'; write one of them",
     VALID.replace("NONE", "ALL")),
    ("number", with_column("Metrics.Visits", "few"),
     ":2: error: Metrics.Visits must be a number, got 'few'; write it without units and thousands separators",
     with_column("Metrics.Visits", "-1.5e3")),
    ("number", with_column("Location.Latitude", "47.4 N"),
     ":2: error: Location.Latitude must be a number, got '47.4 N'; write it without units and thousands separators",
     with_column("Location.Latitude", " 47.4")),
    ("number", with_column("Location.Longitude", "1e309"),
     ":2: error: Location.Longitude must be a number, got '1e309'; write it without units and thousands separators",
     with_column("Location.Longitude", "1e308")),
    ("attribute-value", with_column("Attributes.Likes", "t" * 101),
     f":2: error: a value of Attributes.Likes must have at most 100 characters, got 101: '{'t' * 40}...'; shorten it",
     with_column("Attributes.Likes,Demographic.Model", f"{'t' * 100},{'m' * 101}")),
    ("attribute-values", with_column("Attributes.Likes" + ",Attributes.Likes" * 50, "tea" + ",tea" * 50),
     ":2: error: Attributes.Likes must have at most 50 values, got 51; leave some out, or use another attribute",
     with_column("Attributes.Likes" + ",Attributes.Likes" * 50, "tea" + ",tea" * 49 + ",")),
    *(("line-break", with_column("Attributes.Likes", f'"a{character}b"'),
       f":2: error: a value must have no line break and no tab, got a {kind} in 'a{shown}b'; replace it by a space",
       with_column("Attributes.Likes", '"a b"'))
      for character, shown, kind in [("\n", r"\n", "line break"), ("\r", r"\r", "line break"), ("\t", r"\t", "tab")]),
    *(("phone-number", with_address(channel, number),
       f":2: warning: the address of {channel} should be a phone number in E.164 format, got '{number}'; write it such as +12065550100",
       with_address(channel, "+123456789012345"))
      for channel, number in [("SMS", "2065550100"), ("SMS", "+0123456789"), ("VOICE", "+1234567890123456")]),
    ("email-address", with_address("EMAIL", "ann"),
     ":2: warning: the address of EMAIL should be an email address, got 'ann'; write it such as ann@example.com",
     with_address("CUSTOM", "ann")),
    ("code", with_column("Location.Country", "USA"),
     ":2: warning: Location.Country should be a code such as US, got 'USA'; write the code of ISO 3166-1 alpha-2, for a locale after ISO 639-1's",
     with_column("Location.Country", "US")),
    ("code", with_column("Demographic.Locale", "en-US"),
     ":2: warning: Demographic.Locale should be a code such as en_US, got 'en-US'; write the code of ISO 3166-1 alpha-2, for a locale after ISO 639-1's",
     with_column("Demographic.Locale", "en_US")),
]
JSON: list[tuple[str, str | dict[str, Any], str, str | dict[str, Any]]] = [
    # Files
    ("file-format", json.dumps([ANN]),
     ":1: error: a file must be uncompressed JSON with an object a line in UTF-8, got a JSON array; export it in this format",
     ANN),
    ("file-format", "\ufeff" + json.dumps([ANN]),
     ":1: error: a file must be uncompressed JSON with an object a line in UTF-8, got a JSON array; export it in this format",
     ANN),
    ("blank-line", f"{json.dumps(ANN)}\n \n",
     ":2: warning: a line should not be blank, got a blank one; remove it",
     f"{json.dumps(ANN)}\n"),
    ("json", "1",
     ":1: error: a line must be a JSON object, got '1'; write each entry on one line, as json.dumps does",
     ANN),
    ("json", "{",
     ":1: error: a line must be a JSON object, got '{': Expecting property name enclosed in double quotes: line 1 column 2 (char 1); write each entry on one line, as json.dumps does",
     ANN),
    ("doubled-key", json.dumps(ANN).replace("}", ', "User": {"UserId": "1", "UserId": "2"}}'),
     ":1: warning: a key should be in an object once, got 'UserId' more than once; remove one of them, with its value",
     {**ANN, "User": {"UserId": "1"}}),
    # Attributes
    ("attribute", {**ANN, "Location.Country": "US", "Location": {"Town": "Bern", "City": "Bern"}},
     ":1: error: all attributes must be of those that the guide lists, got 'Location.Country', 'Location.Town'; write Location.Country",
     {**ANN, "Location": {"Country": "CH", "City": "Bern", "Region": None}}),
    ("unsupported-attribute", {**ANN, "EndpointStatus": "ACTIVE"},
     ":1: warning: EndpointStatus is not imported, according to the guide; remove it",
     {**ANN, "RequestId": "1"}),
    ("attributes", {**ANN, "Metrics": {f"m{number}": number for number in range(251)}},
     ":1: warning: there should be at most 250 custom attributes, got more; leave some out, if the quota of the project was not raised",
     {**ANN, "Metrics": {f"m{number}": number for number in range(250)}}),
    # Entries
    ("required", {"User": {"UserId": ""}},
     ":1: error: an entry must have Address and ChannelType, an Id, or a User.UserId alone, and has no Address and ChannelType; add what is missing",
     {**ANN, "User": {"UserId": ""}}),
    ("endpoint-size", of_size(15 * 1024 + 1),
     ":1: warning: an endpoint should have at most 15,360 bytes, got 15,361; leave attributes out",
     of_size(15 * 1024)),
    # Values
    ("number", {**ANN, "Metrics": {"Visits": True}},
     ":1: error: Metrics.Visits must be a number, got 'true'; write it without units and thousands separators",
     {**ANN, "Metrics": {"Visits": 1, "Score": 0.5}}),
    ("number", {**ANN, "Metrics": {"Visits": 10**309}},
     f":1: error: Metrics.Visits must be a number, got '1{'0' * 39}...'; write it without units and thousands separators",
     {**ANN, "Metrics": {"Visits": 10**308}}),
    ("structure", {**ANN, "Attributes": {"Likes": "tea"}},
     ":1: error: Attributes.Likes must be a list of strings, got '\"tea\"'; write it such as [\"Bus\"]",
     {**ANN, "Attributes": {"Likes": ["tea"]}}),
    ("structure", {**ANN, "User": {"UserAttributes": {"Age": [30]}}},
     ":1: error: User.UserAttributes.Age must be a list of strings, got '[30]'; write it such as [\"Bus\"]",
     {**ANN, "User": {"UserAttributes": {"Age": ["30"]}}}),
    ("structure", {**ANN, "Location": "US"},
     ":1: error: Location must be a JSON object, got '\"US\"'; write {\"Location\": {...}}",
     {**ANN, "Location": {}}),
    ("structure", {**ANN, "Id": ["1"]},
     ":1: error: Id must be a string, got '[\"1\"]'; write a string",
     {**ANN, "Id": "1"}),
    ("json-type", {**ANN, "Id": 7},
     ":1: warning: Id should be written in quotes, got 7; write it in quotes",
     {**ANN, "Id": "7"}),
    ("json-type", {**ANN, "Metrics": {"Visits": "7"}},
     ':1: warning: Metrics.Visits should be written without quotes, got "7"; write it without quotes',
     {**ANN, "Metrics": {"Visits": 7}}),
]
# fmt: on
CASES = [("CSV", *case) for case in CSV] + [("JSON", *case) for case in JSON]


@pytest.fixture
def check(write: Callable[..., Path]) -> Callable[[Any, str], list[str]]:
    """Checks a file, and returns what is said of it after its name."""

    def check(content: Any, data_format: str) -> list[str]:
        path = write(json.dumps(content) if isinstance(content, dict) else content)
        return [str(one).removeprefix(str(path)) for one in check_endpoint_files([path], data_format).findings]

    return check


@pytest.mark.parametrize("case", CASES, ids=[f"{case[0]}-{case[1]}" for case in CASES])
def test_a_rule_is_violated_by_one_file_and_not_by_another(
    check: Callable[[Any, str], list[str]], case: tuple[str, str, Any, str, Any]
) -> None:
    data_format, rule, violating, said, allowed = case

    assert check(violating, data_format) == [f"{said} [pinpoint-{rule}]"]
    assert check(allowed, data_format) == []


@pytest.mark.parametrize(
    ("value", "is_date"),
    [
        ("2019-08-23T10:54:35.220Z", True),
        ("2019-08-23T10:54:35+02:00", True),
        ("2019-08-23", True),
        ("23.08.2019", False),
        ("2019-08-32", False),
    ],
)
def test_a_date_is_in_iso_8601_and_not_imported(
    check: Callable[[Any, str], list[str]], value: str, *, is_date: bool
) -> None:
    unsupported = ": warning: EffectiveDate is not imported, according to the guide; remove it"
    date = f": warning: EffectiveDate should be in ISO 8601 format, got '{value}'; write it such as 2019-08-23T10:54:35.220Z"

    assert check(with_column("EffectiveDate", value), "CSV") == [
        f":1{unsupported} [pinpoint-unsupported-attribute]",
        *([] if is_date else [f":2{date} [pinpoint-date]"]),
    ]


def test_a_folder_has_files_of_the_format_of_the_import(write: Callable[..., Path]) -> None:
    folder = write(json.dumps(ANN), "a.json").parent
    ignored, none = check_endpoint_files([folder], "CSV").findings

    # fmt: off
    assert str(ignored) == f"{folder}: warning: an import of CSV reads only its files of a folder, got a.json, JSON; remove it, or import it by itself [pinpoint-ignored-file]"
    assert str(none) == f"{folder}: error: a folder must have files in CSV, got none; put them there, or name another folder [pinpoint-no-files]"
    # fmt: on
    assert check_endpoint_files([folder], "JSON").findings == ()


def test_the_files_of_an_import_have_a_gigabyte_together() -> None:
    def check(*sizes: int) -> list[str]:
        files = [
            DataFile(name, PurePosixPath(name), size, lambda: io.BytesIO(VALID.encode()))
            for name, size in zip("ab", sizes, strict=True)
        ]
        return [str(one) for one in check_endpoint_files(files, "CSV").findings]

    assert check(2**29, 2**29) == []
    assert check(2**29, 2**29 + 1) == [
        "a: warning: the files of one import should have at most 1 GB, got 1,073,741,825 bytes; split it into several imports, if the quota was not raised [pinpoint-size]"
    ]


def test_every_rule_is_tried_here() -> None:
    tried = {case[1] for case in CASES} | {"date", "ignored-file", "no-files", "size"}

    assert {f"pinpoint-{name}" for name in tried} == {name for name in RULES if name.startswith("pinpoint-")}
