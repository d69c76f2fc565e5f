"""The messages in docs/troubleshooting.md are those of the code."""

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
MAX_SHORT_LENGTH = 10
"""Characters of a string that is too short to identify a message."""


def strings_of_module(tree: ast.AST) -> Iterator[str]:
    """The strings of a module, with `UNKNOWN` for each value that is inserted."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else UNKNOWN for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def strings_of_json(value: Any) -> Iterator[str]:
    """The strings of JSON, keys included."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from strings_of_json(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings_of_json(item)
    elif isinstance(value, str):
        yield value


@pytest.fixture(scope="module")
def strings() -> list[str]:
    modules = [path for root in ROOTS for path in sorted((HOME / root).rglob("*.py"))]
    found = [text for path in modules for text in strings_of_module(ast.parse(path.read_text(encoding="utf-8")))]
    table = json.loads((HOME / "lambda" / "data_jobs" / "definitions.json").read_text(encoding="utf-8"))
    return [*found, *strings_of_json(table)]


def explained_messages() -> list[tuple[str, str]]:
    """The messages in the first column of each table, with the heading of the table."""
    found, heading = [], ""
    for line in (HOME / "docs" / "troubleshooting.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = line.removeprefix("## ")
        elif line.startswith("| `"):
            found += [(heading, text) for text in re.findall(r"`([^`]+)`", line.split(" | ")[0])]
    return found


def is_in_code(text: str, strings: list[str]) -> bool:
    """Whether a message is one of the strings, or one whose inserted values are others, as in `could not be {verb}`."""
    pattern = re.compile(".+?".join(re.escape(part) for part in text.split(UNKNOWN)), re.DOTALL)
    if any(pattern.search(one) for one in strings):
        return True
    templates = [one for one in strings if UNKNOWN in one and len(one) > MAX_SHORT_LENGTH]
    matches = (re.fullmatch("(.+)".join(re.escape(part) for part in one.split(UNKNOWN)), text) for one in templates)
    return any(all(is_in_code(value, strings) for value in match.groups()) for match in matches if match)


@pytest.mark.parametrize("text", [text for heading, text in explained_messages() if heading != OF_OTHERS])
def test_a_message_is_one_of_the_code(text: str, strings: list[str]) -> None:
    assert is_in_code(text, strings)


def test_every_warning_is_explained() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (HOME / "constructs").rglob("*.py")]
    ids = {
        id_
        for source in sources
        for id_ in re.findall(
            r'(?:\b(?:add_warning|warn_unchangeable_policy)\(\s*\w+,\s*|\bwarning_id=)"(\w+)"', source
        )
    }
    explained = {text.removeprefix("cdk-data-jobs:") for heading, text in explained_messages() if heading == "Warnings"}

    assert explained == ids


def test_there_are_messages_under_every_heading() -> None:
    assert len({heading for heading, _ in explained_messages()}) == 7


@pytest.mark.parametrize("row", ["Custom::PersonalizeDatasetImportJob", "Custom::PinpointImportJob"])
def test_every_cause_with_a_hint_is_explained(row: str) -> None:
    table = json.loads((HOME / "lambda" / "data_jobs" / "definitions.json").read_text(encoding="utf-8"))
    explained = [text for _, text in explained_messages()]

    for cause in table[row]["hints"]:
        number = re.sub(r"\d+", UNKNOWN, cause)
        assert any(cause in text or number in text for text in explained), cause
