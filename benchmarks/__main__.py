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
from benchmarks.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.results import Section

RESULTS = Path(__file__).with_name("RESULTS.md")
RUNS = 5


def main() -> None:
    """Measures what is asked for, and keeps it.

    When all sections of the same code have been measured as often as they should be, RESULTS.md is written.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure everything once, and print the results")
    parser.add_argument(
        "--only", metavar="SECTION", nargs="+", choices=list(_sections(quick=True)), help="some sections"
    )
    arguments = parser.parse_args()
    os.environ.setdefault("JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION", "1")
    chosen = {
        name: section
        for name, section in _sections(quick=arguments.quick).items()
        if not arguments.only or name in arguments.only
    }
    kept = Kept() if not arguments.quick else None
    began = time.monotonic()
    sections: dict[str, Section] = {}
    with tempfile.TemporaryDirectory(prefix="cdk-data-jobs-benchmarks-") as folder:
        for name, measure in chosen.items():
            started = time.monotonic()
            print(f"{name} ...", end=" ", file=sys.stderr, flush=True)
            (own := Path(folder) / name).mkdir()
            sections[name] = measure(own)
            seconds = time.monotonic() - started
            print(f"{seconds:.0f} s", file=sys.stderr, flush=True)
            if kept:
                kept.add(name, sections[name], seconds)
    if kept is None:
        print(report.page(sections, command="python -m benchmarks --quick", runs=1, seconds=time.monotonic() - began))
    elif missing := [name for name in _sections(quick=False) if name not in kept.sections]:
        print(f"still to be measured: {', '.join(missing)}", file=sys.stderr)
    else:
        measured = {name: kept.sections[name] for name in _sections(quick=False)}
        page = report.page(measured, command="make bench", runs=RUNS, seconds=kept.seconds)
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
