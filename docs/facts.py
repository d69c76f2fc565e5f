"""Writes docs/facts.md from docs/facts.toml, the list of what this project believes of AWS, and from AWS's recordings.

`python docs/facts.py` writes the page; a test fails while it is out of date.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
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
    "SES": "Amazon SES",
    "EVB": "Amazon EventBridge and EventBridge Scheduler",
    "IAM": "AWS Identity and Access Management, AWS KMS",
    "CW": "Amazon CloudWatch",
    "DDB": "Amazon DynamoDB",
    "BED": "Amazon Bedrock",
}
"""The services, by what the ids of their facts begin with."""

GRADES = {
    "measured": "AWS, asked by `make verify-aws`, answered so; the source names the questions and their recordings",
    "recorded": "somebody else published a real answer of AWS, in an issue, a notebook or a test",
    "documented": "a guide, an API reference or a service model of AWS says so, or shows it in an example",
    "inferred": "an assumption: nobody says so; it follows from something similar, or is the least harmful choice",
}
"""What each grade means, the best known first."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A behaviour of AWS on which the code or the offline AWS relies.

    Attributes:
        id: What it begins with names the service; it is never reused for another fact.
        what: The behaviour, in one sentence that can be true or false.
        grade: How well it is known: a key of `GRADES`.
        source: Where that is known from: a guide and its page, a repository and its issue, or who guesses why.
        disputed: Which source says something else, and what.
        messages: The error messages of AWS that the offline AWS gives, with `{}` for what varies.
        statuses: The statuses that it gives.
        values: The limits, durations and other constants that it has, as `file:NAME`, or `file:number` of a number
            without a name; the file is relative to `local/cdk_data_jobs_local`.
        code: The files that rely on it, relative to the repository.
        tests: The tests that show what the code makes of it, as `file::test`, relative to the repository.
    """

    id: str
    what: str
    grade: str
    source: str
    disputed: str = ""
    messages: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()

    @property
    def service(self) -> str:
        """The service's name."""
        return SERVICES[self.id.rpartition("-")[0]]


def read(recordings: Path = RECORDINGS) -> list[Fact]:
    """Returns the facts, in the order of the file, with what AWS answered.

    A fact is measured if AWS was asked about it and never answered otherwise, and disputed if it did.

    Args:
        recordings: The folder of the recordings.

    Raises:
        TypeError: A fact has a member that there is not, or lacks one.
    """
    rows = tomlkit.parse(DATA.read_text(encoding="utf-8")).unwrap()["fact"]
    lists = {one.name for one in fields(Fact) if one.default == ()}
    listed = [Fact(**{name: tuple(value) if name in lists else value for name, value in row.items()}) for row in rows]
    questions = _questions(recordings)
    return [_with_answers(fact, questions[fact.id]) if fact.id in questions else fact for fact in listed]


def retired() -> dict[str, str]:
    """Returns the ids of facts that were removed, each with that of the fact that says the same."""
    return dict(tomlkit.parse(DATA.read_text(encoding="utf-8")).unwrap()["retired"])


def _questions(recordings: Path) -> dict[str, dict[bool, list[str]]]:
    """Returns for each fact the questions that AWS was asked, by whether the answer was as expected."""
    questions: dict[str, dict[bool, list[str]]] = defaultdict(lambda: {True: [], False: []})
    for file in sorted(recordings.glob("*.json")):
        for step in json.loads(file.read_text(encoding="utf-8"))["steps"].values():
            for name, observation in step["observations"].items():
                for fact in observation["facts"]:
                    questions[fact][observation["as_expected"]].append(f'{file.name}, "{name}"')
    return questions


def _with_answers(fact: Fact, questions: dict[bool, list[str]]) -> Fact:
    if questions[False]:
        answered = f"AWS answered otherwise: {'; '.join(questions[False])}"
        return replace(fact, disputed=f"{fact.disputed}; {answered}" if fact.disputed else answered)
    return replace(fact, grade="measured", source="; ".join((fact.source, *questions[True])))


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
        "Two grades have real answers: *recorded* by others, *measured* by us. A fact has the grade of what it says.",
        "What is less well known in it, such as the wording of a message, its source says; a question to AWS may be",
        "about a part of the fact alone.",
        "",
        f"⚠ marks the {disputed} facts of which sources disagree. The page is made from [facts.toml](facts.toml) and",
        "from the recordings of `make verify-aws`. A test fails if the offline AWS has an error message, a status, a",
        "limit or a duration that is in no fact;",
        "[decision 20](decisions/0020-facts-about-aws-are-listed-once.md) says what that test can see.",
        "",
    ]
    for service in SERVICES.values():
        if rows := [fact for fact in facts if fact.service == service]:
            lines += [f"## {service}", "", "| | fact | grade | source | relied on by |", "|---|---|---|---|---|"]
            lines += [*map(_line, rows), ""]
    return "\n".join(lines)


def _line(fact: Fact) -> str:
    what = " ".join([fact.what, *(f"`{text}`" for text in fact.messages)]).replace("\n", r"\n")
    source = f"{fact.source}. ⚠ {fact.disputed}" if fact.disputed else fact.source
    relying = [_link(path) for path in (*fact.code, *(test.partition("::")[0] for test in fact.tests))]
    cells = [fact.id, what, fact.grade, source, ", ".join(dict.fromkeys(relying))]
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _link(path: str) -> str:
    return f"[{path.rpartition('/')[2]}](../{path})"


if __name__ == "__main__":
    PAGE.write_text(page(read()), encoding="utf-8")
