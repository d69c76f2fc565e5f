"""The page that a person reads: what is promised, and what was shown of it.

It is the same from run to run where nothing has changed, so that a diff shows what did: it has no date, no ids, and no
counts of what chance decides; rows are sorted, and what was measured is in round figures, in a table of its own.
"""

from __future__ import annotations

import platform
from importlib import metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Row = dict[str, object]

PACKAGES = ("aws-cdk-lib", "boto3", "microburst", "ministack")
LONG = 12
"""Rows; a longer table is folded."""

HEAD = """\
# Reliability

What this library [guarantees](promises.md), and how a machine shows it. Nothing here was written by hand:
`make prove` deploys real stacks with the real Lambda code and the real state machine to an AWS on this machine, lets
things go wrong, counts, and writes this page. If one guarantee is broken, it writes nothing. Where nothing has changed,
it writes the same page again.
"""

SECTIONS = {
    "faults": (
        "Faults",
        """\
A stack is deployed, or a run of its job starts, one thing goes wrong, and then it is done again. In every case:

- CloudFormation gets **exactly one response** to each request, unless its ResponseURL cannot be reached. Where
  nobody knows whether a response arrived it is delivered again, word for word.
- **At most one job** is made for a request, and a rollback makes none.
- The stack ends in a state from which **the next deployment works**: that deployment is made, without the fault.
- A failure **says what failed**, in the service's words, and no response has more than 4096 bytes.
- **Nothing is left behind**: no copies, no markers, nothing that a rejected update has made. Only where a permission
  stays denied may copies stay until the next deployment; and those of runs on upload, with the lists of what has
  arrived, until they expire, after a week.

Of a run on upload, on schedule or as a task the same: its end is reported once, or in the same way again where nobody
knows whether the event was sent; it makes one job at most, and overlaps no other. Every uploaded file is imported once;
or its failure is reported, and it is imported when it is uploaded again. It may be imported twice only where nobody may
see that it was, or delete the marker of it, because a permission stays denied; or where its event is delivered again,
after a function that was killed when it had started the run.

Calls fail in a proxy between the function and AWS ([microburst](https://pypi.org/project/microburst/)), in AWS' own
wire formats. A function is killed as the kernel kills one without memory: at once. The services' time runs 10 to 40
times faster than real time, so that nothing waits real minutes.
""",
    ),
    "sufficient": (
        "Permissions are sufficient",
        "With IAM enforced, every kind of job runs with the policies that it gets, and nothing is denied.\n",
    ),
    "necessary": (
        "Permissions are necessary",
        """\
Each permission is taken away, one at a time, and something fails; or a guard is taken away, and somebody who was
refused is not any more.
""",
    ),
    "undecidable": (
        "Permissions of which neither can be said",
        """\
They are granted because a guide of AWS asks for them, or for what no deployment here does; without them nothing fails
on the AWS of this machine.
""",
    ),
    "scale": (
        "Scale",
        """\
Hundreds of jobs in a stack, the quota of five imports, the quotas of an account's calls, and a million rows.

What waiting jobs take of those quotas is counted in virtual time: the function's own code takes the steps of the state
machine's own definition, all jobs are asked for at once, calls are answered by their wire protocols, and throttled as
in [an account of that age and Region](offline-aws.md). That an invocation lasts 0.3 s, and a call 0.05 s, is assumed.
What CloudFormation allows is documented nowhere; the figure is a guess.
""",
    ),
    "bad_input": (
        "Bad input",
        """\
Properties that hold whatever comes in, tried with examples that [Hypothesis](https://hypothesis.works) makes up.
""",
    ),
}
"""Title and introduction of each table, in the order of the page."""

LEGEND = """\
Each row is a call, each column a fault; *before* and *after* say whether the call took effect. Then

- ✓ the request, or the run, succeeds all the same,
- **failed**: it fails, and the stack rolls back with the reason; a run reports it to its task, or as event and metric,
- **stuck**: the rollback is refused too, and a person continues it when the cause is gone,
- **no response**: the ResponseURL, or the task, cannot be reached at all, and a time-out ends the wait.
"""

MUTANTS = "## Faults in the code"
"""Where the part of the page begins that `make mutants` writes."""

WELL = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE", "SUCCEEDED")


def page(tables: Mapping[str, Sequence[Row]]) -> str:
    """The report as Markdown.

    Args:
        tables: Rows, by table.
    """
    names = [name for name in SECTIONS if tables.get(name)] + sorted(set(tables) - set(SECTIONS))
    parts = [HEAD, made(tables, names)]
    for name in names:
        title, text = SECTIONS.get(name, (name.replace("_", " ").capitalize(), ""))
        parts += [f"## {title}\n", text] if text else [f"## {title}\n"]
        parts.append(faults(tables[name]) if name == "faults" else listed(tables[name]))
    return "\n".join(parts)


