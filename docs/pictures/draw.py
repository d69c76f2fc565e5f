"""Draws the pictures that show the code: `python docs/pictures/draw.py`, in ten seconds.

Each is drawn from what it shows, the state machine's definition, a run of the function's code, a synthesized template
or the imports of the sources, so a test can tell whether the pictures beside this file are still true.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
HOME = HERE.parent.parent


def main(folder: Path) -> None:
    """Writes all of them to a folder."""
    os.environ.setdefault("CDK_VALIDATION", "false")
    os.environ.setdefault("JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION", "1")
    sys.path.insert(0, str(HOME / "lambda"))
    import dashboard  # noqa: PLC0415 - they read the environment
    import imports  # noqa: PLC0415
    import resources  # noqa: PLC0415
    import sequence  # noqa: PLC0415
    import state_machine  # noqa: PLC0415

    for drawn in (dashboard, imports, resources, sequence, state_machine):
        name = drawn.__name__.replace("_", "-")
        (folder / f"{name}.svg").write_text(str(drawn.draw(HOME)), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
