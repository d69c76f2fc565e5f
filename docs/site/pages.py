"""The pages of the project that become pages of the site: all Markdown files that are reachable from the README."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
_CODE = re.compile(r"^(```.*?^```)$", re.MULTILINE | re.DOTALL)
_HEADING = r"^#.*$"
_LINK = r"(?P<picture>!?)\[(?P<words>(?:`[^`\n]*`|[^\[\]`])*)\]\((?P<target>[^)\s]+)\)"
_SPAN = r"`(?P<code>[^`\n]+)`"
_MARKUP = re.compile(f"{_HEADING}|{_LINK}|{_SPAN}", re.MULTILINE)
_SHOWN = ("docs/", "examples/", "app.py", "LICENSE")
"""What pages link to that is shown as it is; other sources are not part of the site."""


@dataclass(frozen=True)
class Page:
    """A Markdown file of the project.

    Attributes:
        path: The file.
    """

    path: Path

    @property
    def name(self) -> str:
        """Its path in the project, which is its path in the site, too."""
        return self.path.relative_to(HOME).as_posix()

    @cached_property
    def text(self) -> str:
        """Its content."""
        return self.path.read_text(encoding="utf-8")

    @property
    def title(self) -> str:
        """Its first heading."""
        return next(line.removeprefix("# ") for line in self.text.splitlines() if line.startswith("# "))

    def links(self) -> list[Path]:
        """Returns the files and folders that it links to, in its order."""
        prose = _CODE.sub("", self.text)
        targets = [match["target"].partition("#")[0] for match in _MARKUP.finditer(prose) if match["target"]]
        return [(self.path.parent / target).resolve() for target in targets if target and "://" not in target]


def reachable_pages() -> list[Page]:
    """Returns the pages, from the README on; a link to a folder leads to all pages in it."""
    found: dict[Path, Page] = {}
    todo = [HOME / "README.md"]
    while todo:
        path = todo.pop(0)
        if path in found:
            continue
        page = found[path] = Page(path)
        for target in page.links():
            todo += sorted(target.glob("*.md")) if target.is_dir() else [target] if target.suffix == ".md" else []
    return list(found.values())


def write_pages(pages: list[Page], references: dict[str, str], folder: Path) -> None:
    """Writes the pages, and the files and pictures that they show.

    Args:
        pages: The pages.
        references: The names that code in running text may have, and the path in the reference that each leads to.
        folder: The folder of the site's pages.
    """
    for page in pages:
        for target in page.links():
            name = target.relative_to(HOME).as_posix()
            if target.is_file() and target.suffix != ".md" and name.startswith(_SHOWN):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(target, folder / name)
        path = folder / page.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_for_site(page, references), encoding="utf-8")


def _for_site(page: Page, references: dict[str, str]) -> str:
    """Returns a page with links into the reference, and without links to what is not part of the site."""

    def replace(match: re.Match[str]) -> str:
        if match["code"]:
            reference = references.get(match["code"].partition("(")[0])
            return f"[{match[0]}][{reference}]" if reference else match[0]
        if not match["target"] or "://" in match["target"]:
            return match[0]
        target = (page.path.parent / match["target"].partition("#")[0]).resolve()
        name = target.relative_to(HOME).as_posix()
        is_shown = target.suffix == ".md" or (target.is_file() and name.startswith(_SHOWN))
        return match[0] if match["target"].startswith("#") or is_shown else match["words"]

    parts = _CODE.split(page.text)
    return "".join(part if part.startswith("```") else _MARKUP.sub(replace, part) for part in parts)
