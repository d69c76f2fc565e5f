"""Writes docs/facts.md from docs/facts.toml, the list of what this project believes of AWS.

`python docs/facts.py` writes the page; a test fails while it is out of date.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import tomlkit

if TYPE_CHECKING:
    from collections.abc import Sequence

HOME = Path(__file__).resolve().parents[1]
DATA, PAGE = HOME / "docs" / "facts.toml", HOME / "docs" / "facts.md"
RECORDINGS = HOME / "tests" / "conformance" / "recordings"
"""What AWS answered `make verify-aws`."""

SERVICES = {
    "PER": "Amazon Personalize",
    "PIN": "Amazon Pinpoint",
    "CFN": "AWS CloudFormation",
    "SFN": "AWS Step Functions",
    "LAM": "AWS Lambda",
    "S3": "Amazon S3",
    "EVB": "Amazon EventBridge and EventBridge Scheduler",
    "IAM": "AWS Identity and Access Management, AWS KMS",
    "CW": "Amazon CloudWatch",
    "DDB": "Amazon DynamoDB",
}
"""The services, by what the ids of their facts begin with."""

GRADES = {
    "measured": "`make verify-aws` got this answer from AWS; the recording is in the repository",
    "recorded": "somebody published a real answer of AWS",
    "documented": "a guide, an API reference or a service model of AWS says so",
    "inferred": "nobody says so: a guess from something similar, or the least harmful choice",
}
"""What each grade means, the best known first."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A behaviour of AWS on which the code or the offline AWS relies.

    Attributes:
        id: What it begins with names the service; it is never used again.
        what: The behaviour, in one sentence.
        grade: How well it is known: a key of `GRADES`.
        source: Where that is known from: a guide and its page, a repository and its issue, or who guesses why.
        disputed: Which source says something else, and what.
        texts: The error messages of AWS that the offline AWS gives, with `{}` for what varies.
        statuses: The states that it gives.
        values: The limits, durations and other constants that it has, as `file:NAME`.
        code: The files that rely on it.
        tests: The tests that show what the code makes of it, as `file::test`.
    """

    id: str
    what: str
    grade: str
    source: str
    disputed: str = ""
    texts: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()

    @property
    def service(self) -> str:
        """The service's name."""
        return SERVICES[self.id.rpartition("-")[0]]


def read(recordings: Path = RECORDINGS) -> list[Fact]:
    """Returns the facts, in the order of the file; those that a recording of AWS settles are measured.

    Args:
        recordings: The folder of the recordings.

    Raises:
        TypeError: A fact has a member that there is not, or lacks one.
    """
    rows = tomlkit.parse(DATA.read_text(encoding="utf-8")).unwrap()["fact"]
    lists = {one.name for one in fields(Fact) if one.default == ()}
    listed = [Fact(**{name: tuple(value) if name in lists else value for name, value in row.items()}) for row in rows]
    settled = _settled(recordings)
    return [_measured(fact, settled[fact.id]) if fact.id in settled else fact for fact in listed]


def _settled(recordings: Path) -> dict[str, dict[str, bool]]:
    """Returns for each fact that AWS was asked about whether it holds, by recording."""
    settled: dict[str, dict[str, bool]] = {}
    for file in sorted(recordings.glob("*.json")):
        for step in json.loads(file.read_text(encoding="utf-8"))["steps"].values():
            for observation in step["observations"].values():
                for fact in observation["facts"]:
                    known = settled.setdefault(fact, {})
                    known[file.name] = known.get(file.name, True) and observation["as_expected"]
    return settled


def _measured(fact: Fact, shown: dict[str, bool]) -> Fact:
    against = [file for file, holds in shown.items() if not holds]
    if against:
        return replace(fact, disputed=f"AWS answered otherwise: {', '.join(against)}")
    return replace(fact, grade="measured", source=f"{fact.source}; {', '.join(shown)}")


def page(facts: Sequence[Fact]) -> str:
    """Returns docs/facts.md.

    Args:
        facts: The facts.
    """
    counts = Counter(fact.grade for fact in facts)
    disputed = sum(bool(fact.disputed) for fact in facts)
    lines = [
        "# Facts about AWS",
        "",
        "What the library and the offline AWS believe of AWS, how well each of it is known, and what relies on it.",
        "Whoever has an account can settle what is doubtful: [verify this library in your account](verify.md).",
        "",
        "| grade | meaning | facts |",
        "|---|---|---|",
        *(f"| {grade} | {meaning} | {counts[grade]} |" for grade, meaning in GRADES.items()),
        "",
        f"⚠ marks the {disputed} facts of which sources disagree. The page is made from [facts.toml](facts.toml).",
        "A test fails if the offline AWS states an error message, a state, a limit or a duration that is not in it.",
        "",
    ]
    for service in SERVICES.values():
        if rows := [fact for fact in facts if fact.service == service]:
            lines += [f"## {service}", "", "| | fact | grade | source | relied on by |", "|---|---|---|---|---|"]
            lines += [*map(_line, rows), ""]
    return "\n".join(lines)


def _line(fact: Fact) -> str:
    what = " ".join([fact.what, *(f"`{text}`" for text in fact.texts)])
    source = f"{fact.source}. ⚠ {fact.disputed}" if fact.disputed else fact.source
    relying = [_link(path) for path in (*fact.code, *(test.partition("::")[0] for test in fact.tests))]
    cells = [fact.id, what, fact.grade, source, ", ".join(dict.fromkeys(relying))]
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _link(path: str) -> str:
    return f"[{path.rpartition('/')[2]}](../{path})"


if __name__ == "__main__":
    PAGE.write_text(page(read()), encoding="utf-8")
