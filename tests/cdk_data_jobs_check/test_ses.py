"""Files of contacts: what the guide shows is valid, and what a reader might take for something else is not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cdk_data_jobs_check.email_addresses import is_address, oddity_of
from cdk_data_jobs_check.ses.files import check_contact_files

if TYPE_CHECKING:
    from collections.abc import Callable

DATA = Path(__file__).parents[2] / "examples" / "data"
# The developer guide's examples; its lines of JSON are whole objects, as its text requires.
CSV = """emailAddress,unsubscribeAll,attributesData,topicPreferences.Sports,topicPreferences.Cycling
example1@amazon.com,false,{"Name": "John"},OPT_IN,OPT_OUT
example2@amazon.com,true,,OPT_OUT,OPT_OUT
"""
JSON = (
    r'{"emailAddress": "example1@amazon.com", "unsubscribeAll": false, "attributesData": "{\"Name\":\"John\"}", '
    '"topicPreferences": [{"topicName": "Sports", "subscriptionStatus": "OPT_IN"}]}\n'
)


@pytest.mark.parametrize(("name", "content"), [("a.csv", CSV), ("a.json", JSON), ("a.JSONL", JSON), ("a", CSV)])
def test_the_examples_of_the_guide_are_valid(write: Callable[..., Path], name: str, content: str) -> None:
    report = check_contact_files([write(content, name)])

    assert (report.findings, report.rows) == ((), content.count("@"))


def test_the_data_of_the_examples_is_valid() -> None:
    assert check_contact_files([DATA / "contacts.csv"]).findings == ()


def test_json_with_another_name_is_told_how_to_be_read(write: Callable[..., Path]) -> None:
    (finding,) = check_contact_files([write(JSON, "contacts.txt")]).findings

    assert str(finding).endswith("got JSON; put it in a file whose name ends in .json [ses-file-format]")


def test_each_file_is_an_import_of_its_own(write: Callable[..., Path]) -> None:
    files = [write(CSV, "list/deep/1.csv"), write(CSV, "list/2.csv")]

    assert check_contact_files([files[1].parent]).findings == ()
    assert check_contact_files([write(CSV + CSV.partition("\n")[2])]).violation_counts == {"ses-doubled-address": 2}


def test_a_file_or_folder_without_contacts_is_suspicious(write: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()

    assert check_contact_files([tmp_path / "none"]).violation_counts == {"ses-no-entries": 1}
    assert check_contact_files([write("", "empty.csv")]).violation_counts == {"ses-header": 1}


@pytest.mark.parametrize(
    "value",
    ["", "ann", "@example.com", "ann@", "a@b@c.de", "a b@c.de", "Ann <ann@example.com>", "a@b.c,d@e.f", "a@\nb.c"],
)
def test_a_text_that_is_no_address(value: str) -> None:
    assert not is_address(value)


@pytest.mark.parametrize(
    ("address", "oddity"),
    [
        ("o'neill+news@mail.example.com", ""),
        ('"ann b"@example.com', ""),
        ("änn@example.com", "that is not in ASCII"),
        ("ann@localhost", "that has no dot in its domain"),
        ("ann..b@example.com", "with a dot too many"),
        ("a" * 65 + "@example.com", "with more than 254 characters, or 64 before the @"),
    ],
)
def test_an_address_may_be_odd(address: str, oddity: str) -> None:
    assert (is_address(address), oddity_of(address)) == (True, oddity)
