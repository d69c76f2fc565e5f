"""The guide to proposing a schema: its example is what the command says, and its names are those that are reserved."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from click.testing import CliRunner

from cdk_data_jobs_check.schema_rules import DATASETS
from cdk_data_jobs_cli.commands import data_jobs

if TYPE_CHECKING:
    import pytest

GUIDE = (Path(__file__).parents[2] / "docs/guides/propose-a-schema.md").read_text(encoding="utf-8")


def test_the_example_is_what_the_command_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    [rows] = re.findall(r"```csv\n(.*?)```", GUIDE, re.DOTALL)
    [reasons] = re.findall(r"```text\n(.*?)```", GUIDE, re.DOTALL)
    Path("items.csv").write_text(rows, encoding="utf-8")
    result = CliRunner().invoke(data_jobs, ["schema", "items.csv"])

    assert (result.exit_code, result.stderr) == (0, reasons)


def test_the_reserved_names_are_listed() -> None:
    section = GUIDE.partition("## Reserved names")[2].partition("\n## ")[0]
    listed = dict(re.findall(r"^\| ([A-Z]\w+(?: \(\w+\))?) \| (.*?) \|$", section, re.MULTILINE))
    expected = {
        f"{dataset_type} ({domain})"
        if domain and rules != DATASETS[None][dataset_type]
        else dataset_type: rules.reserved
        for domain, datasets in DATASETS.items()
        for dataset_type, rules in datasets.items()
        if rules.reserved and not (domain and dataset_type == "Interactions")
    }

    assert listed == {dataset: ", ".join(reserved) for dataset, reserved in expected.items()}
