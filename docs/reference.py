"""Builds the API reference from the docstrings: `make docs` writes it to build/docs.

Whatever pdoc cannot resolve, and each public name without a docstring, is an error.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from pathlib import Path

import pdoc

PACKAGES = ["cdk_data_jobs", "cdk_data_jobs_local"]
MODULES = [*PACKAGES, "cdk_data_jobs.personalize", "cdk_data_jobs.pinpoint"]


def undocumented(module: pdoc.doc.Module) -> list[str]:
    """Returns the public names of a module, and of its classes' members, that have no docstring.

    The docstring of a class may describe its members.
    """
    undescribed = [name for name, one in module.members.items() if not one.docstring]
    for one in module.members.values():
        if isinstance(one, pdoc.doc.Class):
            members = (member for member in one.own_members if not member.name.startswith("_"))
            undescribed += [
                member.fullname for member in members if not member.docstring and f"{member.name}:" not in one.docstring
            ]
    return undescribed


def main(folder: Path) -> int:
    """Writes the reference into a folder; prints its errors, and returns the exit code."""
    for module in MODULES:
        # pdoc imports modules without subprocesses, and the CDK is one.
        importlib.import_module(module)
    pdoc.render.configure(docformat="google", footer_text="cdk-data-jobs", show_source=False)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        pdoc.pdoc(*PACKAGES, output_directory=folder)
        undescribed = [name for module in MODULES for name in undocumented(pdoc.doc.Module.from_name(module))]
    errors = [str(warning.message) for warning in caught] + [f"no docstring: {name}" for name in undescribed]
    for error in errors:
        print(error, file=sys.stderr)
    print(f"{folder / 'index.html'}: {len(MODULES)} modules")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parents[1] / "build" / "docs"))
