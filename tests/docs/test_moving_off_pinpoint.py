"""The commands of the guide for moving off Amazon Pinpoint turn what it exports into what Amazon SES imports."""

from __future__ import annotations

import csv
import gzip
import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from click.testing import CliRunner

from cdk_data_jobs_cli.commands import data_jobs

if TYPE_CHECKING:
    import pytest

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "moving-off-pinpoint.md"
# As the developer guide's "Look up endpoints" shows one, for other channels and addresses.
ENDPOINT = {
    "ApplicationId": "application-id",
    "CohortId": "63",
    "CreationDate": "2018-05-01T17:31:01.046Z",
    "EffectiveDate": "2018-05-07T19:03:29.963Z",
    "EndpointStatus": "ACTIVE",
    "Location": {"City": "Seattle", "Country": "US", "Latitude": 47.6, "Longitude": -122.3, "PostalCode": "98121"},
    "Attributes": {"Interests": ["Technology", "Music"]},
    "RequestId": "7f546cac-6858-11e8-adcd-2b5a07aab338",
    "OptOut": "NONE",
}
EXPORT = [
    {"ChannelType": "EMAIL", "Address": "ann@example.com"},
    {"ChannelType": "EMAIL", "Address": "Ann@example.com", "OptOut": "ALL"},
    {"ChannelType": "EMAIL", "Address": "bob@example.com"},
    {"ChannelType": "EMAIL", "Address": "cid@example.com", "EndpointStatus": "INACTIVE"},
    {"ChannelType": "SMS", "Address": "+12065550100", "OptOut": "ALL"},
]


def test_the_commands_of_the_guide_are_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("endpoints").mkdir()
    for number, one in enumerate(EXPORT):
        line = json.dumps({**ENDPOINT, **one, "Id": str(number)})
        Path(f"endpoints/{number}.gz").write_bytes(gzip.compress(f"{line}\n".encode()))
    page = GUIDE.read_text(encoding="utf-8")
    commands = re.findall(r"^\$ data-jobs (.*)$", page, re.MULTILINE)
    done = [CliRunner().invoke(data_jobs, shlex.split(command)) for command in commands]

    assert [command.split()[0] for command in commands] == ["convert", "check"]
    assert [one.exit_code for one in done] == [0, 0], [one.output for one in done]
    assert done[1].output == "1 file, 2 rows, 71 bytes: 0 errors, 0 warnings\n"
    with Path("contacts.csv").open(newline="") as file:
        assert [*csv.reader(file)] == [
            ["emailAddress", "unsubscribeAll"],
            ["ann@example.com", "true"],
            ["bob@example.com", "false"],
        ]
    assert 'source=DataSource.from_asset("examples/data/contacts.csv")' in page
