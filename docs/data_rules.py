"""Writes docs/data-rules.md from the tables of rules in check/cdk_data_jobs_check/rules.py."""

from __future__ import annotations

from pathlib import Path

from cdk_data_jobs_check.rules import RULES, RULES_BY_SUBJECT, Confidence, Rule, Severity

PAGE = Path(__file__).with_name("data-rules.md")
MEANINGS = {
    Confidence.RECORDED: "somebody published what the service answered",
    Confidence.DOCUMENTED: "AWS's documentation says so",
    Confidence.INFERRED: "it is usual, or follows from something documented; what the service does is not known",
}


def page() -> str:
    """Returns the page."""
    errors = sum(rule.severity is Severity.ERROR for rule in RULES.values())
    lines = [
        "# Rules for schemas and data",
        "",
        "A finding of `data-jobs check`, or of the synthesis, ends with the name of its rule in brackets, such as",
        "`[milliseconds]`: search for it on this page, which says what the rule requires, and how that is known.",
        "[Check your data](guides/check-your-data.md) says how to use the check.",
        "",
        "The rules of Amazon Personalize are those of [schemas](#schemas), [files](#files), [headers](#headers),",
        "[rows](#rows) and [values](#values). `data-jobs check`, the synthesis and the offline AWS have the same ones;",
        "those of [Amazon Pinpoint](#amazon-pinpoint) are in the offline AWS, too, and those of [Amazon",
        "SES](#amazon-ses) in `data-jobs check` alone. The page is made from [the tables that they",
        "use](../check/cdk_data_jobs_check/rules.py).",
        "",
        f"A violation of {errors} of these {len(RULES)} rules is an *error*: AWS documents the requirement, or has",
        "been seen to refuse what violates it. Where an import was accepted all the same, or nobody knows, it is a",
        "*warning*.",
        "Sources in quotation marks are pages of the service's developer guide, or of Amazon Pinpoint's user guide.",
        "",
        "| confidence | meaning |",
        "|---|---|",
        *(f"| {confidence.value} | {meaning} |" for confidence, meaning in MEANINGS.items()),
        "",
    ]
    for subject, rules in RULES_BY_SUBJECT.items():
        lines += [f"## {subject}", "", *_table(rules), ""]
    return "\n".join(lines)


def _table(rules: tuple[Rule, ...]) -> list[str]:
    rows = [
        f"| `{rule.name}` | {rule.requirement} | {rule.severity.value} | {rule.confidence.value} | {rule.source} |"
        for rule in rules
    ]
    return ["| rule | what it requires | violation | confidence | source |", "|---|---|---|---|---|", *rows]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
