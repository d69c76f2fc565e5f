"""The texts of docs/troubleshooting.md are those that the code has."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HOME = Path(__file__).parents[2]
ROOTS = ("constructs", "check", "cli", "lambda", "local")
OF_OTHERS = "Messages of the CDK and CloudFormation"
UNKNOWN = "…"
SHORT = 10
"""Characters of a text that says nothing by itself."""


def texts_of(tree: ast.AST) -> Iterator[str]:
    """The texts of a module, with what is not known before for each value in them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else UNKNOWN for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def words_of(value: Any) -> Iterator[str]:
    """The texts of JSON, keys included."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from words_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from words_of(item)
    elif isinstance(value, str):
        yield value


@pytest.fixture(scope="module")
def texts() -> list[str]:
    modules = [path for root in ROOTS for path in sorted((HOME / root).rglob("*.py"))]
    found = [text for path in modules for text in texts_of(ast.parse(path.read_text(encoding="utf-8")))]
    table = json.loads((HOME / "lambda" / "data_jobs" / "definitions.json").read_text(encoding="utf-8"))
    return [*found, *words_of(table)]


def told() -> list[tuple[str, str]]:
    """The texts of each table's first column, with the heading that the table is under."""
    found, heading = [], ""
    for line in (HOME / "docs" / "troubleshooting.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = line.removeprefix("## ")
        elif line.startswith("| `"):
            found += [(heading, text) for text in re.findall(r"`([^`]+)`", line.split(" | ")[0])]
    return found


def is_said(text: str, texts: list[str]) -> bool:
    """Whether a text is one of these, or one with values that are others of these, as in `could not be {verb}`."""
    pattern = re.compile(".+?".join(re.escape(part) for part in text.split(UNKNOWN)), re.DOTALL)
    if any(pattern.search(one) for one in texts):
        return True
    open_ones = [one for one in texts if UNKNOWN in one and len(one) > SHORT]
    matches = (re.fullmatch("(.+)".join(re.escape(part) for part in one.split(UNKNOWN)), text) for one in open_ones)
    return any(all(is_said(value, texts) for value in match.groups()) for match in matches if match)


@pytest.mark.parametrize("text", [text for heading, text in told() if heading != OF_OTHERS])
def test_a_text_is_one_of_the_code(text: str, texts: list[str]) -> None:
    assert is_said(text, texts)


def test_every_warning_is_explained() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (HOME / "constructs").rglob("*.py")]
    ids = {
        id_
        for source in sources
        for id_ in re.findall(r'\b(?:add_warning|warn_unchangeable_policy)\(\s*\w+,\s*"(\w+)"', source)
    }
    explained = {text.removeprefix("cdk-data-jobs:") for heading, text in told() if heading == "Warnings"}

    assert explained == ids


def test_there_are_texts_under_every_heading() -> None:
    assert len({heading for heading, _ in told()}) == 7


@pytest.mark.parametrize("row", ["Custom::PersonalizeDatasetImportJob", "Custom::PinpointImportJob"])
def test_every_cause_with_a_hint_is_explained(row: str) -> None:
    table = json.loads((HOME / "lambda" / "data_jobs" / "definitions.json").read_text(encoding="utf-8"))
    explained = [text for _, text in told()]

    for cause in table[row]["hints"]:
        number = re.sub(r"\d+", UNKNOWN, cause)
        assert any(cause in text or number in text for text in explained), cause
