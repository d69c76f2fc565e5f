"""Builds the site of the guides and the API reference: `make docs` writes it to build/docs.

A broken link, a public name without a page and one without a docstring are errors.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import griffe
import pages
import reference

HERE = Path(__file__).resolve().parent
HOME = HERE.parents[1]


def main(folder: Path) -> int:
    """Builds the site; prints its errors, and returns the exit code.

    Args:
        folder: The site's folder, which is emptied first.
    """
    modules = reference.load_modules()
    names = reference.public_names(modules)
    undocumented = [path for name in names for path in name.undocumented()]
    for path in undocumented:
        print(f"no docstring: {path}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        write_sources(modules, names, work)
        command = [Path(sys.executable).parent / "zensical", "build", "--strict"]
        done = subprocess.run(command, cwd=work, check=False)  # noqa: S603 - our own command
        shutil.rmtree(folder, ignore_errors=True)
        if done.returncode == 0:
            shutil.copytree(work / "site", folder)
    print(f"{folder / 'index.html'}: {len(names)} public names")
    return 1 if done.returncode or undocumented else 0


def write_sources(modules: dict[str, griffe.Module], names: list[reference.PublicName], work: Path) -> None:
    """Writes what Zensical reads: the pages, and the configuration with the navigation.

    Args:
        modules: The public modules by their names.
        names: The public names.
        work: An empty folder.
    """
    found = pages.reachable_pages()
    pages.write_pages(found, spellings(names), work / "pages")
    guides = [page for page in ordered_by_index(found) if page.name.startswith("docs/guides/")]
    links = {
        name.path: [
            f"[{page.title}](../../{page.name})"
            for page in guides
            if re.search(rf"(?<![\w.]){re.escape(name.spelling)}(?!\w)", page.text)
        ]
        for name in names
    }
    reference.write_pages(modules, names, links, work / "pages")
    (work / "pages" / "assets").mkdir()
    shim = HOME / "node_modules" / "iframe-worker" / "shim" / "index.js"
    shutil.copy(shim, work / "pages" / "assets" / "iframe-worker.js")
    shutil.copy(HERE / "attributes.py", work)
    for root in reference.ROOTS:
        (work / root).symlink_to(HOME / root)
    settings = (HERE / "mkdocs.yml").read_text(encoding="utf-8")
    (work / "mkdocs.yml").write_text(f"{settings}nav: {json.dumps(navigation(found, names))}\n", encoding="utf-8")


def spellings(names: list[reference.PublicName]) -> dict[str, str]:
    """Returns how guides write public names, and the path in the reference of each.

    Args:
        names: The public names.
    """
    found = {name.spelling: name.path for name in names}
    for name in names:
        found |= {f"{name.spelling}.{member}": f"{name.path}.{member}" for member in name.members}
        if name.name in ("DataJob", "UploadJob"):  # guides call any job `job`
            methods = [member for member in name.members if name.definition.all_members[member].is_function]
            for method in methods:
                for spelling in (method, f".{method}", f"job.{method}"):
                    found.setdefault(spelling, f"{name.path}.{method}")
    return found


def ordered_by_index(found: list[pages.Page]) -> list[pages.Page]:
    """Returns the pages in docs/, in the order of its index.

    Args:
        found: All pages.
    """
    by_path = {page.path: page for page in found}
    index = by_path[HOME / "docs" / "README.md"]
    linked = [by_path[path] for path in dict.fromkeys(index.links()) if path in by_path]
    decisions = [page for page in found if page.name.startswith("docs/decisions/")]
    return [page for page in (index, *linked, *decisions) if page.name.startswith("docs/")]


def navigation(found: list[pages.Page], names: list[reference.PublicName]) -> list[dict[str, object]]:
    """Returns the navigation of the site.

    Args:
        found: All pages.
        names: The public names.
    """
    ordered = ordered_by_index(found)

    def section(prefix: str) -> list[dict[str, str]]:
        return [{page.title: page.name} for page in ordered if page.name.rpartition("/")[0] == prefix]

    modules = [
        {
            module.removeprefix("cdk_data_jobs."): [
                f"reference/{module}/index.md",
                *({name.name: name.page} for name in names if name.module == module),
            ]
        }
        for module in reference.MODULES
    ]
    about = [{page.title: page.name} for page in found if page not in ordered and page.name != "README.md"]
    return [
        {"Start": "README.md"},
        {"Guides": [{"All documentation": "docs/README.md"}, *section("docs/guides")]},
        {"Reference": modules},
        {"Background": [entry for entry in section("docs") if "docs/README.md" not in entry.values()]},
        {"Decisions": section("docs/decisions")},
        {"Project": about},
    ]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else HOME / "build" / "docs"))
