"""The modules of the command line import only from layers below their own, also for type checking."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "cli" / "cdk_data_jobs_cli"
LAYERS = [
    {"__main__"},
    {"main"},
    {"commands", "commands.watch", "commands.runs", "commands.run", "commands.check"},
    {"commands.arguments", "display.display"},
    {"display", "display.table", "display.line_output"},
    {"display.formatting", "aws.deployment", "aws.polling"},
    {"aws.job_state", "aws.stack_operation"},
    {"aws.progress", "aws.run_state"},
    {"aws.executions"},
    {"aws.stack"},
    {"aws.client"},
    {"aws", "aws.errors"},
]


def modules() -> dict[str, Path]:
    """Returns the modules by name, without the package's `__init__`."""
    names = {path: path.relative_to(PACKAGE).with_suffix("").parts for path in PACKAGE.rglob("*.py")}
    parts = {path: name[:-1] if name[-1] == "__init__" else name for path, name in names.items()}
    return {".".join(name): path for path, name in parts.items() if name}


def imports(path: Path) -> set[str]:
    """Returns the names that a module imports, anywhere in it."""
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


def test_what_reads_aws_does_not_print() -> None:
    printing = [
        (name, imported)
        for name, path in modules().items()
        if name.startswith("aws")
        for imported in imports(path)
        if imported.split(".")[0] in ("click", "rich")
    ]

    assert printing == []
