"""docs/attributes.md lists the attributes that the kinds of jobs have."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))
import attributes_page


def test_the_page_is_up_to_date() -> None:
    message = "run `python docs/attributes_page.py`"

    assert attributes_page.PAGE.read_text(encoding="utf-8") == attributes_page.page(), message
