"""The pictures are what docs/pictures/draw.py draws from the code as it is now."""

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
DRAWN = ("dashboard", "imports", "resources", "sequence", "state-machine")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    done = subprocess.run(  # noqa: S603 - it is ours
        [sys.executable, PICTURES / "draw.py", folder], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_every_picture_is_drawn(drawn: Path) -> None:
    assert sorted(path.stem for path in drawn.iterdir()) == [*DRAWN]


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_is_up_to_date(drawn: Path, name: str) -> None:
    kept = (PICTURES / f"{name}.svg").read_text(encoding="utf-8")

    assert kept == (drawn / f"{name}.svg").read_text(encoding="utf-8"), "run docs/pictures/draw.py, and look at it"


@pytest.mark.parametrize("path", sorted(PICTURES.glob("*.svg")), ids=lambda path: path.stem)
def test_a_picture_is_self_contained_and_has_a_description(path: Path) -> None:
    root = ET.parse(path).getroot()  # noqa: S314 - it is ours
    strings = [text for node in root.iter() for text in (*node.attrib.values(), node.text or "")]

    assert [text for text in strings if "://" in text or "@import" in text] == []
    if path.stem in DRAWN:
        assert all(root.findtext(f"{SVG}{name}") for name in ("title", "desc"))


@pytest.mark.parametrize("name", DRAWN)
def test_no_text_leaves_its_picture(name: str) -> None:
    root = ET.parse(PICTURES / f"{name}.svg").getroot()  # noqa: S314 - it is ours
    width = float(root.attrib["width"])
    for text in root.iter(f"{SVG}text"):
        x, room = float(text.attrib["x"]), len(text.text or "") * 7
        left = {"middle": x - room / 2, "start": x}[text.attrib["text-anchor"]]

        assert left >= 0, text.text
        assert left + room <= width, text.text
