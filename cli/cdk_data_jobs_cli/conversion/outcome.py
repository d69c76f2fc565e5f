"""What becomes of a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cdk_data_jobs_cli.conversion.report import Severity

if TYPE_CHECKING:
    from cdk_data_jobs_check.findings import Violation


class Problem(NamedTuple):
    """What is wrong with a value.

    Attributes:
        severity: An error if it cannot be written, or a warning.
        rule: Its short name; that of the checker's rule if it violates one.
        message: What was expected, what was got and what to do.
    """

    severity: Severity
    rule: str
    message: str


class Outcome(NamedTuple):
    """What becomes of a value.

    Attributes:
        value: The value to write.
        changes: The kinds of changes, of `values.CHANGES`.
        problem: What is wrong with the value; None if nothing is.
    """

    value: str
    changes: tuple[str, ...] = ()
    problem: Problem | None = None


def of_rule(violation: Violation) -> Problem:
    """Returns the problem that a rule of the checker is violated, as severe as the checker finds it.

    Args:
        violation: The violation.
    """
    return Problem(Severity(violation.severity.value), violation.rule, f"{violation.message}; {violation.hint}")


def error(violation: Violation) -> Problem:
    """Returns the problem that a value cannot be converted.

    Args:
        violation: The violation of a rule, which may be a warning for the checker.
    """
    return of_rule(violation)._replace(severity=Severity.ERROR)


def warning(rule: str, message: str) -> Problem:
    """Returns the problem that a value is kept, but is probably a mistake.

    Args:
        rule: Its short name.
        message: What was got and what to do.
    """
    return Problem(Severity.WARNING, rule, message)
