"""The imports of the five source roots: each keeps to itself, there is no circle, and they point down."""

from __future__ import annotations

import json
import re
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import constructs
import pytest
from docs.pictures.rooms import ROOMS as PARTS
from docs.pictures.rooms import import_graph, imported_names, imports_between_rooms, packages, upward_imports

HOME = Path(__file__).parent.parent
ROOTS = {
    "constructs": {"aws_cdk", "botocore", "constructs", "jmespath", "jsii", "cdk_data_jobs", "cdk_data_jobs_check"},
    "check": {"cdk_data_jobs_check"},
    "cli": {
        "boto3",
        "botocore",
        "click",
        "pyarrow",
        "rich",
        "typing_extensions",
        "cdk_data_jobs_cli",
        "cdk_data_jobs_check",
    },
    "lambda": {"boto3", "botocore", "jmespath", "s3transfer", "data_jobs"},
    "local": {"boto3", "botocore", "pytest", "typing_extensions", "cdk_data_jobs_check", "cdk_data_jobs_local"},
}


@pytest.mark.parametrize("root", ROOTS)
def test_a_root_imports_only_what_is_its_own(root: str) -> None:
    strangers = {
        (path.relative_to(HOME).as_posix(), name)
        for path in (HOME / root).rglob("*.py")
        for name in {one.split(".")[0] for one in imported_names(path)} - sys.stdlib_module_names - ROOTS[root]
        if not (name in ("ministack", "hypercorn") and {"server", "ministack_fixes"} & {*path.parts})
    }

    assert strangers == set()


PACKAGES = {path.name: path for path in packages(HOME).values()}


@pytest.mark.parametrize("package", PACKAGES)
def test_the_imports_of_a_package_make_no_circle(package: str) -> None:
    graph = import_graph(PACKAGES[package])

    assert len(graph) > 1
    assert len([*TopologicalSorter(graph).static_order()]) == len(graph)


@pytest.mark.parametrize("package", PACKAGES)
def test_nor_do_those_of_its_folders(package: str) -> None:
    folders: dict[str, set[str]] = {}
    for name, imports in import_graph(PACKAGES[package]).items():
        folder = ".".join(name.split(".")[:2])
        folders.setdefault(folder, set()).update(".".join(one.split(".")[:2]) for one in imports)
    graph = {folder: imports - {folder} for folder, imports in folders.items()}

    assert len([*TopologicalSorter(graph).static_order()]) == len(graph)


def test_each_part_of_a_root_imports_only_what_is_further_down() -> None:
    assert upward_imports(imports_between_rooms(HOME)) == []
    assert upward_imports({PARTS[1]: {PARTS[0]}}) == [f"constructs: {PARTS[1].title} -> {PARTS[0].title}"]


def test_make_test_runs_the_tests_of_every_folder() -> None:
    lists = re.findall(
        r"^(?:SLOW|FAST) := ((?:.*\\\n)*.*)", (HOME / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    folders = {path.parent.relative_to(HOME).parts[:2] for path in (HOME / "tests").rglob("test_*.py")} - {("tests",)}
    files = {path.relative_to(HOME).parts for path in (HOME / "tests").glob("test_*.py")}

    # test_function.py runs those of tests/data_jobs.
    assert sorted(re.findall(r"tests/[\w.]+", " ".join(lists))) == sorted(
        "/".join(parts) for parts in (folders | files) - {("tests", "data_jobs")}
    )


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
