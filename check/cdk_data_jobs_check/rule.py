"""What a rule for data is: what it requires, how well that is known, and how bad a violation is."""

import enum
from dataclasses import dataclass


class Severity(str, enum.Enum):
    """The severity of a violation."""

    ERROR = "error"
    """The documentation forbids it, or the service has been seen to refuse it."""

    WARNING = "warning"
    """The service accepts it, or what the service does is not known, but it is probably a mistake."""


class Confidence(str, enum.Enum):
    """How well it is known what the service requires."""

    RECORDED = "recorded"
    """Somebody published what the service answered."""

    DOCUMENTED = "documented"
    """AWS's documentation says so."""

    INFERRED = "inferred"
    """It follows from something else that is documented, or is usual; what the service does is not known."""


@dataclass(frozen=True)
class Rule:
    """A rule.

    Attributes:
        name: Its short name, such as `milliseconds`.
        requirement: What it requires, in a sentence.
        severity: How bad a violation is.
        confidence: How well the requirement is known.
        source: Where that is known from.
    """

    name: str
    requirement: str
    severity: Severity
    confidence: Confidence
    source: str
