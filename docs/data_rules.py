"""Writes docs/data-rules.md from the table of rules in check/cdk_data_jobs_check/rules.py."""

from __future__ import annotations

from pathlib import Path

from cdk_data_jobs_check import RULES, Confidence, Severity

PAGE = Path(__file__).with_name("data-rules.md")
MEANINGS = {
    Confidence.RECORDED: "somebody published what the service answered",
    Confidence.DOCUMENTED: "AWS's documentation says so",
    Confidence.INFERRED: "it is usual, or follows from something documented; what the service does is not known",
}


def page() -> str:
    """Returns the page."""
    rows = [
        f"| `{rule.name}` | {rule.requirement} | {rule.severity.value} | {rule.confidence.value} | {rule.source} |"
        for rule in RULES.values()
    ]
    errors = sum(rule.severity is Severity.ERROR for rule in RULES.values())
    lines = [
        "# Rules for schemas and data",
        "",
        "What `data-jobs check`, the synthesis and the offline AWS require of the schemas and files of Amazon",
        "Personalize. The page is made from [the table that they use](../check/cdk_data_jobs_check/rules.py).",
        "[Check your data](guides/check-your-data.md) says how to use it.",
        "",
        f"A violation of {errors} of these rules is an *error*: AWS documents the requirement, or has been seen to",
        "refuse what violates it. Where an import was accepted all the same, or nobody knows, it is a *warning*.",
        "Sources in quotation marks are pages of the Amazon Personalize Developer Guide.",
        "",
        "| confidence | meaning |",
        "|---|---|",
        *(f"| {confidence.value} | {meaning} |" for confidence, meaning in MEANINGS.items()),
        "",
        "| rule | what it requires | violation | confidence | source |",
        "|---|---|---|---|---|",
        *rows,
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
