"""`make mutants`: puts small faults into the code, one at a time, and reports which of them no test detects.

It may be interrupted: the results stay in build/mutants, and are valid as long as the code and its tests do not change.
The command fails if tests kill too few of a part's mutants, if one survived that survivors.json does not list, or if it
lists one that is killed or does not exist any more.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from campaign import Campaign
from page import write_section
from parts import PARTS
from survivors import reasons, stale

MIN_KILLED = 0.9
"""The share of a part's mutants that tests must kill."""


def main() -> int:
    """Returns the exit status."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--only", metavar="NAMES", default="", help="modules, e.g. matching,messages, or a part")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes at the same time")
    parser.add_argument("--report", type=Path, metavar="FILE", help="a page that gets the figures")
    arguments = parser.parse_args()
    only = {*filter(None, arguments.only.split(","))}
    if unknown := only - {name for part in PARTS for name in (part.name, *(module.stem for module in part.modules))}:
        parser.error(f"no such module: {', '.join(sorted(unknown))}")
    faults, figures = [], {}
    for part in PARTS:
        modules = [module for module in part.modules if not only or only & {part.name, module.stem}]
        if not modules:
            continue
        campaign = Campaign(part)
        found = {module: campaign.run(module, workers=arguments.workers) for module in modules}
        figures[part.name] = found
        killed = sum(not one["survived"] for known in found.values() for one in known.values())
        total = sum(len(known) for known in found.values())
        print(f"{part.name}: {killed} of {total} mutants are killed")
        if killed < MIN_KILLED * total:
            faults.append(f"{part.name}: at least {MIN_KILLED:.0%} must be killed, got {killed / total:.1%}")
        for module, known in found.items():
            explained = reasons(part.name, module.stem)
            survived = {key for key, one in known.items() if one["survived"]}
            faults += [f"{part.name}/{module.stem}: survived: {key}" for key in sorted(survived - explained.keys())]
            faults += stale(part.name, module.stem, known)
    print(*faults, sep="\n")
    if arguments.report and not only and not faults:
        write_section(arguments.report, figures)
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
