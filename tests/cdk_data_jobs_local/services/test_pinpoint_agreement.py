"""The checker and the emulator of Amazon Pinpoint agree on files."""

from __future__ import annotations

import csv
import io
import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cdk_data_jobs_check import DataFile
from cdk_data_jobs_check.pinpoint.files import check_endpoint_files
from cdk_data_jobs_local.services.core.errors import ServiceError

if TYPE_CHECKING:
    from cdk_data_jobs_check import Report

HERE = {"Id": "ann", "ChannelType": "EMAIL", "Address": "ann@example.com", "User": {"UserId": "ann"}}
"""The endpoint that is there, which is the only one that entries without an address name."""

VALUES: dict[str, list[str]] = {
    "Id": ["", "ann"],
    "Address": ["", "bob@example.com", "+4912345", "bob", "a,b", 'say "no"', "größe"],
    "ChannelType": ["", "EMAIL", "SMS", "email", "PIGEON"],
    "OptOut": ["", "ALL", "NONE", "all"],
    "EndpointStatus": ["", "ACTIVE"],
    "EffectiveDate": ["", "2019-08-23T10:54:35.220Z", "yesterday"],
    "User.UserId": ["", "ann"],
    "Location.Country": ["", "DE", "Germany"],
    "Location.Latitude": ["", "47.6", "north", "1e999", " 1"],
    "Attributes.Likes": ["", "tea", "a\tb", "a\nb", "v" * 100, "v" * 101],
    "User.UserAttributes.Hair.Colour": ["", "red", "v" * 101],
    "Metrics.Visits": ["", "2", "nan", "1_0"],
    "Attributes." + "n" * 51: ["", "x"],
    "Shoe.Size": ["", "44"],
}
COMMON = sorted(VALUES)[:-1]
ODD: list[Any] = [None, True, 7, 2.5, [], ["tea"], [1], ["v" * 101], ["tea"] * 51, {}, {"a": 1}, {"Likes": ["tea"]}]
LINES = ["", "{", "[1]", "1", '"x"', "\ufeff{}", '{"Id": NaN}']


@st.composite
def csv_files(draw: st.DrawFn) -> bytes:
    """Generates a file of CSV, with some mistakes or none."""
    names = draw(st.lists(st.sampled_from([*COMMON, "Shoe.Size"]), max_size=6))
    header = [*draw(st.sampled_from([["ChannelType", "Address"], ["Id"], ["User.UserId"]])), *names]
    row = st.tuples(*(st.sampled_from(VALUES[name]) for name in header)).map(list)
    rows = draw(st.lists(row | row | row | st.just(["EMAIL"] * 12) | st.just([]), max_size=4))
    text = io.StringIO()
    csv.writer(text, lineterminator=draw(st.sampled_from(["\n", "\r\n"]))).writerows([header, *rows])
    return encoded(draw, text.getvalue() + draw(st.sampled_from(["", "", "", '"', 'EMAIL,"a"b\n'])))


@st.composite
def json_files(draw: st.DrawFn) -> bytes:
    """Generates a file of JSON lines, with some mistakes or none."""
    lines = draw(st.lists(st.sampled_from(LINES) | st.just("good") | st.just("any"), max_size=4))
    return encoded(draw, "".join(f"{draw(entries()) if line in ('good', 'any') else line}\n" for line in lines))


@st.composite
def entries(draw: st.DrawFn) -> str:
    entry: dict[str, Any] = {}
    for name in draw(
        st.lists(st.sampled_from([*COMMON, *COMMON, "Shoe.Size", "Attributes", "User", "Metrics"]), max_size=6)
    ):
        group, _, key = (
            name.rpartition(".") if not name.startswith("User.UserA") else ("User.UserAttributes", "", "Hair")
        )
        target = entry
        for part in group.split(".") if group else []:
            inner = target.setdefault(part, {})
            target = inner if isinstance(inner, dict) else {}
        good = draw(st.sampled_from([value for value in VALUES.get(name, ["x"]) if value]))
        is_list = group in ("Attributes", "User.UserAttributes")
        # The checker cannot know whether there is an endpoint or a user 7.
        odd = [one for one in ODD if not (key in ("Id", "UserId") and type(one) in (int, float))]
        target[key] = draw(st.sampled_from([[good] if is_list else good] * 4 + odd))
    return json.dumps({"ChannelType": "EMAIL", "Address": "bob@example.com", **entry} if draw(st.booleans()) else entry)


def encoded(draw: st.DrawFn, text: str) -> bytes:
    start = draw(st.sampled_from(["", "", "", "\ufeff"]))
    return (start + text).encode(draw(st.sampled_from(["utf-8", "utf-8", "utf-8", "latin-1"])), "replace")


def check(content: bytes, data_format: str) -> Report:
    name = PurePosixPath(f"people.{data_format.lower()}")
    return check_endpoint_files([DataFile(str(name), name, len(content), lambda: io.BytesIO(content))], data_format)


def refusals(pinpoint_client: Any, account: Any, content: bytes, data_format: str) -> list[str]:
    """Why the emulator refuses the file or some of its entries."""
    app = pinpoint_client.app()
    account.write("s3://here/ann.json", json.dumps(HERE))
    pinpoint_client.finish_import(app, "s3://here/", Format="JSON")
    account.objects["people", "people"] = content
    try:
        job = pinpoint_client.finish_import(app, "s3://people/people", Format=data_format, DefineSegment=True)
    except ServiceError as error:
        return [str(error)]
    assert (job["JobStatus"] == "FAILED") == bool(job["FailedPieces"])
    return job.get("Failures") or []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(st.tuples(st.just("CSV"), csv_files()) | st.tuples(st.just("JSON"), json_files()))
@example(("CSV", b""))
@example(("CSV", b"ChannelType,Address\nEMAIL,bob@example.com\n"))
@example(("CSV", b"ChannelType,Address," + b"n" * 2**20))
@example(("CSV", b"ChannelType,Address,Attributes." + b"n" * 51 + b"\n"))
@example(("CSV", b'{"Id": "ann"}\n'))
@example(("JSON", b'[{"Id": "ann"}]\n'))
@example(("JSON", b"\x1f\x8b\x08"))
@example(("JSON", b'{"Id": "ann"}\n{"Id"'))
def test_the_emulator_refuses_something_of_a_file_if_and_only_if_it_has_an_error(
    pinpoint_client: Any, account: Any, generated: tuple[str, bytes]
) -> None:
    data_format, content = generated
    report = check(content, data_format)
    refused = refusals(pinpoint_client, account, content, data_format)

    assert (refused == []) == report.ok, (refused, report.findings)


def test_they_agree_on_which_entries_have_an_error(pinpoint_client: Any, account: Any) -> None:
    rows = ["EMAIL,a@b.c,ALL", "EMAIL,a@b.c,all", "email,a@b.c,", "EMAIL,,", "EMAIL,a@b.c", "EMAIL,a b,"]
    content = "\n".join(["ChannelType,Address,OptOut", *rows]).encode()

    failures = refusals(pinpoint_client, account, content, "CSV")
    assert [failure.partition(": ")[0][-6:] for failure in failures] == [f"line {line}" for line in (3, 4, 5, 6)]
    assert [(one.line, one.severity.value) for one in check(content, "CSV").findings] == [
        *((line, "error") for line in (3, 4, 5, 6)),
        (7, "warning"),
    ]
