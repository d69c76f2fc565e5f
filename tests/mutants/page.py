"""The part of docs/reliability.md that `make mutants` writes; `make prove` writes the rest, and leaves it as it is."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.append(str(Path(__file__).parents[1] / "proof"))
import report

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT = """\
{title}

A test that passes whatever the code does proves nothing. `make mutants` puts a small fault into the code, which makes
it a mutant, runs the tests that run its line, at most a few hundred and the quick ones first, and sees whether one
fails; then the next. The faults are most of those of [mutmut](https://pypi.org/project/mutmut/) {version}, and
statements, members of lists and objects, and interpolations that are left out; [what is not
changed](../tests/mutants/mutations.py), because no test should see it. It does so with all that runs in AWS, and with
the modules of the constructs that [are listed](../tests/mutants/parts.py), which make policies, their conditions,
dependencies and checks. [Which survive, and why](../tests/mutants/survivors.json).

**{total}**

"""


def write_section(page: Path, found: Mapping[str, Mapping[Path, Mapping[str, Any]]]) -> None:
    """Writes what became of the mutants into the page, in the place of what stood there.

    Args:
        page: The page.
        found: What became of each mutant, by part, module and key.
    """
    rows: list[report.Row] = []
    totals = []
    for part, modules in found.items():
        for module, known in modules.items():
            if known:
                rows.append({"part": part, "module": module.stem, **_figures(known)})
        every = {f"{module} {key}": one for module, known in modules.items() for key, one in known.items()}
        figures = _figures(every)
        totals.append(f"{part}: {figures['killed']} of {figures['mutants']} killed, {figures['share']}")
    text = TEXT.format(title=report.MUTANTS, version=metadata.version("mutmut"), total="; ".join(totals))
    before = page.read_text(encoding="utf-8").partition(report.MUTANTS)[0].rstrip()
    page.write_text(f"{before}\n\n{text}{report.folded(rows, 'By module')}", encoding="utf-8")


def _figures(known: Mapping[str, Mapping[str, Any]]) -> dict[str, object]:
    killed = sum(not one["survived"] for one in known.values())
    share = f"{killed / len(known):.1%}"
    return {"mutants": len(known), "killed": killed, "survivors": len(known) - killed, "share": share}
