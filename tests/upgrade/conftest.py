"""What replays share."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent

if str(HERE) not in sys.path:  # for the modules in the folder beside this file
    sys.path.insert(0, str(HERE))
