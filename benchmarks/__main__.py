"""`python -m benchmarks`: measures, and writes RESULTS.md."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import cold_start, deployment, latency, report, rows, sizes, synthesis, waiting

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.results import Section

RESULTS = Path(__file__).with_name("RESULTS.md")
RUNS = 5


def main() -> None:
    """Measures what is asked for.

    All sections, measured as often as they should be, are written to RESULTS.md; anything less is printed.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure everything once, and print the results")
    parser.add_argument(
        "--only", metavar="SECTION", nargs="+", choices=list(_sections(quick=True)), help="some sections, printed"
    )
    arguments = parser.parse_args()
    os.environ.setdefault("JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION", "1")
    chosen = {
        name: section
        for name, section in _sections(quick=arguments.quick).items()
        if not arguments.only or name in arguments.only
    }
    began = time.monotonic()
    sections: dict[str, Section] = {}
    with tempfile.TemporaryDirectory(prefix="cdk-data-jobs-benchmarks-") as folder:
        for name, measure in chosen.items():
            started = time.monotonic()
            print(f"{name} ...", end=" ", file=sys.stderr, flush=True)
            (own := Path(folder) / name).mkdir()
            sections[name] = measure(own)
            print(f"{time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    runs = 1 if arguments.quick else RUNS
    in_part = arguments.quick or arguments.only
    command = " ".join(["python -m benchmarks", *sys.argv[1:]]) if in_part else "make bench"
    page = report.page(sections, command=command, runs=runs, seconds=time.monotonic() - began)
    if in_part:
        print(page)
    else:
        RESULTS.write_text(page, encoding="utf-8")


def _sections(*, quick: bool) -> dict[str, Callable[[Path], Section]]:
    """What there is to measure, in the order of the results; everything at once, or a little of it once."""
    runs = 1 if quick else RUNS
    jobs = {name: latency.JOBS[name] for name in ("10 s", "2 min")} if quick else latency.JOBS
    files = rows.ROWS[:2] if quick else rows.ROWS
    return {
        "sizes": sizes.measure,
        "synthesis": lambda folder: synthesis.measure(folder, runs),
        "cold_start": lambda folder: cold_start.measure(folder, runs),
        "waiting": waiting.measure,
        "latency": lambda folder: latency.measure(folder, runs, jobs),
        "deployment": lambda folder: deployment.measure(folder, runs),
        "rows": lambda folder: rows.measure(folder, runs, files),
    }


if __name__ == "__main__":
    main()
