"""docs/catalogue.md is what the ready-made definitions make of it, and says everything of each."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cdk_data_jobs import JobDefinition, definitions

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))
import catalogue_page

NAMES = [name for name in definitions.__all__ if isinstance(getattr(definitions, name), JobDefinition)]


def test_the_page_is_up_to_date() -> None:
    message = "run `python docs/catalogue_page.py`"

    assert catalogue_page.PAGE.read_text(encoding="utf-8") == catalogue_page.page(), message


@pytest.mark.parametrize("name", NAMES)
def test_of_each_definition_is_said_what_it_does_needs_and_waits_for_and_whence_that_is_known(name: str) -> None:
    definition: JobDefinition = getattr(definitions, name)

    for label in ("", "Needs", "Waits", "Sources"):
        assert catalogue_page.explained(name, label).endswith("."), label
    if definition.may_run_twice is not None or definition.find:
        assert catalogue_page.explained(name, "Lost responses")
