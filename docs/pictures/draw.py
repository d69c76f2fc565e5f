"""Draws the pictures that show the code: `python docs/pictures/draw.py`, in ten seconds.

Each is drawn from what it shows, the state machine's definition, a run of the function's code, or a synthesized
template, so a test can tell whether the pictures beside this file are still true.
"""

# ruff: noqa: INP001  (a script, no package)

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
HOME = HERE.parent.parent
NAMES = ("state_machine", "sequence", "resources", "dashboard")


def main(folder: Path) -> None:
    """Write all of them to a folder."""
    os.environ.setdefault("CDK_VALIDATION", "false")
    os.environ.setdefault("JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION", "1")
    sys.path.insert(0, str(HOME / "lambda"))
    for name in NAMES:
        picture = __import__(name).draw(HOME)
        (folder / f"{name.replace('_', '-')}.svg").write_text(str(picture), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
