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
    """The public names of a module, and of its classes' own members, of which nothing is said.

    What a class is made of may be described in the docstring of the class.
    """
    silent = [name for name, one in module.members.items() if not one.docstring]
    for one in module.members.values():
        if isinstance(one, pdoc.doc.Class):
            members = (member for member in one.own_members if not member.name.startswith("_"))
            silent += [
                member.fullname for member in members if not member.docstring and f"{member.name}:" not in one.docstring
            ]
    return silent


def main(folder: Path) -> int:
    """Write the reference, and tell what is wrong with it."""
    for module in MODULES:
        # pdoc imports modules without subprocesses, and the CDK is one.
        importlib.import_module(module)
    pdoc.render.configure(docformat="google", footer_text="cdk-data-jobs", show_source=False)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        pdoc.pdoc(*PACKAGES, output_directory=folder)
        silent = [name for module in MODULES for name in undocumented(pdoc.doc.Module.from_name(module))]
    errors = [str(warning.message) for warning in caught] + [f"no docstring: {name}" for name in silent]
    for error in errors:
        print(error, file=sys.stderr)
    print(f"{folder / 'index.html'}: {len(MODULES)} modules")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parents[1] / "build" / "docs"))
