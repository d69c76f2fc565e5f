"""Puts the modules of `verify_aws` where tests find them, because this folder is no package."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
