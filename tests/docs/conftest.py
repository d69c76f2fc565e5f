"""Lets the tests of the pages import what they share: the folder is no package."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
