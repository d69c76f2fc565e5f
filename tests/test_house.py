"""The source roots keep to themselves: each is of a time of its own."""

from __future__ import annotations

import ast
import json
import re
import sys
from pathlib import Path

import constructs
import pytest

HOME = Path(__file__).parent.parent
ROOTS = {
    "constructs": {"aws_cdk", "constructs", "jsii", "cdk_data_jobs", "cdk_data_jobs_check"},
    "check": {"cdk_data_jobs_check"},
    "cli": {"boto3", "botocore", "click", "rich", "typing_extensions", "cdk_data_jobs_cli", "cdk_data_jobs_check"},
    "lambda": {"boto3", "botocore", "jmespath", "s3transfer", "data_jobs"},
    "local": {"boto3", "botocore", "pytest", "typing_extensions", "cdk_data_jobs_local"},
}


def imported(path: Path) -> set[str]:
    """The top-level modules that a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names - set(sys.stdlib_module_names)


@pytest.mark.parametrize("root", ROOTS)
def test_a_root_imports_only_what_is_its_own(root: str) -> None:
    strangers = {
        (path.relative_to(HOME).as_posix(), name)
        for path in (HOME / root).rglob("*.py")
        for name in imported(path) - ROOTS[root]
        if not (name in ("ministack", "hypercorn") and {"server", "ministack_fixes"} & {*path.parts})
    }

    assert strangers == set()


def test_the_engine_names_no_service() -> None:
    table = json.loads((HOME / "lambda/data_jobs/definitions.json").read_text())
    words = {word for row in table.values() for word in (row["service"], *re.findall(r"[A-Z][a-z]+", row["title"]))}
    engine = [*(HOME / "lambda").rglob("*.py"), *(HOME / "lambda").rglob("*.asl.json")]

    assert words
    assert [(path.name, word) for path in engine for word in words if word.lower() in path.read_text().lower()] == []


def test_constructs_is_still_the_package_from_pypi() -> None:
    assert constructs.__file__ is not None
    assert "site-packages" in constructs.__file__
    assert not (HOME / "constructs" / "__init__.py").exists()
    assert hasattr(constructs, "Construct")
