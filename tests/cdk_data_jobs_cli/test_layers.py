"""The modules of the command line import only from layers below their own, also for types, so no circle is possible."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "cli" / "cdk_data_jobs_cli"
LAYERS = [
    {"__main__"},
    {"main"},
    {"commands", "commands.watch", "commands.runs", "commands.run", "commands.check"},
    {"polling", "job_argument", "display"},
    {"table", "line_output"},
    {"formatting", "deployment"},
    {"job_state", "stack_operation"},
    {"progress", "run_state"},
    {"executions"},
    {"stack"},
    {"aws"},
    {"errors"},
]
READING_AWS = {name for layer in LAYERS[5:] for name in layer}


def modules() -> dict[str, Path]:
    """The modules by name, without the package's own."""
    names = {path: path.relative_to(PACKAGE).with_suffix("").parts for path in PACKAGE.rglob("*.py")}
    parts = {path: name[:-1] if name[-1] == "__init__" else name for path, name in names.items()}
    return {".".join(name): path for path, name in parts.items() if name}


def imports(path: Path) -> set[str]:
    """What a module imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_each_module_is_in_a_layer() -> None:
    assert sorted(name for layer in LAYERS for name in layer) == sorted(modules())


def test_no_module_imports_upwards_or_in_its_own_layer() -> None:
    levels = {name: level for level, layer in enumerate(LAYERS) for name in layer}
    upwards = [
        (name, imported)
        for name, path in modules().items()
        for imported in (one.removeprefix("cdk_data_jobs_cli.") for one in imports(path))
        if imported in levels and levels[imported] <= levels[name]
    ]

    assert upwards == []


def test_what_reads_aws_knows_nothing_of_the_command_line() -> None:
    paths = modules()

    assert [
        name for name in READING_AWS for one in imports(paths[name]) if one.split(".")[0] in ("click", "rich")
    ] == []
