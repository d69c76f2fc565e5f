"""The modules of the constructs: which of them are public, and that their imports make no circle."""

import ast
from collections.abc import Callable
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "constructs" / "cdk_data_jobs"
PUBLIC = {
    "aws_job",
    "buckets",
    "dashboard",
    "data_job",
    "definitions",
    "options",
    "personalize",
    "personalize.batch",
    "personalize.batch_options",
    "personalize.deletion",
    "personalize.exports",
    "personalize.imports",
    "personalize.references",
    "pinpoint",
    "pinpoint.applications",
    "pinpoint.exports",
    "pinpoint.imports",
    "runner",
    "storage",
    "upload_job",
}


def name_of(file: Path) -> str:
    """The name of a module below the package."""
    return ".".join(file.relative_to(PACKAGE).with_suffix("").parts).removesuffix("__init__").removesuffix(".")


MODULES = {name_of(file): file for file in sorted(PACKAGE.rglob("*.py"))}


def imported_by(file: Path) -> set[str]:
    """The modules of the package that a file imports anywhere in it, also for type checking alone."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert not node.level, f"{file} has a relative import"
            submodules = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= {name if name.removeprefix("cdk_data_jobs.") in MODULES else node.module for name in submodules}
    parts = (name.partition(".") for name in names)
    return {module for package, _, module in parts if package == "cdk_data_jobs"}


def module(name: str) -> str:
    return name


def room(name: str) -> str:
    """The folder of a module, or the module itself at the top of the package."""
    return name.partition(".")[0]


def test_the_public_modules_are_pinned() -> None:
    public = {name for name in MODULES if name and not any(part.startswith("_") for part in name.split("."))}

    assert public == PUBLIC


@pytest.mark.parametrize("part", [module, room])
def test_imports_make_no_circle(part: Callable[[str], str]) -> None:
    graph: dict[str, set[str]] = {}
    for name, file in MODULES.items():
        graph.setdefault(part(name), set()).update(part(one) for one in imported_by(file))
    if part is room:
        graph = {name: others - {name} for name, others in graph.items()}

    assert graph["data_job"] >= {"runner" if part is module else "_job"}
    assert [*TopologicalSorter(graph).static_order()][-1] == ""
