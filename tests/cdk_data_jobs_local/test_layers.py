"""The folders of the offline AWS import each other in one direction; users' code needs boto3 and the check alone."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from docs.pictures.rooms import imported_names

import cdk_data_jobs_local

PACKAGE = "cdk_data_jobs_local"
FOLDER = Path(cdk_data_jobs_local.__path__[0])
SHARED = {"account_settings", "clock"}
"""Modules of both processes, the user's and the server's."""

MAY_IMPORT = {
    "__init__": {"api"},
    "__main__": {"api"},
    "account_settings": set(),
    "clock": set(),
    "api": SHARED,
    "services.core": SHARED,
    "services.personalize": {*SHARED, "services.core"},
    "services.pinpoint": {*SHARED, "services.core"},
    "services.sesv2": {*SHARED, "services.core"},
    "ministack_fixes": {*SHARED, "services.core", "services.personalize", "services.pinpoint"},
    "server": {
        *SHARED,
        "services.core",
        "services.personalize",
        "services.pinpoint",
        "services.sesv2",
        "ministack_fixes",
    },
}
"""What each layer imports of the package, besides itself."""

INSTALLED = {
    "api": {"boto3", "botocore", "cdk_data_jobs_check", "pytest", "typing_extensions"},
    "services.core": {"botocore"},
    "services.personalize": {"cdk_data_jobs_check"},
    "services.pinpoint": {"cdk_data_jobs_check"},
    "services.sesv2": {"cdk_data_jobs_check"},
    "ministack_fixes": {"ministack"},
    "server": {"ministack", "hypercorn"},
}
"""What each layer imports of other distributions; those that are not here import none."""


def layer_of(module: str) -> str:
    """Returns the layer of a module, whose name begins without the package's."""
    return next((layer for layer in MAY_IMPORT if module == layer or module.startswith(f"{layer}.")), module)


def imports() -> dict[str, set[str]]:
    """Returns the modules that each layer imports, anywhere in its files, also for type checking alone."""
    files = {".".join(file.relative_to(FOLDER.parent).with_suffix("").parts): file for file in FOLDER.rglob("*.py")}
    found: dict[str, set[str]] = {layer: set() for layer in MAY_IMPORT}
    for name, file in files.items():
        if names := imported_names(file, frozenset(files)):
            found.setdefault(layer_of(name.removeprefix(f"{PACKAGE}.")), set()).update(names)
    return found


@pytest.mark.parametrize("layer", MAY_IMPORT)
def test_a_layer_imports_the_layers_below_it(layer: str) -> None:
    own = {name.removeprefix(f"{PACKAGE}.") for name in imports()[layer] if name.startswith(f"{PACKAGE}.")}

    assert {layer_of(name) for name in own} - {layer} <= MAY_IMPORT[layer]


@pytest.mark.parametrize("layer", MAY_IMPORT)
def test_a_layer_imports_what_its_environment_has(layer: str) -> None:
    others = {name.partition(".")[0] for name in imports()[layer]} - {PACKAGE, *sys.stdlib_module_names}

    assert others <= INSTALLED.get(layer, set())


def test_every_module_has_a_layer() -> None:
    assert {*imports()} == {*MAY_IMPORT}
