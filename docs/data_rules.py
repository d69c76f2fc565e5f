"""Writes docs/data-rules.md from the tables of rules in check/cdk_data_jobs_check/rules.py."""

from __future__ import annotations

from pathlib import Path

from cdk_data_jobs_check.rules import PERSONALIZE_RULES, PINPOINT_RULES, RULES, SES_RULES, Grade, Rule, Severity

PAGE = Path(__file__).with_name("data-rules.md")
MEANINGS = {
    Grade.RECORDED: "somebody published what the service answered",
    Grade.DOCUMENTED: "AWS's documentation says so",
    Grade.INFERRED: "it is usual, or follows from something documented; what the service does is not known",
}


SERVICES = {
    "Amazon Personalize": PERSONALIZE_RULES,
    "Amazon Pinpoint": PINPOINT_RULES,
    "Amazon SES": SES_RULES,
}


def page() -> str:
    """Returns the page."""
    errors = sum(rule.severity is Severity.ERROR for rule in RULES.values())
    lines = [
        "# Rules for schemas and data",
        "",
        "What `data-jobs check`, the synthesis and the offline AWS require of the schemas and files of Amazon",
        "Personalize, and what `data-jobs check` requires of files for Amazon Pinpoint, as the offline AWS does, and",
        "of contacts for Amazon SES. The page is made from",
        "[the tables that they use](../check/cdk_data_jobs_check/rules.py).",
        "[Check your data](guides/check-your-data.md) says how to use it.",
        "",
        f"A violation of {errors} of these rules is an *error*: AWS documents the requirement, or has been seen to",
        "refuse what violates it. Where an import was accepted all the same, or nobody knows, it is a *warning*.",
        "Sources in quotation marks are pages of the service's developer guide, or of Amazon Pinpoint's user guide.",
        "",
        "| grade | meaning |",
        "|---|---|",
        *(f"| {grade.value} | {meaning} |" for grade, meaning in MEANINGS.items()),
        "",
    ]
    for service, rules in SERVICES.items():
        lines += [f"## {service}", "", *_table(rules), ""]
    return "\n".join(lines)


def _table(rules: tuple[Rule, ...]) -> list[str]:
    rows = [
        f"| `{rule.name}` | {rule.requirement} | {rule.severity.value} | {rule.grade.value} | {rule.source} |"
        for rule in rules
    ]
    return ["| rule | what it requires | violation | grade | source |", "|---|---|---|---|---|", *rows]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
