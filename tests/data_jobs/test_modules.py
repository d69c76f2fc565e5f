"""The function's modules import only from layers below their own, without warnings."""

from __future__ import annotations

import ast
import runpy
import warnings
from pathlib import Path

import pytest

import data_jobs

SOURCES = sorted(Path(data_jobs.__path__[0]).rglob("*.py"))
LAYERS = (
    {"handler"},
    {"steps"},
    {"preconditions"},
    {"batches"},
    {"copies", "deletion", "keeping"},
    {"failures", "responses", "uploads"},
    {"creation", "executions", "notifications"},
    {"context"},
    {"aws", "request"},
    {"cloudformation", "definitions", "errors", "matching"},
    {"conversion", "log", "messages", "run", "stack_status"},
)
"""The modules, from the entry down: each may import those of the layers below its own."""


def imported(source: Path) -> set[str]:
    """The function's modules that one of them imports, anywhere in it, be it for the type checker alone."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, source
            names |= (
                {f"data_jobs.{alias.name}" for alias in node.names}
                if node.module == "data_jobs"
                else {node.module or ""}
            )
    return {name.removeprefix("data_jobs.") for name in names if name.startswith("data_jobs.")}


def test_every_module_has_a_layer() -> None:
    names = [name for layer in LAYERS for name in layer]

    assert sorted(names) == sorted(source.stem for source in SOURCES if source.stem != "__init__")


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_a_module_imports_only_from_the_layers_below_its_own(source: Path) -> None:
    own = next((number for number, layer in enumerate(LAYERS) if source.stem in layer), len(LAYERS))
    below = set().union(*LAYERS[own + 1 :])

    assert imported(source) <= below


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_a_module_is_compiled_and_imported_without_a_warning(source: Path) -> None:
    name = "data_jobs" if source.stem == "__init__" else f"data_jobs.{source.stem}"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compile(source.read_text(encoding="utf-8"), str(source), "exec")
        # Run anew, for it was imported long before this test.
        names = runpy.run_path(str(source), run_name=name)

    assert names["__file__"] == str(source)
