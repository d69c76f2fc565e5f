"""Where is the code of the function, and what of it runs here as it does in Lambda?"""

from __future__ import annotations

import sys
from pathlib import Path

LAMBDA = Path(__file__).parents[1] / "lambda"
"""The code of the function, which is imported from there."""
REGION = "eu-west-1"

if str(LAMBDA) not in sys.path:
    sys.path.append(str(LAMBDA))

from data_jobs.context import poll_interval  # noqa: E402 - found only now

__all__ = ["LAMBDA", "REGION", "poll_interval"]
