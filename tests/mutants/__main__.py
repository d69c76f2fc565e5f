"""`make mutants`: puts small faults into the code, one at a time, and tells which no test sees.

    python tests/mutants                what is not known yet of this code, which may take an hour; may be interrupted
    python tests/mutants --only NAME    one module
    python tests/mutants --report FILE  writes the figures into that page, too
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from parts import PARTS
from testing import Campaign

LEAST = 0.9
"""The share of mutants that tests must see, in each part."""


def main() -> int:
    """Returns the exit status: 1 if too few are killed, or one survived that is not listed."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--only", metavar="MODULE", default="", help="one module, or constructs/ or engine/ and a module")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    bad = False
    for part in PARTS:
        wanted = [module for module in part.modules if not arguments.only or {module.stem, part.name} & {*arguments.only.split(",")}]
        if wanted:
            Campaign(part).run(wanted, workers=arguments.workers)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
