"""Endpoints of Amazon Pinpoint become contacts for Amazon SES, and no opt-out is lost."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdk_data_jobs_check import DataFile
from cdk_data_jobs_check.email_addresses import is_address
from cdk_data_jobs_check.ses.files import check_contact_files
from cdk_data_jobs_cli.conversion import contacts
from cdk_data_jobs_cli.conversion.contacts import convert_to_contacts
from cdk_data_jobs_cli.conversion.report import Severity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdk_data_jobs_cli.conversion.report import Report

    Convert = Callable[..., tuple[str, Report]]

HEADER = "emailAddress,unsubscribeAll\n"


def email(address: str = "ann@example.com", **more: Any) -> dict[str, Any]:
    return {"Address": address, "ChannelType": "EMAIL", "OptOut": "NONE", "EndpointStatus": "ACTIVE", **more}


def lines(*endpoints: dict[str, Any]) -> bytes:
    return "".join(f"{json.dumps(one)}\n" for one in endpoints).encode()


def found(report: Report) -> list[tuple[str, str, str | None, int]]:
    return [(one.severity.value, one.rule, one.column, one.count) for one in report.findings]


@pytest.fixture
def convert(tmp_path: Path) -> Convert:
    """Converts the contents of files; returns what is written, or an empty string, and the report."""

    def convert(*contents: bytes, output: str = "out.csv", **options: Any) -> tuple[str, Report]:
        folder, written = tmp_path / "export", tmp_path / output
        (folder / "deep").mkdir(parents=True, exist_ok=True)
        for number, content in enumerate(contents):
            (folder / "deep" / str(number)).write_bytes(content)
        report = convert_to_contacts([folder], written, **options)
        assert {path.name for path in tmp_path.iterdir()} - {output} == {"export"}
        return written.read_text(encoding="utf-8") if written.is_file() else "", report

    return convert


def test_all_files_of_an_export_are_one_list(convert: Convert, tmp_path: Path) -> None:
    packed = gzip.compress(lines(email(ApplicationId="a", CohortId="7", CreationDate="2018-05-01T17:31:01.046Z")))
    table = b"ChannelType,Address,OptOut\r\nEMAIL,bob@example.com,ALL\r\n"
    text, report = convert(packed, table)

    assert text == HEADER + "ann@example.com,false\nbob@example.com,true\n"
    assert (report.rows, report.files) == (2, [str(tmp_path / "out.csv")])
    assert found(report) == [("change", "unsubscribed", None, 1)]
    assert check_contact_files([tmp_path / "out.csv"]).findings == ()


class OneByteAtATime(io.RawIOBase):
    """A pipe to which somebody writes slowly."""

    def __init__(self, content: bytes) -> None:
        self._rest = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._rest.readinto(buffer[:1])


@pytest.mark.parametrize("encode", [bytes, b"\xef\xbb\xbf".__add__, gzip.compress], ids=["plain", "mark", "gzip"])
def test_a_pipe_is_read_however_slowly_it_is_written(encode: Callable[[bytes], bytes], tmp_path: Path) -> None:
    stream = io.BufferedReader(OneByteAtATime(encode(lines(email()))))
    pipe = DataFile("<stdin>", PurePosixPath("<stdin>"), None, lambda: stream)
    report = convert_to_contacts([pipe], tmp_path / "out.csv")

    assert (report.rows, report.count(Severity.ERROR)) == (1, 0)


def test_what_is_left_out_is_reported_by_reason(convert: Convert) -> None:
    sms, none = {"ChannelType": "SMS", "Address": "+4912345"}, {"Address": "cid@example.com"}
    unused = {"Id": "1", "Address": "", "OptOut": "ALL"}
    text, report = convert(
        lines(
            email(),
            sms,
            sms,
            none,
            email("ann"),
            email("", OptOut="ALL"),
            email("bob@example.com", EndpointStatus="INACTIVE"),
            unused,
        )
    )

    assert text == HEADER + "ann@example.com,false\n"
    assert found(report) == [
        ("warning", "address", None, 2),
        ("warning", "inactive", None, 1),
        ("change", "channel", "SMS", 2),
        ("change", "channel", "", 2),
    ]
    assert [finding.lines for finding in report.findings] == [[5, 6], [7], [2, 3], [4, 8]]


@pytest.mark.parametrize(
    "endpoints",
    [
        [email(OptOut="ALL"), email()],
        [email(), email(OptOut="ALL")],
        [email(), email("ANN@example.com ", OptOut="ALL")],
        [email(), email(OptOut="ALL", EndpointStatus="INACTIVE")],
        [email(OptOut="ALL", EndpointStatus="INACTIVE")],
        [email(OptOut="all")],
        [email(OptOut="ALL", Attributes={"OptOut": ["NONE"]}, User={"UserAttributes": {"Address": ["x"]}})],
    ],
    ids=["first", "second", "other-case", "inactive-too", "inactive-alone", "misspelt", "own-attributes"],
)
def test_an_address_that_has_opted_out_anywhere_is_unsubscribed(
    convert: Convert, endpoints: list[dict[str, Any]]
) -> None:
    assert convert(lines(*endpoints))[0] == HEADER + "ann@example.com,true\n"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(
    st.lists(
        st.builds(
            email,
            st.sampled_from(["ann@example.com", "Ann@Example.com", "bob@example.com", ""]),
            OptOut=st.sampled_from(["ALL", "NONE", None, "all"]),
            EndpointStatus=st.sampled_from(["ACTIVE", "INACTIVE", None]),
            ChannelType=st.sampled_from(["EMAIL", "EMAIL", "EMAIL", "SMS"]),
        ),
        max_size=8,
    )
)
def test_no_opt_out_is_lost_and_nobody_is_there_twice(
    tmp_path_factory: pytest.TempPathFactory, endpoints: list[dict[str, Any]]
) -> None:
    written, text = convert_all(tmp_path_factory, endpoints)
    valid = [one for one in endpoints if one["ChannelType"] == "EMAIL" and "@" in one["Address"]]
    opted_out = {one["Address"].lower() for one in valid if one["OptOut"] in ("ALL", "all")}
    active = {one["Address"].lower() for one in valid if one["EndpointStatus"] != "INACTIVE"}

    assert written == {address: str(address in opted_out).lower() for address in active | opted_out}
    assert text.count("\n") == len(written) + 1


def convert_all(
    tmp_path_factory: pytest.TempPathFactory, endpoints: list[dict[str, Any]]
) -> tuple[dict[str, str], str]:
    """Returns what is written of endpoints: which of the addresses are unsubscribed, and as it stands."""
    folder = tmp_path_factory.mktemp("contacts")
    (folder / "export").write_bytes(lines(*endpoints))
    report = convert_to_contacts([folder / "export"], folder / "out.csv")
    text = (folder / "out.csv").read_text() if report.files else HEADER
    return {row["emailAddress"].lower(): row["unsubscribeAll"] for row in csv.DictReader(io.StringIO(text))}, text


misspelt = st.builds(
    email,
    st.sampled_from(["ann@example.com", "ANN@example.com\u00a0", "Ann <ann@example.com>", "mailto:ann@example.com"]),
    OptOut=st.sampled_from(["ALL", " ALL", "all", "OPT_OUT"]),
    ChannelType=st.sampled_from(["EMAIL", "Email", " EMAIL", "EMAIL ", "", None]),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(
    misspelt
    | st.builds(lambda one: {"Item": one}, misspelt)
    | st.builds(lambda one: {"Id": "1", "Endpoints": [one]}, misspelt)
    | st.builds(lambda one: {"email": one["Address"], "optedOut": True}, misspelt),
    st.booleans(),
)
def test_however_an_opt_out_is_spelt_its_address_is_never_subscribed(
    tmp_path_factory: pytest.TempPathFactory, opted_out: dict[str, Any], is_first: bool
) -> None:
    endpoints = [opted_out, email()] if is_first else [email(), opted_out]

    assert "false" not in convert_all(tmp_path_factory, endpoints)[0].values()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(st.lists(st.text(' ,"\\ab', max_size=6), min_size=1, max_size=5))
def test_what_is_written_has_no_error(tmp_path_factory: pytest.TempPathFactory, local_parts: list[str]) -> None:
    folder = tmp_path_factory.mktemp("contacts")
    addresses = ['"a,b"@example.com', *(f"{part}@example.com" for part in local_parts)]
    (folder / "export").write_bytes(lines(*map(email, addresses)))
    report = convert_to_contacts([folder / "export"], folder / "out.csv")
    checked = check_contact_files(report.files)

    assert checked.errors == 0
    assert checked.rows == len({one.lower() for one in map(str.strip, addresses) if is_address(one)})


def test_a_letter_with_an_accent_may_be_one_character_or_two(convert: Convert) -> None:
    text, _ = convert(lines(email("r\u00e9ne@example.com"), email("re\u0301ne@example.com", OptOut="ALL")))

    assert text == HEADER + "r\u00e9ne@example.com,true\n"


def test_a_folder_must_have_nothing_that_cannot_be_read(convert: Convert, tmp_path: Path) -> None:
    convert(lines(email()), output="first.csv")
    for entry, make in (("link", lambda path: path.symlink_to("gone")), ("pipe", os.mkfifo)):
        make(tmp_path / "export" / entry)
        with pytest.raises(FileNotFoundError, match=f"must be files, folders and links to these, got {entry} in"):
            convert(lines(email()))
        (tmp_path / "export" / entry).unlink()


def test_attributes_are_written_only_if_asked_for(convert: Convert, tmp_path: Path) -> None:
    custom = {
        "Attributes": {"Likes": ["tea", "cake"]},
        "User": {"UserId": "7", "UserAttributes": {"Name": ["Änn, B."]}},
    }
    old = email(EndpointStatus="INACTIVE", Attributes={"Likes": ["coffee"]})
    table = b"ChannelType,Address,Attributes.Likes,Attributes.Likes,Metrics.Visits\nEMAIL,bob@example.com,tea,cake,2\n"
    text, _ = convert(lines(old, email(**custom)), table, output="out.json", attributes=True)
    first, second = map(json.loads, text.splitlines())

    assert first["emailAddress"] == "ann@example.com"
    assert json.loads(first["attributesData"]) == {
        "Attributes": {"Likes": ["tea", "cake"]},
        "UserAttributes": {"Name": ["Änn, B."]},
    }
    assert json.loads(second["attributesData"]) == {"Attributes": {"Likes": ["tea", "cake"]}}
    assert check_contact_files([tmp_path / "out.json"]).findings == ()


def test_a_folder_has_a_file_for_each_import(convert: Convert, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contacts, "MAX_CONTACTS", 2)
    export = lines(*(email(f"a{number}@example.com") for number in range(5)))
    _, too_many = convert(export)
    _, report = convert(export, output="list")

    assert [(one.severity.value, one.rule) for one in too_many.findings] == [("error", "ses-contacts")]
    assert too_many.files == []
    names = [f"contacts-000{number}.csv" for number in (1, 2, 3)]
    assert report.files == [str(tmp_path / "list" / name) for name in names]
    assert [(tmp_path / "list" / name).read_text().count("@") for name in names] == [2, 2, 1]


@pytest.mark.parametrize(
    ("content", "kind", "line"),
    [
        (lines(email()) + b'{"Address":\n', "pinpoint-json", [2]),
        (lines(email(), email(OptOut=1)), "pinpoint-structure", [2]),
        (b"ChannelType,Address\nEMAIL\n", "pinpoint-csv", [2]),
        (b"Channel,Address\nEMAIL,ann@example.com\n", "pinpoint-attribute", [1]),
        (gzip.compress(lines(email()))[:-9], "file-format", []),
        (b"PAR1\x15", "pinpoint-file-format", [1]),
        (lines({"ChannelType": "SMS"}), "no-contacts", []),
        (b"ChannelType,Address,Optout\nEMAIL,ann@example.com,ALL\n", "pinpoint-attribute", [1]),
        (b"channel_type,Address\nEMAIL,ann@example.com\n", "pinpoint-attribute", [1]),
        (b"ChannelType,Address,OptOut, OptOut\nEMAIL,ann@example.com,NONE,ALL\n", "pinpoint-duplicate-column", [1]),
        (b"ChannelType,Address,Address\nEMAIL,a@example.com,b@example.com\n", "pinpoint-duplicate-column", [1]),
        (lines(email(), {**email(), "optOut": "ALL"}), "pinpoint-attribute", [2]),
        (lines(email()) + b'{"OptOut": "ALL", "Address": "", "OptOut": "NONE"}\n', "pinpoint-doubled-key", [2]),
        (lines(email(), email(ChannelType="Email"), email(ChannelType=" EMAIL")), "pinpoint-channel-type", [2, 3]),
        (lines(email(), email(ChannelType=None, OptOut="ALL")), "pinpoint-channel-type", [2]),
        (lines(email(), email("Ann <ann@example.com>", OptOut="ALL")), "pinpoint-email-address", [2]),
        (lines(email(), {"Item": email()}), "pinpoint-attribute", [2]),
        (lines(email(), email(User={"OptOut": "ALL"})), "pinpoint-structure", [2]),
        (lines(email(), email(More=[[{"optOut": "ALL"}]])), "pinpoint-structure", [2]),
    ],
    ids=[
        *("broken-line", "no-text", "row", "header", "truncated", "Parquet", "no-email", "case", "separators"),
        *("doubled-column", "doubled-address", "case-in-JSON", "doubled-key"),
        *("channel", "no-channel", "address", "wrapped", "opt-out-of-user", "deep-opt-out"),
    ],
)
def test_what_cannot_be_read_may_be_an_opt_out_so_nothing_is_written(
    convert: Convert, content: bytes, kind: str, line: list[int]
) -> None:
    text, report = convert(content)
    [error] = [finding for finding in report.findings if finding.severity.value == "error"]

    assert (text, report.files, error.rule, error.lines) == ("", [], kind, line)


def test_the_output_is_never_written_in_place_and_has_the_format_of_its_name(convert: Convert, tmp_path: Path) -> None:
    convert(lines(email()))

    with pytest.raises(FileExistsError, match="the output must not exist"):
        convert(lines(email()))
    with pytest.raises(FileNotFoundError, match=r"the folder of the output must exist, got .*/none; make it first"):
        convert_to_contacts([tmp_path / "export"], tmp_path / "none" / "out.csv")
    with pytest.raises(OSError, match=r"contacts with attributes are written as \.json"):
        convert_to_contacts([tmp_path / "export"], tmp_path / "more.csv", attributes=True)
    for name in (".csv", ".json"):
        with pytest.raises(OSError, match=rf"the output must have a name before \{name}"):
            convert_to_contacts([tmp_path / "export"], tmp_path / name)
    with pytest.raises(OSError, match=r"contacts without attributes are written as \.csv"):
        convert_to_contacts([tmp_path / "export"], tmp_path / "more.json")