def with_mutants(page: str, before: str) -> str:
    """The page with what `make mutants` has written into the one before it.

    Args:
        page: The page.
        before: What stands in its file.
    """
    _, title, rest = before.partition(MUTANTS)
    return f"{page}\n{title}{rest}" if title else page


def made(tables: Mapping[str, Sequence[Row]], names: Sequence[str]) -> str:
    """With what the page was made, and what it has."""
    packages = ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES)
    titles = {name: SECTIONS.get(name, (name.replace("_", " "), ""))[0].lower() for name in names}
    shown: list[Row] = [{"what": titles[name], "rows": len(tables[name])} for name in names]
    with_what = f"Made with Python {platform.python_version()}, {packages}.\n"
    return "\n".join([with_what, *table(shown), ""])


def listed(rows: Sequence[Row]) -> str:
    """The rows of a table, and after them what was measured."""
    measured = [row for row in rows if any(isinstance(value, float) for value in row.values())]
    counted = [row for row in rows if row not in measured]
    parts = [folded(ordered(counted), "All")] if counted else []
    if measured:
        parts += ["Measured on one machine, in round figures:\n", folded(ordered(measured), "Measured")]
    return "\n".join(parts)


def ordered(rows: Sequence[Row]) -> list[Row]:
    """Rows in an order that does not depend on which came first."""
    return sorted(rows, key=lambda row: [cell(value) for value in row.values()])


def faults(rows: Sequence[Row]) -> str:
    """The matrix of calls and faults, and what else went wrong."""
    by_fault: dict[object, int] = {}
    for row in rows:
        by_fault[row["fault"]] = by_fault.get(row["fault"], 0) + 1
    common = [fault for fault, number in by_fault.items() if number > LONG]
    cells = [row for row in rows if row["fault"] in common]
    others = [row for row in rows if row["fault"] not in common]
    marks = [mark(row) for row in rows]
    figures = (
        f"**{len(rows)} cases**, after each of which the next deployment, or the next run, worked: "
        f"{marks.count('✓')} succeeded all the same, {marks.count('failed') + marks.count('stuck')} failed with the "
        f"reason, {marks.count('no response')} could not respond.\n"
    )
    lines = [figures]
    if cells:
        lines += [
            "### Every call\n",
            LEGEND,
            "\n".join(table(grid(cells, common))) + "\n",
        ]
    if others:
        shown = ("request", "point", "fault", "ends", "reason", "jobs")
        lines += [
            "### What takes longer than a call\n",
            folded(ordered([{key: row[key] for key in shown} for row in others]), "All"),
        ]
    return "\n".join(lines)


def grid(rows: Sequence[Row], common: Sequence[object]) -> list[Row]:
    """A row for each call of each request, a column for each fault."""
    found: dict[tuple[str, str], Row] = {}
    for row in rows:
        kind = f" ({row['kind']})" if row["kind"] in ("export", "nameless") else ""
        place = f"{row['request']}{kind}", f"{row['point']}"
        line = found.setdefault(place, {"request": place[0], "call": place[1], **dict.fromkeys(map(str, common), "")})
        line[str(row["fault"])] = mark(row)
    return list(found.values())


def mark(row: Row) -> str:
    """How a case ended, in a word."""
    if not row["answered"]:
        return "no response"
    if row["ends"] in WELL:
        return "✓"
    return "failed" if str(row["ends"]).endswith("ROLLBACK_COMPLETE") or row["ends"] == "FAILED" else "stuck"


def folded(rows: Sequence[Row], title: str) -> str:
    """A table, folded if it is long."""
    lines = "\n".join(table(rows))
    if len(rows) <= LONG:
        return lines + "\n"
    return f"<details><summary>{title}: {len(rows)} rows</summary>\n\n{lines}\n\n</details>\n"


def table(rows: Sequence[Row]) -> list[str]:
    """Rows as a Markdown table."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    lines = [line(name.replace("_", " ") for name in columns), "|---" * len(columns) + "|"]
    return lines + [line(cell(row.get(column, "")) for column in columns) for row in rows]


def line(cells: Iterable[str]) -> str:
    """A line of a table."""
    return f"| {' | '.join(cells)} |"


def cell(value: object) -> str:
    """A value in a table."""
    text = f"about {float(f'{value:.0e}'):,g}" if isinstance(value, float) else str(value)
    return "".join(c if c.isprintable() else " " for c in text).replace("|", "\\|").replace("<", "&lt;")
