"""Compares what AWS answered with what the offline AWS does: the pair of answers says who is wrong."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify_aws.answers import matches, to_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from verify_aws.stage import Observation

DIVERGENCES = Path(__file__).resolve().parents[1] / "divergences.json"
"""Where the offline AWS is known to differ from AWS, or from what is expected of it, and why it may."""


class Verdict(enum.Enum):
    """What a pair of answers says."""

    AGREE = "both agree"
    OFFLINE_IS_WRONG = "the offline AWS is wrong"
    AWS_DIFFERS = "AWS differs from what was expected"
    KNOWN = "a known divergence"


@dataclass(frozen=True, kw_only=True)
class Pair:
    """An observation in AWS and in the offline AWS.

    Attributes:
        name: The observation's name.
        facts: The facts that it settles.
        expected: What the test step expects.
        aws: AWS's answer.
        offline: That of the offline AWS.
        reason: Why they may differ, if that is known.
    """

    name: str
    facts: tuple[str, ...]
    expected: Any
    aws: Any
    offline: Any
    reason: str = ""

    @property
    def verdict(self) -> Verdict:
        """Who is wrong, if anybody."""
        if not matches(self.expected, self.aws):
            return Verdict.AWS_DIFFERS
        if self.aws == self.offline:
            return Verdict.AGREE
        return Verdict.KNOWN if self.reason else Verdict.OFFLINE_IS_WRONG

    @property
    def is_stale(self) -> bool:
        """Whether a divergence is listed that is none any more."""
        return bool(self.reason) and self.aws == self.offline

    def __str__(self) -> str:
        facts = f" ({', '.join(self.facts)})" if self.facts else ""
        lines = [f"{self.verdict.value}: {self.name}{facts}"]
        if self.verdict is Verdict.KNOWN:
            lines.append(f"  because: {self.reason}")
        if self.verdict is not Verdict.AGREE:
            lines.append(f"  expected: {json.dumps(to_json(self.expected))}")
            lines.append(f"  AWS:      {json.dumps(self.aws)}")
            lines.append(f"  offline:  {json.dumps(self.offline)}")
        if self.is_stale:
            lines.append(f"  is listed in {DIVERGENCES.name}, but both answer the same: remove it there")
        return "\n".join(lines)


def divergences(stage: str) -> dict[str, str]:
    """Returns the reasons of a stage's known divergences, by observation."""
    listed: dict[str, dict[str, str]] = json.loads(DIVERGENCES.read_text(encoding="utf-8"))
    return listed.get(stage, {})


def compare(aws: Mapping[str, Any], offline: Mapping[str, Observation], reasons: Mapping[str, str]) -> list[Pair]:
    """Returns the pairs of answers.

    Args:
        aws: AWS's answers, by observation.
        offline: What was observed in the offline AWS, with what the test steps expect now. An observation that only one
            side has counts as answered by None on the other.
        reasons: The known divergences.
    """
    pairs = []
    for name in [*offline, *(name for name in aws if name not in offline)]:
        found = offline.get(name)
        pairs.append(
            Pair(
                name=name,
                facts=found.facts if found else (),
                expected=found.expected if found else ...,
                aws=aws.get(name),
                offline=found.answer if found else None,
                reason=reasons.get(name, ""),
            )
        )
    return pairs
