"""The README as PyPI shows it: without a repository, so that no link may be relative."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).parents[2]
PUBLIC = ("https://", "#")


@pytest.fixture(scope="module")
def description() -> str:
    """The long description, as the build backend writes it to the metadata."""
    command = [sys.executable, "-m", "hatchling", "metadata"]
    done = subprocess.run(  # noqa: S603 - it is ours
        command, cwd=HOME, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    readme = json.loads(done.stdout)["readme"]

    assert readme["content-type"] == "text/markdown"
    text: str = readme["text"]
    return text


def test_no_link_or_picture_is_relative(description: str) -> None:
    assert [link for link in re.findall(r"\]\(([^)]*)\)", description) if not link.startswith(PUBLIC)] == []


def test_nothing_but_addresses_and_pictures_is_left_out(description: str) -> None:
    readme = (HOME / "README.md").read_text(encoding="utf-8")
    pictures = re.findall(r"^!\[.*\]\(.*\)$", readme, re.MULTILINE)
    for picture in pictures:
        readme = readme.replace(picture, "")

    assert pictures
    assert without_links(description) == without_links(readme)


def without_links(text: str) -> str:
    """Markdown without white space and the syntax of links."""
    return "".join(re.sub(r"\]\([^)\s]*\)|[\[\]]", "", text).split())
