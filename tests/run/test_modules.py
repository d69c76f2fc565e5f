"""What the function is made of: no module of it does what Python warns of, or needs what this SDK does not have."""

from __future__ import annotations

import runpy
import warnings
from pathlib import Path

import pytest

import data_jobs

SOURCES = sorted(Path(data_jobs.__path__[0]).rglob("*.py"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_a_module_is_compiled_and_imported_without_a_warning(source: Path) -> None:
    name = "data_jobs" if source.stem == "__init__" else f"data_jobs.{source.stem}"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compile(source.read_text(encoding="utf-8"), str(source), "exec")
        # Run anew, for it was imported long before this test.
        names = runpy.run_path(str(source), run_name=name)

    assert names["__file__"] == str(source)
