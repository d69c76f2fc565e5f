"""The targets of all links exist, and every page, picture and example is linked."""

import re
from pathlib import Path

import pytest

HOME = Path(__file__).parents[2]
PAGES = [*sorted(HOME.glob("*.md")), *sorted((HOME / "docs").rglob("*.md"))]
GUIDES = sorted((HOME / "docs" / "guides").glob("*.md"))
MAX_GUIDE_LINES = 130


def name(path: Path) -> str:
    return path.relative_to(HOME).as_posix()


def prose(page: Path) -> str:
    """A page without its code."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", lambda match: "" if "](" in match[0] else match[0], text)


def links(page: Path) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", prose(page))


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of headings."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_targets_of_links_and_pictures_exist(page: Path) -> None:
    for link in links(page):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page

        assert target.exists(), link
        assert target.is_relative_to(HOME), link
        assert not anchor or anchor in anchors(target), link


def test_every_page_is_reachable_from_the_readme() -> None:
    seen, todo = set(), [HOME / "README.md"]
    while todo:
        page = todo.pop()
        seen.add(page)
        targets = {(page.parent / link.partition("#")[0]).resolve() for link in links(page) if "://" not in link}
        found = {file for one in targets for file in (sorted(one.glob("*.md")) if one.is_dir() else [one])}
        todo += [file for file in found - seen if file.suffix == ".md"]

    assert {name(page) for page in PAGES} - {name(page) for page in seen} == set()


def test_the_index_lists_every_guide_and_every_page() -> None:
    index = HOME / "docs" / "README.md"
    pages = {*GUIDES, *index.parent.glob("*.md")} - {index}

    assert pages - {(index.parent / link.partition("#")[0]).resolve() for link in links(index)} == set()


def test_every_picture_and_every_example_is_shown_somewhere() -> None:
    shown = {(page.parent / link.partition("#")[0]).resolve() for page in PAGES for link in links(page)}
    pictures = {*(HOME / "docs" / "pictures").glob("*.svg")}
    examples = {path for path in (HOME / "examples").glob("*.py") if path.stem not in ("demo", "make_data")}

    assert {name(path) for path in (pictures | examples) - shown} == set()


@pytest.mark.parametrize("guide", GUIDES, ids=name)
def test_a_guide_begins_with_an_example_and_ends_with_related_pages(guide: Path) -> None:
    text = guide.read_text(encoding="utf-8")

    assert len(text.splitlines()) <= MAX_GUIDE_LINES
    assert text.startswith("# ")
    assert text.index("```") < text.index("\n## ")
    assert "Related:" in text.rstrip().rpartition("\n\n")[2]


def test_the_readme_takes_five_minutes_to_read() -> None:
    words = len(prose(HOME / "README.md").split())

    assert words <= 5 * 220
